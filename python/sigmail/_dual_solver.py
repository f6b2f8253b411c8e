"""The dual solver of a logistic neuron: exact, and on sparse text several times faster than L-BFGS."""

from __future__ import annotations

import numpy as np

from sigmail import _core
from sigmail._batch_solvers import Penalty, Solution, Watcher
from sigmail._estimator import TrainingSet
from sigmail.errors import InvalidValueError
from sigmail.losses import elastic_net

__all__ = ["dual"]

# The bias's stiffness beside a row's mean squared length: stiffer binds the rows, softer lets the bias sway.
STIFFNESS = 0.1
# Passes after which the gradient is looked at anyway.
LONGEST_WAIT = 8
# Before the rows' residual has fallen to this share of its first value, no solution is near.
NEAR = 0.05
# How often in a pass the two lanes' moves are added up, and how many times each lane counts its own
# meanwhile. A lane that counts them twice can't do harm, and is quick while the other does the same. Later
# each mends what is its own; then it is quicker to count little more than once, and to meet often.
APART, TOGETHER = (1, 2.0), (16, 1.2)
# The share of the residual that a pass leaves, from which on it is later.
SLOW = 0.45


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
    Machine Learning 85 (2011); the bias, which has no penalty, by the method of multipliers. Many rows are
    walked in two lanes, each of which a thread may take; the threads don't change a bit. It starts from
    zero, and ends when no part of the gradient of the penalised mean loss is larger than ``tol``.
    """
    if penalty.l1 > 0.0 or penalty.max_weight is not None or penalty.l2 <= 0.0:
        raise InvalidValueError(
            f"solver='dual' needs a finite C, no L1 penalty and no max_weight, got {penalty}: use 'lbfgs'"
        )
    total_weight = float(rows.sample_weight.sum())
    c = 1.0 / (penalty.l2 * total_weight)
    # Without stiffness and multiplier the bias stays at 0.
    stiffness = STIFFNESS if penalty.fit_intercept else 0.0
    training = _core.DualTraining(rows.X, rows.y, rows.sample_weight, c=c, stiffness=stiffness)
    size = c * total_weight
    losses: list[float] = []
    weights, bias = np.zeros(rows.X.shape[1]), 0.0
    first_residual = previous = np.inf
    slope_by_residual, stride = 0.0, APART
    for step in range(1, max_iter + 1):
        penalty_before = elastic_net(weights, 0.0, penalty.l2)
        steps, push = stride
        loss, _, residual = training.learn(random.permutation(len(rows)), steps=steps, push=push)
        losses.append(loss / size + penalty_before)
        weights, bias = training.solution()
        # The gradient costs as much as a pass, and falls with the residual: look when it may be small enough.
        first_residual = residual if step == 1 else first_residual
        if residual > SLOW * previous:
            stride = TOGETHER if residual <= previous else APART
        previous = residual
        near = residual <= NEAR * first_residual and slope_by_residual * residual <= 2.0 * tol * size
        if near or step % LONGEST_WAIT == 0 or step == max_iter:
            _, by_weights, by_bias, squared_gradients = training.slopes()
            slope = max(by_weights, abs(by_bias) if penalty.fit_intercept else 0.0)
            if slope <= tol:
                return Solution(weights, bias, losses, True, squared_gradients=squared_gradients)
            slope_by_residual = slope * size / max(residual, 1e-300)
        if watch is not None and watch(weights, bias):
            return Solution(weights, bias, losses, converged=True)
    return Solution(weights, bias, losses, converged=False, message=f"{max_iter} passes were not enough")
