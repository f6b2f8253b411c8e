"""Times and ids."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

__all__ = [
    "datetime_of",
    "microseconds_of",
    "microseconds_of_id",
    "milliseconds",
    "new_id",
    "now",
    "random_of_ids",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANDOM_BYTES = 10
_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_RANDOM_MASK = ~(0xF << 76 | 0b11 << 62)


def new_id() -> str:
    """Return a UUID of version 7 (RFC 9562) in 32 hexadecimal digits: milliseconds, then 74 random bits."""
    random = int.from_bytes(os.urandom(_RANDOM_BYTES), "big")
    return f"{milliseconds() << 80 | _VERSION | _VARIANT | random & _RANDOM_MASK:032x}"


def random_of_ids(count: int) -> bytes:
    """Return what is random in so many ids, for those that the core makes."""
    return os.urandom(_RANDOM_BYTES * count)


def milliseconds() -> int:
    """Return the time in milliseconds since 1970, as ids have it."""
    return time.time_ns() // 1_000_000


def microseconds_of_id(identity: str) -> int:
    """Return when an id was made, in microseconds since 1970; 0 for what is none."""
    try:
        return int(identity[:12], 16) * 1000
    except ValueError:
        return 0


def now() -> int:
    """Return the time in microseconds since 1970."""
    return time.time_ns() // 1000


def microseconds_of(moment: datetime) -> int:
    """Return a moment, which must have a time zone, in microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def datetime_of(microseconds: int) -> datetime:
    """Return the moment of microseconds since 1970, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)
