"""Judges many messages: each gets its verdict or its own problem, in their order."""

from __future__ import annotations

import json
from binascii import Error as BinasciiError
from binascii import a2b_base64
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sigmail.filter import Message, SpamFilter
from sigmail_service.classifier import verdict_answer
from sigmail_service.messages import message_of_fields, parse_json_message, problem_of_fields
from sigmail_service.metrics import REJECTED
from sigmail_service.problems import Problem
from sigmail_service.schemas import JsonMessage
from sigmail_service.storage.history import Recorder

__all__ = ["Item", "item_of_line", "item_of_value", "judge", "lines_of"]

Item = bytes | str | Problem
"""A message, or the problem that stands in its place."""

_STRING = TypeAdapter(str)
_RAW_BEGIN, _RAW_END = b'{"raw": "', b'"}'
_encode = json.JSONEncoder(ensure_ascii=False).encode


def item_of_line(line: bytes | None, limit: int) -> Item:
    """Return the message of one line of NDJSON, an object or a string; None is a line over the limit."""
    if line is None:
        return Problem("body-too-large", f"The line is over {limit} bytes.")
    mail = _plain_mail(line)
    if mail:
        return mail
    try:
        return _STRING.validate_json(line, strict=True) if line.startswith(b'"') else parse_json_message(line)
    except ValidationError:
        return Problem("malformed-json", "The line is not JSON.")
    except Problem as problem:
        return problem


def _plain_mail(line: bytes) -> bytes:
    """Return the mail of a line that is `{"raw": "BASE64"}` and nothing else, or nothing.

    Base64 needs no escapes in JSON, so that what decodes strictly is what a reader of JSON would have found;
    every other line goes that longer way, and every fault is found there.
    """
    if not (line.startswith(_RAW_BEGIN) and line.endswith(_RAW_END)):
        return b""
    try:
        return a2b_base64(memoryview(line)[len(_RAW_BEGIN) : -len(_RAW_END)], strict_mode=True)
    except BinasciiError:
        return b""


def item_of_value(value: Any) -> Item:
    """Return the message of one parsed JSON value: an object, or a string."""
    if isinstance(value, str):
        return value
    try:
        return message_of_fields(JsonMessage.model_validate(value))
    except ValidationError as error:
        return problem_of_fields(error)
    except Problem as problem:
        return problem


def judge(
    items: Sequence[Item], spam_filter: SpamFilter, explain: int, first: int, recorder: Recorder | None
) -> Iterator[dict[str, Any]]:
    """Yield the answer to each item; `first` is the index of the first in its batch.

    The messages are classified together, on all cores; `recorder` keeps the verdicts, if there is one.
    """
    messages = [item for item in items if not isinstance(item, Problem)]
    answers = _answers(messages, spam_filter, explain, recorder)
    for index, item in enumerate(items, first):
        if isinstance(item, Problem):
            REJECTED.labels(item.kind.name).inc()
            yield {"index": index, "error": item.document()}
        else:
            yield {"index": index, **next(answers)}


def _answers(
    messages: Sequence[Message], spam_filter: SpamFilter, explain: int, recorder: Recorder | None
) -> Iterator[dict[str, Any]]:
    if recorder is None:
        for verdict in spam_filter.classify_many(messages, explain=explain):
            yield verdict_answer(verdict, spam_filter)
        return
    judged = spam_filter.classify_many_with_features(messages, explain=explain)
    for message, (verdict, features) in zip(messages, judged, strict=True):
        answer = verdict_answer(verdict, spam_filter)
        recorder.record(answer["id"], message, spam_filter, verdict, features)
        yield answer


def lines_of(answers: Iterator[dict[str, Any]]) -> bytes:
    """Return answers as NDJSON."""
    return "".join(_encode(answer) + "\n" for answer in answers).encode()
