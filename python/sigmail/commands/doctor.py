"""``sigmail doctor``: looks whether this installation is sound."""

from __future__ import annotations

import json
import platform
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Literal

import click

from sigmail.commands._inputs import load_filter, model_option
from sigmail.commands._output import coloured, echo_json, one_line
from sigmail.errors import SigmailError

__all__ = ["doctor"]

State = Literal["ok", "absent", "wrong"]

_OPTIONAL = (
    ("sigmail-service", "for `sigmail serve`: pip install sigmail-service"),
    ("scikit-learn", 'to train: pip install "sigmail[train]"'),
    ("scipy", 'to train: pip install "sigmail[train]"'),
    ("matplotlib", 'to draw reports: pip install "sigmail[train]"'),
)
_SECONDS = 5.0
_MESSAGES = (
    b"Subject: WIN A PRIZE\r\n\r\nClick here for free viagra!\r\n",
    "See you at five",
    b"\x00\xff",
    "",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `absent` is something that may be missing, `wrong` a fault."""

    name: str
    state: State
    text: str


@click.command(
    epilog="\b\nExamples:\n"
    "  sigmail doctor\n"
    "  sigmail doctor --model my.sigmail --url http://127.0.0.1:8000 --json"
)
@model_option
@click.option("--url", metavar="URL", help="Ask a service too, such as http://127.0.0.1:8000.")
@click.option("--json", "as_json", is_flag=True, help="Write one object of JSON.")
def doctor(model: str | None, url: str | None, as_json: bool) -> None:
    """Look whether this installation is sound.

    What is installed, which instructions of the processor are used, whether the kernels and the model answer
    as they must, and with --url whether a service does. Exit code 1 says that something is wrong.
    """
    findings = list(_look(model, url))
    sound = not any(finding.state == "wrong" for finding in findings)
    if as_json:
        echo_json({"sound": sound, "findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            click.echo(f"{coloured(finding.state, 7)} {finding.name:<16} {one_line(finding.text)}")
    if not sound:
        raise click.exceptions.Exit(1)


def _look(model: str | None, url: str | None) -> Iterator[Finding]:
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield _attempt("sigmail", _build)
    for name, remedy in _OPTIONAL:
        yield _package(name, remedy)
    yield _attempt("kernels", _kernels)
    yield _attempt("model", lambda: _model(model))
    if url is not None:
        yield _attempt("service", lambda: _service(url))


def _attempt(name: str, look: Callable[[], str]) -> Finding:
    """Return what `look` finds; what it raises on purpose is a fault, and its text says which."""
    try:
        return Finding(name, "ok", look())
    except (SigmailError, OSError, ValueError) as error:
        return Finding(name, "wrong", str(error) or type(error).__name__)


def _build() -> str:
    from sigmail import build_info  # noqa: PLC0415 - Keeps --help quick.

    info = build_info()
    if info["profile"] != "release":
        raise ValueError(
            f"version {info['version']} is a {info['profile']} build, which is many times slower"
        )
    return f"{info['version']}, {info['profile']} build, instructions: {info['simd']}"


def _package(name: str, remedy: str) -> Finding:
    try:
        return Finding(name, "ok", metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, "absent", remedy)


def _kernels() -> str:
    """Hold the sigmoid and the neuron of the picture to what NumPy computes."""
    import numpy as np  # noqa: PLC0415 - Keeps --help quick.

    from sigmail import neuron, sigmoid  # noqa: PLC0415

    points = np.linspace(-30.0, 30.0, 1001)
    worst = float(np.abs(sigmoid(points) - 1.0 / (1.0 + np.exp(-points))).max())
    picture = float(neuron(np.array([1.0, 0.0]), np.array([7.0, 3.0]), -2.0))
    if not (worst < 1e-15 and abs(picture - 0.9933071490757153) < 1e-12):
        raise ValueError(
            f"the sigmoid is off by {worst:.3g}, and the neuron of the picture gives {picture!r}"
        )
    return f"sigmoid right within {worst:.1g}, sigmoid(5) = {picture:.4f}"


def _model(path: str | None) -> str:
    """Load the model, which checks its digest, and have it judge messages one by one and together."""
    spam_filter = load_filter(path)
    one_by_one = [spam_filter.classify(message) for message in _MESSAGES]
    if one_by_one != spam_filter.classify_many(_MESSAGES):
        raise ValueError("it judges messages one by one otherwise than together")
    ham_below, spam_from = spam_filter.thresholds
    name = "starter model" if path is None else path
    return f"{name} {spam_filter.identity}, ham below {ham_below:.4g}, spam from {spam_from:.4g}"


def _service(url: str) -> str:
    """Ask a service whether it is ready, and who it is."""
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"--url {url}: write it with its scheme, such as http://127.0.0.1:8000")
    ready = url.rstrip("/") + "/readyz"
    try:
        # The scheme was checked: no file is opened by this.
        with urllib.request.urlopen(ready, timeout=_SECONDS) as answer:  # noqa: S310
            body = json.loads(answer.read(65536))
    except urllib.error.HTTPError as error:
        raise ValueError(f"{ready} answers {error.code}: it is starting, ending, or no Sigmail") from error
    except urllib.error.URLError as error:
        raise ValueError(f"{ready} can't be reached: {error.reason}; is `sigmail serve` running?") from error
    return f"{ready} answers {json.dumps(body)}"
