"""Draws a neuron in SVG: its inputs with their weights, the sum, and the point on the sigmoid curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Drawing", "Input", "draw_neuron"]

_ROW = 34.0
_TOP = 30.0
_LEAST_HEIGHT = 240.0
_SUM_X = 430.0
_CURVE_LEFT, _CURVE_WIDTH, _CURVE_HEIGHT = 520.0, 240.0, 150.0
# Beyond a logit of 8 the curve is flat to the eye: the sigmoid of 8 is 0.9997.
_LOGIT_SHOWN = 8.0
_CURVE_POINTS = 48
_THICKEST = 7.0


@dataclass(frozen=True, slots=True)
class Input:
    """One input: its text, what it adds to the sum, where it stands, and how thick its line is."""

    text: str
    weight: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """The numbers of the drawing, in the units of its view box, which is 800 wide and `height` high."""

    height: float
    inputs: list[Input]
    sum_x: float
    sum_y: float
    total: float
    probability: float
    curve: str
    point_x: float
    point_y: float


def draw_neuron(
    inputs: Sequence[tuple[str, float]], bias: float, total: float, probability: float
) -> Drawing:
    """Return the drawing of a neuron.

    Parameters
    ----------
    inputs
        The text and the contribution of each input; what they, the bias and the rest add up to is `total`.
    bias
        The bias, drawn as the last input.
    total
        The weighted sum (the logit).
    probability
        The sigmoid of the sum.
    """
    lines = [*inputs, ("bias", bias)]
    strongest = max((abs(weight) for _, weight in lines), default=0.0) or 1.0
    height = max(_LEAST_HEIGHT, 2 * _TOP + _ROW * (len(lines) - 1))
    first = (height - _ROW * (len(lines) - 1)) / 2
    drawn = [
        Input(text, weight, round(first + _ROW * row, 1), round(1 + _THICKEST * abs(weight) / strongest, 1))
        for row, (text, weight) in enumerate(lines)
    ]
    middle = height / 2
    points = [
        _point(_LOGIT_SHOWN * (2 * step / _CURVE_POINTS - 1), middle) for step in range(_CURVE_POINTS + 1)
    ]
    curve = "M" + " L".join(f"{x} {y}" for x, y in points)
    point_x, point_y = _point(max(-_LOGIT_SHOWN, min(_LOGIT_SHOWN, total)), middle, probability)
    return Drawing(height, drawn, _SUM_X, middle, total, probability, curve, point_x, point_y)


def _point(logit: float, middle: float, probability: float | None = None) -> tuple[float, float]:
    """Return where a logit and its sigmoid stand on the drawn curve."""
    height = 1.0 / (1.0 + math.exp(-logit)) if probability is None else probability
    x = _CURVE_LEFT + _CURVE_WIDTH * (logit + _LOGIT_SHOWN) / (2 * _LOGIT_SHOWN)
    return round(x, 1), round(middle + _CURVE_HEIGHT * (0.5 - height), 1)
