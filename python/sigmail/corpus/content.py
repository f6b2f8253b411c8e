"""A mail without what its way and its collector left on it."""

from __future__ import annotations

import re

__all__ = ["content_alone", "header_lines"]

_FIELD = re.compile(rb"([!-9;-~]{1,76}):")
_LINE = re.compile(rb"[^\n]*\n?")
_KEPT = frozenset([b"subject", b"mime-version", b"content-type", b"content-transfer-encoding"])


def header_lines(message: bytes) -> tuple[list[tuple[bytes, bytes]], int]:
    """Return the fields of a header, name and whole text of each, and where the header ends.

    It ends before the first line that is neither a field nor goes on with one, empty or not: collections
    often store mail without the empty line.
    """
    names, starts, end = list[bytes](), list[int](), 0
    while (line := _LINE.match(message, end)) and line[0].strip():
        field = _FIELD.match(line[0])
        if field:
            names.append(field[1].lower())
            starts.append(end)
        elif line[0][:1] not in b" \t" or not names:
            break
        end = line.end()
    ends = [*starts[1:], end]
    texts = [message[start:stop] for start, stop in zip(starts, ends, strict=False)]
    return list(zip(names, texts, strict=True)), end


def content_alone(message: bytes | str) -> bytes | str:
    r"""Return a mail with no header but its subject and what says how to read its body; texts as they are.

    Other headers tell who collected a mail as much as what it is, so a filter that reads them has to be
    measured without them too.

    >>> content_alone(b"X-Mailer: bulk\nSubject: deal\n\nbuy")
    b'Subject: deal\n\nbuy'
    """
    if isinstance(message, str):
        return message
    fields, end = header_lines(message)
    kept = b"".join(text for name, text in fields if name in _KEPT)
    return kept + (message[end:] if kept else message[end:].lstrip(b"\r\n"))
