"""On-line evaluation: each message is judged, then learnt, in the order in which mail came."""

from __future__ import annotations

import dataclasses
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sigmail.evaluation.checks import Flags
from sigmail.evaluation.misclassification import one_minus_auc_percent, spam_missed_at_ham_loss

__all__ = ["OnlineLearner", "Scored", "learn_on_line", "stages"]

STAGES = 10


class OnlineLearner(Protocol):
    """What can be judged on-line; a :class:`~sigmail.SpamFilter` is one."""

    def probabilities(self, messages: list[Any]) -> Any:
        """Return P(spam) of each message."""

    def learn(self, message: Any, label: Any) -> None:
        """Learn one message."""


@dataclasses.dataclass(frozen=True, slots=True)
class Scored:
    """What each message was, and the probability that it got; shapes (n,)."""

    labels: Flags
    scores: NDArray[np.floating[Any]]


def learn_on_line(
    learner: OnlineLearner,
    messages: Iterable[tuple[Any, str]],
    on_score: Callable[[int, float], None] = lambda _count, _score: None,
) -> Scored:
    """Judge each message by what came before it, then learn it, as the TREC spam track did.

    Cormack and Lynam, "TREC 2005 Spam Track Overview": ideal feedback, at once. Memory holds 9 bytes a
    message; the messages themselves are let go.

    Parameters
    ----------
    messages : pairs of a message and its label, "spam" or "ham", in their order
    on_score : called after each message with the count so far and the probability that it got
    """
    labels, scores = bytearray(), array("d")
    for message, label in messages:
        score = float(learner.probabilities([message])[0])
        learner.learn(message, label)
        labels.append(label == "spam")
        scores.append(score)
        on_score(len(scores), score)
    return Scored(np.frombuffer(bytes(labels), dtype=np.bool_), np.array(scores, dtype=np.float64))


def stages(scored: Scored, count: int = STAGES) -> Iterator[dict[str, float]]:
    """Yield the figures of each of `count` stretches of the stream: how the learner comes along.

    A stretch of one class alone has no figures, and is left out.
    """
    for rows in np.array_split(np.arange(len(scored.labels)), count):
        labels, scores = scored.labels[rows], scored.scores[rows]
        if len(rows) and 0 < labels.sum() < len(rows):
            yield {
                "until": int(rows[-1]) + 1,
                "one_minus_auc_percent": one_minus_auc_percent(labels, scores),
                "spam_missed_at_ham_loss_1_percent": spam_missed_at_ham_loss(labels, scores, 0.01),
            }
