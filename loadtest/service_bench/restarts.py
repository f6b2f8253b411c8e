"""The service restarted again and again under steady load: no request sent stays unanswered."""

from __future__ import annotations

import http.client
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from service_bench.figures import Extent, Figure, at_least, exactly
from service_bench.serving import Server, free_port

__all__ = ["measure"]

_RESTARTS = 20
_CLIENTS = 4
_PAUSE = 0.005
_OPTIONS = ("--workers", "2", "--drain-seconds", "0.5", "--log-level", "warning")
_SECONDS_OF_SERVICE = 0.3


@dataclass
class _Load:
    """What the clients share: whether the service says that it is ready, and what came of their requests."""

    port: int
    ready: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def measure(extent: Extent) -> list[Figure]:
    """Put steady load on the service while it is restarted; its clients watch its readiness."""
    restarts = extent.count(_RESTARTS, least=2)
    load = _Load(free_port())
    threads = [threading.Thread(target=_send, args=(load,)) for _ in range(_CLIENTS)]
    threads.append(threading.Thread(target=_watch, args=(load,)))
    codes = []
    with tempfile.TemporaryDirectory() as folder:
        for thread in threads:
            thread.start()
        try:
            for _ in range(restarts):
                server = Server(load.port, _OPTIONS, Path(folder) / "log")
                server.wait_until_ready()
                time.sleep(_SECONDS_OF_SERVICE)
                codes.append(server.stop())
        finally:
            load.ended.set()
            for thread in threads:
                thread.join()
    answered = load.statuses.total()
    note = f"{answered} requests in {restarts} restarts"
    return [
        exactly("restarts: requests sent and never answered", 0, load.lost, "", note),
        exactly("restarts: answers but 200", 0, answered - load.statuses[200], ""),
        exactly("restarts: exit codes but 0", 0, sum(code != 0 for code in codes), ""),
        at_least("restarts: requests answered for each", 10, answered / restarts, ""),
    ]


def _watch(load: _Load) -> None:
    """Keep the clients informed, several times in the time that the service gives for it."""
    while not load.ended.is_set():
        status = _request(load.port, "GET", "/readyz")
        if status == 200:
            load.ready.set()
        else:
            load.ready.clear()
        time.sleep(0.02)


def _send(load: _Load) -> None:
    while not load.ended.is_set():
        if not load.ready.wait(0.1):
            continue
        status = _request(load.port, "POST", "/classify")
        with load.lock:
            if status is None:
                load.lost += 1
            else:
                load.statuses[status] += 1
        time.sleep(_PAUSE)


def _request(port: int, method: str, path: str) -> int | None:
    """Return the status of an answer on a connection of its own; None is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        body = b"See you on Tuesday." if method == "POST" else None
        connection.request(method, path, body, {"Content-Type": "text/plain"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return None
    else:
        return answer.status
    finally:
        connection.close()
