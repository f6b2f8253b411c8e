"""Eight writers at once on SQLite: how many corrections a second, and how long one waits at most."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

from service_bench.corrections import Book, Corrector, create_key
from service_bench.figures import Extent, Figure, at_least, at_most, exactly
from service_bench.serving import serving

__all__ = ["measure"]

_WRITERS = 8
_SECONDS = 20.0


def measure(extent: Extent) -> list[Figure]:
    """Correct as fast as the answers come, on eight connections."""
    book = Book()
    with tempfile.TemporaryDirectory() as folder:
        token = create_key(Path(folder))
        with serving("--data-dir", folder, "--log-level", "error") as server:
            threads = [
                threading.Thread(target=_write, args=(server.port, token, book)) for _ in range(_WRITERS)
            ]
            started = time.perf_counter()
            for thread in threads:
                thread.start()
            time.sleep(extent.seconds(_SECONDS))
            book.ended.set()
            for thread in threads:
                thread.join()
            seconds = time.perf_counter() - started
            log = server.log_path.read_text()
    refused = book.statuses.total() - book.statuses[201] + book.unanswered
    note = f"{len(book.acknowledged)} in {seconds:.1f} s, on a disk that takes what it is asked to"
    return [
        exactly("eight writers: corrections refused", 0, refused, ""),
        exactly("eight writers: 'database is locked' in the log", 0, log.count("locked"), ""),
        at_least("eight writers: corrections a second", 500, len(book.acknowledged) / seconds, "", note),
        at_most("eight writers: longest wait", 1, max(book.seconds), "s"),
    ]


def _write(port: int, token: str, book: Book) -> None:
    corrector = Corrector(port, token, book)
    while not book.ended.is_set():
        corrector.correct()
    corrector.close()
