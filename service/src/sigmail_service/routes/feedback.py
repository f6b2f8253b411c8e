"""`/feedback`: what people say of verdicts, given, looked at, released and taken back."""

from __future__ import annotations

import time
from typing import Any

from apiflask import APIBlueprint
from flask import Response, current_app, jsonify, request

from sigmail_service.access import ALWAYS, requires
from sigmail_service.callers import charge
from sigmail_service.classifier import current_settings
from sigmail_service.description import FEEDBACK_BODY, problems
from sigmail_service.feedback_request import FeedbackRequest, read_feedback, repetition_of
from sigmail_service.metrics import FEEDBACK
from sigmail_service.off_loop import off_loop
from sigmail_service.problems import Problem
from sigmail_service.recording import current_giver, current_ledger, current_storage, history_of
from sigmail_service.schemas import FeedbackAnswer, FeedbackState, HeldAnswer
from sigmail_service.storage.feedback import Given, VerdictUnknownError
from sigmail_service.storage.moments import microseconds_of_id, now
from sigmail_service.storage.trail import held_feedback, state_of

__all__ = ["blueprint", "give", "settle_history"]

blueprint = APIBlueprint("feedback", __name__, tag="Feedback")

# A verdict is in the database half a second after it was given, also one of another worker. So an id that is
# not found is looked for again while it is as young as this.
_YOUNG_MICROSECONDS = 2_000_000
_PAUSE = 0.05

_USUAL = problems("key-missing", "key-unknown", "scope-missing", "storage-away", "storage-full")
_GIVEN = problems(
    "malformed-json",
    "malformed-multipart",
    "malformed-text",
    "body-timeout",
    "body-too-large",
    "unsupported-media-type",
    "unsupported-charset",
    "invalid-field",
    "empty-message",
    "idempotency-conflict",
    "too-many-requests",
    "verdict-unknown",
    "overloaded",
    "key-missing",
    "key-unknown",
    "scope-missing",
    "storage-away",
    "storage-full",
)


@blueprint.post("/feedback")
@off_loop
@requires("feedback", always=True)
@blueprint.output(FeedbackAnswer, status_code=201)
@blueprint.doc(security=ALWAYS, responses=_GIVEN, extensions={"requestBody": FEEDBACK_BODY})
def post_feedback() -> Response:
    """Say that a message is spam or ham, by the id of its verdict or with the message itself.

    The answer comes when the feedback is on disk. `text/plain` and `message/rfc822` are taken as by
    `/classify`, with the label in the query: `?label=spam`. A repetition with the same header
    `Idempotency-Key` is harmless: it gets the same answer, with `Idempotency-Replayed: true`.
    """
    charge()
    asked = read_feedback(request, current_settings().max_body_bytes)
    given = give(asked, request.headers.get("Idempotency-Key"))
    response = jsonify(_answer(given))
    response.status_code = 201
    if given.repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response


@blueprint.get("/feedback/held")
@off_loop
@requires("trust", always=True)
@blueprint.output(HeldAnswer)
@blueprint.doc(security=ALWAYS, responses=_USUAL)
def held() -> dict[str, list[dict[str, Any]]]:
    """List the feedback that waits for a person, the latest first."""
    with current_storage().read() as connection:
        return {"held": held_feedback(connection, current_giver().tenant)}


@blueprint.get("/feedback/<identity>")
@off_loop
@requires("feedback", always=True)
@blueprint.output(FeedbackState)
@blueprint.doc(security=ALWAYS, responses={**problems("feedback-unknown"), **_USUAL})
def get_feedback(identity: str) -> dict[str, Any]:
    """Show what became of feedback: whether it is in force, and who did what to it when."""
    with current_storage().read() as connection:
        return state_of(connection, current_giver().tenant, identity)


@blueprint.delete("/feedback/<identity>")
@off_loop
@requires("feedback", always=True)
@blueprint.output({}, status_code=204)
@blueprint.doc(security=ALWAYS, responses={**problems("feedback-unknown"), **_USUAL})
def delete_feedback(identity: str) -> tuple[str, int]:
    """Take feedback back: its lesson is erased with all that it held; that it was given stays on record."""
    settle_history()
    current_ledger().withdraw(current_giver(), identity)
    return "", 204


@blueprint.post("/feedback/<identity>/release")
@off_loop
@requires("trust", always=True)
@blueprint.output({}, status_code=204)
@blueprint.doc(security=ALWAYS, responses={**problems("feedback-unknown"), **_USUAL})
def release_feedback(identity: str) -> tuple[str, int]:
    """Let feedback count that was held back."""
    current_ledger().release(current_giver(), identity)
    return "", 204


def give(asked: FeedbackRequest, idempotency_key: str | None = None) -> Given:
    """Note the feedback of the current request's key; wait for its verdict if that is quite young."""
    settle_history()
    repetition = repetition_of(idempotency_key, asked)
    if repetition is None and idempotency_key is not None:
        detail = "The header Idempotency-Key has 1 to 255 characters."
        raise Problem("invalid-field", detail, field="Idempotency-Key")
    while True:
        try:
            given = current_ledger().give(current_giver(), asked.label, asked.subject(), repetition)
            break
        except VerdictUnknownError:
            if not 0 <= now() - microseconds_of_id(asked.verdict or "") < _YOUNG_MICROSECONDS:
                raise
            time.sleep(_PAUSE)
    if not given.repeated:
        FEEDBACK.labels(given.label, "no" if given.held else "yes").inc()
    return given


def settle_history() -> None:
    """Write the verdicts that this worker has given to the database, so that they are found there."""
    history = history_of(current_app)
    if history is not None:
        history.flush()


def _answer(given: Given) -> dict[str, Any]:
    return {
        "id": given.id,
        "label": given.label,
        "verdict": given.verdict,
        "counted": given.held is None,
        "held": given.held,
        "replaced": given.replaced,
        "contradicts": given.contradicts,
    }
