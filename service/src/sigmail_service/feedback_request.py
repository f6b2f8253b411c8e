"""Takes feedback out of a request: a label, and a verdict's id or a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from flask import Request
from pydantic import ValidationError

from sigmail.filter import Message
from sigmail_service.classifier import current_filter
from sigmail_service.messages import message_of_fields, problem_of_fields, read_body, read_message
from sigmail_service.problems import Problem, printable_name
from sigmail_service.schemas import JsonFeedback, JsonMessage
from sigmail_service.storage.feedback import Judged, Subject
from sigmail_service.storage.repeating import Repetition

__all__ = ["FeedbackRequest", "read_feedback", "repetition_of"]

_Label = Literal["spam", "ham"]
_LABELS = ("spam", "ham")
_KEY_CHARACTERS = 255
_FIELDS = ("id", "label")


@dataclass(frozen=True, slots=True)
class FeedbackRequest:
    """What a request says: of a verdict, if it names one, else of the message that it brings."""

    label: _Label
    verdict: str | None
    message: Message | None

    def subject(self) -> Subject:
        """Return what it is about, with the features that the serving filter sees in a message."""
        if self.verdict is not None:
            return self.verdict
        spam_filter = current_filter()
        message = cast("Message", self.message)
        features = spam_filter.classify_with_features(message)[1]
        return Judged(message, features, spam_filter.feature_space)


def read_feedback(request: Request, limit: int) -> FeedbackRequest:
    """Return the feedback that a request gives.

    Raises
    ------
    Problem
        If it has no label, or neither the id of a verdict nor a message.
    """
    label = _label_of_query(request)
    if request.mimetype == "application/json":
        return _of_json(read_body(request, limit), label)
    if request.mimetype == "multipart/form-data":
        return _of_form(request, label)
    message = read_message(request, limit)
    return FeedbackRequest(_the_label(label), None, message)


def repetition_of(idempotency_key: str | None, asked: FeedbackRequest) -> Repetition | None:
    """Return what tells a repetition of a request; None without a usable Idempotency-Key."""
    if idempotency_key is None or not 0 < len(idempotency_key) <= _KEY_CHARACTERS:
        return None
    message = asked.message
    kind = b"mail" if isinstance(message, bytes) else b"text"
    body = message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message or b""
    return Repetition.of(idempotency_key, asked.label.encode(), (asked.verdict or "").encode(), kind, body)


def _of_json(body: bytes, label: _Label | None) -> FeedbackRequest:
    try:
        fields = JsonFeedback.model_validate_json(body)
    except ValidationError as error:
        raise problem_of_fields(error) from None
    given = fields.model_fields_set
    label = _the_label(_agreed(label, fields.label if "label" in given else None))
    rest = given.difference(_FIELDS)
    if "id" in given:
        if rest:
            raise Problem("invalid-field", "The id of a verdict stands for its message.", field=min(rest))
        return FeedbackRequest(label, fields.id, None)
    members = fields.model_dump(include=rest)
    return FeedbackRequest(label, None, message_of_fields(JsonMessage.model_construct(**members)))


def _of_form(request: Request, label: _Label | None) -> FeedbackRequest:
    """Read a form with the part `message`, and perhaps the field `label`."""
    try:
        values = request.form.getlist("label")
    except ValueError:
        raise Problem(
            "malformed-multipart", "The body is not the multipart form that its type says."
        ) from None
    if len(values) > 1:
        raise Problem("invalid-field", "The form has several labels.", field="label")
    label = _the_label(_agreed(label, _label(values[0]) if values else None))
    return FeedbackRequest(label, None, read_message(request, request.max_content_length or 0, ("label",)))


def _label_of_query(request: Request) -> _Label | None:
    for name in request.args:
        if name != "label":
            raise Problem(
                "invalid-field",
                "The query has a part that the route does not know.",
                field=printable_name(name),
            )
    values = request.args.getlist("label")
    if len(values) > 1:
        raise Problem("invalid-field", "The query has several labels.", field="label")
    return _label(values[0]) if values else None


def _label(text: str) -> _Label:
    if text not in _LABELS:
        raise Problem("invalid-field", "The label is neither spam nor ham.", field="label")
    return cast("_Label", text)


def _agreed(one: _Label | None, other: _Label | None) -> _Label | None:
    if one and other and one != other:
        raise Problem("invalid-field", "The labels of the query and of the body differ.", field="label")
    return one or other


def _the_label(label: _Label | None) -> _Label:
    if label is None:
        remedy = 'Add the label to the query, ?label=spam, or to the JSON, "label": "spam".'
        raise Problem("invalid-field", "The label is missing.", field="label", remedy=remedy)
    return label
