"""The models: which there are and which judges, learning from the feedback, switching and switching back."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

from apiflask import APIBlueprint
from flask import current_app, url_for

from sigmail.errors import ModelFileError
from sigmail.filter import SpamFilter
from sigmail_service.access import SECURITY, current_tenant, requires
from sigmail_service.classifier import current_registry, filter_of, thresholds_answer
from sigmail_service.description import problems
from sigmail_service.model_schemas import JobAnswer, ModelAnswer, Models
from sigmail_service.off_loop import off_loop
from sigmail_service.problems import Problem
from sigmail_service.registry.jobs import Job, Jobs
from sigmail_service.registry.places import PlaceError
from sigmail_service.registry.records import Record
from sigmail_service.registry.registry import UnknownModelError

__all__ = ["activate_model", "answers_of_models", "ask_for_training", "blueprint", "translated"]

blueprint = APIBlueprint("models", __name__, tag="Models")

_PROBLEMS = problems("key-missing", "key-unknown", "scope-missing", "overloaded", "models-away")
_PROBLEMS_OF_ONE = problems(
    "key-missing", "key-unknown", "scope-missing", "model-unknown", "overloaded", "models-away"
)
_PROBLEMS_OF_ACTIVATION = _PROBLEMS_OF_ONE | problems("model-unusable")
_KEY: list[str | dict[str, list[Any]]] = [{"bearer": []}, {"apiKey": []}]
_SHOWN = 50


@blueprint.get("/models")
@off_loop
@requires("classify")
@blueprint.output(Models)
@blueprint.doc(security=SECURITY, responses=_PROBLEMS)
def models() -> dict[str, list[dict[str, Any]]]:
    """List the models, the newest first: where each comes from, what the gate said, and which one judges."""
    return {"models": answers_of_models(current_tenant())}


@blueprint.post("/models/train")
@off_loop
@requires("admin", always=True)
@blueprint.output(JobAnswer, status_code=202)
@blueprint.doc(security=_KEY, responses=_PROBLEMS)
def train() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Learn from the feedback: a candidate is made, and judges if it passes the gate.

    The answer comes at once; the header Location names where the training can be looked at.
    """
    job = ask_for_training(current_tenant())
    return _job_answer(job), 202, {"Location": url_for("models.training", identity=job.id)}


@blueprint.get("/models/train/<identity>")
@off_loop
@requires("admin", always=True)
@blueprint.output(JobAnswer)
@blueprint.doc(security=_KEY, responses=_PROBLEMS_OF_ONE)
def training(identity: str) -> dict[str, Any]:
    """Tell how far a training is, and what came of it."""
    with translated():
        job = Jobs(current_registry().place).get(current_tenant(), identity)
    if job is None:
        raise Problem("model-unknown", "There is no training of that id; only the last 50 are kept.")
    return _job_answer(job)


@blueprint.post("/models/<identity>/activate")
@off_loop
@requires("admin", always=True)
@blueprint.output(ModelAnswer)
@blueprint.doc(security=_KEY, responses=_PROBLEMS_OF_ACTIVATION)
def activate(identity: str) -> dict[str, Any]:
    """Let a model judge: one that waits, or one that judged before. All workers follow within 2 s."""
    record = activate_model(current_tenant(), identity)
    return _answer(record, record.digest, filter_of(current_app, record.tenant))


def answers_of_models(tenant: str) -> list[dict[str, Any]]:
    """Return the models of a tenant, as the answer lists them; `Problem` if they cannot be read."""
    spam_filter = filter_of(current_app, tenant)
    with translated():
        records = current_registry().records(tenant)[:_SHOWN]
    if all(record.digest != spam_filter.digest for record in records):
        # It comes from the settings, and the registry cannot be written; or it is what all tenants share.
        records.insert(0, Record(spam_filter.digest, tenant, ""))
    return [_answer(record, spam_filter.digest, spam_filter) for record in records]


def ask_for_training(tenant: str) -> Job:
    """Ask the learner for a candidate; `Problem` if it cannot be told."""
    with translated():
        return Jobs(current_registry().place).ask(tenant, "request")


def activate_model(tenant: str, identity: str) -> Record:
    """Let a model of a tenant judge; `Problem` if there is none, or it may not."""
    with translated():
        return current_registry().activate(tenant, identity)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn errors of the registry into problems, whose texts name no path."""
    try:
        yield
    except UnknownModelError:
        raise Problem("model-unknown", "There is no model of that id.") from None
    except ModelFileError:
        raise Problem("model-unusable", "The file of the model did not stand its check.") from None
    except PlaceError:
        raise Problem("models-away", "The place of the models does not answer.") from None


def _answer(record: Record, active: str, spam_filter: SpamFilter) -> dict[str, Any]:
    """Return a model as the answer lists it; what only its file knows is told of the one that judges."""
    judges = record.digest == spam_filter.digest
    facts = spam_filter.facts if judges else None
    return {
        "id": record.id,
        "active": record.digest == active,
        "verdict": record.verdict,
        "created": record.created or None,
        "parents": [parent[:12] for parent in record.parents],
        "lessons": record.lessons,
        "gate": record.gate,
        "canary": record.canary,
        "reasons": record.reasons,
        "name": _text(facts.get("name")) if facts else None,
        "algorithm": _text(facts.get("algorithm")) if facts else None,
        "thresholds": thresholds_answer(spam_filter) if judges else None,
        "bytes": record.size or (_size(spam_filter) if judges else None),
        "training": facts,
    }


def _job_answer(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "state": job.state,
        "asked": job.asked,
        "asked_by": job.asked_by,
        "ended": job.ended,
        "model": job.model,
        "reasons": list(job.reasons),
    }


def _text(fact: object) -> str | None:
    """Return a fact that should be a text; a model file may hold any JSON in its place."""
    return fact if isinstance(fact, str) else None


@functools.lru_cache(maxsize=2)
def _size(spam_filter: SpamFilter) -> int:
    """Return the size of the file of a model that no record tells it of: it is written out once."""
    return len(spam_filter.to_bytes())
