"""The layers that a network starts from."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

__all__ = ["ActivationName", "Layers", "draw_layers"]

ActivationName = Literal["sigmoid", "tanh", "relu", "identity"]
# Weights (n_in, n_out), bias (n_out,) and activation; the arrays are float32 or float64, all alike.
Layers = list[tuple[Any, Any, ActivationName]]


def draw_layers(
    widths: Sequence[int], activation: ActivationName, dtype: npt.DTypeLike, random: np.random.RandomState
) -> Layers:
    """Return the layers of a new network: hidden ones of this activation, one sigmoid unit at the end.

    Weights are uniform in ±sqrt(6 / (n_in + n_out)), biases 0: Glorot and Bengio, "Understanding the
    difficulty of training deep feedforward neural networks", AISTATS 2010, equation 16. For ReLU the bound
    is sqrt(6 / n_in): He et al., "Delving deep into rectifiers", ICCV 2015, equation 10.
    """
    layers: Layers = []
    for depth, (fan_in, fan_out) in enumerate(pairwise(widths)):
        name: ActivationName = "sigmoid" if depth == len(widths) - 2 else activation
        bound = np.sqrt(6.0 / (fan_in if name == "relu" else fan_in + fan_out))
        weights = random.uniform(-bound, bound, (fan_in, fan_out)).astype(dtype)
        layers.append((weights, np.zeros(fan_out, dtype), name))
    return layers
