"""The dual solver of a logistic neuron: exact, and on sparse text several times faster than L-BFGS."""

from __future__ import annotations

import numpy as np

from sigmail._batch_solvers import Penalty, Solution, Watcher, smooth_objective
from sigmail._estimator import TrainingSet
from sigmail.errors import InvalidValueError
from sigmail.losses import elastic_net

__all__ = ["dual"]

# The bias's stiffness beside a row's mean squared length: stiffer binds the rows, softer lets the bias sway.
STIFFNESS = 0.1
# Passes after which the gradient is looked at anyway.
LONGEST_WAIT = 8


def dual(
    rows: TrainingSet,
    penalty: Penalty,
    random: np.random.RandomState,
    *,
    max_iter: int,
    tol: float,
    watch: Watcher | None = None,
) -> Solution:
    """Minimise the mean loss with its L2 penalty by dual coordinate descent, in passes of random order.

    Yu, Huang and Lin, "Dual coordinate descent methods for logistic regression and maximum entropy models",
    Machine Learning 85 (2011); the bias, which has no penalty, by the method of multipliers. It starts from
    zero, and ends when no part of the gradient of the penalised mean loss is larger than ``tol``.
    """
    if penalty.l1 > 0.0 or penalty.max_weight is not None or penalty.l2 <= 0.0:
        raise InvalidValueError(
            f"solver='dual' needs a finite C, no L1 penalty and no max_weight, got {penalty}: use 'lbfgs'"
        )
    examples = rows.examples()
    c = 1.0 / (penalty.l2 * float(rows.sample_weight.sum()))
    # Without stiffness and multiplier the bias stays at 0.
    rho = STIFFNESS * max(float(rows.squared_lengths().mean()), 1e-12) if penalty.fit_intercept else 0.0
    coordinates, weights = np.zeros(len(rows)), np.zeros(rows.X.shape[1])
    multiplier = balance = 0.0
    size = c * float(rows.sample_weight.sum())
    losses: list[float] = []
    slope_by_residual = 0.0
    for step in range(1, max_iter + 1):
        order = random.permutation(len(rows))
        penalty_before = elastic_net(weights, 0.0, penalty.l2)
        coordinates, weights, multiplier, balance, (loss, _, residual) = examples.dual_pass(
            coordinates, weights, multiplier, balance, order, c=c, rho=rho
        )
        losses.append(loss / size + penalty_before)
        # The gradient costs as much as a pass, and falls with the residual: look when it may be small enough.
        converged = False
        if step % LONGEST_WAIT == 0 or slope_by_residual * residual <= 2.0 * tol * size:
            _, by_weights, by_bias = smooth_objective(examples, weights, multiplier, penalty)
            slope = max(float(np.abs(by_weights).max(initial=0.0)), abs(by_bias))
            slope_by_residual, converged = slope * size / max(residual, 1e-300), slope <= tol
        if converged or (watch is not None and watch(weights, multiplier)):
            return Solution(weights, multiplier, losses, converged=True)
    return Solution(
        weights, multiplier, losses, converged=False, message=f"{max_iter} passes were not enough"
    )
