"""The server killed at random moments under corrections: what it acknowledged is in the ledger, once."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import tempfile
import time
from pathlib import Path

from service_bench.corrections import Book, correct_steadily, create_key, export
from service_bench.figures import Extent, Figure, at_least, at_most, exactly
from service_bench.serving import Server, free_port

__all__ = ["measure"]

_KILLS = 200
_RATE = 50.0
_CLIENTS = 8
_SECONDS_BETWEEN = (0.2, 1.2)
_SECONDS_TO_SETTLE = 30.0


def measure(extent: Extent) -> list[Figure]:
    """Kill all processes of the server again and again, and compare the ledger with the clients' book."""
    kills, moments = extent.count(_KILLS, least=3), random.Random(7)
    book, port = Book(), free_port()
    damaged, ready = 0, []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        token = create_key(folder)
        options = ("--workers", "2", "--data-dir", name, "--drain-seconds", "0", "--log-level", "error")
        server = _started(port, options, folder)
        threads = correct_steadily(port, token, book, _RATE, _CLIENTS)
        try:
            for _ in range(kills):
                time.sleep(moments.uniform(*_SECONDS_BETWEEN))
                _kill(server)
                damaged += not _is_whole(folder / "sigmail.db")
                server = _started(port, options, folder)
                ready.append(server.seconds_to_ready)
            before = len(book.acknowledged)
            _wait_until(lambda: len(book.acknowledged) >= before + _CLIENTS)
        finally:
            book.ended.set()
            for thread in threads:
                thread.join()
            server.stop()
        rows = export("--data-dir", name)
        damaged += not _is_whole(folder / "sigmail.db")
    return _figures(book, rows, damaged, ready)


def _figures(book: Book, rows: list[dict[str, object]], damaged: int, ready: list[float]) -> list[Figure]:
    given = [row["id"] for row in rows if row["table"] == "events" and row["action"] == "given"]
    lessons = {row["id"] for row in rows if row["table"] == "lessons"}
    acknowledged = set(book.acknowledged)
    note = (
        f"{len(acknowledged)} corrections, {len(ready)} kills, {book.verdicts_lost} verdicts lost unwritten"
    )
    # At the end each client may leave one correction behind whose answer it did not wait for.
    return [
        exactly("kills: acknowledged corrections lost", 0, len(acknowledged - lessons), "", note),
        exactly("kills: corrections acknowledged twice", 0, len(book.acknowledged) - len(acknowledged), ""),
        at_most(
            "kills: corrections counted but not acknowledged", _CLIENTS, len(set(given) - acknowledged), ""
        ),
        exactly("kills: lessons but one for each correction", 0, abs(len(given) - len(lessons)), ""),
        exactly("kills: databases that are not whole", 0, damaged, ""),
        at_least("kills: corrections for each", 1, len(acknowledged) / len(ready), ""),
        at_most("kills: start to ready, slowest", 3, max(ready), "s"),
    ]


def _started(port: int, options: tuple[str, ...], folder: Path) -> Server:
    server = Server(port, options, folder / "log")
    server.wait_until_ready()
    return server


def _kill(server: Server) -> None:
    """End the server and its workers at once (SIGKILL), the parent first, so that it makes no new ones."""
    workers = server.workers()
    for process in (server.process.pid, *workers):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    server.process.wait()
    _wait_until(lambda: not any(Path(f"/proc/{worker}/exe").exists() for worker in workers))


def _is_whole(database: Path) -> bool:
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def _wait_until(condition: object) -> None:
    deadline = time.monotonic() + _SECONDS_TO_SETTLE
    while callable(condition) and not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("the service does not come to rest")
        time.sleep(0.01)
