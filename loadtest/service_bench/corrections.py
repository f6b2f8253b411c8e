"""Clients that correct verdicts, and keep book of what was acknowledged."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Book", "Corrector", "classify", "correct_steadily", "create_key", "export"]

_COMMAND = str(Path(sys.executable).with_name("sigmail"))
_SECONDS = 15
_PAUSE = 0.02


def create_key(folder: Path) -> str:
    """Create a key that may classify and correct, and whose corrections count; return its token."""
    scopes = ("--scope", "classify", "--scope", "feedback", "--scope", "trust")
    command = [_COMMAND, "keys", "--data-dir", str(folder), "create", "bench", *scopes]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - Ours.
    return done.stdout.strip()


def export(*options: str) -> list[dict[str, object]]:
    """Return the rows of the ledger, as `sigmail export` writes them."""
    done = subprocess.run([_COMMAND, "export", *options], check=True, capture_output=True, text=True)  # noqa: S603
    return [json.loads(line) for line in done.stdout.splitlines()]


@dataclass
class Book:
    """What the clients share: the corrections that were acknowledged, by their ids, and what else came."""

    acknowledged: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    verdicts_lost: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    ended: threading.Event = field(default_factory=threading.Event)


class Corrector:
    """One client with a connection of its own.

    Parameters
    ----------
    port
        The port of the service on loopback.
    token
        Its key.
    book
        Where it writes what came.
    """

    def __init__(self, port: int, token: str, book: Book) -> None:
        self._port = port
        self._headers = {"X-API-Key": token, "Content-Type": "application/json"}
        self._book = book
        self._connection: http.client.HTTPConnection | None = None

    def correct(self, *, by_id: bool = False, until_acknowledged: bool = True) -> int | None:
        """Correct a message that nobody has sent before; repeat the request until it is acknowledged.

        Returns
        -------
        int or None
            The last status; None if there was no answer.
        """
        subject: dict[str, str] = {"text": f"cheap pills and a casino {uuid.uuid4().hex}"}
        if by_id:
            _, answer = self.request("POST", "/classify", subject)
            if answer is None:
                return None
            subject = {"id": str(answer["id"])}
        key = {"Idempotency-Key": uuid.uuid4().hex}
        while True:
            started = time.perf_counter()
            status, answer = self.request("POST", "/feedback", {**subject, "label": "spam"}, key)
            with self._book.lock:
                self._note(status, answer, time.perf_counter() - started)
            if status in {201, 404} or not until_acknowledged or self._book.ended.is_set():
                return status
            time.sleep(_PAUSE)

    def request(
        self, method: str, path: str, body: dict[str, str], headers: dict[str, str] | None = None
    ) -> tuple[int | None, dict[str, object] | None]:
        """Return the status and the JSON of an answer; None without one."""
        connection = self._connection
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_SECONDS)
        try:
            connection.request(method, path, json.dumps(body), {**self._headers, **(headers or {})})
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            self._connection = None
            return None, None
        self._connection = connection
        return answer.status, json.loads(data)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def _note(self, status: int | None, answer: dict[str, object] | None, seconds: float) -> None:
        if status is None or answer is None:
            self._book.unanswered += 1
            return
        self._book.statuses[status] += 1
        if status == 201:
            self._book.seconds.append(seconds)
            self._book.acknowledged.append(str(answer["id"]))
        # The verdict had not been written when the server was killed: it is lost, and so known to the client.
        self._book.verdicts_lost += status == 404


def correct_steadily(port: int, token: str, book: Book, rate: float, clients: int) -> list[threading.Thread]:
    """Start clients that give so many corrections a second together until the book is closed."""

    def run(number: int) -> None:
        corrector = Corrector(port, token, book)
        due, count = time.perf_counter(), 0
        while not book.ended.is_set():
            corrector.correct(by_id=(number + count) % 4 == 0)
            count += 1
            due = max(due + clients / rate, time.perf_counter() - 1)
            time.sleep(max(0.0, due - time.perf_counter()))
        corrector.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    return threads


def classify(port: int, token: str) -> int | None:
    """Return the status of one `POST /classify`."""
    corrector = Corrector(port, token, Book())
    status, _ = corrector.request("POST", "/classify", {"text": "See you on Tuesday."})
    corrector.close()
    return status
