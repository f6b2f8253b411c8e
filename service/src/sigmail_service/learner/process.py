"""The learner's process: it does the jobs that wait, and asks for one by the clock or after corrections.

`sigmail serve` starts it beside the workers, with the least claim to the processor. It ends when its parent
does, however that ends: a candidate that is not done is lost, and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from sigmail.errors import SigmailError
from sigmail_service.keys import SHARED, KeyStore
from sigmail_service.learner.run import run_job
from sigmail_service.logs import configure_logging
from sigmail_service.registry.jobs import Jobs
from sigmail_service.registry.places import open_place
from sigmail_service.registry.registry import Registry
from sigmail_service.settings import Settings
from sigmail_service.storage.lessons import count_since, first_given
from sigmail_service.storage.store import Storage

__all__ = ["Learner", "main"]

_LOOK_SECONDS = 0.5
_COUNT_SECONDS = 5.0
_PARENT_SECONDS = 0.5
_NICENESS = 19

_log = structlog.get_logger("sigmail_service")


class Learner:
    """Does what is to be done now.

    Parameters
    ----------
    settings
        What the operator set.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._registry = Registry(open_place(settings.models_place))
        self._jobs = Jobs(self._registry.place)
        self._storage = Storage(settings.database_url)
        self._counted_at = -_COUNT_SECONDS

    def turn(self) -> int:
        """Do the jobs that wait, and return how many there were."""
        if time.monotonic() - self._counted_at >= _COUNT_SECONDS:
            self._counted_at = time.monotonic()
            self._ask_when_due()
        waiting = [job for job in self._jobs.all() if job.is_open]
        for job in waiting:
            done = run_job(job, self._registry, self._storage, self._settings)
            _log.info(
                "trained",
                job=done.id,
                tenant=done.tenant,
                state=done.state,
                model=done.model,
                reasons=done.reasons,
            )
        return len(waiting)

    def _ask_when_due(self) -> None:
        """Ask for a training where enough time has passed since the last, or enough corrections have come."""
        hours, corrections = self._settings.train_hours, self._settings.train_corrections
        if not hours and not corrections:
            return
        with self._storage.read():  # Prepares the database, and says so if it is away.
            pass
        jobs = self._jobs.all()
        for tenant in self._tenants():
            asked = [datetime.fromisoformat(job.asked) for job in jobs if job.tenant == tenant]
            last = max(asked) if asked else self._first(tenant)
            count = count_since(self._storage.engine, tenant, last)
            passed = (datetime.now(UTC) - last).total_seconds() / 3600.0
            if corrections and count >= corrections:
                self._jobs.ask(tenant, "corrections")
            elif hours and passed >= hours and count:
                self._jobs.ask(tenant, "schedule")

    def _tenants(self) -> set[str]:
        keys = KeyStore(self._settings.keys_file).keys().values()
        return {SHARED} | {getattr(key, "tenant", SHARED) for key in keys}

    def _first(self, tenant: str) -> datetime:
        """Return since when to count where nothing was ever trained.

        Since the first model came in; for a tenant without one, since just before its first lesson.
        """
        records = self._registry.records(tenant)
        if records:
            return datetime.fromisoformat(records[-1].created)
        first = first_given(self._storage.engine, tenant)
        return datetime.now(UTC) if first is None else first - timedelta(microseconds=1)


def main() -> None:
    """Learn until the parent ends, or SIGTERM comes; the settings stand on standard input.

    The parent tells its own number: it may have ended before this process could ask for it.
    """
    parent = int(sys.argv[1])
    settings = Settings(**json.loads(sys.stdin.read()))
    configure_logging(settings)
    os.nice(_NICENESS)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: os._exit(0))
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    learner = Learner(settings)
    while not ended.wait(_LOOK_SECONDS):
        with contextlib.suppress(SigmailError, OSError, SQLAlchemyError):
            # The database or the folder is away; both are tried again.
            learner.turn()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    main()
