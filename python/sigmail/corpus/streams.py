"""Byte streams: decompressed by content, read ahead without losing a byte, guarded against bombs."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from sigmail.errors import MessageError

__all__ = ["HEAD_BYTES", "MAX_MESSAGE_BYTES", "Readable", "decompressed", "peekable", "reading"]

MAX_MESSAGE_BYTES = 32 * 1024 * 1024
"""A message above this is passed over: mail servers refuse such mail, and memory is finite."""

HEAD_BYTES = 1024
"""What :func:`peekable` reads ahead: a tar header is 512 bytes, an mbox separator far less."""

MAX_FREE_EXPANSION = 1024 * 1024 * 1024
MAX_EXPANSION_RATIO = 200
"""Beyond 1 GiB a stream may not be over 200 times its compressed size. Mail compresses 3 to 30 times, and
archives of form letters up to 100; bombs reach 1,000 (gzip) to a million (bzip2)."""

_BUFFER_BYTES = 64 * 1024


class Readable(Protocol):
    """All that is asked of a stream."""

    def read(self, size: int, /) -> bytes:
        """Return `size` bytes; fewer only at the end."""


_OPENERS: tuple[tuple[bytes, Callable[[io.BufferedReader], Readable]], ...] = (
    (b"\x1f\x8b", lambda stream: gzip.GzipFile(fileobj=stream)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", lzma.LZMAFile),
)


class _Rejoined(io.RawIOBase):
    """The bytes read ahead, then the rest; counts what went through and refuses to expand without end."""

    def __init__(self, head: bytes, rest: Readable, compressed: _Rejoined | None = None) -> None:
        self._head, self._rest, self._compressed = head, rest, compressed
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._head[: len(buffer)] if self._head else self._rest.read(len(buffer))
        self._head = self._head[len(data) :]
        self.count += len(data)
        if self._compressed is not None and self.count > MAX_FREE_EXPANSION:
            ratio = self.count / max(self._compressed.count, 1)
            if ratio > MAX_EXPANSION_RATIO:
                raise MessageError(
                    f"it expands more than {MAX_EXPANSION_RATIO} times, as bombs do; if it is none, unpack it"
                )
        buffer[: len(data)] = data
        return len(data)


def peekable(stream: Readable) -> tuple[bytes, io.BufferedReader]:
    """Return up to :data:`HEAD_BYTES` of what comes first, and a stream that still begins with them."""
    head = stream.read(HEAD_BYTES)
    whole = _Rejoined(head, stream)
    return head, io.BufferedReader(whole, _BUFFER_BYTES)


def decompressed(stream: Readable) -> io.BufferedReader:
    """Return `stream`, or what it holds if its first bytes are those of gzip, bzip2 or xz.

    A stream that expands like a bomb raises :class:`~sigmail.errors.MessageError` while it is read.
    """
    head = stream.read(HEAD_BYTES)
    whole = _Rejoined(head, stream)
    for magic, opener in _OPENERS:
        if head.startswith(magic):
            inner = opener(io.BufferedReader(whole, _BUFFER_BYTES))
            return io.BufferedReader(_Rejoined(b"", inner, whole), _BUFFER_BYTES)
    return io.BufferedReader(whole, _BUFFER_BYTES)


@contextmanager
def reading(source: str) -> Iterator[None]:
    """Turn whatever reading `source` may raise into a :class:`~sigmail.errors.MessageError` that names it."""
    try:
        yield
    except MessageError as error:
        raise MessageError(f"{source}: {error}") from None
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise MessageError(f"{source}: the compressed data is damaged or cut short ({error})") from None
    except OSError as error:
        raise MessageError(f"{source}: {error.strerror or error}") from None
