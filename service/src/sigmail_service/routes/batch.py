"""`POST /classify/batch`: many messages, as a stream of JSON lines or as one JSON object."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator

import structlog
from apiflask import APIBlueprint
from flask import Response, current_app, g, request
from pydantic import ValidationError

from sigmail_service.access import SECURITY, current_tenant, requires
from sigmail_service.batch import item_of_value, judge, judge_lines
from sigmail_service.callers import charge, pace
from sigmail_service.classifier import current_filter, current_settings, filter_of
from sigmail_service.description import BATCH_BODY, problems
from sigmail_service.messages import problem_of_fields, read_body
from sigmail_service.ndjson import blocks_of_lines
from sigmail_service.problems import Problem
from sigmail_service.recording import current_recorder
from sigmail_service.schemas import BatchAnswer, BatchMessages, ClassifyQuery

__all__ = ["blueprint"]

blueprint = APIBlueprint("batch", __name__, tag="Batch")

NDJSON = "application/x-ndjson"
_LINES_AT_ONCE = 128
_READ_BYTES = 512 * 1024
# A message in JSON is longer than the message: base64 adds a third, escapes more.
_LINE_FACTOR = 2

_ANSWERS = problems(
    "malformed-json",
    "body-timeout",
    "body-too-large",
    "unsupported-media-type",
    "invalid-field",
    "too-many-requests",
    "overloaded",
    "key-missing",
    "key-unknown",
    "scope-missing",
)

_ANSWERS[200] = {"content": {NDJSON: {"schema": {"type": "string", "description": "a BatchItem a line"}}}}

_Answer = Callable[[list[bytes | None], int], bytes]

_log = structlog.get_logger("sigmail_service")


@blueprint.post("/classify/batch")
@requires("classify")
@blueprint.input(ClassifyQuery, location="query", arg_name="query")
@blueprint.output(BatchAnswer)
@blueprint.doc(security=SECURITY, responses=_ANSWERS, extensions={"requestBody": BATCH_BODY})
def classify_batch(query: ClassifyQuery) -> Response:
    """Judge many messages.

    As NDJSON the answers are streamed back in order while the messages come in, so a client that sends much
    has to read at the same time. A wrong item gets its own `error`, the others their verdicts.
    """
    settings = current_settings()
    if request.mimetype == NDJSON:
        request.max_content_length = sys.maxsize  # The stream may be endless; each line has its limit.
        limit = settings.max_body_bytes * _LINE_FACTOR
        judged = _stream(_chunks(), limit, _answer_in_turn(query.explain, limit), g.request_id)
        return Response(judged, content_type=NDJSON)
    if request.mimetype != "application/json":
        detail = f"The route takes {NDJSON} and application/json."
        remedy = f"Send one JSON object a line as {NDJSON}, or one object with the list messages."
        raise Problem("unsupported-media-type", detail, field="Content-Type", remedy=remedy)
    try:
        values = BatchMessages.model_validate_json(read_body(request, settings.max_body_bytes)).messages
    except ValidationError as error:
        raise problem_of_fields(error) from None
    charge(len(values))
    items = [item_of_value(value) for value in values]
    answers = list(judge(items, current_filter(), query.explain, range(len(items)), current_recorder()))
    body = json.dumps({"results": answers}, ensure_ascii=False) + "\n"
    return Response(body, content_type="application/json")


def _answer_in_turn(explain: int, limit: int) -> _Answer:
    """Return a function that judges a block of lines as fast as the caller's rate allows."""
    # The stream may outlive the context of its request, and the model that judged when it began.
    app, tenant = current_app._get_current_object(), current_tenant()  # type: ignore[attr-defined]  # noqa: SLF001
    pay, recorder = pace(), current_recorder()

    def answer(lines: list[bytes | None], first: int) -> bytes:
        pay(len(lines))
        return judge_lines(lines, filter_of(app, tenant), explain, first, recorder=recorder, limit=limit)

    return answer


def _chunks() -> Iterator[bytes]:
    stream = request.stream
    return iter(lambda: stream.read(_READ_BYTES), b"")


def _stream(chunks: Iterator[bytes], limit: int, answer: _Answer, request_id: str) -> Iterator[bytes]:
    count = 0
    try:
        for lines in blocks_of_lines(chunks, limit, _LINES_AT_ONCE):
            yield answer(lines, count)
            count += len(lines)
    except Problem as problem:  # The stream itself failed: its last line says so.
        yield (json.dumps({"index": count, "error": problem.document(request_id)}) + "\n").encode()
    finally:
        _log.info("batch ended", request_id=request_id, items=count)
