"""Messages of a path, a folder, an mbox, an archive: one after the other, as the bytes they are."""

from __future__ import annotations

import itertools
import logging
import stat
from collections.abc import Iterator
from io import BufferedReader
from os import PathLike
from pathlib import Path, PurePosixPath

from sigmail.corpus.archives import is_tar, tar_members
from sigmail.corpus.folders import OnSkip, files_below
from sigmail.corpus.mbox import is_separator, split_mbox
from sigmail.corpus.streams import MAX_MESSAGE_BYTES, Readable, decompressed, peekable, reading
from sigmail.errors import MessageError

__all__ = ["log_skip", "read_messages", "read_stream"]

Sourced = Iterator[tuple[str, bytes]]

_TOO_LARGE = f"above the {MAX_MESSAGE_BYTES // 1024**2} MiB a message may have"


class MessageTooLargeError(MessageError):
    """A single message is above the cap."""


def log_skip(source: str, reason: str) -> None:
    """Log what was passed over: the default of the readers."""
    logging.getLogger("sigmail.corpus").warning("skipped %s: %s", source, reason)


def read_messages(path: str | PathLike[str], on_skip: OnSkip = log_skip) -> Iterator[tuple[str, bytes]]:
    """Yield source and bytes of every message of `path`, in a fixed order.

    Parameters
    ----------
    path
        A mail file, an mbox, a Maildir, a folder searched to the bottom, or a tar archive of these; files may
        be compressed by gzip, bzip2 or xz. What the file holds decides, not its name.
    on_skip
        Called with source and reason for each thing below `path` that can't be read or is above the cap.

    Raises
    ------
    MessageError
        `path` itself can't be read, is damaged, or holds no message.
    """
    path = Path(path)
    with reading(str(path)):
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    yield from _some(str(path), (_read_folder if is_folder else _read_file)(path, on_skip))


def _some(source: str, messages: Sourced) -> Sourced:
    """Yield `messages`; none at all is an error, for it is hardly what was meant."""
    first = next(messages, None)
    if first is None:
        raise MessageError(f"{source}: no message in it")
    yield from itertools.chain([first], messages)


def _read_folder(folder: Path, on_skip: OnSkip) -> Sourced:
    for path in files_below(folder, on_skip):
        try:
            yield from _some(str(path), _read_file(path, on_skip))
        except MessageError as error:
            on_skip(str(path), str(error).removeprefix(f"{path}: "))


def _read_file(path: Path, on_skip: OnSkip) -> Sourced:
    with reading(str(path)), path.open("rb") as stream:
        yield from _read_content(str(path), stream, on_skip)


def read_stream(source: str, stream: Readable, on_skip: OnSkip = log_skip) -> Iterator[tuple[str, bytes]]:
    """Yield the messages of an open file: one mail, an mbox, or a tar archive of these, compressed or not.

    Raises
    ------
    MessageError
        The data is damaged, holds no message, or is a single message above the cap.
    """
    yield from _some(source, _read_open(source, stream, on_skip))


def _read_open(source: str, stream: Readable, on_skip: OnSkip) -> Sourced:
    with reading(source):
        yield from _read_content(source, stream, on_skip)


def _read_content(source: str, stream: Readable, on_skip: OnSkip) -> Sourced:
    head, content = peekable(decompressed(stream))
    if is_tar(head):
        yield from _read_archive(source, content, on_skip)
    else:
        yield from _read_mail(source, head, content, on_skip)


def _read_archive(source: str, stream: Readable, on_skip: OnSkip) -> Sourced:
    for name, member in tar_members(stream):
        path = f"{source}/{name}"
        if any(part.startswith(".") for part in PurePosixPath(name).parts if part not in {".", ".."}):
            continue  # Hidden files are no mail, here as in a folder.
        if member is None:
            on_skip(path, "not a regular file")
            continue
        head, content = peekable(member)
        if is_tar(head):
            on_skip(path, "an archive within an archive")
            continue
        try:
            yield from _read_mail(path, head, content, on_skip)
        except MessageTooLargeError as error:
            on_skip(path, str(error))


def _read_mail(source: str, head: bytes, stream: BufferedReader, on_skip: OnSkip) -> Sourced:
    """Yield the one mail of `stream`, or those of an mbox, numbered from 1 where there are more than one."""
    if not is_separator(head.partition(b"\n")[0]):
        yield source, _within_cap(stream.read(MAX_MESSAGE_BYTES + 1))
        return
    messages = split_mbox(stream)
    begin = list(itertools.islice(messages, 2))
    if len(begin) == 1:
        yield source, _within_cap(begin[0])
        return
    for number, message in enumerate(itertools.chain(begin, messages), start=1):
        if message is None:
            on_skip(f"{source}#{number}", _TOO_LARGE)
        else:
            yield f"{source}#{number}", message


def _within_cap(message: bytes | None) -> bytes:
    """Return `message`, which None stands for where it was too large to keep."""
    if message is None or len(message) > MAX_MESSAGE_BYTES:
        raise MessageTooLargeError(_TOO_LARGE)
    return message
