"""Tell a mail from a plain text."""

from __future__ import annotations

import re

__all__ = ["as_message", "looks_like_mail"]

_HEADER_BYTES = 64 * 1024
_HEADER_LINE = re.compile(rb"([!-9;-~]{1,76})[ \t]*:|[ \t]+\S")
_MAIL_NAMES = frozenset(
    b"subject from to cc date received return-path message-id mime-version content-type delivered-to reply-to"
    b" sender x-mailer content-transfer-encoding list-id in-reply-to".split()
)
_ENOUGH_ALONE = frozenset([b"subject", b"received", b"return-path", b"message-id", b"mime-version"])


def looks_like_mail(data: bytes) -> bool:
    """Tell whether `data` begins with the header of a mail.

    Header lines are counted from the top until one is none. They make a mail if one of them has a name that
    hardly begins a sentence (``Subject``, ``Received`` …) or two have names of mail headers at all, so that a
    note that begins "To: do" stays a text. An empty line behind them isn't asked for: collections often store
    mail without it.

    >>> looks_like_mail(b"Subject: lunch?")
    True
    >>> looks_like_mail(b"From: what I hear, it was fun.")
    False
    """
    found: set[bytes] = set()
    for line in data[:_HEADER_BYTES].splitlines():
        match = _HEADER_LINE.match(line)
        if match is None or (match[1] is None and not found):
            break
        if match[1] is not None:
            found.add(match[1].lower())
    return bool(found & _ENOUGH_ALONE) or len(found & _MAIL_NAMES) >= 2


def as_message(data: bytes) -> bytes | str:
    """Return a mail as bytes, anything else as text: UTF-8 without a byte-order mark, errors replaced."""
    return data if looks_like_mail(data) else data.decode("utf-8-sig", "replace")
