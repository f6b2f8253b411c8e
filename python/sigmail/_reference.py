"""The slow, obvious NumPy twin of every kernel: the oracle of the tests.

Everything is computed in float64, one formula a function, and nothing is optimised. A feature matrix ``X``
is dense, or has the attributes ``indptr``, ``indices``, ``data`` and ``shape`` of a CSR matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ACTIVATIONS",
    "dense",
    "logistic_loss_gradient",
    "network",
    "network_loss",
    "neuron",
    "sigmoid",
    "sigmoid_derivative",
]

Layer = tuple[Any, ...]
Array = NDArray[np.float64]


def sigmoid(x: Any) -> Array:
    """Give 1 / (1 + exp(-x)), in the form e / (1 + e) that keeps the tail."""
    x = np.asarray(x, dtype=np.float64)
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x < 0, e, 1.0) / (1.0 + e))


def sigmoid_derivative(x: Any) -> Array:
    """Give sigmoid(x) * sigmoid(-x)."""
    return np.asarray(sigmoid(x) * sigmoid(-np.asarray(x, dtype=np.float64)))


def relu(z: Array) -> Array:
    """Give max(0, z)."""
    return np.asarray(np.maximum(z, 0.0))


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "sigmoid": sigmoid,
    "tanh": lambda z: np.asarray(np.tanh(z)),
    "relu": relu,
    "identity": lambda z: z,
}
"""The value of each activation; their slopes are checked by finite differences."""


def dense(X: Any) -> Array:
    """Write a CSR matrix out; repeated entries add up, and missing data counts as ones."""
    if not hasattr(X, "indptr"):
        return np.asarray(X, dtype=np.float64)
    result = np.zeros(X.shape)
    for row in range(X.shape[0]):
        for position in range(X.indptr[row], X.indptr[row + 1]):
            value = 1.0 if X.data is None else X.data[position]
            result[row, X.indices[position]] += value
    return result


def neuron(X: Any, weights: Any, bias: float = 0.0) -> Array:
    """Give sigmoid(X @ weights + bias)."""
    return sigmoid(dense(X) @ np.asarray(weights, dtype=np.float64) + bias)


def network(X: Any, layers: Sequence[Layer]) -> Array:
    """Give the values of the last layer; a layer is (W, b) or (W, b, activation)."""
    values = dense(X)
    for weights, bias, *name in layers:
        sums = values @ np.asarray(weights, dtype=np.float64) + np.asarray(bias, dtype=np.float64)
        values = ACTIVATIONS[name[0] if name else "sigmoid"](sums)
    return values


def log_loss(z: Array, y: Any, sample_weight: Any = None) -> float:
    """Give the weighted mean of log(1 + exp(z)) - y * z."""
    losses = np.logaddexp(0.0, z) - np.asarray(y, dtype=np.float64) * z
    return float(np.average(losses, weights=sample_weight))


def logistic_loss_gradient(
    X: Any, y: Any, weights: Any, bias: float, sample_weight: Any = None
) -> tuple[float, Array, float]:
    """Give the weighted mean logistic loss of a neuron, and its derivatives by the weights and the bias."""
    X = dense(X)
    z = X @ np.asarray(weights, dtype=np.float64) + bias
    shares = np.ones(len(z)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    slopes = shares / shares.sum() * (sigmoid(z) - np.asarray(y, dtype=np.float64))
    return log_loss(z, y, sample_weight), np.asarray(slopes @ X), float(slopes.sum())


def network_loss(X: Any, y: Any, layers: Sequence[Layer], sample_weight: Any = None) -> float:
    """Give the weighted mean log-loss of a network whose last layer is one sigmoid neuron."""
    weights, bias, *_ = layers[-1]
    before_last = network(X, layers[:-1])
    z = (before_last @ np.asarray(weights, dtype=np.float64) + np.asarray(bias, dtype=np.float64))[:, 0]
    return log_loss(z, y, sample_weight)
