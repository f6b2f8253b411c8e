"""Split an mbox into its messages, in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BufferedReader

from sigmail.corpus.streams import MAX_MESSAGE_BYTES

__all__ = ["is_separator", "split_mbox"]

_LINE_BYTES = 64 * 1024
_SEPARATOR_BYTES = 1024
_TIME = re.compile(rb"\s\d{1,2}:\d{2}(:\d{2})?\s")
_YEAR = re.compile(rb"\s\d{4}(\s|$)")
_QUOTED = re.compile(rb">+From ")


def is_separator(line: bytes) -> bool:
    """Tell whether `line` begins a message of an mbox: ``From``, an address, and a date with time and year.

    The date is asked for because a body line may well begin with "From the desk of …", and not every program
    that writes an mbox quotes such lines.
    """
    line = line[:_SEPARATOR_BYTES]
    return line.startswith(b"From ") and bool(_TIME.search(line)) and bool(_YEAR.search(line))


def split_mbox(stream: BufferedReader) -> Iterator[bytes | None]:
    """Yield each message of an mbox without its ``From`` line; None for one above the cap.

    A separator stands at the start or behind an empty line. Quoted lines (``>From``) lose one quote, as in
    the mboxrd form. Memory stays bounded by one message, however long a line is.
    """
    message, size, started = bytearray(), 0, False
    behind_empty, at_line_start = True, True
    while line := stream.readline(_LINE_BYTES):
        if at_line_start and behind_empty and is_separator(line):
            if started:
                yield _finished(message, size)
            message, size, started = bytearray(), 0, True
        else:
            size += len(line)
            if size <= MAX_MESSAGE_BYTES:
                message += line[1:] if at_line_start and _QUOTED.match(line) else line
        behind_empty = at_line_start and not line.strip(b"\r\n")
        at_line_start = line.endswith(b"\n")
    if started:
        yield _finished(message, size)


def _finished(message: bytearray, size: int) -> bytes | None:
    """Return the message without the empty line that parts it from the next separator."""
    if size > MAX_MESSAGE_BYTES:
        return None
    for ending in (b"\r\n\r\n", b"\n\n"):
        if message.endswith(ending):
            return bytes(message[: -len(ending) // 2])
    return bytes(message)
