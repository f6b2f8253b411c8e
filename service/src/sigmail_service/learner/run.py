"""A job from its lessons to its end: a candidate is made, looked at, kept, and perhaps activated."""

from __future__ import annotations

import contextlib
from dataclasses import asdict, replace

from sigmail.errors import SigmailError
from sigmail.filter import SpamFilter
from sigmail_service.keys import SHARED
from sigmail_service.learner.canary import canary_features
from sigmail_service.learner.forgetting import remove_models_of_withdrawn
from sigmail_service.learner.gate import objections
from sigmail_service.learner.lessons import Lessons, lessons_of
from sigmail_service.learner.training import Candidate, make_candidate
from sigmail_service.registry.jobs import Job, Jobs
from sigmail_service.registry.records import Pointer, Record
from sigmail_service.registry.registry import Registry, moment
from sigmail_service.settings import Settings
from sigmail_service.storage.store import Storage

__all__ = ["run_job"]


def run_job(job: Job, registry: Registry, storage: Storage, settings: Settings) -> Job:
    """Do a job, and return it with its end; an error that can be foreseen is its end too."""
    jobs = Jobs(registry.place)
    jobs.put(replace(job, state="running"))
    try:
        done = _train(job, jobs, registry, storage, settings)
    except (SigmailError, OSError) as error:
        return jobs.end(job, "failed", reasons=(str(error),))
    with contextlib.suppress(SigmailError, OSError):  # The end of the next training tries again.
        remove_models_of_withdrawn(registry, storage, job.tenant)
    return done


def _train(job: Job, jobs: Jobs, registry: Registry, storage: Storage, settings: Settings) -> Job:
    pointer = registry.pointer(job.tenant)
    base = _base(registry, job.tenant, pointer)
    serving = _serving(registry, job.tenant, pointer, base)
    lessons = lessons_of(storage, job.tenant, base)
    canary = canary_features(base, job.tenant, storage, registry.place, settings.canary)
    candidate = make_candidate(
        base,
        serving,
        lessons.learnt,
        canary,
        ham_loss=settings.gate_ham_loss,
        lessons_right=settings.gate_lessons_right,
        shares_table=job.tenant != SHARED,
    )
    spam_filter = candidate.spam_filter
    against = objections(candidate.figures, settings)
    if pointer is not None and spam_filter.digest == pointer.digest:
        return jobs.end(job, "unchanged", spam_filter.identity)
    known = spam_filter.digest == base.digest and job.tenant == SHARED
    record = (
        registry.give(spam_filter, job.tenant)
        if known
        else registry.add(
            spam_filter, _record(job.tenant, candidate, lessons, (base.digest, serving.digest), against)
        )
    )
    if against:
        return jobs.end(job, "refused", record.id, against)
    if not settings.activate_passed:
        return jobs.end(job, "passed", record.id)
    now = registry.pointer(job.tenant)
    if now != pointer:  # A person has set it meanwhile, and knows better.
        return jobs.end(job, "passed", record.id, ("another model was activated while this one was trained",))
    registry.activate(job.tenant, record.digest, base=base.digest)
    return jobs.end(job, "activated", record.id)


def _base(registry: Registry, tenant: str, pointer: Pointer | None) -> SpamFilter:
    """Return what learning starts from: the given model; for a tenant, what all the others share."""
    if tenant == SHARED:
        if pointer is None:
            raise SigmailError("there is no model to learn on top of: start the service once")
        return registry.load(pointer.base, tenant)
    shared = registry.pointer(SHARED)
    if shared is None:
        raise SigmailError("there is no shared model to learn on top of: start the service once")
    return registry.load(shared.digest, SHARED)


def _serving(registry: Registry, tenant: str, pointer: Pointer | None, base: SpamFilter) -> SpamFilter:
    """Return what judges now; the base where that sees other features, and cannot be compared."""
    if pointer is None or pointer.digest == base.digest:
        return base
    serving = registry.load(pointer.digest, tenant)
    return serving if serving.feature_space == base.feature_space else base


def _record(
    tenant: str, candidate: Candidate, lessons: Lessons, parents: tuple[str, str], against: tuple[str, ...]
) -> Record:
    found = asdict(candidate.figures)
    names = {"lost_before": "lost_before", "lost_after": "lost_after", "lost_allowed": "allowed"}
    canary = {member: found.pop(name) for name, member in names.items()} | {"messages": found.pop("canary")}
    return Record(
        digest=candidate.spam_filter.digest,
        tenant=tenant,
        created=moment(),
        verdict="refused" if against else "passed",
        parents=list(dict.fromkeys(parents)),
        lessons={"spam": found.pop("spam"), "ham": found.pop("ham")},
        gate=found | {"foreign": lessons.foreign},
        canary=canary,
        reasons=list(against),
        read_at=lessons.read_at,
    )
