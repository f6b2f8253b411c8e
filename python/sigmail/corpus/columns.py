"""Which columns of a table hold the label and the text."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from sigmail.errors import MessageError

__all__ = ["ColumnNames", "Row", "find_columns", "no_columns"]

Row = Sequence[str]

_LABEL_NAMES = ("label", "class", "category", "spam", "is_spam", "isspam", "spam/ham", "target", "v1", "type")
_TEXT_NAMES = ("text", "content", "message", "body", "sms", "comment", "contents", "mail", "email", "v2")
_SHOWN_COLUMNS = 12
_SHOWN_CHARACTERS = 40


@dataclasses.dataclass(frozen=True, slots=True)
class ColumnNames:
    """The names asked for; None stands for the usual ones."""

    label: str | None = None
    text: str | None = None

    @property
    def usual(self) -> bool:
        """Whether no name was given, so that a table without a header line will do."""
        return self.label is None and self.text is None


def find_columns(header: Row, names: ColumnNames) -> tuple[int, int] | None:
    """Return the indices of the label and the text column, or None where `header` names no such two."""
    label = _find(header, names.label, _LABEL_NAMES)
    text = _find(header, names.text, _TEXT_NAMES)
    return None if label is None or text is None or label == text else (label, text)


def _find(header: Row, wanted: str | None, usual: Sequence[str]) -> int | None:
    """Return the index of the column named `wanted`, or else of the first usual name that `header` holds."""
    found = [name.strip().casefold() for name in header]
    for name in usual if wanted is None else (wanted.strip().casefold(),):
        if name in found:
            return found.index(name)
    return None


def no_columns(header: Row, names: ColumnNames) -> MessageError:
    """Return the error that says which columns there are, and how to name the right ones."""
    wanted = " and ".join(
        f"column {name!r}" if name else f"column of the {kind}s"
        for name, kind in ((names.label, "label"), (names.text, "text"))
    )
    shown = ", ".join(repr(name.strip()[:_SHOWN_CHARACTERS]) for name in header[:_SHOWN_COLUMNS])
    return MessageError(
        f"no {wanted} found among {shown or 'nothing'}; name both (--label-column, --text-column)"
    )
