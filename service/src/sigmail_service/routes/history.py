"""The page of the history at `/history`: look, and say with one click what a message was."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, cast

from apiflask import APIBlueprint
from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from sigmail.errors import SigmailError
from sigmail_service.callers import charge
from sigmail_service.feedback_request import FeedbackRequest
from sigmail_service.off_loop import off_loop
from sigmail_service.pages import page, percent
from sigmail_service.problems import KINDS, Problem
from sigmail_service.recording import current_giver, current_ledger, current_storage
from sigmail_service.routes.feedback import give, settle_history
from sigmail_service.sessions import check_form, enter, leave, require_session, token_of_forms
from sigmail_service.storage.looking import Search, look
from sigmail_service.storage.store import StorageError
from sigmail_service.storage.trail import held_feedback

__all__ = ["blueprint"]

blueprint = APIBlueprint("history", __name__, enable_openapi=False)

_SCOPE = "feedback"
_MOST = 50
_LABELS = ("spam", "unsure", "ham")
_IDENTITY = re.compile(r"[0-9a-f]{1,32}")
_MODEL = re.compile(r"[0-9a-f]{1,64}")


@blueprint.get("/history")
@off_loop
def history() -> Response:
    """Show the verdicts of the key's tenant, or the form that asks for a key."""
    try:
        key = require_session(_SCOPE)
        settle_history()
        search = _search()
        with current_storage().read() as connection:
            entries = look(connection, key.tenant, search, _MOST)
            held = held_feedback(connection, key.tenant) if key.may("trust") else []
    except (Problem, StorageError) as error:
        return _ask_or_tell(error)
    following = _address({**request.args, "before": entries[-1].id}) if entries else ""
    return page(
        "history.html",
        key=key,
        entries=entries,
        held=held,
        search=search,
        labels=_LABELS,
        percent=percent,
        token=token_of_forms(),
        following=following if len(entries) == _MOST else "",
    )


@blueprint.post("/history/key")
@off_loop
def enter_key() -> Response:
    """Begin a session with the key of the form."""
    try:
        charge()
        _refuse_other_sites()
        enter(request.form.get("key", ""), _SCOPE)
    except Problem as problem:
        return _ask_or_tell(problem, entered=True)
    return redirect(url_for("history.history"), 303)


@blueprint.post("/history/leave")
@off_loop
def leave_page() -> Response:
    """End the session."""
    check_form()
    leave()
    return redirect(url_for("history.history"), 303)


@blueprint.post("/history/feedback")
@off_loop
def say() -> Response:
    """Take what a click says of a verdict: that it is spam, or ham, or is to be forgotten, or counted."""
    try:
        require_session(_SCOPE)
        check_form()
        charge()
        _do(request.form)
    except (Problem, SigmailError) as error:
        return _ask_or_tell(error)
    return redirect(_back(), 303)


def _do(form: Any) -> None:
    label, identity = form.get("label"), form.get("id", "")
    if label in {"spam", "ham"}:
        give(FeedbackRequest(cast("Literal['spam', 'ham']", label), identity, None))
    elif "forget" in form:
        settle_history()
        current_ledger().withdraw(current_giver(), form["forget"])
    elif "release" in form:
        require_session("trust")
        current_ledger().release(current_giver(), form["release"])
    else:
        raise Problem("invalid-field", "The form says neither spam nor ham.", field="label")


def _search() -> Search:
    """Return what the query looks for; what is none of its values looks for all."""
    arguments = request.args

    def matching(name: str, pattern: re.Pattern[str]) -> str:
        value = arguments.get(name, "").strip().lower()
        return value if pattern.fullmatch(value) else ""

    label = arguments.get("label", "")
    return Search(
        label if label in _LABELS else "",
        matching("id", _IDENTITY),
        matching("model", _MODEL),
        matching("before", _IDENTITY),
        only_open="open" in arguments,
    )


def _back() -> str:
    """Return the address of the page that the click was on: the same search."""
    allowed = ("label", "id", "model", "before", "open")
    kept = {name: request.form["search-" + name] for name in allowed if request.form.get("search-" + name)}
    return _address(kept)


def _address(query: Mapping[str, str]) -> str:
    values: dict[str, Any] = dict(query)
    return url_for("history.history", **values)


def _refuse_other_sites() -> None:
    """Raise `Problem` if the form stood on another site: it would enter its own key in this browser."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise Problem("scope-missing", "The form is not one of this service.")


def _ask_or_tell(error: SigmailError | Problem, *, entered: bool = False) -> Response:
    """Show the form that asks for a key, or what went wrong."""
    if isinstance(error, Problem):
        kind, headers = error.kind, {**error.headers}
        asks = kind.status == 401
        headers.pop("WWW-Authenticate", None)
        told = error if entered or not asks else None
        return page("history_key.html", kind.status if told else 401, headers, problem=told, asks=asks)
    if isinstance(error, StorageError):
        kind = KINDS["storage-away"]
        return page(
            "history_key.html", kind.status, {"Retry-After": "2"}, problem=Problem(kind.name, ""), asks=False
        )
    return page("history_key.html", 404, {}, problem=Problem("verdict-unknown", ""), asks=False)
