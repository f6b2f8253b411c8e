"""Ways to part messages into those to train on and those to test on, none of which lets a text repeat itself.

Each takes arrays of one entry a message and returns the rows to train on and the rows to test on. A group is
what says the same, by :func:`sigmail._core.body_fingerprint`; a test message whose group is trained on is
dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sigmail.errors import InvalidValueError

__all__ = ["Split", "folds_by_group", "split_by_date", "split_by_group", "split_by_name"]

Rows = NDArray[np.intp]
Split = tuple[Rows, Rows]


def split_by_group(groups: ArrayLike, test_share: float, seed: int = 0) -> Split:
    """Draw whole groups at random to test on, about `test_share` of them."""
    numbers = _numbers(groups)
    if not 0.0 < test_share < 1.0:
        raise InvalidValueError(f"test_share must lie between 0 and 1, got {test_share}")
    count = int(numbers.max()) + 1
    drawn = np.random.default_rng(seed).permutation(count) < round(test_share * count)
    return _both(~drawn[numbers], drawn[numbers])


def folds_by_group(groups: ArrayLike, folds: int, seed: int = 0) -> Iterator[Split]:
    """Yield `folds` splits; each group is tested on in exactly one of them."""
    numbers = _numbers(groups)
    count = int(numbers.max()) + 1
    if not 2 <= folds <= count:
        raise InvalidValueError(f"folds must be from 2 to the {count} groups, got {folds}")
    fold_of_row = (np.random.default_rng(seed).permutation(count) % folds)[numbers]
    for fold in range(folds):
        yield _both(fold_of_row != fold, fold_of_row == fold)


def split_by_name(names: ArrayLike, test: Collection[str], groups: ArrayLike) -> Split:
    """Test on the messages of some names (a set of a corpus, a whole corpus), train on all others."""
    given = np.asarray(names)
    chosen = np.isin(given, list(test))
    unknown = set(test) - set(np.unique(given).tolist())
    if unknown:
        raise InvalidValueError(f"no message is of {min(unknown)!r}; there are {np.unique(given).tolist()}")
    return _without_repeats(~chosen, chosen, groups)


def split_by_date(moments: ArrayLike, test_share: float, groups: ArrayLike) -> Split:
    """Train on the older messages, test on the youngest `test_share` of them; equal dates stay together."""
    given = np.asarray(moments, dtype=np.float64)
    if not 0.0 < test_share < 1.0:
        raise InvalidValueError(f"test_share must lie between 0 and 1, got {test_share}")
    first_tested = np.sort(given)[int(np.ceil((1.0 - test_share) * len(given)))]
    return _without_repeats(given < first_tested, given >= first_tested, groups)


def _without_repeats(train: NDArray[Any], test: NDArray[Any], groups: ArrayLike) -> Split:
    numbers = np.asarray(groups)
    if numbers.shape != train.shape:
        raise InvalidValueError(f"got {len(train)} messages and groups of shape {numbers.shape}")
    return _both(train, test & ~np.isin(numbers, numbers[train]))


def _both(train: NDArray[Any], test: NDArray[Any]) -> Split:
    if not (train.any() and test.any()):
        raise InvalidValueError("the split leaves one side without messages: give more, or another share")
    return np.flatnonzero(train), np.flatnonzero(test)


def _numbers(groups: ArrayLike) -> NDArray[Any]:
    given = np.asarray(groups)
    if given.ndim != 1 or not given.size:
        raise InvalidValueError(f"groups must be one a message, got shape {given.shape}")
    return np.asarray(np.unique(given, return_inverse=True)[1])
