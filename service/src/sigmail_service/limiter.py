"""Token buckets that all worker processes share: so many messages a second for each caller, with a burst."""

from __future__ import annotations

import hashlib
import math
import mmap
import struct
import time
from pathlib import Path
from typing import cast

__all__ = ["TokenBuckets", "whole_seconds"]

# A bucket is a pair of doubles: the tokens in it, and the time of the last change.
_BUCKET = struct.Struct("=dd")
_KEY_BYTES = 16


class TokenBuckets:
    """Buckets in a file that every worker maps into its memory.

    A caller's bucket is found by a keyed hash: the file never grows, and nobody can aim at another's bucket.
    Two callers share one with a chance of 1 in 65,536. Workers do not lock: two that change a bucket in the
    same microsecond may count one message instead of two, which a rate limit can bear.

    Parameters
    ----------
    path
        The file; `create` makes it.
    rate
        Tokens that a bucket gains a second, above 0.
    burst
        Tokens that a bucket holds at most, 1 or more.
    """

    SLOTS = 65_536

    def __init__(self, path: Path, rate: float, burst: float) -> None:
        with path.open("r+b") as file:
            self._key = file.read(_KEY_BYTES)
            self._table = mmap.mmap(file.fileno(), 0)
        self._rate = rate
        self._burst = burst

    @classmethod
    def create(cls, path: Path, key: bytes) -> None:
        """Write the file with all buckets full; `key` is 16 secret bytes."""
        path.write_bytes(key + bytes(cls.SLOTS * _BUCKET.size))

    def take(self, caller: str, cost: float = 1.0, now: float | None = None) -> float:
        """Take `cost` tokens from a caller's bucket if it is not empty; a large cost leaves it in debt.

        Returns
        -------
        float
            0 if the tokens were taken; else nothing was, and it is the seconds until the bucket has one.
        """
        now = time.monotonic() if now is None else now
        offset = self._offset(caller)
        tokens, changed = cast("tuple[float, float]", _BUCKET.unpack_from(self._table, offset))
        if changed == 0.0:  # A bucket that nobody used is full.
            tokens = self._burst
        else:
            tokens = min(self._burst, tokens + max(0.0, now - changed) * self._rate)
        if tokens < 1.0:
            return (1.0 - tokens) / self._rate
        _BUCKET.pack_into(self._table, offset, tokens - cost, now)
        return 0.0

    def _offset(self, caller: str) -> int:
        digest = hashlib.blake2b(caller.encode(), digest_size=4, key=self._key).digest()
        return _KEY_BYTES + int.from_bytes(digest, "little") % self.SLOTS * _BUCKET.size


def whole_seconds(wait: float) -> str:
    """Return a wait as the header Retry-After has it: whole seconds, 1 or more."""
    return str(max(1, math.ceil(wait)))
