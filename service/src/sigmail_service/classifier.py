"""The filter that judges, and its verdicts as the answers of the service."""

from __future__ import annotations

import functools
import json
from typing import Any, cast

from flask import Flask, current_app

import sigmail
from sigmail.filter import Message, SpamFilter, Verdict
from sigmail_service.metrics import MODEL, PROBABILITY, TRUNCATED, VERDICTS
from sigmail_service.recording import history_of
from sigmail_service.settings import Settings
from sigmail_service.storage.history import Recorder
from sigmail_service.storage.moments import new_id

__all__ = [
    "ANSWER_TYPE",
    "current_filter",
    "current_settings",
    "filter_of",
    "init_app",
    "judge",
    "load_filter",
    "thresholds_answer",
    "verdict_answer",
]

ANSWER_TYPE = "application/json"

# Made once: to find a child of an instrument, or to make an encoder, takes as long as to use it.
_count = functools.lru_cache(maxsize=8)(VERDICTS.labels)
_encode = json.JSONEncoder(ensure_ascii=False).encode

_FILTER = "sigmail.filter"
_SETTINGS = "sigmail.settings"


def init_app(app: Flask, settings: Settings) -> None:
    """Load the filter that the settings name into the application."""
    spam_filter = load_filter(settings)
    app.extensions[_FILTER] = spam_filter
    app.extensions[_SETTINGS] = settings
    simd = str(sigmail.build_info()["simd"])
    MODEL.labels(spam_filter.identity, sigmail.__version__, simd).set(1)


def load_filter(settings: Settings) -> SpamFilter:
    """Return the filter of the model file that the settings name, or of the starter model.

    Raises
    ------
    ModelFileError, OSError
        If the file is damaged, is no model, or cannot be read.
    """
    return SpamFilter.load(settings.model) if settings.model else SpamFilter.default()


def current_filter() -> SpamFilter:
    """Return the filter of the current application."""
    return filter_of(current_app)


def current_settings() -> Settings:
    """Return the settings of the current application."""
    return cast("Settings", current_app.extensions[_SETTINGS])


def judge(app: Flask, message: Message, explain: int, tenant: str) -> str:
    """Judge a message, and return its verdict as the answer of `/classify`: a line of JSON.

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
    spam_filter = filter_of(app)
    history = history_of(app)
    if history is None:
        answer = verdict_answer(spam_filter.classify(message, explain=explain), spam_filter)
    else:
        verdict, features = spam_filter.classify_with_features(message, explain=explain)
        answer = verdict_answer(verdict, spam_filter)
        Recorder(history, tenant).record(answer["id"], message, spam_filter, verdict, features)
    return _encode(answer) + "\n"


def filter_of(app: Flask) -> SpamFilter:
    """Return the filter that judges in an application now."""
    return cast("SpamFilter", app.extensions[_FILTER])


def thresholds_answer(spam_filter: SpamFilter) -> dict[str, float]:
    """Return the thresholds of a filter as the members of their JSON object."""
    ham_below, spam_from = spam_filter.thresholds
    return {"ham": ham_below, "spam": spam_from}


def verdict_answer(verdict: Verdict, spam_filter: SpamFilter) -> dict[str, Any]:
    """Count a verdict and return it as the members of its JSON answer."""
    _count(verdict.label).inc()
    PROBABILITY.observe(verdict.probability)
    if verdict.truncated:
        TRUNCATED.inc()
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
