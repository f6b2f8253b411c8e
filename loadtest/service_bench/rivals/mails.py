"""Real mails of a usual size, from the archives that `SIGMAIL_CORPORA` names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sigmail.corpus import read_messages

__all__ = ["Labelled", "choose", "read_labelled"]

_VARIABLE = "SIGMAIL_CORPORA"
_ARCHIVE = "spamassassin.tar.xz"
_SPAM_FOLDERS = frozenset({"spam", "spam_2"})
_MEAN_BYTES = 4_800
_CLOSE_BYTES = 50
_LARGEST_BYTES = 40_000


@dataclass(frozen=True, slots=True)
class Labelled:
    """A raw mail, and whether it is spam."""

    message: bytes
    is_spam: bool


def read_labelled() -> list[Labelled]:
    """Return the mails of SpamAssassin's public corpus, in the order of the archive."""
    folder = os.environ.get(_VARIABLE)
    if not folder:
        raise SystemExit(f"{_VARIABLE} is not set: it names the folder that holds {_ARCHIVE}")
    mails = read_messages(Path(folder) / _ARCHIVE)
    return [Labelled(message, not _SPAM_FOLDERS.isdisjoint(source.split("/"))) for source, message in mails]


def choose(mails: list[Labelled], count: int, seed: int = 0) -> list[bytes]:
    """Return some mails by a seed, no larger than 40 KB, whose mean size is 4.8 KB.

    Single mails are exchanged until the mean is met, which leaves the spread of sizes nearly as it is.
    """
    random = Random(seed)
    usual = [mail.message for mail in mails if len(mail.message) <= _LARGEST_BYTES]
    chosen = random.sample(usual, count)
    size = sum(map(len, chosen))
    while abs(size / count - _MEAN_BYTES) > _CLOSE_BYTES:
        place, other = random.randrange(count), random.choice(usual)
        change = len(other) - len(chosen[place])
        if abs(size + change - count * _MEAN_BYTES) < abs(size - count * _MEAN_BYTES):
            chosen[place] = other
            size += change
    return chosen
