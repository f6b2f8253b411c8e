"""The filters of a worker: they follow the pointers of the registry, and never wait for it.

A thread looks at the pointers; a new model is read, checked, and put in the place of the old one by a single
assignment. A model that may not judge changes nothing but a figure and a line of the log.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict

import structlog

import sigmail
from sigmail.errors import SigmailError
from sigmail.filter import SpamFilter
from sigmail_service.keys import SHARED
from sigmail_service.metrics import MODEL, MODEL_REFUSED, MODEL_SWAPS
from sigmail_service.registry.loading import Loader
from sigmail_service.registry.registry import Registry, pointer_name

__all__ = ["Filters"]

_SIMD = str(sigmail.build_info()["simd"])
# A pointer to a model that may not judge is tried again now and then: its file may still be on its way.
_LOOKS_BETWEEN_TRIALS = 10

_log = structlog.get_logger("sigmail_service")


class _Follower:
    """The filter of one tenant, and what was last seen of its pointer."""

    __slots__ = ("refused", "seen", "spam_filter")

    def __init__(self, spam_filter: SpamFilter | None) -> None:
        self.spam_filter = spam_filter
        self.seen: object = None
        self.refused = 0


class Filters:
    """The filters of a worker, by tenant.

    Parameters
    ----------
    registry
        What to follow.
    given
        The filter that judges until a pointer says otherwise.
    seconds
        How long from one look at the pointers to the next.
    most_tenants
        How many tenants' filters are kept in memory; those not used for long are let go.
    """

    def __init__(self, registry: Registry, given: SpamFilter, seconds: float, most_tenants: int) -> None:
        self.registry = registry
        self._given = given
        self._seconds = seconds
        self._most = most_tenants
        self._loader = Loader(registry, given)
        self._shared = _Follower(given)
        self._tenants: OrderedDict[str, _Follower] = OrderedDict()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        _show(given, None)
        self._look(SHARED, self._shared)

    def of(self, tenant: str) -> SpamFilter:
        """Return the filter of a tenant: its own if it has one, else the shared one."""
        if tenant != SHARED:
            own = self._follower(tenant).spam_filter
            if own is not None:
                return own
        filter_of_all = self._shared.spam_filter
        return self._given if filter_of_all is None else filter_of_all

    def follow(self) -> None:
        """Start the thread that looks at the pointers; it ends with the process."""
        threading.Thread(target=self._run, name="models", daemon=True).start()

    def look(self) -> None:
        """Look at all pointers once; new models are checked behind the threads that answer somebody."""
        with self._lock:
            followers = [(SHARED, self._shared), *self._tenants.items()]
        for tenant, follower in followers:
            self._look(tenant, follower, behind=True)

    def close(self) -> None:
        """End the thread."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(self._seconds):
            self.look()

    def _follower(self, tenant: str) -> _Follower:
        with self._lock:
            follower = self._tenants.get(tenant)
            if follower is not None:
                self._tenants.move_to_end(tenant)
                return follower
            follower = self._tenants[tenant] = _Follower(None)
            if len(self._tenants) > self._most:
                self._tenants.popitem(last=False)
        self._look(tenant, follower)
        return follower

    def _look(self, tenant: str, follower: _Follower, *, behind: bool = False) -> None:
        """Take up a pointer that has changed."""
        stamp = self.registry.place.stamp(pointer_name(tenant))
        if stamp == follower.seen:
            if follower.refused == 0:
                return
            follower.refused -= 1
            if follower.refused:
                return
        try:
            self._take_up(tenant, follower, behind=behind)
            follower.refused = 0
        except (SigmailError, OSError) as error:
            follower.refused = _LOOKS_BETWEEN_TRIALS
            if stamp != follower.seen:
                MODEL_REFUSED.inc()
                _log.error("model refused", tenant=tenant, error=str(error), worker=os.getpid())
        follower.seen = stamp

    def _take_up(self, tenant: str, follower: _Follower, *, behind: bool) -> None:
        pointer = self.registry.pointer(tenant)
        if pointer is None:
            return
        before = follower.spam_filter
        if before is not None and before.digest == pointer.digest:
            return
        follower.spam_filter = self._loader.load(pointer.digest, tenant, behind=behind)
        if tenant == SHARED:
            _show(follower.spam_filter, before)
        MODEL_SWAPS.inc()
        _log.info("model changed", tenant=tenant, model=follower.spam_filter.identity, worker=os.getpid())


def _show(spam_filter: SpamFilter, before: SpamFilter | None) -> None:
    """Put the shared model into the figures."""
    if before is not None:
        MODEL.labels(before.identity, sigmail.__version__, _SIMD).set(0)
    MODEL.labels(spam_filter.identity, sigmail.__version__, _SIMD).set(1)
