"""Whether a model file may judge: it is what its name says, and judges as it did when it came in."""

from __future__ import annotations

from collections.abc import Sequence

from sigmail.errors import ModelFileError
from sigmail.filter import SpamFilter

__all__ = ["check_filter", "probe"]

_PROBES: tuple[bytes | str, ...] = (
    "Win a free prize now! Click here to claim your cash bonus before midnight.",
    b"From: ada@example.org\r\nSubject: Minutes\r\n\r\nI attach the minutes of Tuesday's meeting.\r\n",
    b"Subject: Cheap pills\r\nContent-Type: text/html\r\n\r\n<a href='http://pills.example'>order</a>\r\n",
    "",
)
# Leads what is kept of the probes, and changes with them: other probes than these say nothing.
_PROBES_NUMBER = 1.0
# Another processor adds up in another order.
_TOLERANCE = 1e-3


def probe(spam_filter: SpamFilter) -> list[float]:
    """Return the number of the built-in messages, then the probabilities that a filter gives to them.

    One by one: `sigmail serve` calls this before it forks its workers, which must not inherit the core's pool
    of threads without the threads.
    """
    return [_PROBES_NUMBER, *(spam_filter.classify(message).probability for message in _PROBES)]


def check_filter(spam_filter: SpamFilter, digest: str, expected: Sequence[float]) -> None:
    """Raise `ModelFileError` unless a filter may judge.

    Parameters
    ----------
    spam_filter
        A filter read from a file; its weights are finite, and its digest fits its content.
    digest
        The digest that its name promised.
    expected
        What it said of the built-in messages when it came in; nothing if that is not known.
    """
    if spam_filter.digest != digest:
        raise ModelFileError(f"the file of model {digest[:12]} holds model {spam_filter.identity}")
    found = probe(spam_filter)
    if len(expected) != len(found) or expected[0] != found[0]:
        return
    pairs = zip(found, expected, strict=True)
    if any(not abs(now - before) <= _TOLERANCE for now, before in pairs):
        raise ModelFileError(f"model {digest[:12]} judges the built-in messages otherwise than it did")
