"""Verdicts as they are stored: those of one tenant, model and moment in one row, column by column.

A row for each verdict costs a database more than the verdict cost the filter. So some dozens that came one
after the other share a row:

| column | what it holds of each verdict, little end first |
| --- | --- |
| `ids` | the 16 bytes of its id |
| `labels` | a letter: ``s``, ``u`` or ``h`` |
| `probabilities` | a float64 |
| `feature_lengths` | a uint32: its share of `features`; 2^32 - 1 once they are erased |
| `features` | `MessageFeatures.data` |
| `message_kinds` | ``m`` for a raw mail, ``t`` for a text in UTF-8, ``-`` for none |
| `message_lengths`, `messages` | a uint32: its share of `messages`; the bytes |
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from sqlalchemy import RowMapping

from sigmail_service.storage.moments import microseconds_of_id

__all__ = ["ID", "Block", "KeptVerdict", "Origin", "row_of"]

ID = re.compile(r"[0-9a-f]{32}")
"""How an id of a verdict is written."""

_ID_BYTES = 16
_ERASED = 0xFFFF_FFFF
_LABELS = {"s": "spam", "u": "unsure", "h": "ham"}


class Origin(NamedTuple):
    """Whose a verdict is, and what gave it."""

    tenant: str
    model: str
    feature_space: str


@dataclass(frozen=True, slots=True)
class KeptVerdict:
    """A verdict of the history."""

    id: str
    label: str
    probability: float
    model: str
    feature_space: str
    can_learn: bool
    """Whether its features are kept; they were erased if a lesson from them was withdrawn."""
    features: bytes | None
    """None also where they were not asked for."""
    message: bytes | None
    is_mail: bool | None

    @property
    def at(self) -> int:
        """When it was given, in microseconds since 1970."""
        return microseconds_of_id(self.id)


Columns = tuple[Origin, bytes, str, bytes, bytes, bytes, Sequence[tuple[bytes, bool] | None]]
"""A block of `sigmail.filter.Backlog`, with messages as `body_columns` gives them."""


def row_of(columns: Columns) -> dict[str, Any]:
    """Return the row of a block of the backlog."""
    origin, ids, labels, probabilities, feature_lengths, features, messages = columns
    each = _parts(ids, _ID_BYTES)
    row = {
        "first_id": min(each).hex(),
        "last_id": max(each).hex(),
        **origin._asdict(),
        **{name: labels.count(letter) for letter, name in _LABELS.items()},
        "ids": ids,
        "labels": labels,
        "probabilities": probabilities,
        "feature_lengths": feature_lengths,
        "message_kinds": None,
        "message_lengths": None,
        "features": features,
        "messages": None,
    }
    if any(messages):
        row["message_kinds"] = "".join("-" if one is None else "m" if one[1] else "t" for one in messages)
        row["message_lengths"] = _bytes_of([len(one[0]) if one else 0 for one in messages])
        row["messages"] = b"".join(one[0] for one in messages if one)
    return row


class Block:
    """A row, or what was read of it.

    Parameters
    ----------
    row
        Its columns; ``features`` and ``messages`` may be left out.
    """

    def __init__(self, row: RowMapping) -> None:
        self.first_id: str = row["first_id"]
        self.last_id: str = row["last_id"]
        self._row = row

    @cached_property
    def ids(self) -> list[str]:
        """The ids of the verdicts, in the order in which they came."""
        return [one.hex() for one in _parts(self._row["ids"], _ID_BYTES)]

    def __iter__(self) -> Iterator[KeptVerdict]:
        """Yield the verdicts in the order in which they came."""
        return map(self.verdict, range(len(self.ids)))

    def verdict(self, place: int) -> KeptVerdict:
        """Return one of the verdicts."""
        row, can_learn = self._row, self._feature_lengths[place] != _ERASED
        features: bytes | None = row.get("features")
        messages: bytes | None = row.get("messages")
        has_message = messages is not None and row["message_kinds"][place] != "-"
        return KeptVerdict(
            id=self.ids[place],
            label=_LABELS[row["labels"][place]],
            probability=self._probabilities[place],
            model=row["model"],
            feature_space=row["feature_space"],
            can_learn=can_learn,
            features=features[self._features[place]] if can_learn and features is not None else None,
            message=messages[self._messages[place]] if has_message and messages is not None else None,
            is_mail=row["message_kinds"][place] == "m" if has_message else None,
        )

    @cached_property
    def _probabilities(self) -> array[float]:
        return _in_order(array("d", self._row["probabilities"]))

    @cached_property
    def _feature_lengths(self) -> array[int]:
        return _in_order(array("I", self._row["feature_lengths"]))

    @cached_property
    def _features(self) -> list[slice]:
        return _slices([0 if one == _ERASED else one for one in self._feature_lengths])

    @cached_property
    def _message_lengths(self) -> array[int]:
        return _in_order(array("I", self._row["message_lengths"] or b""))

    @cached_property
    def _messages(self) -> list[slice]:
        return _slices(self._message_lengths)

    def may_have(self, features: bytes) -> bool:
        """Return whether features of that length are among its own: to know it, these need not be read."""
        return len(features) in self._feature_lengths

    def without(self, ids: set[str]) -> dict[str, Any]:
        """Return the columns that change when features and messages of verdicts are erased."""
        row, kept = self._row, [one not in ids for one in self.ids]
        changed: dict[str, Any] = {
            "feature_lengths": _bytes_of(
                [
                    length if stays else _ERASED
                    for stays, length in zip(kept, self._feature_lengths, strict=True)
                ]
            ),
            "features": _joined(row["features"], self._features, kept),
        }
        if row["messages"] is not None:
            changed["message_kinds"] = "".join(
                kind if stays else "-" for stays, kind in zip(kept, row["message_kinds"], strict=True)
            )
            changed["message_lengths"] = _bytes_of(
                [length if stays else 0 for stays, length in zip(kept, self._message_lengths, strict=True)]
            )
            changed["messages"] = _joined(row["messages"], self._messages, kept)
        return changed


def _parts(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def _slices(lengths: Sequence[int]) -> list[slice]:
    return [slice(start, end) for start, end in pairwise(accumulate(lengths, initial=0))]


def _joined(data: bytes, slices: list[slice], kept: list[bool]) -> bytes:
    return b"".join(data[part] for stays, part in zip(kept, slices, strict=True) if stays)


def _bytes_of(numbers: list[int]) -> bytes:
    return _in_order(array("I", numbers)).tobytes()


def _in_order(numbers: array[Any]) -> array[Any]:
    """Turn from the order of bytes of this processor to that of the row, or back."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
