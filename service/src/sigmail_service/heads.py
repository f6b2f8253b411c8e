"""The head of an HTTP/1.1 answer as bytes."""

from __future__ import annotations

import time
from email.utils import formatdate
from http import HTTPStatus
from typing import NamedTuple

__all__ = ["STATUS_LINES", "Head", "date_line", "head_of"]

STATUS_LINES = {
    status.value: b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode()) for status in HTTPStatus
}
"""The first line of an answer, by its status."""

_FIRST_LINE_WITHOUT_PHRASE = b"HTTP/1.1 %d \r\n"

_date: tuple[int, bytes] = (0, b"")


class Head(NamedTuple):
    """The bytes of a head, and whether it says that the connection is closed after the answer."""

    data: bytes
    closes: bool


def head_of(
    status: int,
    headers: list[tuple[bytes, bytes]],
    length: int | None,
    *,
    keep_alive: bool,
    fixed: bytes = b"",
) -> Head:
    """Return the head of an answer.

    Parameters
    ----------
    status
        The HTTP status.
    headers
        Headers of the application, their names in lower case, without line breaks.
    length
        The length of the body, which is added unless the application gave it; None adds none.
    keep_alive
        Whether another request may follow on the connection.
    fixed
        Whole lines of further headers.
    """
    lines = [STATUS_LINES.get(status) or _FIRST_LINE_WITHOUT_PHRASE % status, fixed]
    closes = not keep_alive
    named = False
    for name, value in headers:
        if name == b"connection":
            closes = closes or value.lower() == b"close"
            continue
        if name == b"content-length":
            named = True
        lines.append(name + b": " + value + b"\r\n")
    if length is not None and not named:
        lines.append(b"content-length: %d\r\n" % length)
    if closes:
        lines.append(b"connection: close\r\n")
    lines.append(date_line())
    return Head(b"".join(lines), closes)


def date_line(second: int | None = None) -> bytes:
    """Return the header Date of a second, by default of now, and the end of the head; made once a second."""
    global _date  # noqa: PLW0603 - A clock's last reading; each process has its own.
    if second is None:
        second = int(time.time())
    if _date[0] != second:
        _date = (second, b"date: " + formatdate(second, usegmt=True).encode() + b"\r\n\r\n")
    return _date[1]
