"""Services told to stop a moment after their start, several at once and under load: each ends by itself."""

from __future__ import annotations

import http.client
import random
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from service_bench.figures import Extent, Figure, at_most, exactly
from service_bench.serving import Server, free_port

__all__ = ["measure"]

_STOPS = 300
_AT_ONCE = 3
_OPTIONS = ("--workers", "2", "--drain-seconds", "0")
# None, so that a worker has hardly begun to listen; and a few in which it has begun to work.
_MOMENTS = (0.0, 0.0, 0.0, 0.01, 0.05, 0.2)
# A worker is ended by force after 30 seconds: whoever takes as long as this was going to be.
_SECONDS_TO_END = 20.0
_SEED = 20261127


@dataclass
class _Outcome:
    """What came of the stops so far; the threads share it."""

    left: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    seconds: list[float] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    forced: int = 0

    def take(self) -> bool:
        """Return whether there is another stop to do."""
        with self.lock:
            self.left -= 1
            return self.left >= 0


def measure(extent: Extent) -> list[Figure]:
    """Start, wait until ready, stop; again and again."""
    stops = extent.count(_STOPS, least=_AT_ONCE)
    outcome = _Outcome(stops)
    threads = [
        threading.Thread(target=_start_and_stop, args=(outcome, random.Random(_SEED + number)))
        for number in range(_AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    note = f"{len(outcome.seconds)} of {stops} services, {_AT_ONCE} at once"
    return [
        exactly("stops: services that did not end by themselves", 0, outcome.forced, "", note),
        exactly("stops: exit codes but 0", 0, sum(code != 0 for code in outcome.codes), ""),
        exactly("stops: services stopped", stops, len(outcome.codes), ""),
        at_most("stops: slowest", 5.0, max(outcome.seconds, default=float("nan")), "s"),
    ]


def _start_and_stop(outcome: _Outcome, chance: random.Random) -> None:
    while outcome.take():
        with tempfile.TemporaryDirectory() as folder:
            server = Server(free_port(), _OPTIONS, Path(folder) / "log")
            ended = threading.Event()
            client = threading.Thread(target=_send, args=(server.port, ended))
            client.start()
            try:
                server.wait_until_ready()
                time.sleep(chance.choice(_MOMENTS))
                _stop(server, outcome)
            finally:
                ended.set()
                client.join()


def _stop(server: Server, outcome: _Outcome) -> None:
    began = time.perf_counter()
    server.process.terminate()
    try:
        server.process.wait(_SECONDS_TO_END)
        forced = 0
    except subprocess.TimeoutExpired:
        server.process.wait()
        forced = 1
    with outcome.lock:
        outcome.seconds.append(time.perf_counter() - began)
        outcome.codes.append(server.process.returncode)
        outcome.forced += forced


def _send(port: int, ended: threading.Event) -> None:
    """Keep a connection busy for as long as there is a server."""
    while not ended.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            while not ended.is_set():
                connection.request("POST", "/classify", b"See you.", {"Content-Type": "text/plain"})
                connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.002)
        finally:
            connection.close()
