"""`GET /models`: what serves, how it was trained, and how good it was on mail it had not seen."""

from __future__ import annotations

import functools
from typing import Any

from apiflask import APIBlueprint

from sigmail.filter import SpamFilter
from sigmail_service.access import SECURITY, requires
from sigmail_service.classifier import current_filter, thresholds_answer
from sigmail_service.description import problems
from sigmail_service.schemas import Models

__all__ = ["blueprint"]

blueprint = APIBlueprint("models", __name__, tag="Models")

_PROBLEMS = problems("key-missing", "key-unknown", "scope-missing", "overloaded")


@blueprint.get("/models")
@requires("classify")
@blueprint.output(Models)
@blueprint.doc(security=SECURITY, responses=_PROBLEMS)
def models() -> dict[str, list[dict[str, Any]]]:
    """List the models: which one judges, its thresholds, and the facts of its training."""
    return {"models": [_answer(current_filter(), active=True)]}


def _answer(spam_filter: SpamFilter, *, active: bool) -> dict[str, Any]:
    facts = spam_filter.facts
    return {
        "id": spam_filter.identity,
        "active": active,
        "name": _text(facts.get("name")),
        "algorithm": _text(facts.get("algorithm")),
        "thresholds": thresholds_answer(spam_filter),
        "bytes": _size(spam_filter),
        "training": facts,
    }


def _text(fact: object) -> str | None:
    """Return a fact that should be a text; a model file may hold any JSON in its place."""
    return fact if isinstance(fact, str) else None


@functools.lru_cache(maxsize=2)
def _size(spam_filter: SpamFilter) -> int:
    """Return the size of the model's file, which is written out once to be measured."""
    return len(spam_filter.to_bytes())
