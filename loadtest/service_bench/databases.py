"""PostgreSQL killed under the service: corrections wait with 503, classification goes on, nothing is lost."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path

from service_bench.corrections import Book, Corrector, classify, correct_steadily, create_key, export
from service_bench.figures import Extent, Figure, at_least, at_most, exactly
from service_bench.postgresql import PostgreSQL, postgresql
from service_bench.serving import serving

__all__ = ["measure"]

_KILLS = 20
_RATE = 50.0
_CLIENTS = 8
_SECONDS_WITH, _SECONDS_WITHOUT = 1.0, 1.0
_SECONDS_TO_RECOVER = 15.0


def measure(extent: Extent) -> list[Figure]:
    """Kill PostgreSQL again and again under corrections, and compare its ledger with the clients' book."""
    kills, book = extent.count(_KILLS, least=2), Book()
    messages: Counter[int | None] = Counter()
    recoveries = []
    with tempfile.TemporaryDirectory() as name, postgresql() as database:
        token = create_key(Path(name))
        config = Path(name) / "settings.toml"
        config.write_text(f'database = "{database.url()}"\n')
        options = ("--data-dir", name, "--config", str(config))
        with serving(*options, "--log-level", "error") as server:
            threads = correct_steadily(server.port, token, book, _RATE, _CLIENTS)
            try:
                for _ in range(kills):
                    time.sleep(_SECONDS_WITH)
                    recoveries.append(_kill_and_start(database, server.port, token, messages, book))
            finally:
                book.ended.set()
                for thread in threads:
                    thread.join()
        rows = export(*options)
    given = {row["id"] for row in rows if row["table"] == "events"}
    lessons = {row["id"] for row in rows if row["table"] == "lessons"}
    acknowledged = set(book.acknowledged)
    others = book.statuses.total() - sum(book.statuses[status] for status in (201, 404, 503))
    note = f"{len(acknowledged)} corrections, {kills} kills"
    return [
        exactly("PostgreSQL killed: acknowledged corrections lost", 0, len(acknowledged - lessons), "", note),
        at_most("PostgreSQL killed: counted but not acknowledged", _CLIENTS, len(given - acknowledged), ""),
        at_least("PostgreSQL killed: corrections answered 503", kills, book.statuses[503], ""),
        exactly("PostgreSQL killed: answers but 201, 404 and 503", 0, others + book.unanswered, ""),
        exactly("PostgreSQL killed: messages not classified", 0, messages.total() - messages[200], ""),
        at_most("PostgreSQL back: to the next correction, slowest", 5, max(recoveries), "s"),
    ]


def _kill_and_start(
    database: PostgreSQL, port: int, token: str, messages: Counter[int | None], book: Book
) -> float:
    """Kill the database, classify without it, start it; return the seconds until a correction is taken."""
    database.kill()
    deadline = time.monotonic() + _SECONDS_WITHOUT
    while time.monotonic() < deadline:
        messages[classify(port, token)] += 1
    database.start()
    corrector, started = Corrector(port, token, book), time.monotonic()
    while corrector.correct(until_acknowledged=False) != 201:
        if time.monotonic() - started > _SECONDS_TO_RECOVER:
            break
        time.sleep(0.05)
    corrector.close()
    return time.monotonic() - started
