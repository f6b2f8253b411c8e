"""All the labelled messages that a command line names, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike

from sigmail.corpus.folders import OnSkip
from sigmail.corpus.index import read_index
from sigmail.corpus.kinds import as_message
from sigmail.corpus.labels import Label, LabelledMessage
from sigmail.corpus.messages import log_skip, read_messages
from sigmail.corpus.tables import read_table

__all__ = ["read_labelled"]

Paths = Iterable[str | PathLike[str]]


def read_labelled(
    spam: Paths = (),
    ham: Paths = (),
    tables: Paths = (),
    *,
    indices: Paths = (),
    label_column: str | None = None,
    text_column: str | None = None,
    on_skip: OnSkip = log_skip,
) -> Iterator[LabelledMessage]:
    """Yield the messages of `spam`, of `ham`, of `tables` and of `indices`, in this order.

    Parameters
    ----------
    spam, ham
        Paths as :func:`~sigmail.corpus.read_messages` takes them.
    tables
        Files as :func:`~sigmail.corpus.read_table` takes them.
    indices
        Files as :func:`~sigmail.corpus.read_index` takes them.
    label_column, text_column
        Names of the columns, for tables that use unusual ones.
    on_skip
        Called with source and reason for whatever is passed over.

    Raises
    ------
    MessageError
        A path, a table or an index can't be read.
    """
    sides: tuple[tuple[Label, Paths], ...] = (("spam", spam), ("ham", ham))
    for label, paths in sides:
        for path in paths:
            for source, data in read_messages(path, on_skip):
                yield LabelledMessage(as_message(data), label, source)
    for table in tables:
        yield from read_table(table, label_column=label_column, text_column=text_column)
    for index in indices:
        yield from read_index(index, on_skip)
