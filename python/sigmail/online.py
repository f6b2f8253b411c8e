"""A neuron that learns a stream message by message, with steps of its own size for each weight."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from sigmail import _core
from sigmail.filter import Message, SpamFilter, is_spam
from sigmail.recipe import Recipe
from sigmail.training import new_filter

__all__ = ["STEPS", "OnlineNeuron"]

FloatArray = npt.NDArray[np.float64]

STEPS = ((0.1, 0.8), (1.0, 0.5), (3.0, 0.5), (10.0, 0.5))
"""The learning rate of each neuron, and the power of the squared gradients by which its steps shorten.

Short steps err least while both kinds of mail come mixed; after long ones, the first messages of a kind that
had not come for long teach what the next are. The mean of all is nearly as good as the best of them on either
stream."""

SMOOTHING = 0.01
"""The root of the squared gradients that each weight starts from: about a third of one value of a message, so
that the first lesson moves rare and frequent features alike."""


class OnlineNeuron:
    """The mean of four logistic neurons, each taught by steps that shorten as a weight learns.

    A weight moves by rate * gradient / (sum of its squared gradients) ** power: the weight of a feature that
    was seen often stays, and a new word is learnt at once. With a power of one half this is AdaGrad (Duchi,
    Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization", JMLR 12,
    2011). P(spam) is the mean of the neurons' probabilities, so that one which is sure is heard. No
    message is kept.

    Parameters
    ----------
    recipe
        What features are read.
    seed
        Fixes the hash key.
    """

    def __init__(self, *, recipe: Recipe | None = None, seed: int | None = None) -> None:
        self._blank = new_filter(recipe=recipe, seed=seed)
        width = len(self._blank.core.layers()[0][0])
        self._weights = np.zeros((len(STEPS), width))
        self._squares = np.full((len(STEPS), width), SMOOTHING**2)

    @property
    def thresholds(self) -> tuple[float, float]:
        """``(ham_below, spam_from)``, wide, since nothing was held out to choose them by."""
        return self._blank.thresholds

    @property
    def identity(self) -> str:
        """The name of what it began as: a filter that has learnt nothing."""
        return self._blank.identity

    def probabilities(self, messages: Iterable[Message]) -> FloatArray:
        """Return P(spam) of each message, shape (n_messages,); one half before the first lesson."""
        found = self._blank.classify_many_with_features(messages)
        logits = [self._logits(one.slots, one.values.astype(np.float64)) for _, one in found]
        probabilities = _core.sigmoid(np.array(logits, dtype=np.float64).reshape(-1, len(STEPS)))
        return np.asarray(probabilities.mean(axis=1))

    def learn(self, message: Message, label: object) -> None:
        """Learn one message, ``"spam"`` or ``"ham"``: each neuron by its own error."""
        target = float(is_spam(label))
        _, features = self._blank.classify_with_features(message)
        slots, values = features.slots, features.values.astype(np.float64)
        errors = _core.sigmoid(self._logits(slots, values)) - target
        for step, error, weights, squares in zip(STEPS, errors, self._weights, self._squares, strict=True):
            rate, power = step
            gradient = error * values
            squares[slots] += gradient * gradient
            weights[slots] -= rate * gradient / squares[slots] ** power

    def filter(self) -> SpamFilter:
        """Return a filter of one neuron with the mean of the weights: it ranks nearly as this does.

        Its probabilities are not calibrated, and its thresholds are wide.
        """
        weights = self._weights.mean(axis=0).astype(np.float32)[:, np.newaxis]
        model = self._blank.core
        layers: Any = [(weights, np.zeros(1, dtype=np.float32), "sigmoid")]
        return SpamFilter(
            _core.Model.build(model.specification, model.hash_key, layers, (1.0, 0.0), self.thresholds, "{}")
        )

    def _logits(self, slots: npt.NDArray[np.uint32], values: FloatArray) -> FloatArray:
        """Return the logit of each neuron, shape (n_neurons,)."""
        return np.asarray((self._weights[:, slots] * values).sum(axis=1))
