"""What was asked beside what was measured."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Extent", "Figure", "at_least", "at_most", "exactly", "found"]

_RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "at most": operator.le,
    "at least": operator.ge,
    "exactly": operator.eq,
    "found": lambda _measured, _asked: True,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value and the bound that was asked of it; `note` says how it came about."""

    name: str
    relation: str
    asked: float
    measured: float
    unit: str
    note: str = ""

    @property
    def held(self) -> bool:
        """Whether the measured value keeps to its bound; one that is no number does not."""
        return _RELATIONS[self.relation](self.measured, self.asked)

    def line(self) -> str:
        """Return the figure as a line of the report."""
        note = f"  ({self.note})" if self.note else ""
        if self.relation == "found":
            return f"found  {self.name}: {self.measured:.4g} {self.unit}{note}"
        verdict = "held  " if self.held else "MISSED"
        return (
            f"{verdict} {self.name}: {self.measured:.4g} {self.unit}, "
            f"{self.relation} {self.asked:g} asked{note}"
        )

    def members(self) -> dict[str, Any]:
        """Return the figure as the members of a JSON object."""
        return {**asdict(self), "held": self.held}


def at_most(name: str, asked: float, measured: float, unit: str, note: str = "") -> Figure:
    """Return a figure with an upper bound."""
    return Figure(name, "at most", asked, measured, unit, note)


def at_least(name: str, asked: float, measured: float, unit: str, note: str = "") -> Figure:
    """Return a figure with a lower bound."""
    return Figure(name, "at least", asked, measured, unit, note)


def exactly(name: str, asked: float, measured: float, unit: str, note: str = "") -> Figure:
    """Return a figure that has to have a value."""
    return Figure(name, "exactly", asked, measured, unit, note)


def found(name: str, measured: float, unit: str, note: str = "") -> Figure:
    """Return a figure of which nothing was asked."""
    return Figure(name, "found", 0.0, measured, unit, note)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of the whole measurement is done: 1 is all of it, less is for a trial."""

    share: float = 1.0

    def count(self, whole: int, least: int = 1) -> int:
        """Return a part of a number, `least` at least."""
        return max(least, round(whole * self.share))

    def seconds(self, whole: float) -> float:
        """Return a part of a time, half a second at least."""
        return max(min(whole, 0.5), whole * self.share)
