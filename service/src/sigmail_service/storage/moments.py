"""Times and ids."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

__all__ = ["datetime_of", "microseconds_of", "new_id", "new_ids", "now", "seconds_of_id"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANDOM_BYTES = 10
_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_RANDOM_MASK = ~(0xF << 76 | 0b11 << 62)


def new_id() -> str:
    """Return a UUID of version 7 (RFC 9562) in 32 hexadecimal digits: milliseconds, then 74 random bits."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[str]:
    """Return so many ids as `new_id` makes them; the system is asked for what is random in them at once."""
    fixed = (time.time_ns() // 1_000_000) << 80 | _VERSION | _VARIANT
    random = os.urandom(_RANDOM_BYTES * count)
    pieces = [random[start : start + _RANDOM_BYTES] for start in range(0, len(random), _RANDOM_BYTES)]
    return [f"{fixed | int.from_bytes(piece, 'big') & _RANDOM_MASK:032x}" for piece in pieces]


def seconds_of_id(identity: str) -> float:
    """Return when an id was made, in seconds since 1970; 0 for what is none."""
    try:
        return int(identity[:12], 16) / 1000
    except ValueError:
        return 0.0


def now() -> int:
    """Return the time in microseconds since 1970."""
    return time.time_ns() // 1000


def microseconds_of(moment: datetime) -> int:
    """Return a moment, which must have a time zone, in microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def datetime_of(microseconds: int) -> datetime:
    """Return the moment of microseconds since 1970, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)
