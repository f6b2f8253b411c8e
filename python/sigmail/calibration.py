"""From scores to probabilities and from probabilities to decisions. Needs NumPy alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from sigmail._core import sigmoid
from sigmail.errors import InvalidValueError
from sigmail.losses import logistic_loss

__all__ = ["choose_thresholds", "fit_isotonic", "fit_platt"]

FloatArray = npt.NDArray[np.float64]
MAX_NEWTON_STEPS = 100
# Beyond ±30 a probability in float64 has fewer than four digits left on its way to 0 or 1.
LARGEST_LOGIT = 30.0


def fit_platt(logits: Any, labels: Any, sample_weight: Any = None) -> tuple[float, float]:
    """Return (slope, intercept) for which sigmoid(slope * logit + intercept) is P(spam).

    Platt, "Probabilistic outputs for support vector machines" (1999), with its smoothed targets
    (n_spam + 1) / (n_spam + 2) and 1 / (n_ham + 2), which keep the slope finite on separable data; found by
    Newton's method with step halving, as in Lin, Lin and Weng, "A note on Platt's probabilistic outputs for
    support vector machines", Machine Learning 68 (2007).

    Parameters
    ----------
    logits : (n,) finite scores, higher for spam
    labels : (n,) of 1 (spam) and 0 (ham), or of bool; both must occur
    sample_weight : (n,) of values >= 0; all ones by default

    Raises
    ------
    InvalidValueError
        The best slope is not above 0: the scores do not rank spam above ham.
    """
    scores, spam, weights = _checked(logits, labels, sample_weight)
    spam_weight, ham_weight = float(weights[spam].sum()), float(weights[~spam].sum())
    targets = np.where(spam, (spam_weight + 1.0) / (spam_weight + 2.0), 1.0 / (ham_weight + 2.0))
    # On scores of mean 0 and deviation 1 the Hessian is well conditioned whatever the scale given.
    centre, spread = float(np.average(scores, weights=weights)), float(scores.std())
    if not spread > 0.0:
        raise InvalidValueError("the scores are all the same, so no slope fits them: train on more messages")
    slope, intercept = _newton((scores - centre) / spread, targets, weights)
    if not slope > 0.0:
        raise InvalidValueError(
            f"the best slope is {slope / spread:.3g}, but it must be above 0: these scores do not rank "
            "spam above ham; train on more messages, or check that the labels are not swapped"
        )
    return slope / spread, intercept - slope * centre / spread


def fit_isotonic(scores: Any, labels: Any, sample_weight: Any = None) -> tuple[FloatArray, FloatArray]:
    """Return points (scores, probabilities), both rising, of the best monotone map by squared error.

    ``numpy.interp(score, scores, probabilities)`` applies it. Pool adjacent violators: Ayer, Brunk, Ewing,
    Reid and Silverman, "An empirical distribution function for sampling with incomplete information",
    Annals of Mathematical Statistics 26 (1955); for calibration Zadrozny and Elkan, KDD 2002.

    Parameters are those of :func:`fit_platt`.
    """
    given, spam, weights = _checked(scores, labels, sample_weight)
    points, place = np.unique(given, return_inverse=True)
    at_point = np.bincount(place, weights)
    points, means = points[at_point > 0], np.bincount(place, weights * spam)[at_point > 0]
    at_point = at_point[at_point > 0]
    blocks: list[tuple[float, float, int]] = []  # (spam weight, weight, number of points)
    for spam_weight, weight in zip(means.tolist(), at_point.tolist(), strict=True):
        block = (spam_weight, weight, 1)
        while blocks and blocks[-1][0] * block[1] >= block[0] * blocks[-1][1]:
            before = blocks.pop()
            block = (before[0] + block[0], before[1] + block[1], before[2] + block[2])
        blocks.append(block)
    ends = np.cumsum([count for _, _, count in blocks])
    starts = ends - [count for _, _, count in blocks]
    values = np.array([spam_weight / weight for spam_weight, weight, _ in blocks])
    # Each block is a step: its first and its last point, once where they are the same.
    corners = np.unique(np.concatenate((starts, ends - 1)))
    return points[corners], values[np.searchsorted(ends, corners, side="right")]


def choose_thresholds(
    labels: Any,
    probabilities: Any,
    max_false_positive_rate: float = 0.001,
    max_miss_rate: float = 0.01,
) -> tuple[float, float]:
    """Return (ham_below, spam_from) from calibrated probabilities of messages not trained on.

    ``spam_from`` is the lowest threshold at which no larger share of this ham is called spam (p >= spam_from)
    than ``max_false_positive_rate``; ``ham_below`` the highest at which no larger share of this spam is
    called ham (p < ham_below) than ``max_miss_rate``. Each lies halfway, in logits, to the next message.

    Few messages cannot show a small rate: n ham, all below the threshold, vouch for about 1 / n. The
    threshold then stands above the highest of them by log(1 / (n * max_false_positive_rate)) in logits,
    because by calibrated probabilities the odds of ham fall by e with each unit; likewise for spam.

    It holds that 0 < ham_below <= 0.5 <= spam_from < 1, so a verdict never stands against its probability.
    Ham whose probability is exactly 1 can't be told from spam, and is the one way to miss the rate.
    """
    given, spam, _ = _checked(probabilities, labels, None)
    if not (np.all(given >= 0.0) and np.all(given <= 1.0)):
        raise InvalidValueError("probabilities must lie in [0, 1]: pass calibrated ones, not logits")
    for name, rate in (
        ("max_false_positive_rate", max_false_positive_rate),
        ("max_miss_rate", max_miss_rate),
    ):
        if not 0.0 < rate < 1.0:
            raise InvalidValueError(f"{name} must lie between 0 and 1, got {rate!r}")
    logits = _logit(given)
    spam_from = _above_most(logits[~spam], logits, max_false_positive_rate)
    ham_below = -_above_most(-logits[spam], -logits, max_miss_rate)
    upper, lower = np.clip([spam_from, ham_below], [0.0, -LARGEST_LOGIT], [LARGEST_LOGIT, 0.0])
    return float(sigmoid(float(lower))), float(sigmoid(float(upper)))


def _above_most(kind: FloatArray, everything: FloatArray, rate: float) -> float:
    """Return a threshold that at most this share of the kind's logits reaches."""
    allowed = int(rate * len(kind) + 1e-9)  # 0.001 * 3000 must not fall to 2.
    last_below = float(np.sort(kind)[::-1][min(allowed, len(kind) - 1)])
    if allowed == 0:
        return last_below + max(-math.log(rate * len(kind)), 1e-6)
    above = everything[everything > last_below]
    return (last_below + float(above.min())) / 2.0 if len(above) else last_below + 1e-6


