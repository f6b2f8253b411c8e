"""A neuron that learns a stream: each message as it comes, and some of those before once more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from sigmail import _core
from sigmail.filter import Message, SpamFilter, is_spam
from sigmail.learning import best_pull
from sigmail.recipe import Recipe
from sigmail.training import new_filter

__all__ = ["OnlineNeuron"]

FloatArray = npt.NDArray[np.float64]

REPLAYS = 2
"""Messages of before that are learnt again with each new one. None lets what came long ago fade, and costs
twice the errors on SpamAssassin's mail in the order of its dates; four gain nothing more."""


class OnlineNeuron:
    """Logistic regression on all messages so far, by dual coordinate ascent, a few coordinates a message.

    Each message has a coordinate: how hard it pulls the weights. It is found anew when the message comes,
    and whenever it is drawn again. So the neuron stays near the optimum of ``Recipe.C``, where single steps
    of gradient descent forget. Every message's features stay in memory, some 10 kB each.

    Parameters
    ----------
    recipe
        What features are read, and C.
    seed
        Fixes the hash key and which messages are drawn again.
    """

    def __init__(self, *, recipe: Recipe | None = None, seed: int | None = None) -> None:
        self._recipe = recipe or Recipe()
        self._blank = new_filter(recipe=self._recipe, seed=seed)
        self._weights = np.zeros(len(self._blank.core.layers()[0][0]))
        self._random = np.random.default_rng(seed)
        self._rows: list[tuple[npt.NDArray[np.uint32], FloatArray]] = []
        self._signs: list[float] = []
        self._pulls: list[float] = []

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
        sums = [self._sum(one.slots, one.values.astype(np.float64)) for _, one in found]
        return np.asarray(_core.sigmoid(np.array(sums, dtype=np.float64)))

    def learn(self, message: Message, label: object) -> None:
        """Learn one message, ``"spam"`` or ``"ham"``, and some of those before once more."""
        _, features = self._blank.classify_with_features(message)
        self._rows.append((features.slots, features.values.astype(np.float64)))
        self._signs.append(1.0 if is_spam(label) else -1.0)
        self._pulls.append(0.0)
        last = len(self._rows) - 1
        self._fit(last)
        for row in self._random.integers(0, last + 1, REPLAYS).tolist():
            self._fit(row)

    def filter(self) -> SpamFilter:
        """Return what has been learnt so far; its probabilities are not calibrated, its thresholds wide."""
        weights = self._weights.astype(np.float32)[:, np.newaxis]
        model = self._blank.core
        layers: Any = [(weights, np.zeros(1, dtype=np.float32), "sigmoid")]
        return SpamFilter(
            _core.Model.build(model.specification, model.hash_key, layers, (1.0, 0.0), self.thresholds, "{}")
        )

    def _sum(self, slots: npt.NDArray[np.uint32], values: FloatArray) -> float:
        return float((self._weights[slots] * values).sum())

    def _fit(self, row: int) -> None:
        """Find the pull of one message that is best while all others stay."""
        slots, values = self._rows[row]
        length = float((values * values).sum())
        if length == 0.0:
            return
        sign, before = self._signs[row], self._pulls[row]
        margin = sign * self._sum(slots, values) - before * length
        after = best_pull(margin, length, self._recipe.C, before)
        self._weights[slots] += (after - before) * sign * values
        self._pulls[row] = after
