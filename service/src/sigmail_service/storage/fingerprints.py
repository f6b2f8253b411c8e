"""Names for messages by their features: the same for the same ones, or for those that are nearly alike."""

from __future__ import annotations

import hashlib

from sigmail.filter import MessageFeatures

__all__ = ["fingerprint", "likeness"]


def fingerprint(feature_space: str, packed: bytes) -> str:
    """Return a name for a message as the models of a feature space see it: 32 hexadecimal digits."""
    return hashlib.blake2b(packed, digest_size=16, key=feature_space.encode()[:64]).hexdigest()


def likeness(packed: bytes) -> int:
    """Return a number that messages with nearly the same features probably share; it is 0 or more.

    It comes from `MessageFeatures.min_hash`, and is 0 for a message without features.
    """
    least = MessageFeatures(packed).min_hash
    if not least:
        return 0
    return int.from_bytes(hashlib.blake2b(least, digest_size=8).digest(), "little") >> 1