def _newton(scores: FloatArray, targets: FloatArray, weights: FloatArray) -> tuple[float, float]:
    """Return the slope and intercept of least weighted cross-entropy to the targets."""
    design = np.column_stack((scores, np.ones_like(scores)))
    point = np.zeros(2)
    shares = weights / weights.sum()

    def loss(at: FloatArray) -> float:
        return float(np.dot(shares, logistic_loss(design @ at, targets)))

    value = loss(point)
    for _ in range(MAX_NEWTON_STEPS):
        fitted = sigmoid(design @ point)
        gradient = design.T @ (shares * (fitted - targets))
        if np.abs(gradient).max() < 1e-10:
            break
        # The ridge keeps the Hessian invertible where all the probabilities are near 0 or 1.
        curvature = shares * fitted * (1.0 - fitted)
        hessian = design.T @ (curvature[:, np.newaxis] * design) + 1e-12 * np.eye(2)
        direction = np.linalg.solve(hessian, gradient)
        step = 1.0
        while step > 1e-10 and loss(point - step * direction) > value - 1e-4 * step * (gradient @ direction):
            step /= 2.0
        if step <= 1e-10:
            break
        point = point - step * direction
        value = loss(point)
    return float(point[0]), float(point[1])


def _logit(probabilities: FloatArray) -> FloatArray:
    tail = float(sigmoid(-LARGEST_LOGIT))
    clipped = np.clip(probabilities, tail, 1.0 - tail)
    return np.log(clipped) - np.log1p(-clipped)


def _checked(
    scores: Any, labels: Any, sample_weight: Any
) -> tuple[FloatArray, npt.NDArray[np.bool_], FloatArray]:
    """Return scores and weights as float64 and labels as bool, of one length, both labels present."""
    given = np.asarray(scores, dtype=np.float64)
    marks = np.asarray(labels)
    weights = np.ones(given.shape) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    if given.ndim != 1 or given.shape != marks.shape or given.shape != weights.shape:
        raise InvalidValueError(
            "scores, labels and weights must be of one dimension and one length, got shapes "
            f"{given.shape}, {marks.shape} and {weights.shape}"
        )
    if not np.isfinite(given).all():
        raise InvalidValueError("the scores must be finite, got NaN or infinity among them")
    if not (np.isfinite(weights).all() and np.all(weights >= 0.0)):
        raise InvalidValueError("the sample weights must be finite and at least 0")
    if not np.isin(marks, (0, 1)).all():
        raise InvalidValueError("the labels must be 1 (spam) and 0 (ham)")
    spam = marks.astype(bool)
    if not (weights[spam].sum() > 0.0 and weights[~spam].sum() > 0.0):
        raise InvalidValueError("both spam and ham are needed, got one of them alone: give messages of both")
    return given, spam, weights
