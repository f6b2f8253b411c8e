"""`POST /classify`: one message in, its verdict out."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response, current_app, request

from sigmail_service.access import SECURITY, current_tenant, requires
from sigmail_service.callers import charge
from sigmail_service.classifier import ANSWER_TYPE, count_verdicts, current_settings, judge
from sigmail_service.description import MESSAGE_BODY, problems
from sigmail_service.messages import read_message
from sigmail_service.schemas import ClassifyQuery, VerdictAnswer

__all__ = ["blueprint"]

blueprint = APIBlueprint("classify", __name__, tag="Classify")

_PROBLEMS = problems(
    "malformed-json",
    "malformed-multipart",
    "malformed-text",
    "body-timeout",
    "body-too-large",
    "unsupported-media-type",
    "unsupported-charset",
    "invalid-field",
    "empty-message",
    "too-many-requests",
    "overloaded",
    "key-missing",
    "key-unknown",
    "scope-missing",
)


@blueprint.post("/classify")
@requires("classify")
@blueprint.input(ClassifyQuery, location="query", arg_name="query")
@blueprint.output(VerdictAnswer)
@blueprint.doc(security=SECURITY, responses=_PROBLEMS, extensions={"requestBody": MESSAGE_BODY})
def classify(query: ClassifyQuery) -> Response:
    """Judge one message."""
    charge()
    message = read_message(request, current_settings().max_body_bytes)
    answered = judge(current_app, message, query.explain, current_tenant())
    line, label, probability, truncated, _ = answered
    count_verdicts([(label, probability, truncated)])
    return Response(line, content_type=ANSWER_TYPE)
