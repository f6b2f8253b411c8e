"""How many connections each worker holds, known to all, so that none takes more than its share of them."""

from __future__ import annotations

import mmap

__all__ = ["Shares"]

_BYTES_OF_A_COUNT = 4


class Shares:
    """A count for each worker, in memory that forked processes share.

    Parameters
    ----------
    workers
        How many there are.
    """

    def __init__(self, workers: int) -> None:
        self._held = memoryview(mmap.mmap(-1, _BYTES_OF_A_COUNT * workers)).cast("i")

    def tell(self, place: int, count: int) -> None:
        """Note how many connections the worker of a place holds."""
        self._held[place] = count

    def is_ahead(self, place: int) -> bool:
        """Return whether another worker holds fewer connections than that of a place."""
        return self._held[place] > min(self._held)
