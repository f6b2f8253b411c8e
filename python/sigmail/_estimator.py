"""What the two classifiers share: checking of input, labels and weights, and the two-class predictions."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from sigmail import _core
from sigmail.errors import InvalidTypeError, InvalidValueError

__all__ = ["BinaryClassifier", "TrainingSet", "check_choice", "check_number", "hold_out"]

INPUT_CHECKS: dict[str, Any] = {
    "accept_sparse": "csr",
    "accept_large_sparse": False,  # The kernels index columns by 32 bits.
    "dtype": [np.float64, np.float32],
    "order": "C",
}


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Checked rows: X dense or CSR, y of 0.0 and 1.0, weights > 0; all of one dtype and length."""

    X: Any
    y: npt.NDArray[np.floating[Any]]
    sample_weight: npt.NDArray[np.floating[Any]]

    def rows(self, chosen: npt.NDArray[Any]) -> TrainingSet:
        """Return the chosen rows, in their order."""
        return TrainingSet(self.X[chosen], self.y[chosen], self.sample_weight[chosen])

    def examples(self) -> _core.Examples:
        """Return a copy of the rows for the training loops of the core."""
        return _core.Examples(self.X, self.y, self.sample_weight)

    def squared(self) -> Any:
        """Return X with each value squared, dense or CSR as it is."""
        return self.X.power(2) if sparse.issparse(self.X) else np.square(self.X)

    def squared_lengths(self) -> npt.NDArray[np.float64]:
        """Return the squared length of each row."""
        return np.asarray(self.squared().sum(axis=1), dtype=np.float64).ravel()

    def as_type(self, dtype: npt.DTypeLike) -> TrainingSet:
        """Return the rows in this dtype, without a copy where they have it."""
        if self.X.dtype == dtype:
            return self
        columns = (self.y, self.sample_weight)
        return TrainingSet(self.X.astype(dtype), *(column.astype(dtype) for column in columns))

    def __len__(self) -> int:
        return len(self.y)


class BinaryClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types.
    """A classifier of two classes on dense or CSR input; a subclass gives ``_logits``."""

    classes_: npt.NDArray[Any]
    class_weight: dict[Any, float] | str | None

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_class = False
        return tags

    def _logits(self, X: Any) -> npt.NDArray[np.floating[Any]]:
        """Return the logit of each checked row; a subclass has it."""
        raise NotImplementedError

    def _positive_probabilities(self, X: Any) -> npt.NDArray[np.floating[Any]]:
        """Return P(classes_[1]) of each checked row; a subclass has it."""
        raise NotImplementedError

    def _checked_input(self, X: Any) -> Any:
        check_is_fitted(self)
        return validate_data(self, X, reset=False, **INPUT_CHECKS)

    def decision_function(self, X: Any) -> npt.NDArray[np.floating[Any]]:
        """Return the logit of each row: above 0 it speaks for ``classes_[1]``; shape (n,)."""
        return self._logits(self._checked_input(X))

    def predict_proba(self, X: Any) -> npt.NDArray[np.floating[Any]]:
        """Return the probability of each class in the order of ``classes_``; shape (n, 2)."""
        positive = self._positive_probabilities(self._checked_input(X))
        return np.column_stack((1.0 - positive, positive))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the likelier class of each row; shape (n,)."""
        positive = self.decision_function(X) > 0
        return self.classes_[positive.astype(np.intp)]

    def _training_set(self, X: Any, y: Any, sample_weight: Any, *, reset: bool) -> TrainingSet:
        """Check the input of ``fit``, learn ``classes_`` from it, and drop rows of no weight."""
        X, y = validate_data(self, X, y, reset=reset, **INPUT_CHECKS)
        _check_two_class_target(y)
        weights = _check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)
        present = np.flatnonzero(weights)
        classes = np.unique(y[present])
        if len(classes) != 2:
            raise InvalidValueError(
                f"training needs rows of two classes with a weight above zero, got {_count(classes)}: "
                "give rows of the other class too"
            )
        self.classes_ = classes
        return self._weighted(X, y, weights, present)

    def _further_set(self, X: Any, y: Any, classes: Any, sample_weight: Any, *, first: bool) -> TrainingSet:
        """Check the input of ``partial_fit``, which may hold one class alone."""
        if self.class_weight == "balanced":
            raise InvalidValueError(
                "class_weight='balanced' needs all the labels at once: give partial_fit a dict of weights"
            )
        X, y = validate_data(self, X, y, reset=first, **INPUT_CHECKS)
        _check_two_class_target(y)
        self._learn_classes(classes, first=first)
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise InvalidValueError(
                f"label {unknown[0]!r} is not among the classes {self.classes_.tolist()}: "
                "name both classes in the first call of partial_fit"
            )
        weights = _check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)
        return self._weighted(X, y, weights, np.flatnonzero(weights))

    def _learn_classes(self, classes: Any, *, first: bool) -> None:
        if classes is None:
            if first:
                raise InvalidValueError("the first call of partial_fit needs classes=[…], both of them")
            return
        given = np.unique(classes)
        if len(given) != 2:
            raise InvalidValueError(f"classes must name two classes, got {_count(given)}")
        if not first and not np.array_equal(given, self.classes_):
            raise InvalidValueError(
                f"classes {given.tolist()} differ from those of the first call, {self.classes_.tolist()}"
            )
        self.classes_ = given

    def _weighted(self, X: Any, y: Any, weights: Any, present: npt.NDArray[np.intp]) -> TrainingSet:
        """Return the rows of some weight, labels as 0.0 and 1.0, the class weights multiplied in."""
        if len(present) == 0:
            raise InvalidValueError("all the sample weights are zero: one row at least needs more")
        if len(present) < len(y):
            X, y, weights = X[present], y[present], weights[present]
        encoded = np.searchsorted(self.classes_, y)
        if self.class_weight is not None:
            by_class = compute_class_weight(
                self.class_weight, classes=self.classes_, y=y, sample_weight=weights
            )
            weights = weights * by_class[encoded]
        if sparse.issparse(X) and not X.has_canonical_format:
            X = X.copy()
            X.sum_duplicates()
        return TrainingSet(X, encoded.astype(X.dtype), np.ascontiguousarray(weights, dtype=X.dtype))


def hold_out(rows: TrainingSet, share: float, random_state: Any) -> tuple[TrainingSet, TrainingSet]:
    """Split off a share of the rows, stratified by label, for early stopping: (training, held out)."""
    split = StratifiedShuffleSplit(n_splits=1, test_size=share, random_state=random_state)
    try:
        training, held_out = next(split.split(np.zeros(len(rows)), rows.y))
    except ValueError as error:
        raise InvalidValueError(
            f"validation_fraction={share} of {len(rows)} rows leaves a class out: "
            "give more rows or set early_stopping=False"
        ) from error
    return rows.rows(training), rows.rows(held_out)


def check_number(
    name: str,
    value: Any,
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
    whole: bool = False,
) -> None:
    """Raise unless the parameter is a number (whole if asked) within the bounds."""
    kind = Integral if whole else Real
    if isinstance(value, bool) or not isinstance(value, kind):
        raise InvalidTypeError(f"{name} must be {'a whole' if whole else 'a'} number, got {value!r}")
    bounds = [
        (above, "above", operator.gt),
        (least, "at least", operator.ge),
        (below, "below", operator.lt),
        (most, "at most", operator.le),
    ]
    for bound, words, holds in bounds:
        if bound is not None and not holds(float(value), bound):  # A NaN holds none.
            raise InvalidValueError(f"{name} must be {words} {bound}, got {value!r}")


def check_choice(name: str, value: Any, choices: Sequence[str]) -> None:
    """Raise unless the parameter is one of the choices."""
    if value not in choices:
        raise InvalidValueError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}")


def _check_two_class_target(y: Any) -> None:
    check_classification_targets(y)
    kind = type_of_target(y, input_name="y", raise_unknown=True)
    if kind != "binary":
        raise InvalidValueError(
            f"Only binary classification is supported. The type of the target is {kind}: give two classes"
        )


def _count(classes: npt.NDArray[Any]) -> str:
    return f"one class, {classes[0]!r}" if len(classes) == 1 else f"{len(classes)} classes"
