"""Solvers of a logistic neuron that learn from one row at a time: FTRL-Proximal and stochastic descent.

A state is made from weights, learns in passes over rows, and gives weights back; so any solver can go on
from where another ended.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sigmail._batch_solvers import Penalty, Solution, Watcher, curvature_bound
from sigmail._early_stopping import BestSoFar
from sigmail._estimator import TrainingSet
from sigmail.errors import InvalidValueError
from sigmail.losses import logistic_loss

__all__ = ["FtrlState", "OnlineState", "SgdState", "learn_in_passes"]

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]


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
        smoothing: float = 1.0,
    ) -> FtrlState:
        """Return the state that holds these weights and has seen no gradient; the default rate is 0.5."""
        learning_rate = 0.5 if learning_rate is None else learning_rate
        total_weight = float(rows.sample_weight.sum())
        l1, l2 = penalty.l1 * total_weight, penalty.l2 * total_weight
        z = np.append(weights, bias) * (-smoothing / learning_rate)
        z[:-1] -= weights * l2 + np.sign(weights) * l1
        return cls(z, np.zeros_like(z), learning_rate, smoothing, l1, l2, penalty.max_weight)

    def _weights_at(self, columns: IndexArray | slice) -> FloatArray:
        """Return the weights of some columns: the minimum of the linearised losses and the penalties."""
        z = self.z[columns]
        shrunk = np.sign(z) * np.maximum(np.abs(z) - self._share * self.l1, 0.0)
        pull = (self.smoothing + np.sqrt(self.squares[columns])) / self.learning_rate
        return Penalty(0.0, 0.0, self.max_weight).clip(-shrunk / (pull + self._share * self.l2))

    def _bias(self) -> float:
        pull = (self.smoothing + float(np.sqrt(self.squares[-1]))) / self.learning_rate
        return -float(self.z[-1]) / pull

    @property
    def solution(self) -> tuple[FloatArray, float]:
        """The weights (n_features,) and the bias."""
        return self._weights_at(slice(None, -1)), self._bias()

    @property
    def _share(self) -> int:
        return max(self.passes, 1)

    def begin_pass(self) -> None:
        """Count a further pass over the same rows."""
        self.passes += 1

    def learn(self, rows: TrainingSet, order: IndexArray) -> float:
        """Learn the rows in the given order; return their mean loss, each before it was learnt."""
        read, total = _row_reader(rows.X), 0.0
        for row in order:
            columns, values = read(row)
            weight, label = float(rows.sample_weight[row]), float(rows.y[row])
            before, bias = self._weights_at(columns), self._bias()
            logit = float(before @ values) + bias
            total += weight * _loss(logit, label)
            error = weight * (_probability(logit) - label)
            self._absorb(columns, error * values, before)
            self._absorb(slice(-1, None), np.array([error]), np.array([bias]))
        return total / float(rows.sample_weight[order].sum())

    def _absorb(self, columns: IndexArray | slice, gradient: FloatArray, weights: FloatArray) -> None:
        """Add a gradient, taken at these weights, to the sums."""
        seen = self.squares[columns]
        grown = seen + gradient * gradient
        self.z[columns] += gradient - (np.sqrt(grown) - np.sqrt(seen)) / self.learning_rate * weights
        self.squares[columns] = grown


@dataclass(slots=True)
class SgdState:
    """Stochastic gradient descent with one falling rate, eta / (1 + eta * l2 * t), and an L2 penalty.

    Bottou, "Stochastic gradient descent tricks" (2012), section 5. The weights are kept as scale * weights,
    so that the penalty shrinks all of them by one multiplication.
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
        return cls(weights.copy(), bias, rate, penalty.l2, penalty.max_weight)

    @property
    def solution(self) -> tuple[FloatArray, float]:
        """The weights (n_features,) and the bias."""
        return self.weights.copy(), self.bias

    def begin_pass(self) -> None:
        """Need nothing: the rate falls by the steps."""

    def learn(self, rows: TrainingSet, order: IndexArray) -> float:
        """Learn the rows in the given order; return their mean loss, each before it was learnt."""
        read, total, scale = _row_reader(rows.X), 0.0, 1.0
        box = Penalty(0.0, 0.0, self.max_weight)
        shares = rows.sample_weight / float(rows.sample_weight.mean())
        for row in order:
            columns, values = read(row)
            label = float(rows.y[row])
            logit = scale * float(self.weights[columns] @ values) + self.bias
            total += float(shares[row]) * _loss(logit, label)
            rate = self.learning_rate / (1.0 + self.learning_rate * self.l2 * self.steps)
            error = rate * float(shares[row]) * (_probability(logit) - label)
            scale *= 1.0 - min(rate * self.l2, 0.5)
            self.weights[columns] = box.clip(scale * self.weights[columns] - error * values) / scale
            self.bias -= error
            self.steps += 1
            if scale < 1e-9:  # Far below, the quotient above would lose digits, then overflow.
                self.weights *= scale
                scale = 1.0
        self.weights *= scale
        return total / float(shares[order].sum())


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
    plateau = BestSoFar(patience, tol)
    stopped = False
    while not stopped and len(plateau.losses) < max_iter:
        state.begin_pass()
        loss = state.learn(rows, random.permutation(len(rows)))
        stopped = plateau.offer(loss)
        if watch is not None:
            stopped = watch(*state.solution) or stopped
    return Solution(*state.solution, plateau.losses, stopped, f"{max_iter} passes were not enough")


def _row_reader(X: Any) -> Callable[[int], tuple[Any, FloatArray]]:
    """Return the function that gives a row as (its columns, their values in float64)."""
    if isinstance(X, np.ndarray):
        width = X.shape[1]
        return lambda row: (slice(0, width), X[row].astype(np.float64))
    indptr, indices, data = X.indptr, X.indices, X.data.astype(np.float64)

    def read(row: int) -> tuple[Any, FloatArray]:
        here = slice(indptr[row], indptr[row + 1])
        return indices[here], data[here]

    return read


def _loss(logit: float, label: float) -> float:
    return float(logistic_loss(np.asarray(logit), label))


def _probability(logit: float) -> float:
    exponential = float(np.exp(-abs(logit)))
    return (1.0 if logit >= 0 else exponential) / (1.0 + exponential)
