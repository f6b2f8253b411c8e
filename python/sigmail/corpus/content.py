"""A mail without what its way and its collector left on it."""

from __future__ import annotations

import re

__all__ = ["content_alone"]

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"(?ms)^([!-9;-~]{1,76})[ \t]*:.*?(?=\r?\n(?![ \t])|\Z)")
_KEPT = frozenset([b"subject", b"mime-version", b"content-type", b"content-transfer-encoding"])


def content_alone(message: bytes | str) -> bytes | str:
    r"""Return a mail with no header but its subject and what says how to read its body; texts as they are.

    Other headers tell who collected a mail as much as what it is, so a filter that reads them has to be
    measured without them too.

    >>> content_alone(b"X-Mailer: bulk\nSubject: deal\n\nbuy")
    b'Subject: deal\n\nbuy'
    """
    if isinstance(message, str):
        return message
    end = _HEADER_END.search(message)
    head, rest = (message, b"") if end is None else (message[: end.start()], message[end.start() :])
    kept = [found[0] for found in _FIELD.finditer(head) if found[1].lower() in _KEPT]
    return b"\n".join(kept) + (rest if kept else rest.lstrip(b"\r\n"))
