"""The scores that a version of the model gives without the service, as many versions as have answered."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from sigmail.filter import Message, SpamFilter, Verdict

__all__ = ["Offline"]

_TOLERANCE = 1e-9
# Messages come again, and the client has less time than the service.
_VERDICTS = 20_000


@lru_cache(_VERDICTS)
def _verdict(spam_filter: SpamFilter, message: Message) -> Verdict:
    return spam_filter.classify(message)


class Offline:
    """Judges samples again.

    Parameters
    ----------
    paths
        Model files, or folders that are searched for them whenever an unknown version answers. The starter
        model is known anyway.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = list(paths)
        starter = SpamFilter.default()
        self._filters: dict[str, SpamFilter] = {starter.identity: starter}

    def fault_of(self, message: Message, version: str, probability: float, label: str) -> str | None:
        """Return how an answer differs from what its version says of the message, or None.

        A version whose file cannot be found is a fault too: its answers would go unchecked.
        """
        spam_filter = self._filter_of(version)
        if spam_filter is None:
            return f"there is no model file of version {version}: name it with --model-files"
        verdict = _verdict(spam_filter, message)
        if abs(verdict.probability - probability) > _TOLERANCE:
            return f"probability {probability}, but {verdict.probability} by version {version} off line"
        return None if verdict.label == label else f"label {label}, but {verdict.label} off line"

    def _filter_of(self, version: str) -> SpamFilter | None:
        if version not in self._filters:
            for path in self._files():
                spam_filter = SpamFilter.load(path)
                self._filters[spam_filter.identity] = spam_filter
        return self._filters.get(version)

    def _files(self) -> Iterable[Path]:
        for path in self._paths:
            yield from sorted(path.rglob("*.sigmail")) if path.is_dir() else [path]
