"""Learning from corrections: a filter and lessons, given as features, become a better filter.

It needs NumPy alone and reads no message. The result is made afresh from the base and the lessons, so that a
lesson which is no longer given has left no trace, and the same lessons in any order give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sigmail import _core
from sigmail.errors import InvalidValueError
from sigmail.filter import SpamFilter

__all__ = [
    "STRENGTH",
    "Lesson",
    "Moves",
    "SmallMoves",
    "distinct",
    "fit_moves",
    "improve",
    "logits",
    "moved_logits",
    "small",
    "with_spam_from",
    "with_trust",
]

FloatArray = npt.NDArray[np.float64]

STRENGTH = 300.0
"""What the loss of a lesson counts beside half the squared length of the moves, both in calibrated logits.
One lesson that the base contradicts by 6 is judged right afterwards, by about 4, and a message that has a
tenth of its features in common with it moves by 1."""

_MOST_STEPS = 32_767
"""Of a move in a file that has but the moves; see `SmallMoves`."""

MOST_PASSES = 60
TOLERANCE = 1e-3
"""The fit ends when no lesson would move its own calibrated logit by more."""

MOST_STEPS = 50
STEP_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """A message as its features, and what it is.

    Attributes
    ----------
    slots : (n,) uint32, distinct columns of the feature table
    values : (n,) float32
    is_spam : whether it is spam
    """

    slots: npt.NDArray[np.uint32]
    values: npt.NDArray[np.float32]
    is_spam: bool

    def message_key(self) -> bytes:
        """Return 32 bytes that are the same for the same features, whatever their order, and else differ."""
        order = np.argsort(self.slots, kind="stable")
        digest = hashlib.sha256(np.ascontiguousarray(self.slots[order], dtype="<u4").tobytes())
        digest.update(np.ascontiguousarray(self.values[order], dtype="<f4").tobytes())
        return digest.digest()


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """What lessons add to a few weights of a neuron.

    Attributes
    ----------
    slots : (n,) int64, rising
    amounts : (n,) float64, to be added to the weights at the slots
    """

    slots: npt.NDArray[np.int64]
    amounts: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class SmallMoves:
    """Moves as whole numbers of steps, which take three bytes each in a file.

    Attributes
    ----------
    slots : (n,) uint32, rising
    steps : (n,) int16, none of them 0
    unit : what a step is
    """

    slots: npt.NDArray[np.uint32]
    steps: npt.NDArray[np.int16]
    unit: float


def improve(
    base: SpamFilter, lessons: Iterable[Lesson], *, strength: float = STRENGTH, shares_table: bool = False
) -> SpamFilter:
    """Return a filter that judges the lessons right, and all else nearly as the base does.

    The weights minimise ``strength`` times the sum of the lessons' logistic losses plus half the squared
    distance to the base's weights. Only slots that a lesson holds move; calibration and thresholds stay.
    Lessons of the same features and label count once, so that copies gain nothing.

    Parameters
    ----------
    base
        A filter of one neuron; without lessons it is returned as it is.
    lessons
        In any order.
    strength
        Above 0.
    shares_table
        Whether the result keeps to the base's table of weights, and has but the moves to itself. They are
        then rounded to 65,535 steps from the farthest move down to the farthest up.

    Raises
    ------
    InvalidValueError
        If the base is a network, or a lesson has slots that the base has not.
    """
    chosen = distinct(lessons)
    if not chosen:
        return base
    weights, bias = _neuron(base)
    moves = fit_moves(base, chosen, strength=strength)
    spam = sum(lesson.is_spam for lesson in chosen)
    facts = json.dumps(
        base.facts | {"base": base.digest, "lessons": {"spam": spam, "ham": len(chosen) - spam}}
    )
    model = base.core
    if shares_table:
        few = small(moves)
        return SpamFilter(model.moved(few.slots, few.steps, few.unit, base.thresholds, facts))
    moved = weights.astype(np.float64)
    moved[moves.slots] += moves.amounts
    layer = (moved.astype(np.float32)[:, np.newaxis], np.array([bias], dtype=np.float32), "sigmoid")
    return SpamFilter(
        _core.Model.build(
            model.specification, model.hash_key, [layer], model.calibration, base.thresholds, facts
        )
    )


def small(moves: Moves) -> SmallMoves:
    """Return moves rounded to whole steps; those that are nearly none are left out."""
    farthest = float(np.abs(moves.amounts).max(initial=0.0))
    unit = float(np.float32(farthest / _MOST_STEPS)) or 1.0
    steps = np.clip(np.rint(moves.amounts / unit), -_MOST_STEPS, _MOST_STEPS).astype(np.int16)
    kept = steps != 0
    return SmallMoves(moves.slots[kept].astype(np.uint32), steps[kept], unit)


def with_spam_from(base: SpamFilter, spam_from: float) -> SpamFilter:
    """Return a filter that speaks of spam from another probability on, above its threshold of ham."""
    ham_below, before = base.thresholds
    if spam_from == before:
        return base
    return SpamFilter(base.core.decided((ham_below, spam_from), json.dumps(base.facts)))


def with_trust(base: SpamFilter, trust: float) -> SpamFilter:
    """Return a filter whose calibrated logits are `trust` times the base's: of the same opinion, less sure.

    Lessons on top of it are contradicted less by what the base believes, which pays where the mailbox is a
    stranger to the base, and costs where it is not. Weights and thresholds stay, so that more messages are
    unsure until lessons speak for them.

    Parameters
    ----------
    base
        A filter of one neuron or a network.
    trust
        Above 0 and at most 1, which gives the base back.

    Raises
    ------
    InvalidValueError
        If the trust is no such number.
    """
    if not 0.0 < trust <= 1.0:
        raise InvalidValueError(f"trust must lie above 0 and be at most 1, got {trust!r}")
    if trust == 1.0:
        return base
    model = base.core
    slope, intercept = model.calibration
    calibration, facts = (trust * slope, trust * intercept), json.dumps(base.facts | {"trust": trust})
    return SpamFilter(
        _core.Model.build(
            model.specification, model.hash_key, model.layers(), calibration, base.thresholds, facts
        )
    )


def distinct(lessons: Iterable[Lesson]) -> list[Lesson]:
    """Return each lesson once, in an order that depends on the lessons alone."""
    by_key = {(lesson.message_key(), lesson.is_spam): lesson for lesson in lessons}
    return [by_key[key] for key in sorted(by_key)]


def logits(base: SpamFilter, lessons: Sequence[Lesson]) -> FloatArray:
    """Return the calibrated logit that a filter of one neuron gives to each lesson, shape (n_lessons,)."""
    weights, bias = _neuron(base)
    slope, intercept = base.core.calibration
    if any(int(lesson.slots.max(initial=0)) >= len(weights) for lesson in lessons):
        raise InvalidValueError(
            f"a lesson has a slot beyond the {len(weights)} of the model: it is of another feature space"
        )
    sums = [_dot(weights[lesson.slots].astype(np.float64), lesson.values) for lesson in lessons]
    return slope * (np.array(sums, dtype=np.float64) + bias) + intercept


def moved_logits(base: SpamFilter, moves: Moves, lessons: Sequence[Lesson]) -> FloatArray:
    """Return the calibrated logits of lessons, (n_lessons,), under a base whose weights have moved."""
    table = np.zeros(base.core.shape[0][0])
    table[moves.slots] = moves.amounts
    more = [_dot(table[lesson.slots], lesson.values) for lesson in lessons]
    return logits(base, lessons) + base.core.calibration[0] * np.array(more, dtype=np.float64)


def fit_moves(base: SpamFilter, lessons: Sequence[Lesson], *, strength: float = STRENGTH) -> Moves:
    """Return the moves of least loss for lessons, which should be distinct and in a fixed order.

    Dual coordinate descent, in the core (`rust/core/src/training/lessons.rs`). The base's logits are what the
    sum starts from.
    """
    before, slope = logits(base, lessons), base.core.calibration[0]
    slots, columns = np.unique(
        np.concatenate([np.zeros(0, np.uint32), *(lesson.slots for lesson in lessons)]), return_inverse=True
    )
    scaled = _core.moves_of_lessons(
        np.cumsum([0, *(len(lesson.slots) for lesson in lessons)], dtype=np.int64),
        columns.astype(np.uint32),
        np.concatenate([np.zeros(0, np.float32), *(lesson.values for lesson in lessons)]),
        np.array([lesson.is_spam for lesson in lessons], dtype=np.bool_),
        before,
        len(slots),
        strength,
        MOST_PASSES,
        TOLERANCE,
    )
    return Moves(slots.astype(np.int64), scaled / slope)


def best_pull(margin: float, stiffness: float, strength: float, start: float) -> float:
    """Return the pull p with p = strength * sigmoid(-(margin + p * stiffness)): Newton, kept in brackets."""
    low, high = 0.0, strength
    point = start if low < start < high else strength / 2.0
    for _ in range(MOST_STEPS):
        error = 1.0 / (1.0 + math.exp(min(margin + point * stiffness, 700.0)))
        value = point - strength * error
        low, high = (low, point) if value > 0.0 else (point, high)
        following = point - value / (1.0 + strength * error * (1.0 - error) * stiffness)
        if not low <= following <= high:
            following = (low + high) / 2.0
        if abs(following - point) * stiffness < STEP_TOLERANCE:
            return following
        point = following
    return point


def _neuron(base: SpamFilter) -> tuple[npt.NDArray[np.float32], float]:
    """Return the weights (n_slots,) and the bias of a filter of one neuron."""
    layers = base.core.layers()
    if len(layers) != 1:
        raise InvalidValueError(
            f"model {base.identity} is a network of {len(layers)} layers: only a neuron learns from lessons; "
            'train one with algorithm="logistic"'
        )
    weights, bias, _ = layers[0]
    return weights[:, 0], float(bias[0])


def _dot(left: FloatArray, right: npt.NDArray[np.floating[Any]]) -> float:
    """Return the sum of products; not by BLAS, whose threads may change the order of a long sum."""
    return float((left * right).sum())
