"""Loss and penalty as small pure functions, the value beside its derivative.

The kernels in :mod:`sigmail._core` fuse the loss with the forward pass; what stands here serves where there
are logits already, and where a penalty joins in.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sigmail import _core

__all__ = ["elastic_net", "elastic_net_derivative", "logistic_loss", "logistic_loss_derivative"]

FloatArray = npt.NDArray[np.float64]


def logistic_loss(logits: FloatArray, targets: Any) -> FloatArray:
    """Return the cross-entropy, in nats, of probabilities sigmoid(z) to targets t in [0, 1].

    It is log(1 + exp(z)) - t z, written as max(z, 0) - t z + log1p(exp(-|z|)), which cannot overflow.
    """
    margins = np.maximum(logits, 0.0) - targets * logits
    return np.asarray(margins + np.log1p(np.exp(-np.abs(logits))))


def logistic_loss_derivative(logits: FloatArray, targets: Any) -> FloatArray:
    """Return the derivative of :func:`logistic_loss` by the logit: sigmoid(z) - t."""
    return np.asarray(_core.sigmoid(logits) - targets)


def elastic_net(weights: FloatArray, l1: float, l2: float) -> float:
    """Return l1 * sum|w| + l2 / 2 * sum w²."""
    return l1 * float(np.abs(weights).sum()) + 0.5 * l2 * float(weights @ weights)


def elastic_net_derivative(weights: FloatArray, l1: float, l2: float) -> FloatArray:
    """Return the derivative of :func:`elastic_net`; where w is 0, that of |w| is taken as 0."""
    return l1 * np.sign(weights) + l2 * weights
