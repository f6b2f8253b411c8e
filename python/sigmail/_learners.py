"""The two classifiers as learners of bundles: they see a part of the rows at a time, and again in each pass.

Each learner has its own random numbers, so what it becomes does not hang on the threads that run beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from sigmail import _core
from sigmail._initial_layers import Layers, draw_layers
from sigmail.errors import InvalidValueError
from sigmail.logistic import LogisticClassifier
from sigmail.network import NeuralNetworkClassifier

__all__ = ["Columns", "Learner", "NetworkLearner", "NeuronLearner", "learner_of"]

FloatArray = npt.NDArray[np.floating[Any]]
Rows = npt.NDArray[np.int64]

TARGET_GAP = 1e-3
"""A neuron is done when its objective is within this share of the least there is, or nearer: a pass measures
the gap of each row before it moves, which is more than is left at its end."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The weights that a neuron starts from, and the scale of each column, both (width,).

    The offset is the logit of a row without a column. It is added while the neuron learns and not after,
    since calibration finds it again.
    """

    start: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]
    offset: float = 0.0

    def scaled(self, X: Any) -> Any:
        """Return rows of CSR with their columns multiplied by the scale."""
        values = X.data * self.scale.astype(X.dtype)[X.indices]
        return type(X)((values, X.indices, X.indptr), shape=X.shape)


class Learner(Protocol):
    """What learns bundles of shards."""

    loss: float
    """The mean loss of the rows of the last whole pass, each before it was learnt."""
    passes: int

    def learn(self, rows: Rows, examples: _core.Examples, chosen: Rows) -> None:
        """Learn the chosen of the examples, in an order of its own; ``rows`` are their numbers among all."""

    def end_pass(self) -> bool:
        """Close a pass; return whether it was the last."""

    def share_done(self, share_of_pass: float) -> float:
        """Return how much of the training is done, with that share of a pass behind the last whole one."""

    def logits(self, X: Any) -> FloatArray:
        """Return the logit of each row of CSR."""

    def layers(self) -> Layers:
        """Return the weights as a model holds them."""


class NeuronLearner:
    """Dual coordinate descent on one bundle after the other.

    Yu, Hsieh, Chang and Lin, "Large linear classification when data cannot fit in memory", KDD 2010. A
    coordinate a row and the weights are all that stays in memory. The optimum is that of
    ``LogisticClassifier(solver="dual", fit_intercept=False)``; a pass measures its distance, the gap between
    primal and dual objective, on the way. Columns may have a scale, by which the given rows are multiplied
    already: the penalty is then on the weights over it. With weights to start from, it is on what is moved.
    """

    def __init__(
        self,
        classifier: LogisticClassifier,
        shape: tuple[int, int],
        seed: int,
        columns: Columns | None = None,
    ) -> None:
        if classifier.l1_ratio > 0.0 or classifier.max_weight is not None or classifier.fit_intercept:
            raise InvalidValueError(
                "training from shards takes an L2 penalty alone, no bound and no bias: "
                f"got {classifier.get_params()}"
            )
        self.passes, self.loss = 0, float("nan")
        self._c, self._limit = float(classifier.C), int(classifier.max_iter)
        self._columns = columns or Columns(np.zeros(shape[1]), np.ones(shape[1]))
        self._start = self._columns.start / self._columns.scale
        self._coordinates, self._weights = np.zeros(shape[0]), self._start.copy()
        self._random = np.random.default_rng(seed)
        self._rows, self._loss_sum, self._gap_sum = 0, 0.0, 0.0
        self._first_gap = self._gap = 0.0

    def learn(self, rows: Rows, examples: _core.Examples, chosen: Rows) -> None:
        """Learn the chosen of the examples, in an order of its own; ``rows`` are their numbers among all."""
        order, before = self._random.permutation(chosen), self._coordinates[rows]
        # The multiplier is a bias that stays where it is, since rho is 0.
        offset = self._columns.offset
        passed = examples.dual_pass(before, self._weights, offset, 0.0, order, c=self._c, rho=0.0)
        self._coordinates[rows], self._weights, _, _, (loss, gap, _) = passed
        self._rows, self._loss_sum, self._gap_sum = (
            self._rows + len(chosen),
            self._loss_sum + loss,
            self._gap_sum + gap,
        )

    def end_pass(self) -> bool:
        """Close a pass; return whether the gap is small enough, or the limit reached."""
        self.passes += 1
        moved = self._weights - self._start
        objective = self._loss_sum + 0.5 * float(moved @ moved)
        self.loss, self._gap = self._loss_sum / (self._c * self._rows), self._gap_sum / objective
        self._first_gap = self._first_gap or self._gap
        self._rows, self._loss_sum, self._gap_sum = 0, 0.0, 0.0
        return self._gap <= TARGET_GAP or self.passes >= self._limit

    def share_done(self, share_of_pass: float) -> float:  # noqa: ARG002 - The protocol's.
        """Return how far the gap has come, on its logarithmic way from the first pass to the target."""
        if self.passes < 2 or self._gap >= self._first_gap:
            return 0.0
        way = np.log(self._first_gap / max(self._gap, TARGET_GAP)) / np.log(self._first_gap / TARGET_GAP)
        return float(max(way, self.passes / self._limit))

    def logits(self, X: Any) -> FloatArray:
        """Return the logit of each row of CSR."""
        weights = self._unscaled().astype(X.dtype)[:, np.newaxis]
        return np.asarray(_core.network(X, [(weights, np.zeros(1, X.dtype), "identity")])[:, 0])

    def layers(self) -> Layers:
        """Return the neuron."""
        return [(self._unscaled()[:, np.newaxis], np.zeros(1), "sigmoid")]

    def _unscaled(self) -> npt.NDArray[np.float64]:
        """Return the weights of rows as they are."""
        return self._weights * self._columns.scale


class NetworkLearner:
    """Mini-batches of one bundle after the other, with the optimizer of ``NeuralNetworkClassifier``."""

    def __init__(self, classifier: NeuralNetworkClassifier, shape: tuple[int, int], seed: int) -> None:
        if classifier.class_weight is not None or classifier.early_stopping:
            raise InvalidValueError("training from shards takes no class_weight and no early_stopping")
        self.passes, self.loss = 0, float("nan")
        random = np.random.RandomState(seed)
        widths = [shape[1], *classifier.hidden_layer_sizes, 1]
        self._training = _core.NetworkTraining(draw_layers(widths, classifier.activation, np.float32, random))
        self._options: dict[str, Any] = {
            "optimizer": classifier.optimizer,
            "learning_rate": classifier.learning_rate,
            "momentum": classifier.momentum,
            "batch_size": classifier.batch_size,
            "alpha": classifier.alpha,
            "dropout": classifier.input_dropout,
        }
        self._limit, self._random = int(classifier.max_iter), np.random.default_rng(seed)
        self._rows, self._loss_sum = 0, 0.0

    def learn(self, rows: Rows, examples: _core.Examples, chosen: Rows) -> None:
        """Learn the chosen of the examples, in an order of its own; ``rows`` are their numbers among all."""
        order, seed = self._random.permutation(chosen), int(self._random.integers(2**31))
        loss = self._training.learn(examples, order, **self._options, seed=seed)
        self._rows, self._loss_sum = self._rows + len(chosen), self._loss_sum + loss * len(rows)

    def end_pass(self) -> bool:
        """Close a pass; return whether it was the last."""
        self.passes += 1
        self.loss, self._rows, self._loss_sum = self._loss_sum / self._rows, 0, 0.0
        return self.passes >= self._limit

    def share_done(self, share_of_pass: float) -> float:
        """Return how many of the passes are done."""
        return min(1.0, (self.passes + share_of_pass) / self._limit)

    def logits(self, X: Any) -> FloatArray:
        """Return the logit of each row of CSR."""
        *hidden, (weights, bias, _) = self._training.layers()
        return np.asarray(_core.network(X, [*hidden, (weights, bias, "identity")])[:, 0])

    def layers(self) -> Layers:
        """Return the layers."""
        layers: Layers = self._training.layers()
        return layers


def learner_of(
    classifier: LogisticClassifier | NeuralNetworkClassifier,
    shape: tuple[int, int],
    seed: int,
    columns: Columns | None = None,
) -> NeuronLearner | NetworkLearner:
    """Return the learner that trains what this unfitted classifier would be; columns are a neuron's alone."""
    if isinstance(classifier, NeuralNetworkClassifier):
        return NetworkLearner(classifier, shape, seed)
    return NeuronLearner(classifier, shape, seed, columns)
