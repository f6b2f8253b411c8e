"""When to end a training, and which of its states to keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["BestSoFar"]


@dataclass(slots=True)
class BestSoFar:
    """The lowest loss so far and the state that had it.

    Attributes
    ----------
    patience : int
        How many losses in a row may fail to be lower by more than ``tol`` before training ends.
    """

    patience: int
    tol: float = 0.0
    loss: float = float("inf")
    kept: Any = None
    losses: list[float] = field(default_factory=list)
    _reference: float = float("inf")
    _idle: int = 0

    def offer(self, loss: float, state: Callable[[], Any] = lambda: None) -> bool:
        """Take the next loss, keep ``state()`` if it is the lowest; return whether patience is at its end."""
        self.losses.append(loss)
        if loss < self.loss or self.kept is None:
            self.loss, self.kept = loss, state()
        if loss < self._reference - self.tol:
            self._reference, self._idle = loss, 0
        else:
            self._idle += 1
        return self._idle >= self.patience
