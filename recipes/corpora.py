"""The public corpora that the starter model is trained and measured on, read from their archives.

The environment variable ``SIGMAIL_CORPORA`` names the folder that holds ``spamassassin.tar.xz``,
``enron-spam.tar.xz`` and ``modern-mail.tar.xz``. ``docs/model-card.md`` says what each one is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sigmail.corpus import read_messages
from sigmail.errors import MessageError

__all__ = ["Mail", "corpora_folder", "read_corpus"]

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
