"""The neuron as a scikit-learn classifier: logistic regression on dense or sparse features."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from sigmail import _core
from sigmail._batch_solvers import Penalty, Solution, Watcher, gradient_descent, lbfgs
from sigmail._dual_solver import dual
from sigmail._early_stopping import BestSoFar
from sigmail._estimator import BinaryClassifier, TrainingSet, check_choice, check_number, hold_out
from sigmail._online_solvers import FtrlState, OnlineState, SgdState, learn_in_passes, squared_gradients
from sigmail.errors import InvalidValueError

__all__ = ["LogisticClassifier", "gradient_descent"]

FloatArray = npt.NDArray[np.float64]
SOLVERS = ("lbfgs", "dual", "gd", "sgd", "ftrl")


class LogisticClassifier(BinaryClassifier):
    """One sigmoid neuron, P = sigmoid(x . w + b), trained on the logistic loss.

    It minimises, as scikit-learn's ``LogisticRegression`` does,

        C * sum(s * loss) + (1 - l1_ratio) / 2 * sum(w²) + l1_ratio * sum|w|

    with s the sample weight times the class weight; the bias is free of the penalty.

    Parameters
    ----------
    C : float > 0, default 1.0
        The inverse of the penalty's strength; ``float("inf")`` for no penalty.
    l1_ratio : float in [0, 1], default 0.0
        0 is L2, 1 is L1 (weights of exactly 0), between them the elastic net.
    fit_intercept : bool, default True
        Whether there is a bias; without one it is 0 (lbfgs, dual and gd alone).
    solver : {"lbfgs", "dual", "gd", "sgd", "ftrl"}, default "lbfgs"
        "lbfgs" sees all rows at each step, and is exact: every penalty.
        "dual" descends one row's dual coordinate after the other: as exact, and on sparse text several times
        faster; on two threads, with the same result as on one; L2 alone, a finite C, no max_weight, no warm
        start.
        "gd" is plain gradient descent over all rows: L2 alone.
        "sgd" learns from a row at a time with one falling rate: L2 alone.
        "ftrl" does with a rate a feature (AdaGrad, and with L1 FTRL-Proximal): every penalty.
    max_iter : int >= 1, default 100
        Steps of lbfgs and gd; passes over the rows of dual, sgd and ftrl, of which sgd and ftrl generalise
        best after a few.
    tol : float >= 0, default 1e-4
        lbfgs, dual and gd end when no part of the gradient of the mean loss is larger; sgd and ftrl when the
        loss has not fallen by so much for ``n_iter_no_change`` passes.
    learning_rate : float > 0 or None, default None
        Of gd, sgd and ftrl; None takes 1 / the curvature for gd and sgd, and for ftrl 1 / the root mean
        square length of a row.
    class_weight : dict, "balanced" or None, default None
    max_weight : float > 0 or None, default None
        A bound on each |weight|, which blunts attacks by a few good words.
    early_stopping : bool, default False
        Hold rows out; stop when their loss has not fallen for ``n_iter_no_change`` steps, and keep the
        weights that were best on them.
    validation_fraction : float in (0, 1), default 0.1
    n_iter_no_change : int >= 1, default 5
    warm_start : bool, default False
        Start from the weights of the last ``fit``.
    random_state : int, RandomState or None, default None
        Of the order of rows and the choice of held-out rows.

    Attributes
    ----------
    coef_ : (1, n_features) float64; intercept_ : (1,) float64
    classes_ : (2,), sorted; ``classes_[1]`` is the one of positive weights
    n_features_in_, n_iter_ : int
    loss_curve_ : list of float
        After each step the penalised mean loss (lbfgs, gd), or the mean loss of each row just before it was
        learnt (dual, with the penalty before the pass; sgd, ftrl).
    validation_loss_curve_ : list of float, with early stopping alone

    Examples
    --------
    >>> import numpy as np
    >>> from sigmail.logistic import LogisticClassifier
    >>> X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), ["ham", "ham", "spam", "spam"]
    >>> LogisticClassifier().fit(X, y).predict([[0.5], [2.5]]).tolist()
    ['ham', 'spam']
    """

    coef_: FloatArray
    intercept_: FloatArray
    n_iter_: int
    loss_curve_: list[float]
    _online_state: OnlineState | None
    _learnt_weight: float
    _seen: FloatArray | None  # The squared gradients of the rows of the last fit.

    def __init__(
        self,
        C: float = 1.0,
        *,
        l1_ratio: float = 0.0,
        fit_intercept: bool = True,
        solver: str = "lbfgs",
        max_iter: int = 100,
        tol: float = 1e-4,
        learning_rate: float | None = None,
        class_weight: dict[Any, float] | str | None = None,
        max_weight: float | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        warm_start: bool = False,
        random_state: Any = None,
    ) -> None:
        self.C = C
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.learning_rate = learning_rate
        self.class_weight = class_weight
        self.max_weight = max_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from rows X, (n, n_features) dense or CSR, and their labels y, (n,) of two classes."""
        self._check_parameters()
        rows = self._training_set(X, y, sample_weight, reset=True)
        random = check_random_state(self.random_state)
        best = BestSoFar(self.n_iter_no_change)
        watch = None
        if self.early_stopping:
            rows, held_out = hold_out(rows, self.validation_fraction, random)
            watch = _watcher(held_out, best)
        weights, bias = self._start(rows.X.shape[1])
        found = self._solve(rows, weights, bias, watch, random)
        self.loss_curve_, self.n_iter_ = found.losses, len(found.losses)
        if watch is not None and best.kept is not None:
            (found.weights, found.bias), self.validation_loss_curve_ = best.kept, best.losses
            found.squared_gradients = None
        elif not found.converged:
            warnings.warn(
                f"{self.solver} ended after {self.n_iter_} steps before it converged ({found.message}): "
                "raise max_iter or tol, or scale the features",
                ConvergenceWarning,
                stacklevel=2,
            )
        self._keep(found.weights, found.bias)
        seen = found.squared_gradients
        self._seen = squared_gradients(rows, found.weights, found.bias) if seen is None else seen
        self._online_state = None
        self._learnt_weight = float(rows.sample_weight.sum())
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Learn from further rows, in their order and once, starting from the weights so far.

        ``solver="sgd"`` goes on with stochastic descent, every other solver with FTRL-Proximal. The first
        call on an unfitted classifier needs ``classes``, both of them.
        """
        self._check_parameters()
        first = not hasattr(self, "coef_")
        rows = self._further_set(X, y, classes, sample_weight, first=first)
        if first:
            self._keep(np.zeros(rows.X.shape[1]), 0.0)
            self.loss_curve_, self.n_iter_, self._online_state, self._seen = [], 0, None, None
            self._learnt_weight = 0.0
        state = self._online_state
        if state is None:
            state = self._new_online_state(rows, self.coef_[0], float(self.intercept_[0]), self._seen)
        self.loss_curve_.append(state.learn(rows.examples(), np.arange(len(rows))))
        self.n_iter_ += 1
        self._keep(*state.solution)
        self._online_state = state
        return self

    def _solve(
        self, rows: TrainingSet, weights: FloatArray, bias: float, watch: Watcher | None, random: Any
    ) -> Solution:
        penalty = self._penalty(float(rows.sample_weight.sum()))
        limits: dict[str, Any] = {"max_iter": self.max_iter, "tol": self.tol}
        if self.solver == "lbfgs":
            return lbfgs(rows, weights, bias, penalty, watch=watch, **limits)
        if self.solver == "dual":
            return dual(rows, penalty, random, watch=watch, **limits)
        if self.solver == "gd":
            rate = self.learning_rate
            return gradient_descent(rows, weights, bias, penalty, learning_rate=rate, watch=watch, **limits)
        state = self._new_online_state(rows, weights, bias)
        return learn_in_passes(state, rows, random, patience=self.n_iter_no_change, watch=watch, **limits)

    def _new_online_state(
        self, rows: TrainingSet, weights: FloatArray, bias: float, seen: FloatArray | None = None
    ) -> OnlineState:
        if not self.fit_intercept:
            raise InvalidValueError(
                "fit_intercept=False is for fit() with the solvers 'lbfgs', 'dual' and 'gd': "
                "learning row by row moves the bias too"
            )
        total = float(rows.sample_weight.sum())
        if self.solver == "sgd":
            # A few further rows must not bring the penalty of a whole training with each of them.
            penalty = self._penalty(total if seen is None else self._learnt_weight)
            return SgdState.start(rows, weights, bias, penalty, self.learning_rate)
        return FtrlState.start(rows, weights, bias, self._penalty(total), self.learning_rate, squares=seen)

    def _penalty(self, total_weight: float) -> Penalty:
        """Return the penalties beside the mean loss: C weighs the sum of the losses instead."""
        strength = 1.0 / (self.C * total_weight)
        l1, l2 = self.l1_ratio * strength, (1.0 - self.l1_ratio) * strength
        return Penalty(l1, l2, self.max_weight, self.fit_intercept)

    def _start(self, width: int) -> tuple[FloatArray, float]:
        if not (self.warm_start and hasattr(self, "coef_")):
            return np.zeros(width), 0.0
        if self.coef_.shape[1] != width:
            raise InvalidValueError(
                f"warm_start needs the {self.coef_.shape[1]} features of the last fit, got {width}: "
                "set warm_start=False"
            )
        return self.coef_[0].copy(), float(self.intercept_[0])

    def _keep(self, weights: FloatArray, bias: float) -> None:
        self.coef_ = weights[np.newaxis, :]
        self.intercept_ = np.array([bias])

    def _logits(self, X: Any) -> npt.NDArray[np.floating[Any]]:
        column = np.ascontiguousarray(self.coef_.T, dtype=X.dtype)
        return np.asarray(_core.network(X, [(column, self.intercept_.astype(X.dtype), "identity")])[:, 0])

    def _positive_probabilities(self, X: Any) -> npt.NDArray[np.floating[Any]]:
        weights = self.coef_[0].astype(X.dtype, copy=False)
        return np.asarray(_core.neuron(X, weights, float(self.intercept_[0])))

    def _check_parameters(self) -> None:
        check_number("C", self.C, above=0.0)
        check_number("l1_ratio", self.l1_ratio, least=0.0, most=1.0)
        check_choice("solver", self.solver, SOLVERS)
        check_number("max_iter", self.max_iter, least=1, whole=True)
        check_number("tol", self.tol, least=0.0)
        check_number("validation_fraction", self.validation_fraction, above=0.0, below=1.0)
        check_number("n_iter_no_change", self.n_iter_no_change, least=1, whole=True)
        for name in ("learning_rate", "max_weight"):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), above=0.0)


def _watcher(held_out: TrainingSet, best: BestSoFar) -> Watcher:
    """Return the function that offers the loss on held-out rows, and says when to stop."""
    examples = held_out.examples()

    def watch(weights: FloatArray, bias: float) -> bool:
        loss, _, _ = examples.loss_gradient(weights, bias)
        return best.offer(loss, lambda: (weights.copy(), bias))

    return watch
