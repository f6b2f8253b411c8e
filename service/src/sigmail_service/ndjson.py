"""Cuts a stream of bytes into lines, with bounded memory however long the stream or a line of it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["blocks_of_lines"]


def blocks_of_lines(chunks: Iterable[bytes], limit: int, most: int) -> Iterator[list[bytes | None]]:
    r"""Yield the lines of a stream in blocks, each block as soon as its last line is complete.

    Parameters
    ----------
    chunks
        The stream, in pieces as they arrive.
    limit
        The longest line, in bytes without its end; a longer one is forgotten and stands as None.
    most
        The most lines of a block.

    Yields
    ------
    list of bytes or None
        One to `most` lines without their ends; blank lines are left out. A last line without ``\n`` counts.
    """
    pieces: list[bytes] = []
    size = 0
    block: list[bytes | None] = []
    for chunk in chunks:
        start = 0
        # `split` looks at one byte after the other, `find` at many at once.
        while (end := chunk.find(b"\n", start)) >= 0:
            piece, start = chunk[start:end], end + 1
            size += len(piece)
            if size <= limit:
                pieces.append(piece)
            block.extend(_line(pieces, size, limit))
            pieces, size = [], 0
            if len(block) == most:
                yield block
                block = []
        size += len(chunk) - start
        if size <= limit:
            pieces.append(chunk[start:])
        else:
            pieces = []
        if block:
            yield block
            block = []
    last = _line(pieces, size, limit)
    if last:
        yield last


def _line(pieces: list[bytes], size: int, limit: int) -> list[bytes | None]:
    """Return a line as a list of one, or an empty list for a blank line."""
    if size > limit:
        return [None]
    line = b"".join(pieces).strip()
    return [line] if line else []
