"""Labelled texts from a table: CSV, TSV or JSON Lines."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterable, Iterator
from io import BufferedReader
from os import PathLike
from pathlib import Path
from typing import Any

from sigmail.corpus.columns import ColumnNames, Row, find_columns, no_columns
from sigmail.corpus.labels import LabelledMessage, is_label, parse_label
from sigmail.corpus.streams import MAX_MESSAGE_BYTES, decompressed, peekable, reading
from sigmail.errors import InvalidValueError, MessageError

__all__ = ["read_table"]

_DELIMITERS = "\t,;"
_UTF_8_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CAP = f"{MAX_MESSAGE_BYTES // 1024**2} MiB"


def read_table(
    path: str | PathLike[str], *, label_column: str | None = None, text_column: str | None = None
) -> Iterator[LabelledMessage]:
    """Yield the labelled texts of a table, which may be compressed.

    Parameters
    ----------
    path
        JSON Lines if it begins with ``{``; else whichever of tab, comma and semicolon parts the first line
        into columns that make sense. Tabs part literally, the others with quoting. A line is UTF-8 or, if it
        can't be, Windows-1252.
    label_column, text_column
        The columns' names. Without them the usual ones are looked for (label, class, category, spam, v1 …;
        text, content, message, body, v2 …), in any case. A table of two columns needs no header line if its
        first column holds labels.

    Raises
    ------
    MessageError
        The file can't be read, has no such column, or has a row without a label or a text; the error names
        the line.
    """
    names = ColumnNames(label_column, text_column)
    with reading(str(path)), Path(path).open("rb") as stream:
        head, content = peekable(decompressed(stream))
        if head.startswith(_UTF_16_MARKS):
            raise MessageError("it is UTF-16; save it as UTF-8")
        is_json = head.removeprefix(_UTF_8_MARK).lstrip().startswith(b"{")
        rows = _json_lines(content, names) if is_json else _delimited(content, names)
        line = 0
        for line, label, text in rows:
            try:
                yield LabelledMessage(text, parse_label(label), f"{path}:{line}")
            except InvalidValueError as error:
                raise MessageError(f"line {line}: {error}") from None
        if line == 0:
            raise MessageError("the table holds no message")


def _lines(stream: BufferedReader) -> Iterator[str]:
    """Yield the lines as text, each decoded by itself: tables are pieced together from many sources."""
    for number in itertools.count(1):
        line = stream.readline(MAX_MESSAGE_BYTES + 1)
        if not line:
            return
        if len(line) > MAX_MESSAGE_BYTES:
            raise MessageError(f"line {number}: above the {_CAP} a line may have")
        line = line.removeprefix(_UTF_8_MARK) if number == 1 else line
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError:
            yield line.decode("cp1252", "replace")


def _json_lines(stream: BufferedReader, names: ColumnNames) -> Iterator[tuple[int, object, str]]:
    """Yield line number, label and text of each object."""
    for number, line in enumerate(_lines(stream), start=1):
        if not line.strip():
            continue
        try:
            item: Any = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise MessageError(f"line {number}: not JSON ({error})") from None
        if not isinstance(item, dict):
            raise MessageError(f"line {number}: expected an object, got {type(item).__name__}")
        keys = list(item)
        columns = find_columns(keys, names)
        if columns is None:
            raise MessageError(f"line {number}: {no_columns(keys, names)}")
        label, text = (item[keys[column]] for column in columns)
        if not isinstance(text, str):
            raise MessageError(
                f"line {number}: {keys[columns[1]]!r} must be a text, not {type(text).__name__}"
            )
        yield number, label, text


def _delimited(stream: BufferedReader, names: ColumnNames) -> Iterator[tuple[int, object, str]]:
    """Yield line number, label and text of each row, by the delimiter that makes sense of the first line."""
    lines = _lines(stream)
    first = next(lines, "")
    for delimiter in _DELIMITERS:
        columns = find_columns(_first_row(first, delimiter), names)
        if columns is not None:
            return _cells(_rows(lines, delimiter, header_lines=1), columns)
        pair = _first_row(first, delimiter, tabs=1)
        if names.usual and len(pair) == 2 and is_label(pair[0]):
            return _cells(_rows(itertools.chain([first], lines), delimiter, tabs=1), (0, 1))
    raise no_columns(_first_row(first, ","), names)


def _first_row(line: str, delimiter: str, tabs: int = -1) -> Row:
    return next((row for _, row in _rows([line], delimiter, tabs=tabs)), [])


def _rows(
    lines: Iterable[str], delimiter: str, *, header_lines: int = 0, tabs: int = -1
) -> Iterator[tuple[int, Row]]:
    """Yield line number and cells of each row that isn't empty; `tabs` is the most a line is parted at."""
    if delimiter == "\t":
        for count, line in enumerate(lines, start=1):
            if line.strip():
                yield header_lines + count, line.rstrip("\r\n").split("\t", tabs)
        return
    # The limit belongs to the process: raise it to our cap, and never lower it for somebody else.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_MESSAGE_BYTES))
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for cells in reader:
            if cells:
                yield header_lines + reader.line_num, cells
    except csv.Error as error:
        place = header_lines + reader.line_num
        raise MessageError(f"line {place}: {error}; is a quote left open, or the file no table?") from None


def _cells(rows: Iterable[tuple[int, Row]], columns: tuple[int, int]) -> Iterator[tuple[int, object, str]]:
    """Yield line number, label and text of each row."""
    for number, row in rows:
        if len(row) <= max(columns):
            raise MessageError(f"line {number}: expected {max(columns) + 1} columns or more, got {len(row)}")
        yield number, row[columns[0]], row[columns[1]]
