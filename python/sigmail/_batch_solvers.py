"""Solvers of a logistic neuron that see all rows at each step: L-BFGS and plain gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, minimize
from threadpoolctl import ThreadpoolController

from sigmail import _core
from sigmail._estimator import TrainingSet
from sigmail.errors import InvalidValueError
from sigmail.losses import elastic_net, elastic_net_derivative

__all__ = ["Penalty", "Solution", "gradient_descent", "lbfgs"]

FloatArray = npt.NDArray[np.float64]
# Called after each step with (weights, bias); returns whether to stop.
Watcher = Callable[[FloatArray, float], bool]


@dataclass(frozen=True, slots=True)
class Penalty:
    """l1 * sum|w| + l2 / 2 * sum w² beside the mean loss, an optional bound on each |w|, a free bias or 0."""

    l1: float
    l2: float
    max_weight: float | None = None
    fit_intercept: bool = True

    def clip(self, weights: FloatArray) -> FloatArray:
        """Return the weights nearest to these that keep the bound."""
        return weights if self.max_weight is None else np.clip(weights, -self.max_weight, self.max_weight)


@dataclass(slots=True)
class Solution:
    """Where a solver ended."""

    weights: FloatArray
    bias: float
    losses: list[float]  # The penalised loss after each step.
    converged: bool
    message: str = ""
    # The sums of the rows' squared gradients at the solution, the bias's last, if they are known.
    squared_gradients: FloatArray | None = None


def smooth_objective(
    examples: _core.Examples, weights: FloatArray, bias: float, penalty: Penalty
) -> tuple[float, FloatArray, float]:
    """Return the mean loss with its L2 penalty, and the gradient by weights and bias; 0 for a fixed bias."""
    loss, by_weights, by_bias = examples.loss_gradient(weights, bias)
    by_weights += elastic_net_derivative(weights, 0.0, penalty.l2)
    return loss + elastic_net(weights, 0.0, penalty.l2), by_weights, by_bias if penalty.fit_intercept else 0.0


def lbfgs(
    rows: TrainingSet,
    weights: FloatArray,
    bias: float,
    penalty: Penalty,
    *,
    max_iter: int,
    tol: float,
    watch: Watcher | None = None,
) -> Solution:
    """Minimise the penalised mean loss with SciPy's L-BFGS-B.

    An L1 penalty has no gradient at 0. The weights are then split into two parts that are never negative,
    w = p - q, for which the penalty l1 * sum(p + q) is smooth, and L-BFGS-B keeps the signs by its bounds
    (Schmidt, Fung and Rosales, "Fast optimization methods for L1 regularization", ECML 2007).

    Parameters
    ----------
    weights : (n_features,) and bias, where to start
    tol : the largest part of the projected gradient at which to stop
    watch : called after each step; ends the search by returning True
    """
    examples = rows.examples()
    width = len(weights)
    split = penalty.l1 > 0.0
    parts = 2 * width if split else width

    def join(point: FloatArray) -> tuple[FloatArray, float]:
        joined = point[:width] - point[width:parts] if split else point[:parts]
        return joined, float(point[-1])

    def objective(point: FloatArray) -> tuple[float, FloatArray]:
        joined, offset = join(point)
        value, by_weights, by_bias = smooth_objective(examples, joined, offset, penalty)
        if not split:
            return value, np.append(by_weights, by_bias)
        value += penalty.l1 * float(point[:parts].sum())
        return value, np.concatenate((penalty.l1 + by_weights, penalty.l1 - by_weights, [by_bias]))

    losses: list[float] = []

    def after_step(intermediate_result: Any) -> None:
        losses.append(float(intermediate_result.fun))
        if watch is not None and watch(*join(intermediate_result.x)):
            raise StopIteration

    start = np.concatenate((np.maximum(weights, 0), np.maximum(-weights, 0))) if split else weights
    with _controller().limit(limits=1, user_api="blas"):
        found = minimize(
            objective,
            np.append(start, bias),
            jac=True,
            method="L-BFGS-B",
            bounds=_bounds(parts, penalty, split=split),
            callback=after_step,
            # A relative fall in the loss of some units in the last place is rounding, not progress.
            options={"maxiter": max_iter, "gtol": tol, "ftol": 64 * np.finfo(np.float64).eps, "maxls": 50},
        )
    weights, bias = join(found.x)
    return Solution(weights.copy(), bias, losses or [float(found.fun)], found.status != 1, str(found.message))


@cache
def _controller() -> ThreadpoolController:
    """Return what limits the threads of BLAS.

    L-BFGS takes thousands of short dot products. Threads share each of them out and wait for one another,
    which on a busy machine costs ten times the work itself, and the digits depend on their number.
    """
    return ThreadpoolController()


def _bounds(parts: int, penalty: Penalty, *, split: bool) -> Bounds | None:
    """Return the box of the weights and the free bias; None if there is none."""
    limit = np.inf if penalty.max_weight is None else penalty.max_weight
    if not split and penalty.max_weight is None:
        return None
    lower = np.full(parts + 1, 0.0 if split else -limit)
    upper = np.full(parts + 1, limit)
    lower[-1], upper[-1] = -np.inf, np.inf
    return Bounds(lower, upper)


def gradient_descent(
    rows: TrainingSet,
    weights: FloatArray,
    bias: float,
    penalty: Penalty,
    *,
    max_iter: int,
    tol: float,
    learning_rate: float | None = None,
    watch: Watcher | None = None,
) -> Solution:
    """Minimise the penalised mean loss by plain gradient descent: w -= rate * gradient, nothing more.

    Without a ``learning_rate`` the step is 1 / L, where L bounds the curvature: the sigmoid's slope is at
    most 1/4, so L = mean(|x|² + 1) / 4 + l2. It takes L2 alone.
    """
    if penalty.l1 > 0.0:
        raise InvalidValueError(f"solver='gd' has no L1 penalty, got {penalty}: use 'lbfgs' or 'ftrl'")
    rate = 1.0 / curvature_bound(rows, penalty.l2) if learning_rate is None else learning_rate
    examples, losses = rows.examples(), list[float]()
    for _ in range(max_iter):
        loss, by_weights, by_bias = smooth_objective(examples, weights, bias, penalty)
        losses.append(loss)
        stepped = penalty.clip(weights - rate * by_weights)
        largest = max(float(np.abs(stepped - weights).max(initial=0.0)) / rate, abs(by_bias))
        weights, bias = stepped, bias - rate * by_bias
        if largest <= tol or (watch is not None and watch(weights, bias)):
            return Solution(weights, bias, losses, converged=True)
    return Solution(weights, bias, losses, converged=False, message=f"{max_iter} steps were not enough")


def curvature_bound(rows: TrainingSet, l2: float) -> float:
    """Return a bound on the largest second derivative of the penalised mean loss, the bias among them."""
    return 0.25 * float(np.average(rows.squared_lengths() + 1.0, weights=rows.sample_weight)) + l2
