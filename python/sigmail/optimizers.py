"""Optimizers of a network's parameters: each turns a gradient into a step, in place.

A gradient may cover some rows of a weight table alone, for sparse input touches few of them in a batch.
The other rows, their moments too, stay as they are, which keeps the cost of a step in proportion to the
batch and not to the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["OPTIMIZERS", "Adam", "Momentum", "Optimizer", "adam_step", "momentum_step"]

FloatArray = npt.NDArray[np.floating[Any]]
Rows = npt.NDArray[np.integer[Any]] | slice


def momentum_step(
    gradient: FloatArray, velocity: FloatArray, learning_rate: float, momentum: float
) -> tuple[FloatArray, FloatArray]:
    """Return the step and the new velocity: both are momentum * velocity - learning_rate * gradient.

    Polyak, "Some methods of speeding up the convergence of iteration methods" (1964).
    """
    velocity = momentum * velocity - learning_rate * gradient
    return velocity, velocity


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
    "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.
    """
    mean = mean_decay * mean + (1.0 - mean_decay) * gradient
    square = square_decay * square + (1.0 - square_decay) * gradient * gradient
    rate = learning_rate * (1.0 - square_decay**steps) ** 0.5 / (1.0 - mean_decay**steps)
    return -rate * mean / (np.sqrt(square) + epsilon), mean, square


class Optimizer(Protocol):
    """What the training loop needs: ``begin`` before each batch, ``update`` for each parameter in it."""

    learning_rate: float

    def begin(self) -> None:
        """Start a batch."""

    def update(self, place: int, gradient: FloatArray, rows: Rows) -> None:
        """Move the rows of parameter number ``place`` against their gradient."""


@dataclass(slots=True)
class Momentum:
    """Stochastic gradient descent with momentum over the given parameters, which it changes in place."""

    parameters: Sequence[FloatArray]
    learning_rate: float = 0.1
    momentum: float = 0.9
    velocities: list[FloatArray] = field(init=False)

    def __post_init__(self) -> None:
        self.velocities = [np.zeros_like(parameter) for parameter in self.parameters]

    def begin(self) -> None:
        """Need nothing: the step does not depend on the count of batches."""

    def update(self, place: int, gradient: FloatArray, rows: Rows = slice(None)) -> None:
        """Move the rows of parameter number ``place`` against their gradient."""
        velocity = self.velocities[place]
        step, velocity[rows] = momentum_step(gradient, velocity[rows], self.learning_rate, self.momentum)
        self.parameters[place][rows] += step


@dataclass(slots=True)
class Adam:
    """Adam over the given parameters, which it changes in place."""

    parameters: Sequence[FloatArray]
    learning_rate: float = 0.001
    steps: int = 0
    means: list[FloatArray] = field(init=False)
    squares: list[FloatArray] = field(init=False)

    def __post_init__(self) -> None:
        self.means = [np.zeros_like(parameter) for parameter in self.parameters]
        self.squares = [np.zeros_like(parameter) for parameter in self.parameters]

    def begin(self) -> None:
        """Count the batch."""
        self.steps += 1

    def update(self, place: int, gradient: FloatArray, rows: Rows = slice(None)) -> None:
        """Move the rows of parameter number ``place`` against their gradient."""
        mean, square = self.means[place], self.squares[place]
        step, mean[rows], square[rows] = adam_step(
            gradient, mean[rows], square[rows], self.steps, learning_rate=self.learning_rate
        )
        self.parameters[place][rows] += step


OPTIMIZERS: dict[str, type[Adam] | type[Momentum]] = {"adam": Adam, "sgd": Momentum}
