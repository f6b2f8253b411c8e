"""Losses, activations and penalties: small pure functions, each value beside its derivative.

These are the slow and obvious NumPy twins of the kernels in :mod:`sigmail._core`. The estimators train on
the kernels; the tests hold the kernels to the functions here, and these to finite differences.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "elastic_net",
    "logistic_loss",
    "logistic_loss_derivative",
    "logistic_loss_gradient",
    "network_loss_gradient",
    "sigmoid",
    "sigmoid_derivative",
]

FloatArray = npt.NDArray[np.floating[Any]]
Layer = tuple[FloatArray, FloatArray, str]


def sigmoid(logits: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-z)); ``exp`` sees -|z| alone, so it cannot overflow and the tail is kept."""
    exponential = np.exp(-np.abs(logits))
    return np.where(logits >= 0, 1.0, exponential) / (1.0 + exponential)


def sigmoid_derivative(output: FloatArray) -> FloatArray:
    """Return d sigmoid / dz from the sigmoid's output s: s (1 - s)."""
    return output * (1.0 - output)


def tanh_derivative(output: FloatArray) -> FloatArray:
    """Return d tanh / dz from the output t: 1 - t²."""
    return 1.0 - output * output


def relu(logits: FloatArray) -> FloatArray:
    """Return max(z, 0)."""
    return np.maximum(logits, 0.0)


def relu_derivative(output: FloatArray) -> FloatArray:
    """Return the derivative of max(z, 0) from its output; at the kink the derivative is taken as 0."""
    return (output > 0).astype(output.dtype)


class Activation(NamedTuple):
    """An activation and its derivative, the latter as a function of the activation's output."""

    value: Callable[[FloatArray], FloatArray]
    derivative: Callable[[FloatArray], FloatArray]


ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": Activation(sigmoid, sigmoid_derivative),
    "tanh": Activation(np.tanh, tanh_derivative),
    "relu": Activation(relu, relu_derivative),
    "identity": Activation(lambda logits: logits, np.ones_like),
}


def logistic_loss(logits: FloatArray, labels: FloatArray) -> FloatArray:
    """Return -log P(label) of each row, in nats; labels are 0 or 1.

    With z the logit and t = -z for a label 1, t = z for a label 0, it is log(1 + exp(t)), written as
    max(t, 0) + log1p(exp(-|t|)), which neither overflows nor loses a small loss.
    """
    margins = np.where(labels > 0.5, -logits, logits)
    return np.maximum(margins, 0.0) + np.log1p(np.exp(-np.abs(margins)))


def logistic_loss_derivative(logits: FloatArray, labels: FloatArray) -> FloatArray:
    """Return d loss / d logit of each row: sigmoid(z) - label."""
    return sigmoid(logits) - labels


def logistic_loss_gradient(
    X: Any, y: FloatArray, weights: FloatArray, bias: float, sample_weight: FloatArray | None = None
) -> tuple[float, FloatArray, float]:
    """Return the mean logistic loss of a neuron and its gradient.

    Parameters
    ----------
    X : (n, n_features) ndarray or CSR array
    y : (n,) labels, 0 or 1
    weights : (n_features,); bias : float
    sample_weight : (n,) of values >= 0 with a positive sum; all ones by default

    Returns
    -------
    loss : sum(s * loss) / sum(s), without any penalty
    gradient_weights : (n_features,)
    gradient_bias : float
    """
    logits = X @ weights + bias
    shares = _shares(y, sample_weight)
    errors = shares * logistic_loss_derivative(logits, y)
    return float(shares @ logistic_loss(logits, y)), X.T @ errors, float(errors.sum())


def network_loss_gradient(
    X: Any, y: FloatArray, layers: Sequence[Layer], sample_weight: FloatArray | None = None
) -> tuple[float, list[tuple[FloatArray, FloatArray]]]:
    """Return the mean logistic loss of a layered network and its gradient, by backpropagation.

    ``layers`` is a list of (W, b, activation), W of shape (n_in, n_out); the last is one sigmoid unit.
    The gradient is a list of (dW, db) in the same order. See Rumelhart, Hinton and Williams, "Learning
    representations by back-propagating errors", Nature 323 (1986).
    """
    outputs = [X]
    for weights, bias, activation in layers[:-1]:
        outputs.append(ACTIVATIONS[activation].value(outputs[-1] @ weights + bias))
    last_weights, last_bias, _ = layers[-1]
    logits = (outputs[-1] @ last_weights + last_bias)[:, 0]
    shares = _shares(y, sample_weight)
    errors = (shares * logistic_loss_derivative(logits, y))[:, np.newaxis]
    gradients = [(outputs[-1].T @ errors, errors.sum(axis=0))]
    for depth in range(len(layers) - 1, 0, -1):
        derivative = ACTIVATIONS[layers[depth - 1][2]].derivative(outputs[depth])
        errors = (errors @ layers[depth][0].T) * derivative
        gradients.append((outputs[depth - 1].T @ errors, errors.sum(axis=0)))
    return float(shares @ logistic_loss(logits, y)), gradients[::-1]


def elastic_net(weights: FloatArray, l1: float, l2: float) -> tuple[float, FloatArray]:
    """Return l1 * sum|w| + l2 / 2 * sum w² and its gradient (at w = 0 the subgradient 0 of |w|)."""
    value = l1 * float(np.abs(weights).sum()) + 0.5 * l2 * float(weights @ weights)
    return value, l1 * np.sign(weights) + l2 * weights


def _shares(y: FloatArray, sample_weight: FloatArray | None) -> FloatArray:
    """Return each row's share of the mean: its weight over the sum of the weights."""
    if sample_weight is None:
        return np.full(len(y), 1.0 / len(y))
    return sample_weight / sample_weight.sum()
