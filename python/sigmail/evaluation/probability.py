"""Figures of the probabilities themselves: whether they mean what they say."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from sigmail.evaluation.checks import checked, mid_ranks

__all__ = ["ReliabilityBin", "brier_score", "expected_calibration_error", "log_loss", "reliability_bins"]

CALIBRATION_BINS = 15


def log_loss(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the mean of -log P(true label), in nats.

    Probabilities are kept away from 0 and 1 by the machine epsilon of the dtype they come in: a float32 holds
    nothing between 1 - 6e-8 and 1, so a certain and wrong verdict costs about 16 nats and not infinity.
    """
    is_spam, scores = checked(labels, probabilities)
    given = np.asarray(probabilities).dtype
    epsilon = float(np.finfo(given if given.kind == "f" else np.float64).eps)
    clipped = np.clip(scores, epsilon, 1.0 - epsilon)
    return float(-np.mean(np.where(is_spam, np.log(clipped), np.log1p(-clipped))))


def brier_score(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the mean squared distance of probability and label, in [0, 1] (Brier 1950)."""
    is_spam, scores = checked(labels, probabilities)
    return float(np.mean(np.square(scores - is_spam)))


@dataclasses.dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Messages of like probability: how many, their mean probability, and the share that is spam."""

    count: int
    mean_probability: float
    spam_share: float

    def as_dict(self) -> dict[str, float]:
        """Return the three numbers, ready for JSON."""
        return dataclasses.asdict(self)


def reliability_bins(
    labels: ArrayLike, probabilities: ArrayLike, bins: int = CALIBRATION_BINS
) -> tuple[ReliabilityBin, ...]:
    """Return at most `bins` bins of equal mass, from the lowest probabilities to the highest.

    Equal mass, because a spam filter's probabilities crowd at 0 and 1, where bins of equal width would leave
    the middle ones all but empty (Nixon et al. 2019, "Measuring Calibration in Deep Learning"). The bin comes
    from the mid-rank, so equal probabilities are never parted and some bins may stay away.
    """
    is_spam, scores = checked(labels, probabilities)
    index = np.floor((mid_ranks(scores) - 1.0) * bins / scores.size).astype(np.intp)
    found = [index == number for number in np.unique(index)]
    return tuple(
        ReliabilityBin(int(mask.sum()), float(scores[mask].mean()), float(is_spam[mask].mean()))
        for mask in found
    )


def expected_calibration_error(
    labels: ArrayLike, probabilities: ArrayLike, bins: int = CALIBRATION_BINS
) -> float:
    """Return the mean gap of probability and spam share over the reliability bins, each by its count."""
    found = reliability_bins(labels, probabilities, bins)
    gaps = [part.count * abs(part.mean_probability - part.spam_share) for part in found]
    return sum(gaps) / sum(part.count for part in found)
