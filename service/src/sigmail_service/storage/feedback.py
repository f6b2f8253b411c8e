"""Feedback: who gives it, what it is about, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass

from sigmail.errors import SigmailError
from sigmail.filter import Message, MessageFeatures

__all__ = [
    "FeaturesErasedError",
    "FeedbackUnknownError",
    "Given",
    "Giver",
    "Judged",
    "Subject",
    "VerdictUnknownError",
]


class VerdictUnknownError(SigmailError):
    """There is no verdict of that id, not for this tenant, or it is too old."""


class FeaturesErasedError(SigmailError):
    """The verdict's features were erased with a lesson that was withdrawn."""


class FeedbackUnknownError(SigmailError):
    """There is no feedback of that id, not for this tenant, or not in the state that is asked for."""


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives feedback: the tenant, the id of the key, and whether the key is trusted."""

    tenant: str
    key_id: str
    trusted: bool


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A message with its features, which came with the feedback on it."""

    message: Message
    features: MessageFeatures
    feature_space: str


Subject = str | Judged
"""What feedback is about: the id of a verdict, or a message."""


@dataclass(frozen=True, slots=True)
class Given:
    """What came of feedback."""

    id: str
    label: str
    verdict: str | None
    held: str | None
    """Why it does not count yet: ``"needs-trust"`` or ``"burst"``; None if it counts."""
    replaced: str | None
    """The earlier feedback on the same message whose place it takes."""
    contradicts: bool
    """Whether an earlier one on the same message has the other label."""
    repeated: bool = False
    """Whether it had been given already, by a request with the same Idempotency-Key."""
