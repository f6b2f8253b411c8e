"""The filter that judges, and its verdicts as the answers of the service."""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

from flask import Flask, current_app

from sigmail.filter import Answered, Message, SpamFilter, Verdict
from sigmail_service.access import current_tenant
from sigmail_service.keys import SHARED
from sigmail_service.metrics import PROBABILITY, TRUNCATED, VERDICTS, observe_all
from sigmail_service.recording import history_of
from sigmail_service.registry.places import open_place
from sigmail_service.registry.registry import Registry
from sigmail_service.registry.serving import Filters
from sigmail_service.settings import Settings
from sigmail_service.storage.moments import new_id

__all__ = [
    "ANSWER_TYPE",
    "count_verdicts",
    "current_filter",
    "current_registry",
    "current_settings",
    "filter_of",
    "init_app",
    "judge",
    "load_filter",
    "middle_of",
    "thresholds_answer",
    "verdict_answer",
]

ANSWER_TYPE = "application/json"

# Made once: to find a child of an instrument, or to make an encoder, takes as long as to use it.
_count = functools.lru_cache(maxsize=8)(VERDICTS.labels)
_encode = json.JSONEncoder(ensure_ascii=False).encode

_middle: tuple[SpamFilter | None, str] = (None, "")

_FILTERS = "sigmail.filters"
_SETTINGS = "sigmail.settings"


def init_app(app: Flask, settings: Settings) -> None:
    """Load the filter that judges into the application, and follow the registry."""
    registry = Registry(open_place(settings.models_place))
    filters = Filters(registry, load_filter(settings), settings.model_poll_seconds, settings.tenant_models)
    filters.follow()
    app.extensions[_FILTERS] = filters
    app.extensions[_SETTINGS] = settings


def load_filter(settings: Settings) -> SpamFilter:
    """Return the filter of the model file that the settings name, or of the starter model.

    Raises
    ------
    ModelFileError, OSError
        If the file is damaged, is no model, or cannot be read.
    """
    return SpamFilter.load(settings.model) if settings.model else SpamFilter.default()


def current_filter() -> SpamFilter:
    """Return the filter that judges for the caller of the current request: to be taken once."""
    return filter_of(current_app, current_tenant())


def current_registry() -> Registry:
    """Return the registry that the current application follows."""
    return cast("Filters", current_app.extensions[_FILTERS]).registry


def current_settings() -> Settings:
    """Return the settings of the current application."""
    return cast("Settings", current_app.extensions[_SETTINGS])


def judge(app: Flask, message: Message, explain: int, tenant: str) -> Answered:
    """Judge a message, and return its verdict with the answer of `/classify`, a line of JSON.

    Parameters
    ----------
    app
        The application, whose filter judges.
    message
        A raw mail, or a text.
    explain
        How many reasons to give at most.
    tenant
        In whose history the verdict is kept, if there is one.
    """
    spam_filter = filter_of(app, tenant)
    history = history_of(app)
    identity = new_id()
    head, middle = f'{{"id": "{identity}",', middle_of(spam_filter)
    answered = spam_filter.answer(message, head, middle, explain, keep=history is not None)
    if history is not None:
        _, label, probability, _, features = answered
        history.add(identity, tenant, message, spam_filter, label, probability, features or b"")
    return answered


def middle_of(spam_filter: SpamFilter) -> str:
    """Return what every answer of a filter says of it, as `SpamFilter.answer` wants it."""
    global _middle  # noqa: PLW0603 - Of the filter that judged last: nearly always the same one.
    known, text = _middle
    if known is not spam_filter:
        thresholds, model = _encode(thresholds_answer(spam_filter)), _encode(spam_filter.identity)
        text = f'"thresholds": {thresholds}, "model": {model},'
        _middle = (spam_filter, text)
    return text


def filter_of(app: Flask, tenant: str = SHARED) -> SpamFilter:
    """Return the filter that judges for a tenant in an application now: to be taken once a request."""
    return cast("Filters", app.extensions[_FILTERS]).of(tenant)


def thresholds_answer(spam_filter: SpamFilter) -> dict[str, float]:
    """Return the thresholds of a filter as the members of their JSON object."""
    ham_below, spam_from = spam_filter.thresholds
    return {"ham": ham_below, "spam": spam_from}


def count_verdicts(verdicts: Iterable[tuple[str, float, bool]]) -> None:
    """Put verdicts into the figures: their labels and probabilities, and whether a cap was hit."""
    counted = list(verdicts)
    for label, count in Counter(label for label, _, _ in counted).items():
        _count(label).inc(count)
    observe_all(PROBABILITY, [probability for _, probability, _ in counted])
    truncated = sum(cut for _, _, cut in counted)
    if truncated:
        TRUNCATED.inc(truncated)


def verdict_answer(verdict: Verdict, spam_filter: SpamFilter) -> dict[str, Any]:
    """Count a verdict and return it as the members of its JSON answer."""
    count_verdicts([(verdict.label, verdict.probability, verdict.truncated)])
    return {
        "id": new_id(),
        "label": verdict.label,
        "probability": verdict.probability,
        "thresholds": thresholds_answer(spam_filter),
        "model": spam_filter.identity,
        "reasons": [
            {"token": reason.token, "field": reason.field, "weight": reason.weight}
            for reason in verdict.reasons
        ],
        "truncated": verdict.truncated,
    }
