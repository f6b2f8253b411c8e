"""The history: every verdict, written in batches off the request's path."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.util import Finalize
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from sigmail.errors import SigmailError
from sigmail.filter import Message, MessageFeatures, SpamFilter, Verdict
from sigmail_service.storage.engine import insert_new
from sigmail_service.storage.moments import now
from sigmail_service.storage.store import Storage
from sigmail_service.storage.tables import IDEMPOTENCY, VERDICTS

__all__ = ["History", "Recorder", "body_columns"]

_FLUSH_SECONDS = 0.25
# So many are written as soon as they wait, which keeps the queue of a busy worker to some 2 MB; fewer at once
# would cost the database more each.
_ROWS_AT_ONCE = 512
_QUEUE_BYTES = 32 * 1024 * 1024
# After a failure the database is left in peace for this long; the queue takes what comes meanwhile.
_REST_SECONDS = 1.0
_CLEAN_SECONDS = 600.0
_CLEAN_ROWS = 1000
_SECONDS_TO_CLOSE = 5.0
_MICROSECONDS_A_DAY = 86_400 * 1_000_000
# How long the repetition of a request with the same Idempotency-Key is known for one.
_IDEMPOTENCY_DAYS = 1.0

_FEATURES = 7
_MESSAGE = 8


class History:
    """A queue of verdicts, and the thread that writes them; one a worker process.

    Parameters
    ----------
    storage
        Where the verdicts go.
    days
        How long they are kept.
    store_bodies
        Whether the messages are kept with them.
    lost
        Is called with the number of verdicts that could not be kept.
    """

    def __init__(
        self, storage: Storage, days: float, *, store_bodies: bool, lost: Callable[[int], object]
    ) -> None:
        self._storage = storage
        self._days = days
        self.store_bodies = store_bodies
        self._lost = lost
        self._queue: deque[tuple[Any, ...]] = deque()
        self._bytes = 0
        self._wake, self._closing = threading.Event(), threading.Event()
        self._writing = threading.Lock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._clean_at = 0.0
        self._names: tuple[SpamFilter | None, str, str] = (None, "", "")
        # Runs at the end of a worker too, where `atexit` is not called.
        Finalize(None, self.close, exitpriority=1)

    def record(
        self,
        identity: str,
        tenant: str,
        message: Message,
        spam_filter: SpamFilter,
        *,
        verdict: Verdict,
        features: MessageFeatures,
    ) -> None:
        """Put a verdict into the queue; if there is no room, it is lost to the history."""
        self.add(identity, tenant, message, spam_filter, verdict.label, verdict.probability, features.data)

    def add(  # noqa: PLR0917 - Called for every message: naming the arguments costs as much as the rest.
        self,
        identity: str,
        tenant: str,
        message: Message,
        spam_filter: SpamFilter,
        label: str,
        probability: float,
        packed: bytes,
    ) -> None:
        """Do what `record` does, with the parts of the verdict and the packed features."""
        body, is_mail = body_columns(message) if self.store_bodies else (None, None)
        size = len(packed) + (len(body) if body else 0)
        # Threads that add at the same time may miscount a little until the queue is empty the next time.
        if self._bytes + size > _QUEUE_BYTES:
            self._lost(1)
            return
        self._bytes += size
        if self._names[0] is not spam_filter:
            self._names = (spam_filter, spam_filter.identity, spam_filter.feature_space)
        _, model, space = self._names
        self._queue.append((identity, tenant, now(), label, probability, model, space, packed, body, is_mail))
        if self._thread is None:
            self._start()
        elif len(self._queue) % _ROWS_AT_ONCE == 0:
            self._wake.set()

    def flush(self) -> None:
        """Write what is in the queue now; `StorageError` if the database is away."""
        with self._writing:
            for _ in range(len(self._queue) // _ROWS_AT_ONCE + 1):
                self._write_some()

    def clean(self) -> None:
        """Delete what is older than it is kept for, in pieces, so that no writer waits long."""
        oldest = now() - int(self._days * _MICROSECONDS_A_DAY)
        chosen = select(VERDICTS.c.id).where(VERDICTS.c.id < _least_id(oldest)).limit(_CLEAN_ROWS)
        deleted = _CLEAN_ROWS
        while deleted == _CLEAN_ROWS:
            with self._storage.write(durable=False) as connection:
                deleted = connection.execute(delete(VERDICTS).where(VERDICTS.c.id.in_(chosen))).rowcount
        forgotten = now() - int(_IDEMPOTENCY_DAYS * _MICROSECONDS_A_DAY)
        with self._storage.write(durable=False) as connection:
            connection.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.at < forgotten))

    def close(self) -> None:
        """Write what is left, and end the thread; a database that hangs does not keep the process."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._closing.set()
            self._wake.set()
            thread.join(_SECONDS_TO_CLOSE)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._wake.clear()
                self._closing.clear()
                self._thread = threading.Thread(target=self._run, name="history", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        ending = False
        while not ending:
            self._wake.wait(_FLUSH_SECONDS)
            self._wake.clear()
            ending = self._closing.is_set()
            try:
                self.flush()
                self._storage.erase_left()
                if time.monotonic() >= self._clean_at:
                    self._clean_at = time.monotonic() + _CLEAN_SECONDS
                    self.clean()
            except (SigmailError, SQLAlchemyError):
                self._closing.wait(_REST_SECONDS)

    def _write_some(self) -> None:
        """Write a batch; it leaves the queue when it is in the database."""
        rows = [self._queue[place] for place in range(min(len(self._queue), _ROWS_AT_ONCE))]
        if not rows:
            return
        with self._storage.write(durable=False) as connection:
            # Some may be there already, if the database failed after it had taken them.
            insert_new(VERDICTS, connection, rows)
        for row in rows:
            self._queue.popleft()
            self._bytes -= len(row[_FEATURES]) + len(row[_MESSAGE] or b"")
        if not self._queue:
            self._bytes = 0


@dataclass(frozen=True, slots=True)
class Recorder:
    """The history of one tenant."""

    history: History
    tenant: str

    @property
    def keeps_bodies(self) -> bool:
        """Whether the messages are kept with their verdicts."""
        return self.history.store_bodies

    def record(
        self,
        identity: str,
        message: Message,
        spam_filter: SpamFilter,
        verdict: Verdict,
        features: MessageFeatures,
    ) -> None:
        """Keep a verdict under its id."""
        self.history.record(identity, self.tenant, message, spam_filter, verdict=verdict, features=features)


def body_columns(message: Message) -> tuple[bytes, bool]:
    """Return a message as it is stored: its bytes, and whether they are a raw mail."""
    if isinstance(message, bytes):
        return message, True
    return message.encode("utf-8", "replace"), False


def _least_id(microseconds: int) -> str:
    """Return the least id of a moment: ids rise with time."""
    return f"{microseconds // 1000:012x}".ljust(32, "0")
