"""How sure a figure is: bootstrap intervals, and of a difference those of the same draws for both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sigmail.errors import InvalidValueError
from sigmail.evaluation.checks import checked_both

__all__ = ["Interval", "bootstrap_interval", "paired_bootstrap"]

Figure = Callable[[Any, Any], float]
"""A figure of labels and scores."""

Interval = tuple[float, float, float]
"""The figure, and the lower and upper end of its interval."""

DRAWS = 1000


def bootstrap_interval(
    figure: Figure,
    labels: ArrayLike,
    scores: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    draws: int = DRAWS,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return a figure with its percentile interval over samples drawn with replacement (Efron 1979).

    Parameters
    ----------
    figure : a function of labels and scores, such as ``one_minus_auc_percent``
    labels, scores : (n,); both classes must occur
    groups : (n,) what is drawn together, for messages that repeat one another; by default each for itself
    draws : how many samples; one that misses a class is drawn again
    confidence : in (0, 1), the share of the samples within the interval
    """
    return paired_bootstrap(
        figure, labels, scores, None, groups=groups, draws=draws, confidence=confidence, seed=seed
    )


def paired_bootstrap(
    figure: Figure,
    labels: ArrayLike,
    first: ArrayLike,
    second: ArrayLike | None,
    *,
    groups: ArrayLike | None = None,
    draws: int = DRAWS,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return figure(first) - figure(second) with its interval, both on the same samples.

    An interval that leaves 0 out says that the two differ; what is hard for both cancels out. Parameters are
    those of :func:`bootstrap_interval`; without ``second`` it is the figure of ``first`` alone.
    """
    if draws < 1 or not 0.0 < confidence < 1.0:
        raise InvalidValueError(
            f"draws must be 1 or more and confidence in (0, 1), got {draws} and {confidence}"
        )
    is_spam, a = checked_both(labels, first)
    b = None if second is None else checked_both(labels, second)[1]
    members = _members(len(is_spam), groups)
    random = np.random.default_rng(seed)

    def difference(rows: Any) -> float:
        value = figure(is_spam[rows], a[rows])
        return value if b is None else value - figure(is_spam[rows], b[rows])

    found: list[float] = []
    while len(found) < draws:
        rows = np.concatenate([members[at] for at in random.integers(len(members), size=len(members))])
        if 0 < is_spam[rows].sum() < len(rows):
            found.append(difference(rows))
    low, high = np.quantile(found, [(1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0])
    return difference(np.arange(len(is_spam))), float(low), float(high)


def _members(rows: int, groups: ArrayLike | None) -> list[Any]:
    """Return the rows of each group."""
    numbers = np.arange(rows) if groups is None else np.asarray(groups)
    if numbers.shape != (rows,):
        raise InvalidValueError(f"got {rows} labels and groups of shape {numbers.shape}")
    order = np.argsort(numbers, kind="stable")
    starts = np.flatnonzero(np.diff(numbers[order])) + 1
    return np.split(order, starts)
