"""Held-out logits -> probabilities and thresholds, as a recipe asks for them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sigmail import _core
from sigmail._cross_fitting import FoldedRows
from sigmail.calibration import choose_thresholds, fit_platt
from sigmail.recipe import Recipe

__all__ = ["decide"]

FloatArray = npt.NDArray[np.float64]


def decide(
    rows: FoldedRows, held_out_logits: FloatArray, recipe: Recipe
) -> tuple[tuple[float, float], FloatArray, tuple[float, float]]:
    """Return slope and intercept, the probability of each row, and (ham_below, spam_from).

    Every row counts alike: what one weighs is how much it teaches. A cautious recipe has the thresholds that
    keep the rates in every fold: each fold's own are sought, and the farthest of them taken.
    """
    calibration = fit_platt(held_out_logits, rows.is_spam_row)
    probabilities = np.asarray(_core.sigmoid(calibration[0] * held_out_logits + calibration[1]))
    folds = np.unique(rows.fold_of_row) if recipe.cautious else [None]
    chosen = [
        choose_thresholds(
            rows.is_spam_row[here],
            probabilities[here],
            recipe.max_false_positive_rate,
            recipe.max_miss_rate,
        )
        for here in (slice(None) if fold is None else rows.fold_of_row == fold for fold in folds)
    ]
    ham_below, spam_from = zip(*chosen, strict=True)
    return calibration, probabilities, (min(ham_below), max(spam_from))
