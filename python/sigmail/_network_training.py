"""The training loop of the network: batches, input dropout, backpropagation, sparse steps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from sigmail import _core
from sigmail._estimator import TrainingSet
from sigmail.optimizers import Optimizer

__all__ = ["Layers", "draw_layers", "mean_loss", "train_pass"]

ActivationName = Literal["sigmoid", "tanh", "relu", "identity"]
# Weights, bias and activation; the arrays are float32 or float64, all alike.
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


def train_pass(
    layers: Layers,
    optimizer: Optimizer,
    rows: TrainingSet,
    order: npt.NDArray[np.intp],
    *,
    batch_size: int,
    alpha: float,
    dropout: float,
    random: np.random.RandomState,
) -> float:
    """Learn the rows once, in batches; return their mean loss, each batch before it was learnt.

    The optimizer holds the layers' arrays as W, b, W, b, …; they change in place. In a batch, only those
    rows of the first W change whose input is other than 0 in it, by loss and by penalty: the result is the
    same for dense and for sparse input.
    """
    mean_weight = float(rows.sample_weight.mean())
    total = 0.0
    for start in range(0, len(order), batch_size):
        batch = rows.rows(order[start : start + batch_size])
        inputs = _drop_inputs(batch.X, dropout, random) if dropout > 0.0 else batch.X
        weight = float(batch.sample_weight.sum())
        loss, gradients, present = _backpropagate(layers, inputs, batch)
        total += weight * loss
        optimizer.begin()
        for depth, (by_weights, by_bias) in enumerate(gradients):
            moved = present if depth == 0 else slice(None)
            # The batch's own mean would count a row for more where its neighbours weigh little.
            share = weight / (mean_weight * len(batch))
            optimizer.update(2 * depth, share * by_weights + alpha * layers[depth][0][moved], moved)
            optimizer.update(2 * depth + 1, share * by_bias, slice(None))
    return total / float(rows.sample_weight[order].sum())


def mean_loss(layers: Layers, rows: TrainingSet) -> float:
    """Return the mean logistic loss of the network on the rows."""
    *hidden, (weights, bias, _) = layers
    logits = _core.network(rows.X, [*hidden, (weights, bias, "identity")])[:, 0]
    one = np.ones(1, logits.dtype)
    loss, _, _ = _core.logistic_loss_gradient(
        np.ascontiguousarray(logits[:, np.newaxis]), rows.y, one, 0.0, rows.sample_weight
    )
    return float(loss)


def _backpropagate(
    layers: Layers, inputs: Any, batch: TrainingSet
) -> tuple[float, Sequence[tuple[Any, Any]], npt.NDArray[np.intp]]:
    """Return a batch's loss, its gradients, and the rows of the first W that they are for."""
    present, compact = _present_inputs(inputs)
    table, bias, activation = layers[0]
    loss, gradients = _core.network_loss_gradient(
        compact, batch.y, [(table[present], bias, activation), *layers[1:]], batch.sample_weight
    )
    return float(loss), gradients, present


def _present_inputs(X: Any) -> tuple[npt.NDArray[np.intp], Any]:
    """Return the columns with a value other than 0, ascending, and X reduced to them."""
    if isinstance(X, np.ndarray):
        present = np.flatnonzero(X.any(axis=0))
        return present, X if len(present) == X.shape[1] else np.ascontiguousarray(X[:, present])
    seen = np.zeros(X.shape[1], dtype=bool)
    seen[X.indices] = True
    present = np.flatnonzero(seen)
    places = np.empty(X.shape[1], dtype=X.indices.dtype)
    places[present] = np.arange(len(present), dtype=places.dtype)
    return present, type(X)((X.data, places[X.indices], X.indptr), shape=(X.shape[0], len(present)))


def _drop_inputs(X: Any, dropout: float, random: np.random.RandomState) -> Any:
    """Return X with a share of its values set to 0 and the others enlarged to keep the expected sum.

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15 (2014).
    """
    X = X.copy()
    values = X.data if not isinstance(X, np.ndarray) else X[X != 0]
    kept = random.random_sample(len(values)) >= dropout
    values = values * kept.astype(values.dtype) / values.dtype.type(1.0 - dropout)
    if isinstance(X, np.ndarray):
        X[X != 0] = values
    else:
        X.data = values
        X.eliminate_zeros()
    return X
