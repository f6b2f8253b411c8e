"""What was asked of the learner, and what came of it: a file for each job, beside the models."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from typing import Literal

from sigmail_service.registry.places import Place
from sigmail_service.registry.records import Document
from sigmail_service.registry.registry import moment

__all__ = ["Job", "Jobs", "State"]

State = Literal["waiting", "running", "activated", "passed", "refused", "unchanged", "failed"]
"""`activated`: the candidate judges now; `passed`: it waits for a person; `refused`: by the gate, and kept;
`unchanged`: it is the model that judges already; `failed`: there is no candidate."""

_FOLDER = "jobs"
_DOCUMENT_BYTES = 1 << 16
_KEPT = 50


@dataclass(frozen=True, slots=True)
class Job(Document):
    """One training.

    Attributes
    ----------
    id : names it; rises with time
    tenant : whose model is trained
    asked : when, in ISO 8601
    asked_by : ``request``, ``schedule`` or ``corrections``
    state : how far it is
    ended : when it ended
    model : the first 12 digits of the candidate, if there is one
    reasons : why it was refused, or failed
    """

    id: str
    tenant: str
    asked: str
    asked_by: str
    state: State = "waiting"
    ended: str | None = None
    model: str | None = None
    reasons: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.state in {"waiting", "running"}


class Jobs:
    """The jobs in the place of the models; only the last ones are kept."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def ask(self, tenant: str, asked_by: str) -> Job:
        """Ask for a training; one of this tenant that waits already stands for it."""
        for job in self.all():
            if job.tenant == tenant and job.state == "waiting":
                return job
        identity = f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(4)}"
        job = Job(identity, tenant, moment(), asked_by)
        self.put(job)
        return job

    def put(self, job: Job) -> None:
        """Write a job down."""
        self._place.write(f"{_FOLDER}/{job.id}.json", job.to_bytes())

    def get(self, tenant: str, identity: str) -> Job | None:
        """Return a job of a tenant, or None."""
        if not identity.isalnum():
            return None
        data = self._place.read(f"{_FOLDER}/{identity}.json", _DOCUMENT_BYTES)
        job = Job.of(data) if data is not None else None
        return job if job is not None and job.tenant == tenant else None

    def all(self) -> list[Job]:
        """Return the jobs, the oldest first."""
        found = []
        for name in self._place.names(_FOLDER):
            data = self._place.read(f"{_FOLDER}/{name}", _DOCUMENT_BYTES)
            job = Job.of(data) if data is not None else None
            if job is not None:
                found.append(job)
        return found

    def end(self, job: Job, state: State, model: str | None = None, reasons: tuple[str, ...] = ()) -> Job:
        """Write down what came of a job, and forget the oldest of those that have ended.

        The last one of each tenant stays: the next is asked for by what came after it.
        """
        ended = replace(job, state=state, ended=moment(), model=model, reasons=reasons)
        self.put(ended)
        done = [one for one in self.all() if not one.is_open]
        last = {one.tenant: one.id for one in done}
        for old in done[:-_KEPT]:
            if last[old.tenant] != old.id:
                self._place.delete(f"{_FOLDER}/{old.id}.json")
        return ended
