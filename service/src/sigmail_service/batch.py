"""Judges many messages: each gets its verdict or its own problem, in their order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sigmail.filter import Counted, Message, SpamFilter
from sigmail_service.classifier import count_verdicts, middle_of, verdict_answer
from sigmail_service.messages import message_of_fields, parse_json_message, problem_of_fields
from sigmail_service.metrics import REJECTED
from sigmail_service.problems import Problem
from sigmail_service.schemas import JsonMessage
from sigmail_service.storage.history import Recorder
from sigmail_service.storage.moments import milliseconds, random_of_ids

__all__ = ["Item", "item_of_line", "item_of_value", "judge", "judge_lines"]

Item = bytes | str | Problem
"""A message, or the problem that stands in its place."""

_STRING = TypeAdapter(str)
_encode = json.JSONEncoder(ensure_ascii=False).encode


def item_of_line(line: bytes | None, limit: int) -> Item:
    """Return the message of one line of NDJSON, an object or a string; None is a line over the limit."""
    if line is None:
        return Problem("body-too-large", f"The line is over {limit} bytes.")
    try:
        return _STRING.validate_json(line, strict=True) if line.startswith(b'"') else parse_json_message(line)
    except ValidationError:
        return Problem("malformed-json", "The line is not JSON.")
    except Problem as problem:
        return problem


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


def judge_lines(
    lines: list[bytes | None],
    spam_filter: SpamFilter,
    explain: int,
    first: int,
    *,
    recorder: Recorder | None,
    limit: int,
) -> bytes:
    """Return the answers to lines of NDJSON as such; `first` is the index of the first in its stream.

    Mails in base64 and texts that are alone in their lines are judged and answered in one step, on all cores;
    what is anything else, or wrong, goes the longer way of `item_of_line` and `judge`.
    """
    answers: list[Counted | None] = [None] * len(lines)
    if recorder is None or not recorder.keeps_bodies:
        answers = spam_filter.answer_lines(
            lines,
            middle_of(spam_filter),
            explain,
            first=first,
            milliseconds=milliseconds(),
            random=random_of_ids(len(lines)),
            backlog=None if recorder is None else recorder.history.backlog,
            origin=None if recorder is None else recorder.origin(spam_filter),
        )
        if recorder is not None:
            recorder.history.announce()
    others = [place for place, answered in enumerate(answers) if answered is None]
    items = [item_of_line(lines[place], limit) for place in others]
    longer = judge(items, spam_filter, explain, [first + place for place in others], recorder)
    count_verdicts(answered[1:] for answered in answers if answered is not None)
    return b"".join(
        _encode(next(longer)).encode() + b"\n" if answered is None else answered[0] for answered in answers
    )


def judge(
    items: Sequence[Item],
    spam_filter: SpamFilter,
    explain: int,
    indices: Sequence[int],
    recorder: Recorder | None,
) -> Iterator[dict[str, Any]]:
    """Yield the answer to each item; `indices` are their places in their batch.

    The messages are classified together, on all cores; `recorder` keeps the verdicts, if there is one.
    """
    messages = [item for item in items if not isinstance(item, Problem)]
    answers = _answers(messages, spam_filter, explain, recorder)
    for index, item in zip(indices, items, strict=True):
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
