"""Turns every exception into its problem document: ours, APIFlask's, Werkzeug's and the unforeseen."""

from __future__ import annotations

import json
import traceback
from pathlib import Path

import structlog
from apiflask import APIFlask, HTTPError
from flask import Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from sigmail.errors import MessageError, SigmailError
from sigmail_service.metrics import REJECTED
from sigmail_service.problems import CONTENT_TYPE, KINDS, Problem, kind_of_status, printable_name
from sigmail_service.storage.feedback import FeaturesErasedError, FeedbackUnknownError, VerdictUnknownError
from sigmail_service.storage.repeating import RepetitionError
from sigmail_service.storage.store import StorageError, StorageFullError

__all__ = ["REFUSAL", "init_app", "problem_response"]

# The key of the WSGI environment under which the server hands over a problem it found before the application.
REFUSAL = "sigmail.refusal"

_RETRY_AFTER_SECONDS = 2
# Errors of the ledger, and the kinds of problem that they are; the first that fits holds.
_STORAGE_ERRORS: tuple[tuple[type[SigmailError], str], ...] = (
    (StorageFullError, "storage-full"),
    (StorageError, "storage-away"),
    (VerdictUnknownError, "verdict-unknown"),
    (FeaturesErasedError, "verdict-unknown"),
    (FeedbackUnknownError, "feedback-unknown"),
    (RepetitionError, "idempotency-conflict"),
)

_log = structlog.get_logger("sigmail_service")


def init_app(app: APIFlask) -> None:
    """Answer every error of the application with a problem document."""
    app.before_request(_raise_refusal)
    app.register_error_handler(Problem, problem_response)
    app.register_error_handler(MessageError, _message_error)
    for family, _ in _STORAGE_ERRORS:
        app.register_error_handler(family, _storage_error)
    app.register_error_handler(Exception, _unforeseen)
    app.register_error_handler(HTTPException, _http_exception)
    app.error_processor(_http_error)
    # `error_processor` installs APIFlask's own handler for Werkzeug's errors; ours keeps their headers.
    app.register_error_handler(HTTPException, _http_exception)


def problem_response(problem: Problem) -> Response:
    """Return the answer that carries a problem."""
    REJECTED.labels(problem.kind.name).inc()
    document = problem.document(g.get("request_id"))
    body = json.dumps(document, ensure_ascii=False) + "\n"
    return Response(body, status=problem.kind.status, headers=problem.headers, content_type=CONTENT_TYPE)


def _raise_refusal() -> None:
    refusal = request.environ.get(REFUSAL)
    if refusal is not None:
        raise refusal


def _storage_error(error: SigmailError) -> Response:
    """Answer for what the database said; the log tells the operator more than the caller."""
    kind = next(name for family, name in _STORAGE_ERRORS if isinstance(error, family))
    if isinstance(error, StorageError):
        _log.warning("database", request_id=g.get("request_id"), error=str(error))
        headers = {"Retry-After": str(_RETRY_AFTER_SECONDS)} if KINDS[kind].status == 503 else {}
        return problem_response(Problem(kind, f"{KINDS[kind].title}.", headers=headers))
    return problem_response(Problem(kind, f"{KINDS[kind].title}."))


def _message_error(_error: MessageError) -> Response:
    return problem_response(Problem("malformed-request", "The message cannot be read."))


def _http_exception(error: HTTPException) -> WerkzeugResponse:
    status = error.code or 500
    if status < 400:  # A redirect is an answer, not an error.
        return error.get_response(request.environ)
    kind = kind_of_status(status)
    headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    detail = f"{request.method} is not allowed here." if status == 405 else f"{kind.title}."
    return problem_response(Problem(kind.name, detail, headers=headers))


def _http_error(error: HTTPError) -> Response:
    """Turn APIFlask's validation error into a problem; its detail is ``{location: {field: [messages]}}``."""
    for fields in error.detail.values():
        for field, messages in fields.items():
            return problem_response(Problem("invalid-field", f"{messages[0]}.", field=printable_name(field)))
    kind = kind_of_status(error.status_code)
    return problem_response(Problem(kind.name, f"{kind.title}."))


def _unforeseen(error: Exception) -> Response:
    """Answer 500, and log where it happened: without the exception's text, which may quote the message."""
    frames = [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    _log.error("internal error", request_id=g.get("request_id"), error=type(error).__name__, frames=frames)
    kind = KINDS["internal-error"]
    return problem_response(Problem(kind.name, "An unforeseen error; the log names it under the request id."))
