"""The models, each named by the digest of its content, and the pointers to those that judge.

A model file is written once and never changed; a pointer is replaced in one step. So at every moment, after
any failure, each pointer names a whole model. Each tenant has records and a pointer of its own. The file of a
tenant's model may hold but what distinguishes it from the shared one that it was learnt on top of.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from sigmail.errors import InvalidValueError, ModelFileError
from sigmail.filter import MAX_MODEL_BYTES, SpamFilter, base_of
from sigmail_service.registry.checking import check_filter, probe
from sigmail_service.registry.places import Place
from sigmail_service.registry.records import Pointer, Record

__all__ = ["Registry", "UnknownModelError", "pointer_name"]

_DOCUMENT_BYTES = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{12,64}")


class UnknownModelError(InvalidValueError):
    """There is no model of that id."""


class Registry:
    """The registry in a place.

    Parameters
    ----------
    place
        Where its files are. Errors of the place, `PlaceError`, go through.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._seen: dict[str, tuple[object, Record]] = {}

    def add(self, spam_filter: SpamFilter, record: Record) -> Record:
        """Keep a model, with its record; a model that is there already is not written again."""
        name = _file_name(spam_filter.digest)
        data = spam_filter.to_bytes() if spam_filter.base is None else spam_filter.to_delta()
        if not self._has(spam_filter.digest):
            self.place.write(name, data)
        probes = probe(spam_filter)
        complete = replace(record, digest=spam_filter.digest, probes=probes, size=len(data))
        self.place.write(_record_name(record.tenant, record.digest), complete.to_bytes())
        return complete

    def give(self, spam_filter: SpamFilter, tenant: str) -> Record:
        """Keep a model that the operator gives; one that is known stays as it is."""
        known = self._record(_record_name(tenant, spam_filter.digest))
        if known is not None and self._has(spam_filter.digest):
            return known
        return self.add(spam_filter, Record(spam_filter.digest, tenant, moment()))

    def begin_with(self, spam_filter: SpamFilter, tenant: str, *, by_option: bool) -> None:
        """Let a given model judge, unless the pointer already follows from it.

        Parameters
        ----------
        spam_filter
            The model that the settings name, or the starter model.
        tenant
            Whose pointer.
        by_option
            Whether the operator named the model. Then another one than before takes over; a new starter
            model does so only where nothing had been learnt on top of the old one.
        """
        self.give(spam_filter, tenant)
        pointer = self.pointer(tenant)
        if pointer is not None:
            stays = pointer.base == spam_filter.digest or not (by_option or pointer.digest == pointer.base)
            if stays:
                return
        self._point(tenant, Pointer(spam_filter.digest, spam_filter.digest), pointer)

    def pointer(self, tenant: str) -> Pointer | None:
        """Return a tenant's pointer, if there is a whole one."""
        data = self.place.read(pointer_name(tenant), _DOCUMENT_BYTES)
        pointer = Pointer.of(data) if data is not None else None
        if pointer is None or not _DIGEST.fullmatch(str(pointer.digest)):
            return None
        return pointer

    def activate(self, tenant: str, identity: str, base: str | None = None) -> Record:
        """Let a model judge, after a check of its file.

        Parameters
        ----------
        tenant
            Whose pointer to set.
        identity
            12 digits or more of its digest.
        base
            What the next learning starts from; None leaves it. A model that was given is its own.

        Raises
        ------
        UnknownModelError
            If the tenant has no such model.
        ModelFileError
            If its file is damaged, or gone.
        """
        record = self.record(tenant, identity)
        self.load(record.digest, tenant, behind=True)
        before = self.pointer(tenant)
        if record.verdict == "given":
            base = record.digest
        base = base or (before.base if before else record.digest)
        self._point(tenant, Pointer(record.digest, base), before)
        return record

    def records(self, tenant: str) -> list[Record]:
        """Return the records of a tenant's models, the newest first."""
        names = self.place.names(f"records/{tenant}")
        found = [self._record(f"records/{tenant}/{name}") for name in names]
        known = [record for record in found if record is not None]
        return sorted(known, key=lambda record: (record.created, record.digest), reverse=True)

    def record(self, tenant: str, identity: str) -> Record:
        """Return the record of a model, by 12 digits of its digest or more; see `activate`."""
        if _ID.fullmatch(identity):
            for name in self.place.names(f"records/{tenant}"):
                if name.startswith(identity):
                    record = self._record(f"records/{tenant}/{name}")
                    if record is not None:
                        return record
        raise UnknownModelError(f"there is no model {identity[:64]!r}; `sigmail models list` shows them")

    def remove(self, tenant: str, digest: str) -> bool:
        """Remove a model and its record, unless it judges for anybody, or what judges is made on it."""
        for name in self.place.names("current"):
            pointer = self.pointer(name.removesuffix(".json"))
            if pointer is not None and digest in {pointer.digest, pointer.base}:
                return False
        self.place.delete(_record_name(tenant, digest))
        self.place.delete(_file_name(digest))
        return True

    def load(self, digest: str, tenant: str, *, behind: bool = False) -> SpamFilter:
        """Return the checked filter of a model, in its own memory; `ModelFileError` if it may not judge.

        `behind` is as for `SpamFilter.load`.
        """
        spam_filter = self._open(digest, behind=behind)
        check_filter(spam_filter, digest, self.probes(digest, tenant))
        return spam_filter

    def read_file(self, digest: str) -> bytes:
        """Return the bytes of a model file, unchecked."""
        data = self.place.read(_file_name(digest), MAX_MODEL_BYTES)
        if data is None:
            raise ModelFileError(f"the file of model {digest[:12]} is gone")
        return data

    def probes(self, digest: str, tenant: str) -> list[float]:
        """Return what a model said of the built-in messages when it came in, if that is known."""
        record = self._record(_record_name(tenant, digest))
        return record.probes if record is not None else []

    def _has(self, digest: str) -> bool:
        """Return whether the whole file of a model is there."""
        try:
            return self._open(digest, behind=False).digest == digest
        except ModelFileError:
            return False

    def _open(self, digest: str, *, behind: bool) -> SpamFilter:
        """Return the filter of a model's file and, if that needs one, of the file of its base."""
        data = self.read_file(digest)
        base = base_of(data)
        if base is None:
            return SpamFilter.from_bytes(data, behind=behind)
        whole = SpamFilter.from_bytes(self.read_file(base), behind=behind)
        return SpamFilter.from_delta(data, whole)

    def _point(self, tenant: str, pointer: Pointer, before: Pointer | None) -> None:
        complete = replace(pointer, at=moment(), before=before.digest if before else None)
        self.place.write(pointer_name(tenant), complete.to_bytes())

    def _record(self, name: str) -> Record | None:
        stamp = self.place.stamp(name)
        seen = self._seen.get(name)
        if seen is not None and seen[0] == stamp:
            return seen[1]
        data = self.place.read(name, _DOCUMENT_BYTES)
        record = Record.of(data) if data is not None else None
        if record is not None:
            self._seen[name] = (stamp, record)
        return record


def pointer_name(tenant: str) -> str:
    """Return the name of the file of a tenant's pointer."""
    return f"current/{tenant}.json"


def moment() -> str:
    """Return the time as records have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _file_name(digest: str) -> str:
    return f"{digest}.sigmail"


def _record_name(tenant: str, digest: str) -> str:
    return f"records/{tenant}/{digest}.json"
