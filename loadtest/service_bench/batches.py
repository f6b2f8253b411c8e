"""A batch of 1,000 raw mails: its processor time beside the library's, and its rate beside other filters'."""

from __future__ import annotations

import http.client
import shutil
import statistics
import tempfile
import threading
import time
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from service_bench import mail_filters
from service_bench.figures import Extent, Figure, at_least, at_most, exactly, found
from service_bench.rivals.mails import Labelled, choose, read_labelled
from service_bench.rivals.processes import cpu_seconds
from service_bench.serving import Server, serving
from sigmail.filter import SpamFilter

__all__ = ["measure"]

_MAILS = 1_000
_ROUNDS = 5
_CLIENTS = 4
_HEAD = (
    b"POST /classify/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
    b"Content-Length: %d\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Round:
    """What the library and then the service needed for the same mails."""

    library: float
    """Microseconds of processor time for a mail."""
    service: float
    """The same."""
    rate: float
    """Mails a second."""
    wrong: int


def measure(extent: Extent) -> list[Figure]:
    """Measure the library, the service with and without its history, and the filters that are installed."""
    labelled = read_labelled()
    mails = choose(labelled, _MAILS)
    figures, rates = [], []
    for name, options in (("", ()), (", no history", ("--config",))):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "settings.toml"
            path.write_text("history_days = 0\n")
            given = (*options, str(path)) if options else ()
            with serving("--log-level", "warning", "--data-dir", folder, *given) as server:
                rounds = _rounds(server, mails, extent.count(_ROUNDS, least=2))
        rates.append(statistics.median(one.rate for one in rounds))
        cpu = statistics.median(one.service for one in rounds)
        ratio = statistics.median(one.service / one.library for one in rounds)
        note = f"{cpu:.0f} µs, {rates[-1]:.0f} mails a second"
        figures += [
            at_most(f"batch: CPU a mail over classify_many{name}", 2, ratio, "times", note),
            exactly(f"batch: wrong answers{name}", 0, sum(one.wrong for one in rounds), ""),
        ]
        alone = statistics.median(one.library for one in rounds)
        figures.append(found(f"batch: CPU a mail of classify_many, between the rounds{name}", alone, "µs"))
    return figures + _beside_others(rates[0], labelled, mails)


def _rounds(server: Server, mails: list[bytes], count: int) -> list[Round]:
    body = b"".join(b'{"raw": "%s"}\n' % b64encode(mail) for mail in mails)
    spam_filter = SpamFilter.default()
    spam_filter.classify_many(mails)
    _send(server.port, body)
    rounds = []
    for _ in range(count):
        # As much on either side of the service's turn as the service has in it.
        before = _library(spam_filter, mails)
        cpu, rate, wrong = _service(server, body, len(mails))
        library = (before + _library(spam_filter, mails)) / 2
        rounds.append(Round(library, cpu, rate, wrong))
    return rounds


def _library(spam_filter: SpamFilter, mails: list[bytes]) -> float:
    """Return the microseconds of processor time that the library takes for a mail."""
    started = time.process_time()
    for _ in range(_CLIENTS // 2):
        spam_filter.classify_many(mails)
    return (time.process_time() - started) / (_CLIENTS // 2 * len(mails)) * 1e6


def _service(server: Server, body: bytes, mails: int) -> tuple[float, float, int]:
    """Return the processor time of a mail in microseconds, the mails a second, and the wrong answers."""
    lines = [0] * _CLIENTS
    before, started = cpu_seconds(server.process.pid), time.perf_counter()
    clients = [
        threading.Thread(target=_keep, args=(lines, client, server.port, body)) for client in range(_CLIENTS)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    seconds = time.perf_counter() - started
    total = mails * _CLIENTS
    cpu = (cpu_seconds(server.process.pid) - before) / total * 1e6
    return cpu, total / seconds, total - sum(lines)


def _keep(lines: list[int], place: int, port: int, body: bytes) -> None:
    lines[place] = _send(port, body)


def _send(port: int, body: bytes) -> int:
    """Send a batch while its answers are read, and return how many of them are verdicts."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.connect()
    sender = threading.Thread(target=connection.sock.sendall, args=(_HEAD % len(body) + body,))
    sender.start()
    answer = http.client.HTTPResponse(connection.sock, method="POST")
    answer.begin()
    verdicts = answer.read().count(b'"label": ')
    sender.join()
    connection.close()
    return verdicts


def _beside_others(ours: float, labelled: list[Labelled], mails: list[bytes]) -> list[Figure]:
    rates = {
        name: measured(labelled, mails)
        for name, measured in mail_filters.FILTERS.items()
        if shutil.which(name)
    }
    figures = [found(f"batch: {name}", rate, "mails a second") for name, rate in rates.items()]
    if rates:
        best = max(rates, key=lambda name: rates[name])
        ratio = ours / rates[best]
        figures.append(at_least(f"batch: mails a second over {best}", 10, ratio, "times"))
    return figures
