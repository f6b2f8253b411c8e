"""A labelled message, and the words that people write for the two labels."""

from __future__ import annotations

import dataclasses
from typing import Literal

from sigmail.errors import InvalidValueError

__all__ = ["Label", "LabelledMessage", "is_label", "parse_label"]

Label = Literal["spam", "ham"]

_SPAM_WORDS = frozenset(["spam", "1", "1.0", "true", "t", "yes", "y", "junk", "bad"])
_HAM_WORDS = frozenset(["ham", "0", "0.0", "false", "f", "no", "n", "good", "legit", "not spam", "non spam"])
_SHOWN_CHARACTERS = 40


@dataclasses.dataclass(frozen=True, slots=True)
class LabelledMessage:
    """A message, what it is, and where it was read.

    Attributes
    ----------
    message
        A raw mail as bytes, or a plain text as str.
    label
        ``"spam"`` or ``"ham"``.
    source
        The file, with ``/member`` of an archive, ``#number`` in an mbox, ``:line`` in a table.
    """

    message: bytes | str
    label: Label
    source: str


def _word(value: object) -> str:
    return str(value).strip().casefold().replace("-", " ").replace("_", " ")


def is_label(value: object) -> bool:
    """Tell whether `value` is a word that :func:`parse_label` knows."""
    return _word(value) in _SPAM_WORDS | _HAM_WORDS


def parse_label(value: object) -> Label:
    """Return the label that `value` stands for: a word, a number, a truth value, in any case.

    >>> parse_label("Junk"), parse_label(0), parse_label("not spam"), parse_label(True)
    ('spam', 'ham', 'ham', 'spam')

    Raises
    ------
    InvalidValueError
        It is none of the words known.
    """
    word = _word(value)
    if word in _SPAM_WORDS:
        return "spam"
    if word in _HAM_WORDS:
        return "ham"
    raise InvalidValueError(
        f"label {str(value)[:_SHOWN_CHARACTERS]!r} is unknown: "
        "spam, 1, true, yes and junk stand for spam; ham, 0, false, no and good for ham"
    )
