"""The worst mistakes, for a person to look at: often it is the label that is wrong."""

from __future__ import annotations

import heapq
from dataclasses import asdict, dataclass
from typing import Any

from sigmail.errors import InvalidValueError

__all__ = ["Mistake", "WorstMistakes"]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A message that the filter was sure about, and wrong."""

    source: str
    label: str
    probability: float

    @property
    def error(self) -> float:
        """How far the probability is from the label, above 0.5."""
        return 1.0 - self.probability if self.label == "spam" else self.probability

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)


class WorstMistakes:
    """Keeps the worst `count` mistakes of any number of messages.

    >>> worst = WorstMistakes(1)
    >>> worst.offer("a", "ham", 0.9)
    >>> worst.offer("b", "spam", 0.01)
    >>> [mistake.source for mistake in worst.listed()]
    ['b']
    """

    def __init__(self, count: int) -> None:
        if count < 0:
            raise InvalidValueError(f"the count of mistakes must be 0 or more, got {count}")
        self._count = count
        self._seen = 0
        self._heap: list[tuple[float, int, Mistake]] = []

    def offer(self, source: str, label: str, probability: float) -> None:
        """Take in one message; keep it if it is a mistake, and among the worst."""
        self._seen += 1
        mistake = Mistake(source, label, probability)
        if mistake.error <= 0.5 or self._count == 0:
            return
        entry = (mistake.error, -self._seen, mistake)  # Of equal ones the first stays.
        if len(self._heap) < self._count:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heappushpop(self._heap, entry)

    def listed(self) -> list[Mistake]:
        """Return them, the worst first."""
        return [mistake for _, _, mistake in sorted(self._heap, key=lambda entry: (-entry[0], -entry[1]))]
