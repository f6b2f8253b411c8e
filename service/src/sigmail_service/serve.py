"""`sigmail serve`: reads the settings, checks what can be checked before a start, and starts the server."""

from __future__ import annotations

import contextlib
import gc
import ipaddress
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sigmail.errors import SigmailError

if TYPE_CHECKING:
    from sigmail_service.settings import Settings

__all__ = ["serve"]

_VARIABLE_OF_CONFIG = "SIGMAIL_CONFIG"


@click.command(short_help="Answer POST /classify over HTTP.")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: 8000]")
@click.option(
    "--workers", type=click.IntRange(1, 256), help="Worker processes.  [default: one a processor, 4 at most]"
)
@click.option("--model", type=click.Path(path_type=Path), help="Model file.  [default: the starter model]")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the API keys are kept.")
@click.option("--require-key", is_flag=True, default=None, help="Let nobody in without an API key.")
@click.option("--open-to-everyone", is_flag=True, default=None, help="Serve others without keys.")
@click.option(
    "--max-body-bytes", type=click.IntRange(1024), help="Largest body of a request.  [default: 10 MiB]"
)
@click.option(
    "--max-body-memory",
    type=click.IntRange(1024),
    help="Bytes of bodies that a worker holds at once.  [default: 256 MiB]",
)
@click.option(
    "--body-timeout", type=click.FloatRange(0, min_open=True), help="Seconds a body may take.  [default: 20]"
)
@click.option(
    "--max-waiting", type=click.IntRange(1), help="Requests a worker keeps waiting.  [default: 256]"
)
@click.option(
    "--drain-seconds",
    type=click.FloatRange(0),
    help="Seconds to serve on after SIGTERM, not ready.  [default: 1]",
)
@click.option(
    "--rate", type=click.FloatRange(0), help="Messages a second for each caller.  [default: no limit]"
)
@click.option(
    "--burst", type=click.FloatRange(1), help="Messages that a caller may send at once.  [default: 100]"
)
@click.option("--max-streams", type=click.IntRange(1), help="Streamed batches of a worker.  [default: 4]")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="Form of the log.  [default: text]")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="[default: info]")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar=_VARIABLE_OF_CONFIG,
    help=f"TOML file of settings.  [variable: {_VARIABLE_OF_CONFIG}]",
)
@click.option("--check", is_flag=True, help="Print the settings and where each comes from, and stop.")
def serve(config: Path | None, check: bool, **options: Any) -> None:
    """Answer POST /classify over HTTP until SIGTERM or Ctrl-C.

    Settings come from defaults, then the TOML file, then SIGMAIL_* variables, then these options.
    """
    with _spare_imports():
        from sigmail_service.settings import load_settings, origins  # noqa: PLC0415 - Keeps --help quick.

        try:
            settings = load_settings(options, config)
            if check:
                _print_settings(settings, origins(options, config))
                return
            _serve(settings)
        except SigmailError as error:
            raise click.ClickException(str(error)) from error


@contextlib.contextmanager
def _spare_imports() -> Iterator[None]:
    """Spare the server what it has no use for; what it imports takes most of its start and of its memory.

    What is imported stays, so to look for garbage in it is in vain. Where rich is installed, structlog would
    import it, 4 MB in each worker, for tracebacks that a log cannot show. And NumPy's BLAS, which the learner
    has in memory, would have threads that wait for work by spinning, on the processors of the workers.
    """
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # None says that there is no such module.
    no_module: dict[str, Any] = {"rich": None} if "rich" not in sys.modules else {}
    sys.modules.update(no_module)
    try:
        yield
    finally:
        gc.enable()
        for name in no_module:
            sys.modules.pop(name, None)


def _print_settings(settings: Settings, origin: dict[str, str]) -> None:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        shown = "(starter model)" if name == "model" and value is None else value
        click.echo(f"{name} = {shown}    # {origin[name]}")


def _serve(settings: Settings) -> None:
    """Check the model and the address, then serve; what the workers share has a directory of its own."""
    before = signal.signal(signal.SIGTERM, _stop_before_start)
    directory = Path(tempfile.mkdtemp(prefix="sigmail-"))
    try:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
        # Only now, for prometheus_client reads the variable when it is imported.
        from sigmail_service.callers import BUCKETS_VARIABLE  # noqa: PLC0415
        from sigmail_service.classifier import load_filter  # noqa: PLC0415
        from sigmail_service.draining import DRAINING_VARIABLE  # noqa: PLC0415
        from sigmail_service.learner.keeping import LearnerKeeper  # noqa: PLC0415
        from sigmail_service.limiter import TokenBuckets  # noqa: PLC0415
        from sigmail_service.logs import configure_logging  # noqa: PLC0415
        from sigmail_service.recording import prepare_storage  # noqa: PLC0415
        from sigmail_service.registry.beginning import begin  # noqa: PLC0415
        from sigmail_service.registry.loading import COPIES_VARIABLE  # noqa: PLC0415
        from sigmail_service.server import run  # noqa: PLC0415

        address = _address(settings)
        _refuse_to_be_open(settings, address)
        try:
            given = load_filter(settings)
        except OSError as error:
            raise click.ClickException(
                f"cannot read the model file {settings.model}: {error.strerror}"
            ) from error
        prepare_storage(settings)
        TokenBuckets.create(directory / "buckets", secrets.token_bytes(16))
        os.environ[BUCKETS_VARIABLE] = str(directory / "buckets")
        os.environ[DRAINING_VARIABLE] = str(directory / "draining")
        (directory / "models").mkdir()
        os.environ[COPIES_VARIABLE] = str(directory / "models")
        configure_logging(settings)
        identity = begin(settings, given)
        gc.enable()
        gc.freeze()  # The workers leave the pages of what they inherit alone, and so go on sharing them.
        with LearnerKeeper(settings) if settings.learner else contextlib.nullcontext():
            run(settings, address, identity, directory / "draining")
    finally:
        signal.signal(signal.SIGTERM, before)
        shutil.rmtree(directory, ignore_errors=True)


def _stop_before_start(_number: int, _frame: object) -> None:
    """End in good order; once it serves, the server's own handler takes the place of this one."""
    raise SystemExit(0)


def _refuse_to_be_open(settings: Settings, address: str) -> None:
    """Refuse to judge everybody's mail on an address that others reach, unless the operator said so."""
    if settings.require_key or settings.open_to_everyone or ipaddress.ip_address(address).is_loopback:
        return
    raise click.ClickException(
        f"others can reach {settings.host}, and no key is required: create one with `sigmail keys create` "
        "and add --require-key, or say --open-to-everyone"
    )


def _address(settings: Settings) -> str:
    """Return the IP address to listen on, after a trial that the port is free: else a start fails late."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise click.ClickException(f"cannot listen on {settings.host}:{settings.port}: {reason}") from error
    return str(address[0])
