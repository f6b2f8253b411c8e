"""The history: every verdict, written in batches off the request's path."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.util import Finalize

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from sigmail.errors import SigmailError
from sigmail.filter import Backlog, Message, MessageFeatures, SpamFilter, Verdict
from sigmail_service.storage.blocks import Origin
from sigmail_service.storage.moments import now
from sigmail_service.storage.store import Storage
from sigmail_service.storage.tables import IDEMPOTENCY
from sigmail_service.storage.verdicts import delete_older, insert_blocks

__all__ = ["History", "Recorder", "body_columns"]

_FLUSH_SECONDS = 0.25
# So many share a row of the database: to correct one, the row is read whole.
_VERDICTS_A_BLOCK = 64
# So many are written as soon as they wait: fewer at once cost the database more each, more take memory.
_BLOCKS_AT_ONCE = 4
# More than there are tenants, as a rule.
_ORIGINS = 1024
_QUEUE_BYTES = 32 * 1024 * 1024
# After a failure the database is left in peace for this long; the queue takes what comes meanwhile.
_REST_SECONDS = 1.0
_CLEAN_SECONDS = 600.0
_SECONDS_TO_CLOSE = 5.0
_MICROSECONDS_A_DAY = 86_400 * 1_000_000
# How long the repetition of a request with the same Idempotency-Key is known for one.
_IDEMPOTENCY_DAYS = 1.0


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
        self.backlog = Backlog(_VERDICTS_A_BLOCK, _QUEUE_BYTES)
        self._wake, self._closing = threading.Event(), threading.Event()
        self._writing = threading.Lock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._clean_at = 0.0
        self._origins: dict[Origin, Origin] = {}
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
        """Return what verdicts of a filter for a tenant have in common: the same object each time."""
        if len(self._origins) >= _ORIGINS:
            self._origins.clear()
        origin = Origin(tenant, spam_filter.identity, spam_filter.feature_space)
        return self._origins.setdefault(origin, origin)

    def announce(self) -> None:
        """See to it that what was put into the backlog is written: to be called when that has news."""
        if self._thread is None:
            self._start()
        elif self.backlog.ready >= _BLOCKS_AT_ONCE:
            self._wake.set()

    def flush(self) -> None:
        """Write what is in the queue now; `StorageError` if the database is away."""
        with self._writing:
            self._tell_of_lost()
            left = len(self.backlog)
            while left > 0:
                left -= self._write_some()

    def clean(self) -> None:
        """Delete what is older than it is kept for, in pieces, so that no writer waits long."""
        oldest = _least_id(now() - int(self._days * _MICROSECONDS_A_DAY))
        has_more = True
        while has_more:
            with self._storage.write(durable=False) as connection:
                has_more = delete_older(connection, oldest)
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
        """Write blocks that take no more: under load, what is in the open ones is soon many."""
        with self._writing:
            self._tell_of_lost()
            while self.backlog.ready >= _BLOCKS_AT_ONCE:
                self._write_some()

    def _write_some(self) -> int:
        """Write the oldest blocks, and return the number of their verdicts; then they leave the queue."""
        blocks = self.backlog.first(_BLOCKS_AT_ONCE)
        with self._storage.write(durable=False) as connection:
            # Some may be there already, if the database failed after it had taken them.
            insert_blocks(connection, blocks)
        return self.backlog.forget(len(blocks))

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
