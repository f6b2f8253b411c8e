"""What an operator can plan by: the messages of each kind that a core can answer in a second."""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

from messages import short_texts
from service_bench.client import closed_loop, post
from service_bench.figures import Extent, Figure, exactly, found
from service_bench.rivals.mails import choose, read_labelled
from service_bench.rivals.processes import cpu_seconds
from service_bench.serving import Server, serving

__all__ = ["measure"]

_MAILS, _TEXTS = 200, 1_000
_ROUNDS, _ROUND_SECONDS = 3, 4
# Few enough for nobody to be refused.
_CONNECTIONS = 6
# The history writes what is left.
_REST_SECONDS = 0.6


def measure(extent: Extent) -> list[Figure]:
    """Measure each kind of request by turns, with the history and without."""
    kinds, figures, unanswered = _kinds(), [], 0
    for name, settings in (("", ""), (", no history", "history_days = 0\n")):
        microseconds: dict[str, list[float]] = {kind: [] for kind in kinds}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "settings.toml"
            path.write_text(settings)
            options = ("--log-level", "warning", "--data-dir", folder, "--config", str(path))
            with serving(*options) as server:
                for _ in range(extent.count(_ROUNDS)):
                    for kind, (requests, messages) in kinds.items():
                        answers, wrong, cpu = _answered(server, requests, extent.seconds(_ROUND_SECONDS))
                        microseconds[kind].append(1e6 * cpu / (max(answers, 1) * messages))
                        unanswered += wrong
        for kind, values in microseconds.items():
            each = statistics.median(values)
            note = f"{each:.0f} µs of processor time each"
            figures.append(found(f"capacity: {kind}{name}", 1e6 / each, "a second a core", note))
    return [*figures, exactly("capacity: answers but 200, and broken connections", 0, unanswered, "")]


def _answered(server: Server, requests: Iterator[bytes], seconds: float) -> tuple[int, int, float]:
    """Return the answers with status 200, all others, and the seconds of processor time for them."""
    before = cpu_seconds(server.process.pid)
    outcome = asyncio.run(closed_loop(server.port, requests, _CONNECTIONS, seconds, 0))
    time.sleep(_REST_SECONDS)
    counts = outcome.counts()
    wrong = sum(counts.values()) - counts[200] + outcome.broken
    return counts[200], wrong, cpu_seconds(server.process.pid) - before


def _kinds() -> dict[str, tuple[Iterator[bytes], int]]:
    """Return requests without end of each kind, and the messages that one of them holds."""
    mails = choose(read_labelled(), _MAILS)
    texts = list(itertools.islice(short_texts(0), _TEXTS))
    mail, text, members = (
        f"Content-Type: {kind}\r\n" for kind in ("message/rfc822", "text/plain", "application/json")
    )
    return {
        "raw mails of 4.8 KB": (itertools.cycle([post(one, headers=mail) for one in mails]), 1),
        "the same with ten reasons": (
            itertools.cycle([post(one, "/classify?explain=10", mail) for one in mails]),
            1,
        ),
        "comments as text": (itertools.cycle([post(one.encode(), headers=text) for one in texts]), 1),
        "comments as JSON": (
            itertools.cycle([post(json.dumps({"text": one}).encode(), headers=members) for one in texts]),
            1,
        ),
        "mails as multipart/form-data": (itertools.cycle([_form(one) for one in mails]), 1),
        # As lines of JSON they are measured beside other filters, by `batches`.
        f"mails in batches of {_MAILS} as one JSON object": (
            itertools.cycle([post(_in_one(mails), "/classify/batch", members)]),
            len(mails),
        ),
    }


def _in_one(mails: list[bytes]) -> bytes:
    return json.dumps({"messages": [{"raw": b64encode(one).decode()} for one in mails]}).encode()


def _form(mail: bytes) -> bytes:
    head = b'--b0undary\r\nContent-Disposition: form-data; name="message"; filename="mail.eml"\r\n\r\n'
    body = head + mail + b"\r\n--b0undary--\r\n"
    return post(body, headers="Content-Type: multipart/form-data; boundary=b0undary\r\n")
