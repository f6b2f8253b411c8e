"""Solvers of a logistic neuron that learn from one row at a time: FTRL-Proximal and stochastic descent.

A state is made from weights, learns in passes over rows, and gives weights back; so any solver can go on
from where another ended. The passes themselves are loops of the core.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sigmail import _core
from sigmail._batch_solvers import Penalty, Solution, Watcher, curvature_bound
from sigmail._early_stopping import BestSoFar
from sigmail._estimator import TrainingSet
from sigmail.errors import InvalidValueError
from sigmail.losses import logistic_loss_derivative

__all__ = ["FtrlState", "OnlineState", "SgdState", "learn_in_passes", "squared_gradients"]

FloatArray = npt.NDArray[np.float64]
Order = npt.NDArray[np.int64]


@dataclass(slots=True)
class FtrlState:
    """FTRL-Proximal: each weight has its own rate, which falls with the gradients that it has seen.

    McMahan et al., "Ad click prediction: a view from the trenches", KDD 2013, algorithm 1. Without an L1
    penalty it is AdaGrad. The penalties stand against the sum of the losses; ``passes`` multiplies them,
    because a second pass over the same rows doubles that sum.

    Attributes
    ----------
    z : (n_features + 1,) the sums of gradients, corrected for the moving weights; the bias is last
    squares : (n_features + 1,) the sums of squared gradients
    learning_rate, smoothing : alpha and beta of the paper
    l1, l2 : penalties on the sum of the losses of one pass
    """

    z: FloatArray
    squares: FloatArray
    learning_rate: float
    smoothing: float
    l1: float
    l2: float
    max_weight: float | None = None
    passes: int = 0

    @classmethod
    def start(
        cls,
        rows: TrainingSet,
        weights: FloatArray,
        bias: float,
        penalty: Penalty,
        learning_rate: float | None = None,
        *,
        squares: FloatArray | None = None,
    ) -> FtrlState:
        """Return the state that holds these weights and has seen gradients of these squares, or none.

        The default rate is 1 / the root mean square length of a row, and the smoothing a tenth of the root
        mean square of a value, so that the weights times the values do not depend on the features' unit.
        """
        total_weight = float(rows.sample_weight.sum())
        l1, l2 = penalty.l1 * total_weight, penalty.l2 * total_weight
        length, size = _root_mean_squares(rows)
        learning_rate = 1.0 / length if learning_rate is None else learning_rate
        squares = np.zeros(len(weights) + 1) if squares is None else squares
        state = cls(squares, squares, learning_rate, 0.1 * size, l1, l2, penalty.max_weight)
        z = -np.append(weights, bias) * state._pull()
        z[:-1] -= weights * l2 + np.sign(weights) * l1
        state.z = z
        return state

    @property
    def solution(self) -> tuple[FloatArray, float]:
        """The weights (n_features,), each the minimum of linearised losses and penalties, and the bias."""
        pull = self._pull()
        excess = np.sign(self.z) * np.maximum(np.abs(self.z) - self._share * self.l1, 0.0)
        weights = -excess[:-1] / (pull[:-1] + self._share * self.l2)
        return Penalty(0.0, 0.0, self.max_weight).clip(weights), -float(self.z[-1] / pull[-1])

    def _pull(self) -> FloatArray:
        """Return what holds each weight to its place: the inverse of its rate."""
        return np.asarray((self.smoothing + np.sqrt(self.squares)) / self.learning_rate)

    @property
    def _share(self) -> int:
        return max(self.passes, 1)

    def begin_pass(self) -> None:
        """Count a further pass over the same rows."""
        self.passes += 1

    def learn(self, examples: _core.Examples, order: Order) -> float:
        """Learn the rows in the given order; return their mean loss, each before it was learnt."""
        loss, self.z, self.squares = examples.ftrl_pass(
            self.z,
            self.squares,
            order,
            learning_rate=self.learning_rate,
            smoothing=self.smoothing,
            l1=self._share * self.l1,
            l2=self._share * self.l2,
            max_weight=_limit(self.max_weight),
        )
        return loss


@dataclass(slots=True)
class SgdState:
    """Stochastic gradient descent with one falling rate, eta / (1 + eta * l2 * t), and an L2 penalty.

    Bottou, "Stochastic gradient descent tricks" (2012), section 5.
    """

    weights: FloatArray
    bias: float
    learning_rate: float
    l2: float
    max_weight: float | None = None
    steps: int = 0

    @classmethod
    def start(
        cls,
        rows: TrainingSet,
        weights: FloatArray,
        bias: float,
        penalty: Penalty,
        learning_rate: float | None = None,
    ) -> SgdState:
        """Return the state that holds these weights; without a rate it takes 1 / the curvature bound."""
        if penalty.l1 > 0.0:
            raise InvalidValueError(f"solver='sgd' has no L1 penalty, got {penalty}: use 'ftrl' or 'lbfgs'")
        rate = 1.0 / curvature_bound(rows, penalty.l2) if learning_rate is None else learning_rate
        return cls(weights, bias, rate, penalty.l2, penalty.max_weight)

    @property
    def solution(self) -> tuple[FloatArray, float]:
        """The weights (n_features,) and the bias."""
        return self.weights, self.bias

    def begin_pass(self) -> None:
        """Need nothing: the rate falls by the steps."""

    def learn(self, examples: _core.Examples, order: Order) -> float:
        """Learn the rows in the given order; return their mean loss, each before it was learnt."""
        loss, self.weights, self.bias, self.steps = examples.descent_pass(
            self.weights,
            self.bias,
            self.steps,
            order,
            learning_rate=self.learning_rate,
            l2=self.l2,
            max_weight=_limit(self.max_weight),
        )
        return loss


OnlineState = FtrlState | SgdState


def learn_in_passes(
    state: OnlineState,
    rows: TrainingSet,
    random: np.random.RandomState,
    *,
    max_iter: int,
    tol: float,
    patience: int,
    watch: Watcher | None = None,
) -> Solution:
    """Pass over the rows, each time in a new random order, until their loss falls no more."""
    examples, plateau = rows.examples(), BestSoFar(patience, tol)
    stopped = False
    while not stopped and len(plateau.losses) < max_iter:
        state.begin_pass()
        stopped = plateau.offer(state.learn(examples, random.permutation(len(rows))))
        if watch is not None:
            stopped = watch(*state.solution) or stopped
    # The number of passes is a choice: few of them keep the weights small, so their end needs no warning.
    return Solution(*state.solution, plateau.losses, converged=True)


def squared_gradients(rows: TrainingSet, weights: FloatArray, bias: float) -> FloatArray:
    """Return the sum over the rows of each weight's squared gradient, the bias's last.

    It is what FTRL-Proximal would have seen of rows that another solver has learnt: with it, a further row
    moves a well known weight little. Without it, the first row would move every weight by the full rate.
    """
    logits = np.asarray(rows.X @ weights + bias, dtype=np.float64)
    errors = np.square(rows.sample_weight * logistic_loss_derivative(logits, rows.y))
    return np.append(rows.squared().T @ errors, errors.sum())


def _root_mean_squares(rows: TrainingSet) -> tuple[float, float]:
    """Return the root mean square of the rows' lengths and of the values other than 0; 1 for no values."""
    squares = rows.squared()
    total, values = float(squares.sum(dtype=np.float64)), np.count_nonzero(getattr(squares, "data", squares))
    return (np.sqrt(total / len(rows)), np.sqrt(total / values)) if total > 0.0 else (1.0, 1.0)


def _limit(max_weight: float | None) -> float:
    return np.inf if max_weight is None else max_weight
