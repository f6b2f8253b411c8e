"""The spam threshold of a candidate: as the base's, or higher where good mail of the canary would be lost.

Lessons of one kind move what all messages have in common, and good mail with it. Its order stays good long
after the threshold has come to lie too low. A candidate that is refused for that leaves the work to a model
that makes the same mistakes again, and the next ledger leans over even more. So the threshold is moved first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["HIGHEST_SPAM_FROM", "logit", "losses_by_chance", "spam_threshold"]

HIGHEST_SPAM_FROM = 0.999
"""Beyond it a model would call nearly nothing spam, and had better be refused."""

_DOUBT = 0.05
# Thresholds on a grid of logits: a change of the canary by a message changes the model seldom.
_STEPS = 4.0


def losses_by_chance(messages: int, share: float) -> int:
    """Return how many of as many good messages may be lost before the loss shows that it is above a share.

    The least k with P(X > k) <= 0.05 for X of the binomial distribution.
    """
    if messages == 0 or share <= 0.0:
        return 0
    if share >= 1.0:
        return messages
    beyond = 1.0
    for count in range(messages):
        beyond -= _binomial(count, messages, share)
        if beyond <= _DOUBT:
            return count
    return messages


def spam_threshold(ham_logits: Sequence[float], spam_from: float, allowed: int) -> float:
    """Return the probability from which a filter had better speak of spam.

    Parameters
    ----------
    ham_logits
        What the filter says of good mail, in calibrated logits.
    spam_from
        The least that may come out.
    allowed
        How many of the good messages may lie at it or above.

    Returns
    -------
    float
        At most `HIGHEST_SPAM_FROM`, unless `spam_from` is above; more good mail may be lost there.
    """
    if sum(one >= logit(spam_from) for one in ham_logits) <= allowed:
        return spam_from
    first_kept = sorted(ham_logits, reverse=True)[allowed]
    above = (math.floor(_STEPS * min(first_kept, 40.0)) + 1.0) / _STEPS
    return max(spam_from, min(1.0 / (1.0 + math.exp(-above)), HIGHEST_SPAM_FROM))


def logit(probability: float) -> float:
    """Return log(p / (1 - p)), infinite at 0 and 1."""
    if 0.0 < probability < 1.0:
        return math.log(probability / (1.0 - probability))
    return math.inf if probability >= 1.0 else -math.inf


def _binomial(count: int, messages: int, share: float) -> float:
    ways = math.lgamma(messages + 1) - math.lgamma(count + 1) - math.lgamma(messages - count + 1)
    return math.exp(ways + count * math.log(share) + (messages - count) * math.log1p(-share))
