"""The history: every verdict, written in batches off the request's path."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.util import Finalize
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from sigmail.errors import SigmailError
from sigmail.filter import Backlog, Message, MessageFeatures, SpamFilter, Verdict
from sigmail_service.storage.engine import insert_new
from sigmail_service.storage.moments import microseconds_of_id, now
from sigmail_service.storage.store import Storage
from sigmail_service.storage.tables import IDEMPOTENCY, VERDICTS

__all__ = ["History", "Origin", "Recorder", "body_columns"]

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
_NO_BODY = (None, None)


class Origin(NamedTuple):
    """Whose verdict it is, and what gave it."""

    tenant: str
    model: str
    feature_space: str


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
        self.backlog = Backlog(_ROWS_AT_ONCE, _QUEUE_BYTES)
        self._wake, self._closing = threading.Event(), threading.Event()
        self._writing = threading.Lock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._clean_at = 0.0
        self._last: tuple[SpamFilter | None, Origin] = (None, Origin("", "", ""))
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

    def add(  # noqa: PLR0917 - Called for many messages: naming the arguments costs as much as the rest.
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
        origin = self.origin(tenant, spam_filter)
        body = body_columns(message) if self.store_bodies else None
        body_bytes = len(body[0]) if body else 0
        if self.backlog.put(identity, label, probability, packed, origin, body, body_bytes):
            self.announce()

    def origin(self, tenant: str, spam_filter: SpamFilter) -> Origin:
        """Return what is to be kept with the verdicts of a filter for a tenant."""
        known, origin = self._last
        if known is not spam_filter or origin.tenant != tenant:
            origin = Origin(tenant, spam_filter.identity, spam_filter.feature_space)
            self._last = (spam_filter, origin)
        return origin

    def announce(self) -> None:
        """See to it that what was put into the backlog is written: to be called when that has news."""
        if self._thread is None:
            self._start()
        elif self.backlog.ready:
            self._wake.set()

    def flush(self) -> None:
        """Write what is in the queue now; `StorageError` if the database is away."""
        with self._writing:
            self._tell_of_lost()
            left = len(self.backlog)
            while left > 0:
                left -= self._write_first()

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
            woken = self._wake.wait(_FLUSH_SECONDS)
            self._wake.clear()
            ending = self._closing.is_set()
            try:
                if woken and not ending:
                    self._write_ready()
                else:
                    self.flush()
                self._storage.erase_left()
                if time.monotonic() >= self._clean_at:
                    self._clean_at = time.monotonic() + _CLEAN_SECONDS
                    self.clean()
            except (SigmailError, SQLAlchemyError):
                self._closing.wait(_REST_SECONDS)

    def _write_ready(self) -> None:
        """Write the blocks that take no more: under load, what is in the open one is soon many."""
        with self._writing:
            self._tell_of_lost()
            while self.backlog.ready:
                self._write_first()

    def _write_first(self) -> int:
        """Write the oldest block, and return its size; it leaves the queue when it is in the database."""
        waiting = self.backlog.first()
        rows = [
            (
                identity,
                origin.tenant,
                microseconds_of_id(identity),
                label,
                probability,
                origin.model,
                origin.feature_space,
                packed,
                *(body or _NO_BODY),
            )
            for identity, label, probability, packed, origin, body in waiting
        ]
        with self._storage.write(durable=False) as connection:
            # Some may be there already, if the database failed after it had taken them.
            insert_new(VERDICTS, connection, rows)
        return self.backlog.forget_first()

    def _tell_of_lost(self) -> None:
        lost = self.backlog.take_lost()
        if lost:
            self._lost(lost)


@dataclass(frozen=True, slots=True)
class Recorder:
    """The history of one tenant."""

    history: History
    tenant: str

    @property
    def keeps_bodies(self) -> bool:
        """Whether the messages are kept with their verdicts."""
        return self.history.store_bodies

    def origin(self, spam_filter: SpamFilter) -> Origin:
        """Return what is to be kept with the verdicts of a filter."""
        return self.history.origin(self.tenant, spam_filter)

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
