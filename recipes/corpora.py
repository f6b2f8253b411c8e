"""The public corpora that the starter model is trained and measured on, read from their archives.

The environment variable ``SIGMAIL_CORPORA`` names the folder that holds ``spamassassin.tar.xz``,
``enron-spam.tar.xz``, ``modern-mail.tar.xz``, ``sms-spam.tar.xz`` and ``youtube-spam.tar.xz``.
``docs/model-card.md`` says what each one is.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sigmail.corpus import as_message, read_messages
from sigmail.errors import MessageError

__all__ = ["Item", "Mail", "corpora_folder", "read_corpus", "read_items"]

VARIABLE = "SIGMAIL_CORPORA"

SPAM_FOLDERS = frozenset({"spam", "spam_2"})
HAM_FOLDERS = frozenset({"ham", "easy_ham", "easy_ham_2", "hard_ham"})


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of a corpus."""

    message: bytes
    is_spam: bool
    folder: str
    """The folder that it lies in, which is the publisher's own name for a part of the corpus."""


def corpora_folder() -> Path:
    """Return the folder that ``SIGMAIL_CORPORA`` names."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        raise MessageError(f"{VARIABLE} is not set: it names the folder that holds the corpora's archives")
    return Path(folder)


def read_corpus(name: str) -> Iterator[Mail]:
    """Yield the mails of the archive ``name``.tar.xz in the order in which they lie in it."""
    for source, message in read_messages(corpora_folder() / f"{name}.tar.xz"):
        folders = source.split("/")[:-1]
        kind = next((folder for folder in reversed(folders) if folder in SPAM_FOLDERS | HAM_FOLDERS), None)
        if kind is not None:
            yield Mail(message, kind in SPAM_FOLDERS, kind)


@dataclass(frozen=True, slots=True)
class Item:
    """A message of any corpus."""

    message: bytes | str
    is_spam: bool
    source: str
    mailbox: str
    """The folder above that of the label: a mailbox of Enron, else the corpus."""


def read_items(name: str) -> Iterator[Item]:
    """Yield the messages of any corpus: mails as bytes, SMS and comments as texts."""
    for source, data in read_messages(corpora_folder() / f"{name}.tar.xz"):
        *folders, file = source.split("/")
        if file == "SMSSpamCollection":
            for number, line in enumerate(data.decode("utf-8").splitlines(), start=1):
                label, text = line.split("\t", 1)
                yield Item(text, label == "spam", f"{source}:{number}", name)
            continue
        if file.endswith(".csv"):
            for number, row in enumerate(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))), start=1):
                yield Item(row["CONTENT"], row["label"] == "1", f"{source}:{number}", name)
            continue
        kind = next((folder for folder in reversed(folders) if folder in SPAM_FOLDERS | HAM_FOLDERS), None)
        if kind is not None:
            yield Item(as_message(data), kind in SPAM_FOLDERS, source, folders[-2])
