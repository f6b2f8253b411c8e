"""Walk a tar archive forward, as a stream.

The headers are decoded by :class:`tarfile.TarInfo`; the walk is ours, because ``tarfile.TarFile`` reads
metadata of any announced size into memory, follows a negative size backwards without end (CVE-2025-8194), and
searches extended headers with regular expressions that backtrack (CVE-2024-6232) in the versions of Python we
support.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterator

from sigmail.corpus.streams import Readable
from sigmail.errors import MessageError

__all__ = ["is_tar", "tar_members"]

_BLOCK = tarfile.BLOCKSIZE
_END = bytes(_BLOCK)
_MAX_METADATA_BYTES = 64 * 1024
_CHUNK_BYTES = 1024 * 1024
_MAX_DIGITS = 19
_SPARSE_CONTINUES, _SPARSE_MAP_CONTINUES = 482, 504
_RECORD_LENGTH = re.compile(rb"(\d{1,9}) ")
_LONG_NAME, _EXTENDED = tarfile.GNUTYPE_LONGNAME, (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_METADATA = (_LONG_NAME, tarfile.GNUTYPE_LONGLINK, tarfile.XGLTYPE, *_EXTENDED)


class _Section(io.RawIOBase):
    """The next `size` bytes of a stream, as a stream."""

    def __init__(self, stream: Readable, size: int) -> None:
        self._stream, self.remaining = stream, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), self.remaining)
        data = self._stream.read(wanted)
        if len(data) < wanted:
            raise MessageError("the archive is cut short")
        self.remaining -= wanted
        buffer[:wanted] = data
        return wanted

    def skip(self) -> None:
        buffer = bytearray(min(_CHUNK_BYTES, self.remaining))
        while self.remaining:
            self.readinto(buffer)


def is_tar(head: bytes) -> bool:
    """Tell whether `head`, the first 512 bytes or more of a stream, begins a tar archive."""
    block = head[:_BLOCK]
    if block == _END:
        return True  # An archive without members.
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True


def tar_members(stream: Readable) -> Iterator[tuple[str, Readable | None]]:
    """Yield name and content of each member that is a file, in the archive's order; folders are passed over.

    The content is None for a member that is not to be read: a link, a device, a sparse file (its announced
    size costs its author nothing). It must be read before the next member is asked for, and only then.

    Raises
    ------
    MessageError
        The archive is damaged or cut short.
    """
    records: dict[str, str] = {}
    while (header := _next_header(stream)) is not None:
        section = _Section(stream, _data_bytes(header, records))
        padding = _Section(stream, -section.remaining % _BLOCK)
        if header.type in _METADATA:
            records |= _metadata(header.type, section)
        else:
            name = records.get("path", header.name)
            if header.isreg() and header.type != tarfile.GNUTYPE_SPARSE and "sparse" not in records:
                yield name, io.BufferedReader(section)
            elif not header.isdir():
                yield name, None
            records = {}
        section.skip()
        padding.skip()


def _next_header(stream: Readable) -> tarfile.TarInfo | None:
    """Return the next header, or None at the end: a block of zeros, or nothing at all."""
    block = stream.read(_BLOCK)
    if block in (b"", _END):
        return None
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        raise MessageError("the archive is damaged: a member's header is none") from None
    if header.size < 0:
        raise MessageError(f"the archive is damaged: a member of {header.size} bytes")
    continued = header.type == tarfile.GNUTYPE_SPARSE and block[_SPARSE_CONTINUES]
    while continued:  # The map of a sparse file goes on in blocks of its own.
        block = stream.read(_BLOCK)
        continued = len(block) == _BLOCK and block[_SPARSE_MAP_CONTINUES]
    return header


def _data_bytes(header: tarfile.TarInfo, records: dict[str, str]) -> int:
    """Return how many bytes follow the header: links, folders and devices have none, whatever they say."""
    if header.type in _METADATA or header.isreg() or header.type not in tarfile.SUPPORTED_TYPES:
        return int(records.get("size", header.size))
    return 0


def _metadata(kind: bytes, section: _Section) -> dict[str, str]:
    """Return the name, the size and the mark of a sparse file that a header's own header may hold."""
    if kind not in (_LONG_NAME, *_EXTENDED) or section.remaining > _MAX_METADATA_BYTES:
        return {}
    data = io.BufferedReader(section).read()
    if kind == _LONG_NAME:
        return {"path": data.rstrip(b"\0").decode("utf-8", "surrogateescape")}
    records: dict[str, str] = {}
    start = 0
    while match := _RECORD_LENGTH.match(data, start):
        end = max(start + int(match[1]), match.end())
        key, _, value = data[match.end() : end - 1].partition(b"=")
        if key == b"path" or (key == b"size" and value.isdigit() and len(value) < _MAX_DIGITS):
            records[key.decode()] = value.decode("utf-8", "surrogateescape")
        elif key == b"GNU.sparse.name":  # The path of such a member names a folder that never was.
            records["path"] = records["sparse"] = value.decode("utf-8", "surrogateescape")
        elif key.startswith(b"GNU.sparse."):
            records.setdefault("sparse", "")
        start = end
    return records
