"""What a filter says of a message, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from sigmail import _core
from sigmail.errors import InvalidTypeError

if TYPE_CHECKING:  # To judge a message takes no array, and a server that does nothing else is smaller.
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Explanation", "Label", "MessageFeatures", "Passage", "Reason", "Verdict"]

Label = Literal["spam", "unsure", "ham"]


class Reason(NamedTuple):
    """What one word adds to the calibrated logit."""

    # A tuple, since ten frozen data classes take longer to make than a message to be judged.
    token: str
    """A word, a pair of words, or a phrase that names a property of the whole message."""
    field: str
    """Where it stands: ``subject``, ``body``, ``link`` or ``shape``."""
    weight: float
    """Above 0 it speaks for spam, below 0 for ham."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the filter says of a message."""

    label: Label
    probability: float
    """The calibrated probability of spam, in [0, 1]."""
    reasons: tuple[Reason, ...] = ()
    """The strongest reasons first; empty unless they were asked for."""
    truncated: bool = False
    """Whether the message was over a cap, so that a part of it went unread."""


@dataclass(frozen=True, slots=True)
class MessageFeatures:
    """The hashed features of a message, which its verdict was summed from: what a lesson needs of it.

    Raises
    ------
    InvalidValueError
        When they are read, if the bytes are damaged or of another version of their form.
    """

    data: bytes
    """The features as bytes, some 18 bits each; the same features give the same bytes."""

    @classmethod
    def of(cls, slots: NDArray[np.uint32], values: NDArray[np.float32]) -> MessageFeatures:
        """Return the features of these slots and values, shape (n,) each.

        Raises
        ------
        InvalidTypeError
            If they are not uint32 and float32.
        InvalidValueError
            If there are not as many values as slots.
        """
        if slots.dtype != "uint32" or values.dtype != "float32":
            raise InvalidTypeError(
                f"slots and values must be uint32 and float32, got {slots.dtype} and {values.dtype}"
            )
        return cls(_core.pack_features(slots, values))

    @property
    def slots(self) -> NDArray[np.uint32]:
        """Columns of the feature table, each once, shape (n,), in the order in which they are summed."""
        return _core.unpack_features(self.data)[0]

    @property
    def values(self) -> NDArray[np.float32]:
        """The value of each, shape (n,)."""
        return _core.unpack_features(self.data)[1]

    @property
    def min_hash(self) -> bytes:
        """The same for messages that are nearly alike, probably: 12 bytes, or none if there are no features.

        The least of three permutations of the slots (MinHash; Broder, 1997): messages whose features overlap
        by a share J (Jaccard) have the same with a probability of J^3, 0.73 for 0.9 but 0.008 for 0.2, as two
        mails of one mailing list overlap.
        """
        return _core.min_hash_of_features(self.data)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A verdict with its sum written out: ``bias`` and all weights add up to ``logit``."""

    verdict: Verdict
    bias: float
    logit: float
    """The calibrated logit: its sigmoid is the verdict's probability."""
    reasons: tuple[Reason, ...]
    """All of them, the strongest first."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of what the filter reads of a message, as :attr:`Reason.field` names its place."""

    field: str
    text: str
    """Decoded, and without the markup of HTML."""
