"""An index of messages in their order: a line `label path` each, as the public spam-track corpora have it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader
from os import PathLike, fsdecode
from pathlib import Path

from sigmail.corpus.folders import OnSkip
from sigmail.corpus.kinds import as_message
from sigmail.corpus.labels import Label, LabelledMessage, parse_label
from sigmail.corpus.messages import log_skip, read_messages
from sigmail.corpus.streams import decompressed, reading
from sigmail.errors import InvalidValueError, MessageError

__all__ = ["read_index"]

_MAX_LINE_BYTES = 64 * 1024


def read_index(path: str | PathLike[str], on_skip: OnSkip = log_skip) -> Iterator[LabelledMessage]:
    """Yield the messages that an index names, in its order.

    Parameters
    ----------
    path
        A text file, which may be compressed, of lines such as ``spam ../data/inmail.1``. A path is relative
        to the folder of the index. Empty lines are passed over.
    on_skip
        Called with source and reason for each message that can't be read.

    Raises
    ------
    MessageError
        The index can't be read, a line of it has no label and path, or not one message can be read.
    """
    folder, found = Path(path).parent, False
    with reading(str(path)), Path(path).open("rb") as stream:
        for label, named in _entries(decompressed(stream)):
            source = str(folder / named)
            try:
                for place, data in read_messages(source, on_skip):
                    yield LabelledMessage(as_message(data), label, place)
                    found = True
            except MessageError as error:
                on_skip(source, str(error).removeprefix(f"{source}: "))
        if not found:
            raise MessageError("it names no message that can be read")


def _entries(stream: BufferedReader) -> Iterator[tuple[Label, str]]:
    """Yield label and path of each line."""
    number = 0
    while line := stream.readline(_MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > _MAX_LINE_BYTES:
            raise MessageError(f"line {number}: above the {_MAX_LINE_BYTES} bytes a line may have")
        parts = line.strip().split(maxsplit=1)
        if not parts:
            continue
        if len(parts) < 2:
            raise MessageError(f"line {number}: expected a label and a path, got one word")
        try:
            label = parse_label(fsdecode(parts[0]))
        except InvalidValueError as error:
            raise MessageError(f"line {number}: {error}") from None
        if b"\0" in parts[1]:
            raise MessageError(f"line {number}: no path holds a NUL")
        yield label, fsdecode(parts[1])
