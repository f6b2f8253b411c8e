"""What the verbs of the ledger share: where it is, whose it is, and the messages that they read."""

from __future__ import annotations

import functools
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import click

from sigmail.corpus import as_message, read_messages
from sigmail.filter import Message, SpamFilter
from sigmail_service.classifier import load_filter
from sigmail_service.keys import SHARED
from sigmail_service.recording import ledger_of
from sigmail_service.settings import Settings, load_settings
from sigmail_service.storage.feedback import Giver, Judged
from sigmail_service.storage.ledger import Ledger
from sigmail_service.storage.store import Storage

__all__ = ["COMMAND_LINE", "Place", "place_options", "tenant_option"]

COMMAND_LINE = "command-line"
"""Stands in the ledger's events where the id of a key does: who has this command, has the database too."""

_AT_ONCE = 200

Label = Literal["spam", "ham"]


class Place:
    """The database that the settings name, and the filter whose features the lessons have."""

    def __init__(self, settings: Settings, tenant: str = SHARED) -> None:
        self.settings = settings
        self.storage = Storage(settings.database_url)
        self.giver = Giver(tenant, COMMAND_LINE, trusted=True)

    @functools.cached_property
    def ledger(self) -> Ledger:
        """The ledger."""
        return ledger_of(self.storage, self.settings)

    @functools.cached_property
    def filter(self) -> SpamFilter:
        """The filter of the settings."""
        return load_filter(self.settings)

    def learn(self, label: Label, paths: Iterable[str]) -> list[str]:
        """Note the label of all messages below some paths; return the ids of the feedback."""
        identities: list[str] = []
        messages = self._messages(paths)
        while some := list(islice(messages, _AT_ONCE)):
            given = self.ledger.give_many(self.giver, [(label, one) for one in self.judge(some)])
            identities += [one.id for one in given]
            _show_count(len(identities), label)
        if identities and sys.stderr.isatty():
            click.echo(err=True)
        return identities

    def judge(self, messages: list[Message]) -> list[Judged]:
        """Return messages with their features."""
        spam_filter = self.filter
        judged = spam_filter.classify_many_with_features(messages)
        return [
            Judged(message, features, spam_filter.feature_space)
            for message, (_, features) in zip(messages, judged, strict=True)
        ]

    def messages(self, paths: Iterable[str]) -> list[Message]:
        """Return all messages below some paths."""
        return list(self._messages(paths))

    def _messages(self, paths: Iterable[str]) -> Iterator[Message]:
        skipped: Counter[str] = Counter()

        def skip(_source: str, reason: str) -> None:
            skipped[reason] += 1

        for path in paths:
            for _, data in read_messages(path, skip):
                yield as_message(data)
        for reason, count in skipped.items():
            click.echo(f"Warning: skipped {count} ({reason})", err=True)


def place_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where the ledger is to a verb, as its first parameter, the settings."""

    @functools.wraps(command)
    def with_settings(data_dir: Path | None, config: Path | None, **options: Any) -> None:
        command(load_settings({"data_dir": data_dir}, config), **options)

    decorated = click.option(
        "--config", type=click.Path(path_type=Path), envvar="SIGMAIL_CONFIG", help="TOML file of settings."
    )(with_settings)
    return click.option("--data-dir", type=click.Path(path_type=Path), help="Where the database is.")(
        decorated
    )


def tenant_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--tenant`` to a verb."""
    return click.option("--tenant", default=SHARED, show_default=True, help="Whose ledger it is.")(command)


def _show_count(count: int, label: str) -> None:
    """Show on a terminal how far it is; how much there is to come is not known."""
    if sys.stderr.isatty():
        click.echo(f"\r{count:,} {label}", nl=False, err=True)
