"""What the service keeps of its verdicts and of the feedback on them, for the current application."""

from __future__ import annotations

import contextlib
from typing import cast

from flask import Flask, current_app

from sigmail.filter import Message, SpamFilter
from sigmail_service.access import current_key, current_tenant
from sigmail_service.metrics import HISTORY_LOST
from sigmail_service.problems import Problem
from sigmail_service.settings import Settings
from sigmail_service.storage.engine import is_sqlite
from sigmail_service.storage.feedback import Giver
from sigmail_service.storage.history import History, Recorder
from sigmail_service.storage.holding import Rules
from sigmail_service.storage.ledger import Ledger
from sigmail_service.storage.store import Storage, StorageError

__all__ = [
    "current_giver",
    "current_ledger",
    "current_recorder",
    "current_storage",
    "history_of",
    "init_app",
    "ledger_of",
    "prepare_storage",
    "remember",
    "rules_of",
]

_STORAGE = "sigmail.storage"
_HISTORY = "sigmail.history"
_LEDGER = "sigmail.ledger"


def init_app(app: Flask, settings: Settings) -> None:
    """Name the database; it is opened when it is first used, so that a start does not hang on it."""
    storage = Storage(settings.database_url)
    app.extensions[_STORAGE] = storage
    app.extensions[_LEDGER] = ledger_of(storage, settings)
    app.extensions[_HISTORY] = None
    if settings.history_days:
        lost = HISTORY_LOST.inc
        bodies = settings.store_bodies
        app.extensions[_HISTORY] = History(storage, settings.history_days, store_bodies=bodies, lost=lost)


def prepare_storage(settings: Settings) -> None:
    """Bring an SQLite database to the newest tables before the workers start, so that none has to.

    Where that fails the service starts all the same: the first use tries again. PostgreSQL is left to that,
    since nobody knows how long it takes to answer.
    """
    storage = Storage(settings.database_url)
    if is_sqlite(storage.engine):
        with contextlib.suppress(StorageError), storage.read():
            pass
        storage.close()


def ledger_of(storage: Storage, settings: Settings) -> Ledger:
    """Return the ledger in a database, with the rules that the settings name."""
    return Ledger(storage, rules_of(settings), store_bodies=settings.store_bodies)


def rules_of(settings: Settings) -> Rules:
    """Return what feedback has to wait for a person."""
    return Rules(settings.feedback_needs_trust, settings.feedback_burst, settings.feedback_burst_seconds)


def history_of(app: Flask) -> History | None:
    """Return the history of an application, if it keeps one."""
    return cast("History | None", app.extensions.get(_HISTORY))


def current_storage() -> Storage:
    """Return the database of the current application."""
    return cast("Storage", current_app.extensions[_STORAGE])


def current_ledger() -> Ledger:
    """Return the ledger of the current application."""
    return cast("Ledger", current_app.extensions[_LEDGER])


def current_recorder() -> Recorder | None:
    """Return the history of the current request's tenant, if one is kept."""
    history = history_of(current_app)
    return None if history is None else Recorder(history, current_tenant())


def current_giver() -> Giver:
    """Return who gives feedback in the current request, which has a key."""
    key = current_key()
    if key is None:
        raise Problem("key-missing", "The route needs an API key.")
    return Giver(key.tenant, key.id, key.may("trust"))


def remember(identity: str, message: Message, spam_filter: SpamFilter) -> None:
    """Keep a verdict that was given under an id without its features, if there is a history."""
    recorder = current_recorder()
    if recorder is not None:
        recorder.record(identity, message, spam_filter, *spam_filter.classify_with_features(message))
