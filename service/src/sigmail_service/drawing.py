"""Draws a neuron in SVG: its inputs with what they add, the sum, and the point on the sigmoid curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Drawing", "Input", "Term", "Zone", "draw_neuron", "sigmoid_zones"]

# The inputs, in the units of their view box, which is 480 wide.
_ROW, _WIDE_ROW = 44.0, 64.0
_FEW_TERMS = 4
_MARGIN = 30.0
_LEAST_HEIGHT = 220.0
_SUM_X = 436.0
_THICKEST = 7.0

# The curve, in the units of its view box, which is 400 x 300.
_LEFT, _WIDTH = 44.0, 336.0
_TOP, _HEIGHT = 16.0, 212.0
# Beyond a logit of 8 the curve is flat to the eye: the sigmoid of 8 is 0.9997.
_LOGIT_SHOWN = 8.0
_CURVE_POINTS = 64


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the sum: what it is, where it comes from, and what it adds."""

    text: str
    source: str
    weight: float


@dataclass(frozen=True, slots=True)
class Input:
    """One drawn term: where it stands, and how thick its line is."""

    term: Term
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch of the logits that has one label, as it is drawn below the curve."""

    label: str
    text: str
    x: float
    width: float

    @property
    def middle(self) -> float:
        """Where its text stands."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Drawing:
    """The numbers of the drawing; `height` is that of the inputs, `sum_y` the height of the sum in it."""

    height: float
    inputs: list[Input]
    sum_x: float
    sum_y: float
    total: float
    probability: float
    curve: str
    zones: list[Zone]
    point_x: float
    point_y: float

    @property
    def result(self) -> str:
        """The probability as it is written; rounding never makes a certainty of it."""
        if self.probability > 0.9999:
            return "> 0.9999"
        return "< 0.0001" if self.probability < 0.0001 else f"= {self.probability:.4f}"


def draw_neuron(terms: Sequence[Term], total: float, probability: float, zones: Sequence[Zone]) -> Drawing:
    """Return the drawing of a neuron.

    Parameters
    ----------
    terms
        All that is added, the bias too: it adds up to `total`.
    total
        The weighted sum (the logit).
    probability
        The sigmoid of the sum.
    zones
        What the probability means, from `sigmoid_zones`.
    """
    strongest = max((abs(term.weight) for term in terms), default=0.0) or 1.0
    row = _WIDE_ROW if len(terms) <= _FEW_TERMS else _ROW
    height = max(_LEAST_HEIGHT, 2 * _MARGIN + row * (len(terms) - 1))
    first = (height - row * (len(terms) - 1)) / 2
    inputs = [
        Input(term, round(first + row * place, 1), round(1 + _THICKEST * abs(term.weight) / strongest, 1))
        for place, term in enumerate(terms)
    ]
    steps = (_LOGIT_SHOWN * (2 * step / _CURVE_POINTS - 1) for step in range(_CURVE_POINTS + 1))
    curve = "M" + " L".join(f"{_across(logit)} {_up(1 / (1 + math.exp(-logit)))}" for logit in steps)
    return Drawing(
        height=height,
        inputs=inputs,
        sum_x=_SUM_X,
        sum_y=height / 2,
        total=total,
        probability=probability,
        curve=curve,
        zones=list(zones),
        point_x=_across(total),
        point_y=_up(probability),
    )


def sigmoid_zones(names: Sequence[tuple[str, str]], thresholds: Sequence[float]) -> list[Zone]:
    """Return the zones of the curve: their labels and texts, from the left, and the probabilities between."""
    edges = [_LEFT, *(_across(_logit(threshold)) for threshold in thresholds), _LEFT + _WIDTH]
    return [
        Zone(label, text, start, round(end - start, 1))
        for (label, text), start, end in zip(names, edges, edges[1:], strict=False)
    ]


def _logit(probability: float) -> float:
    """Return the inverse of the sigmoid; -inf and inf for 0 and 1."""
    if probability <= 0.0:
        return -math.inf
    return math.inf if probability >= 1.0 else math.log(probability / (1.0 - probability))


def _across(logit: float) -> float:
    """Return where a logit stands; one beyond what is shown stands at the edge."""
    shown = max(-_LOGIT_SHOWN, min(_LOGIT_SHOWN, logit))
    return round(_LEFT + _WIDTH * (shown + _LOGIT_SHOWN) / (2 * _LOGIT_SHOWN), 1)


def _up(probability: float) -> float:
    return round(_TOP + _HEIGHT * (1.0 - probability), 1)
