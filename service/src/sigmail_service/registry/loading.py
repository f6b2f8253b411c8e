"""Filters from the files of the registry, by way of copies that nobody else knows.

The workers map the copies, in the server's own folder, and so share their pages; damage to the registry's
files, even cutting one short, cannot reach a model that judges. Of a tenant's model only what distinguishes
it from its base is read into memory; the base is mapped once, for all tenants that share it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
from collections import OrderedDict
from pathlib import Path

from sigmail.errors import ModelFileError
from sigmail.filter import SpamFilter, base_of
from sigmail_service.keys import SHARED
from sigmail_service.registry.checking import check_filter
from sigmail_service.registry.registry import Registry

__all__ = ["COPIES_VARIABLE", "Loader"]

# `sigmail serve` names the folder of the copies to its workers in this variable.
COPIES_VARIABLE = "SIGMAIL_INTERNAL_MODELS"

# The whole models used last stay loaded: to switch back to one, or to share it, takes no time.
_KEPT = 4
# More copies than that are of models that judged long ago, and of which nobody needs the name any more.
_COPIES = 16


class Loader:
    """Loads and checks models for one worker; for many threads.

    Parameters
    ----------
    registry
        Where the files are.
    given
        The filter of the settings, which is not loaded again.
    """

    def __init__(self, registry: Registry, given: SpamFilter) -> None:
        self._registry = registry
        self._given = given
        copies = os.environ.get(COPIES_VARIABLE)
        self._copies = Path(copies) if copies else None
        self._kept: OrderedDict[str, SpamFilter] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, digest: str, tenant: str, *, behind: bool = False) -> SpamFilter:
        """Return the checked filter of a model.

        Parameters
        ----------
        digest
            Its name.
        tenant
            Whose record says how it judged the built-in messages.
        behind
            Whether it is checked with a small claim to the processor.

        Raises
        ------
        SigmailError, OSError
            If it may not judge, or cannot be read now.
        """
        if digest == self._given.digest:
            return self._given
        with self._lock:
            known = self._kept.get(digest)
            if known is not None:
                self._kept.move_to_end(digest)
                return known
        spam_filter = self._open(digest, behind=behind)
        check_filter(spam_filter, digest, self._registry.probes(digest, tenant))
        if spam_filter.base is None:
            with self._lock:
                self._kept[digest] = spam_filter
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return spam_filter

    def _open(self, digest: str, *, behind: bool) -> SpamFilter:
        copy = self._copies / f"{digest}.sigmail" if self._copies else None
        if copy is not None:
            # Another worker may remove it meanwhile; then it is made again.
            with contextlib.suppress(ModelFileError):
                if copy.exists():
                    return SpamFilter.load(copy, behind=behind)
        data = self._registry.read_file(digest)
        base = base_of(data)
        if base is not None:
            return SpamFilter.from_delta(data, self.load(base, SHARED, behind=behind))
        if copy is None:
            return SpamFilter.from_bytes(data, behind=behind)
        temporary = copy.with_name(f".{digest}.{secrets.token_hex(4)}")
        temporary.write_bytes(data)
        try:
            # It is mapped under a name that nobody else removes, and gets its own if it is whole.
            spam_filter = SpamFilter.load(temporary, behind=behind)
            if spam_filter.digest == digest:
                temporary.replace(copy)
        finally:
            temporary.unlink(missing_ok=True)
        self._remove_old(copy.parent)
        return spam_filter

    def _remove_old(self, folder: Path) -> None:
        """Remove the oldest copies; those who have them mapped keep what they have."""
        with contextlib.suppress(OSError):
            copies = sorted(folder.glob("*.sigmail"), key=lambda path: path.stat().st_mtime_ns)
            for copy in copies[:-_COPIES]:
                copy.unlink(missing_ok=True)
