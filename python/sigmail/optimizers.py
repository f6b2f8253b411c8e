"""The steps of a network's optimizers, as small pure functions.

The training loop of the core takes these steps in place; what stands here says what they are, and is what
the tests hold the core to.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["adam_step", "momentum_step"]

FloatArray = npt.NDArray[np.float64]


def momentum_step(
    gradient: FloatArray, velocity: FloatArray, *, learning_rate: float, momentum: float = 0.9
) -> FloatArray:
    """Return the step, which is the new velocity too: momentum * velocity - learning_rate * gradient.

    Polyak, "Some methods of speeding up the convergence of iteration methods" (1964).
    """
    return momentum * velocity - learning_rate * gradient


def adam_step(
    gradient: FloatArray,
    mean: FloatArray,
    square: FloatArray,
    steps: int,
    *,
    learning_rate: float,
    mean_decay: float = 0.9,
    square_decay: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the step, the new mean and the new mean square of the gradient.

    ``steps`` counts from 1 and takes out the pull of the two averages to their start at 0. Kingma and Ba,
    "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1, in the form of its section 2 that
    puts the correction into the rate.
    """
    mean = mean_decay * mean + (1.0 - mean_decay) * gradient
    square = square_decay * square + (1.0 - square_decay) * gradient * gradient
    rate = learning_rate * (1.0 - square_decay**steps) ** 0.5 / (1.0 - mean_decay**steps)
    return -rate * mean / (np.sqrt(square) + epsilon), mean, square
