"""In how many messages each column stands: where the weights of a neuron start, and how easily they move."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["ColumnCounts"]

FloatArray = npt.NDArray[np.float64]

SMOOTHING = 0.1
"""Messages of either kind that each column is taken to stand in besides those that were counted."""

LEAST_RARITY = 0.01
"""Of a column that stands in nearly every message: its weight moves ten times less easily than most."""


class ColumnCounts:
    """Counts of the messages that each column stands in, by fold and kind; presence counts, not the value.

    Parameters
    ----------
    folds, width
        The number of folds, and of columns.
    """

    def __init__(self, folds: int, width: int) -> None:
        self._present = np.zeros((folds, 2, width), dtype=np.float32)
        self._messages = np.zeros((folds, 2))

    def add(
        self,
        X: Any,
        is_spam_row: npt.NDArray[np.bool_],
        weight_of_row: npt.NDArray[np.floating[Any]],
        fold_of_row: npt.NDArray[np.intp],
    ) -> None:
        """Count the rows of CSR, each as often as it weighs; the other arrays are (n_rows,)."""
        for fold in np.unique(fold_of_row).tolist():
            for kind in (0, 1):
                chosen = np.flatnonzero((fold_of_row == fold) & (is_spam_row == kind))
                rows, weights = X[chosen], weight_of_row[chosen]
                entries = np.repeat(weights, np.diff(rows.indptr))
                self._present[fold, kind] += np.bincount(rows.indices, entries, minlength=rows.shape[1])
                self._messages[fold, kind] += weights.sum()

    def log_odds(self, left_out: int | None = None) -> FloatArray:
        """Return log(P(column | spam) / P(column | ham)) by all folds but one, shape (width,).

        Presence in place of counts, as in Wang and Manning, "Baselines and bigrams: simple, good sentiment
        and topic classification", ACL 2012. A column that no message has is 0, and speaks for neither.
        """
        kept = [fold for fold in range(len(self._messages)) if fold != left_out]
        present = self._present[kept].sum(axis=0, dtype=np.float64)
        ham, spam = np.log(
            (present + SMOOTHING) / (self._messages[kept].sum(axis=0)[:, None] + 2.0 * SMOOTHING)
        )
        return np.where(present.sum(axis=0) > 0.0, spam - ham, 0.0)

    def kind_odds(self, left_out: int | None = None) -> float:
        """Return log(spam messages / ham messages) of all folds but one."""
        kept = [fold for fold in range(len(self._messages)) if fold != left_out]
        ham, spam = self._messages[kept].sum(axis=0)
        return float(np.log(spam / ham))

    def scale(self, power: float) -> FloatArray:
        """Return log(messages / messages with the column) to a power, above 0, shape (width,).

        Its mean square over the entries that were counted is 1, so that rows keep their lengths on the whole.
        Labels play no part in it, so it may be taken from all folds.
        """
        present = self._present.sum(axis=(0, 1), dtype=np.float64)
        rarity = np.log((self._messages.sum() + 1.0) / (present + 1.0))
        scale = np.maximum(rarity, LEAST_RARITY) ** power
        entries = present.sum()
        return np.asarray(scale / np.sqrt(present @ scale**2 / entries) if entries > 0.0 else scale)
