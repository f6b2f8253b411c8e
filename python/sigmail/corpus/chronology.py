"""Messages in the order of their dates, kept on disk meanwhile: memory holds some 60 bytes a message."""

from __future__ import annotations

import re
import tempfile
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import mktime_tz, parsedate_tz
from pathlib import PurePath

import numpy as np

from sigmail.corpus.content import header_lines
from sigmail.corpus.folders import OnSkip
from sigmail.corpus.labels import Label, LabelledMessage
from sigmail.corpus.messages import log_skip

__all__ = ["in_date_order", "message_date"]

_HEADER_BYTES = 64 * 1024
_DATE_BYTES = 200
_NAME_DATE = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
# Mail is younger than this and older than a clock that runs wrong.
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC).timestamp()
_LATEST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_TIE_BYTES = 32
_LABELS: tuple[Label, ...] = ("ham", "spam")


def message_date(message: bytes | str, source: str = "") -> float | None:
    r"""Return when a message came, in seconds since 1970, or None where nothing tells.

    The uppermost ``Received`` header counts, which the receiving host wrote; without it the ``Date`` header,
    which is the sender's word; without both a date in the file's name, such as ``0001.1999-12-10.ham.txt``.

    >>> message_date(b"Date: Thu, 01 Jan 1998 00:00:10 +0000\n\nhello") is not None
    True
    """
    if isinstance(message, bytes):
        fields = header_lines(message[:_HEADER_BYTES])[0]
        received = next((text for name, text in fields if name == b"received"), b"")
        dated = next((text for name, text in fields if name == b"date"), b"")
        candidates = received.rpartition(b";")[2], dated[len(b"date:") :]
        for candidate in candidates:
            moment = _moment(" ".join(candidate[:_DATE_BYTES].decode("latin-1").split()))
            if moment is not None:
                return moment
    named = _NAME_DATE.search(PurePath(source).name)
    if named is None:
        return None
    try:
        return datetime(int(named[1]), int(named[2]), int(named[3]), tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _moment(text: str) -> float | None:
    try:
        parsed = parsedate_tz(text)
        moment = None if parsed is None else float(mktime_tz(parsed))
    except (ValueError, OverflowError, TypeError, IndexError):  # Headers hold anything at all.
        return None
    return moment if moment is not None and _EARLIEST < moment < _LATEST else None


def in_date_order(
    messages: Iterator[LabelledMessage], on_skip: OnSkip = log_skip
) -> Iterator[LabelledMessage]:
    """Yield the messages from the oldest to the youngest; those of one date by the names of their files.

    They lie in a temporary file meanwhile, which has no name and goes with the process. ``on_skip`` hears of
    each message that tells no date.
    """
    moments, places, names = array("d"), array("Q", [0]), bytearray()
    with tempfile.TemporaryFile(prefix="sigmail-") as file:
        for item in messages:
            moment = message_date(item.message, item.source)
            if moment is None:
                on_skip(item.source, "no date to order it by: list the messages in an --index")
                continue
            file.write(_record(item))
            moments.append(moment)
            places.append(file.tell())
            name = PurePath(item.source).name.encode("utf-8", "surrogatepass")[:_TIE_BYTES]
            names += name.ljust(_TIE_BYTES, b"\0")
        ties = np.frombuffer(bytes(names), dtype=f"S{_TIE_BYTES}")
        for row in np.lexsort((ties, np.asarray(moments))):
            file.seek(places[row])
            yield _read_record(file.read(places[row + 1] - places[row]))


def _record(item: LabelledMessage) -> bytes:
    """Return a message as bytes: what it is, the length of its source, the source, the message."""
    is_text = isinstance(item.message, str)
    source = item.source.encode("utf-8", "surrogatepass")
    data = item.message.encode("utf-8", "surrogatepass") if isinstance(item.message, str) else item.message
    kind = 2 * is_text + _LABELS.index(item.label)
    return bytes([kind]) + len(source).to_bytes(4, "little") + source + data


def _read_record(record: bytes) -> LabelledMessage:
    start = 5 + int.from_bytes(record[1:5], "little")
    source, data = record[5:start].decode("utf-8", "surrogatepass"), record[start:]
    message = data.decode("utf-8", "surrogatepass") if record[0] & 2 else data
    return LabelledMessage(message, _LABELS[record[0] & 1], source)
