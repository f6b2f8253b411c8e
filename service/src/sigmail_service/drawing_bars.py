"""Draws how probabilities lie, before and after, as pairs of bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Bar", "draw_bars"]

_WIDTH, _HEIGHT = 440.0, 120.0
_BAR_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, in a view box of 440 x 150 whose floor is at 120; `kind` is before or after."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    count: int


def draw_bars(before: Sequence[int], after: Sequence[int]) -> list[Bar]:
    """Return the bars of two histograms of the same bins.

    A bar's height goes with the square root of its count: most mail is clearly one or the other, and the few
    between are what matters.
    """
    most = max([*before, *after, 1])
    step = _WIDTH / max(len(before), 1)
    bars = []
    for number, (kind, counts) in enumerate((("before", before), ("after", after))):
        for place, count in enumerate(counts):
            height = round(_HEIGHT * (count / most) ** 0.5, 1)
            x = round(step * (place + 0.1 + _BAR_SHARE * number), 1)
            bars.append(Bar(kind, x, round(_HEIGHT - height, 1), round(step * _BAR_SHARE, 1), height, count))
    return bars
