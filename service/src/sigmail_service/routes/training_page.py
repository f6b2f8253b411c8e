"""The page of the models at `/training`: how far learning is, which models there are, what would change."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import current_app, redirect, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from sigmail.errors import SigmailError
from sigmail_service.callers import charge
from sigmail_service.classifier import current_registry, filter_of
from sigmail_service.drawing_bars import draw_bars
from sigmail_service.lesson_counts import count_lessons, progress_of
from sigmail_service.off_loop import off_loop
from sigmail_service.pages import page, percent
from sigmail_service.problems import Problem
from sigmail_service.recording import current_storage
from sigmail_service.routes.models import activate_model, answers_of_models, ask_for_training, translated
from sigmail_service.sessions import check_form, require_session, token_of_forms
from sigmail_service.storage.lessons import count_foreign

__all__ = ["blueprint"]

blueprint = APIBlueprint("training", __name__, enable_openapi=False)

_SCOPE = "admin"
_COMPARED = 1000
_CHANGES_SHOWN = 50


@blueprint.get("/training")
@off_loop
def training() -> Response:
    """Show the models of the key's tenant, or the form that asks for a key."""
    try:
        key = require_session(_SCOPE)
        storage = current_storage()
        counts = count_lessons(storage, key.tenant)
        space = filter_of(current_app, key.tenant).feature_space
        foreign = count_foreign(storage.engine, key.tenant, space)
        models = answers_of_models(key.tenant)
        compared = _compare(key.tenant, request.args.get("compare", ""))
    except (Problem, SigmailError, SQLAlchemyError) as error:
        return _tell(error)
    return page(
        "training.html",
        key=key,
        models=models,
        counts=counts,
        foreign=foreign,
        progress=progress_of(counts),
        percent=percent,
        token=token_of_forms(),
        asked="asked" in request.args,
        **compared,
    )


@blueprint.post("/training")
@off_loop
def act() -> Response:
    """Train, or activate the model whose button was pressed."""
    try:
        key = require_session(_SCOPE)
        check_form()
        charge()
        if "activate" in request.form:
            activate_model(key.tenant, request.form["activate"])
            return redirect(url_for("training.training"), 303)
        ask_for_training(key.tenant)
    except (Problem, SigmailError) as error:
        return _tell(error)
    return redirect(url_for("training.training", asked=1), 303)


def _compare(tenant: str, identity: str) -> dict[str, Any]:
    """Return what a model would change, for the template; of the one that judges, the drift alone."""
    from sigmail_service.learner.comparing import compare_history  # noqa: PLC0415 - Seldom wanted.

    serving = filter_of(current_app, tenant)
    candidate = serving
    if identity:
        registry = current_registry()
        with translated():
            candidate = registry.load(registry.record(tenant, identity).digest, tenant)
    found = compare_history(candidate, current_storage(), tenant, _COMPARED)
    return {
        "candidate": candidate.identity if identity else "",
        "found": found,
        "changes": found.changes[:_CHANGES_SHOWN],
        "bars": draw_bars(found.before, found.after),
    }


def _tell(error: Exception) -> Response:
    """Show the form that asks for a key, or what went wrong."""
    if isinstance(error, Problem):
        asks = error.kind.status == 401
        told = None if asks else error
        return page("training_key.html", error.kind.status, {}, problem=told, asks=asks)
    away = Problem("models-away", "")
    return page("training_key.html", away.kind.status, {"Retry-After": "2"}, problem=away, asks=False)
