"""What every figure asks of its input, and the ranks that several of them share."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sigmail.errors import InvalidValueError

__all__ = ["Flags", "Floats", "checked", "checked_both", "mid_ranks"]

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


def checked(labels: ArrayLike, probabilities: ArrayLike) -> tuple[Flags, Floats]:
    """Return the labels as booleans (n,) and the probabilities as float64 (n,), or say what is wrong."""
    given, scores = np.asarray(labels), np.asarray(probabilities, dtype=np.float64)
    if given.ndim != 1 or scores.ndim != 1 or given.shape != scores.shape or not given.size:
        raise InvalidValueError(
            f"labels of shape {given.shape} and probabilities of shape {scores.shape}: "
            "both must be one-dimensional, of one length, and not empty"
        )
    is_spam = given == ("spam" if given.dtype.kind in "UO" else 1)
    is_ham = given == ("ham" if given.dtype.kind in "UO" else 0)
    if not np.all(is_spam | is_ham):
        wrong = given[~(is_spam | is_ham)].tolist()[0]
        raise InvalidValueError(f"label {wrong!r} is unknown: labels are 1 and 0, or 'spam' and 'ham'")
    if not np.all((scores >= 0.0) & (scores <= 1.0)):
        wrong = scores[~((scores >= 0.0) & (scores <= 1.0))][0]
        raise InvalidValueError(f"probability {wrong} is outside [0, 1]")
    return is_spam, scores


def checked_both(labels: ArrayLike, probabilities: ArrayLike) -> tuple[Flags, Floats]:
    """Like :func:`checked`, for a figure that is undefined unless both classes are there."""
    is_spam, scores = checked(labels, probabilities)
    if is_spam.all() or not is_spam.any():
        only = "spam" if is_spam.all() else "ham"
        raise InvalidValueError(f"all {is_spam.size} messages are {only}: this figure needs spam and ham")
    return is_spam, scores


def mid_ranks(values: Floats) -> Floats:
    """Return the ranks 1 … n of `values`; equal values share the mean of theirs."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2.0)[group], dtype=np.float64)
