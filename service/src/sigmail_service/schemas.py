"""What goes in and what comes out, as pydantic models: they check requests and fill the description."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "BatchAnswer",
    "BatchItem",
    "BatchMessages",
    "ClassifyQuery",
    "FeedbackAnswer",
    "FeedbackEvent",
    "FeedbackState",
    "HeldAnswer",
    "HeldFeedback",
    "JsonFeedback",
    "JsonMessage",
    "Liveness",
    "ProblemDocument",
    "Readiness",
    "ReasonAnswer",
    "Thresholds",
    "VerdictAnswer",
]

_BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"


class _Input(BaseModel):
    """A request's part: unknown names are refused, and a number is no string."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _describe_forms(schema: dict[str, Any]) -> None:
    """Say that ``raw`` stands alone, that one field is needed, and that a field left out has no value."""
    schema["oneOf"] = [
        {"required": ["raw"], "maxProperties": 1},
        {"not": {"required": ["raw"]}, "minProperties": 1},
    ]
    for described in schema["properties"].values():
        described.pop("default")


class JsonMessage(_Input):
    """A message in JSON: ``text`` alone, the parts of a mail, or ``raw`` alone."""

    model_config = ConfigDict(json_schema_extra=_describe_forms)

    subject: str = Field("", description="the subject of a mail")
    text: str = Field("", description="a plain text; beside `subject` or `html` the text part of a mail")
    html: str = Field("", description="the HTML part of a mail")
    raw: str = Field(
        "",
        description="a raw mail in base64, without line breaks",
        json_schema_extra={"pattern": _BASE64, "minLength": 4, "contentEncoding": "base64"},
    )


def _describe_feedback(schema: dict[str, Any]) -> None:
    """Say that an id or a message is needed beside the label, and that a field left out has no value."""
    schema["required"] = ["label"]
    schema["oneOf"] = [
        {"required": ["id"], "maxProperties": 2},
        {"required": ["raw"], "maxProperties": 2},
        {"not": {"anyOf": [{"required": ["id"]}, {"required": ["raw"]}]}, "minProperties": 2},
    ]
    for described in schema["properties"].values():
        described.pop("default", None)


class JsonFeedback(JsonMessage):
    """Feedback in JSON: a label, and the id of a verdict or a message as `/classify` takes it."""

    model_config = ConfigDict(json_schema_extra=_describe_feedback)

    id: str = Field("", pattern="^[0-9a-f]{32}$", description="the id of a verdict")
    label: Literal["spam", "ham"] = Field("spam", description="what the message is")


class BatchMessages(_Input):
    """Many messages in one JSON object: each an object as `/classify` takes it, or a text."""

    messages: list[Any] = Field(
        max_length=10_000,
        description="each a text, or an object such as JsonMessage; any other gets an error in its place",
    )


class ClassifyQuery(BaseModel):
    """The query of `/classify`."""

    model_config = ConfigDict(extra="forbid")

    explain: int = Field(0, ge=0, le=100, description="how many reasons to give, the strongest first")


class ReasonAnswer(BaseModel):
    """One reason: what a feature of the message added to the logit."""

    token: str
    field: str = Field(description="where in the message the token stands")
    weight: float = Field(description="above 0 it speaks for spam, below 0 for ham")


class Thresholds(BaseModel):
    """Below `ham` the label is ham, from `spam` on it is spam, between them it is unsure."""

    ham: float
    spam: float


class VerdictAnswer(BaseModel):
    """The verdict on one message."""

    id: str = Field(description="names this verdict, for feedback")
    label: Literal["spam", "unsure", "ham"]
    probability: float = Field(ge=0.0, le=1.0, description="calibrated probability of spam")
    thresholds: Thresholds
    model: str = Field(description="the model that judged: the first 12 digits of its digest")
    reasons: list[ReasonAnswer]
    truncated: bool = Field(description="whether the message was too large to be read to its end")


class BatchItem(BaseModel):
    """The answer to one message of a batch: the members of a verdict, or an error."""

    model_config = ConfigDict(extra="allow")

    index: int = Field(ge=0, description="the place of the message in the batch, from 0")


class BatchAnswer(BaseModel):
    """The answers to a batch, in the order of its messages."""

    results: list[BatchItem]


class FeedbackAnswer(BaseModel):
    """Feedback that is on disk."""

    id: str = Field(description="names this feedback, to take it back")
    label: Literal["spam", "ham"]
    verdict: str | None = Field(description="the verdict that it is about; null if it brought its message")
    counted: bool = Field(description="whether models learn it, or it waits for a person")
    held: Literal["needs-trust", "burst"] | None = Field(description="why it waits for a person")
    replaced: str | None = Field(description="the earlier feedback on the same message that it replaces")
    contradicts: bool = Field(description="whether earlier feedback on the same message has the other label")


class FeedbackEvent(BaseModel):
    """What somebody did to feedback."""

    action: Literal["given", "released", "withdrawn"]
    key: str = Field(description="the id of the key that did it")
    at: str = Field(description="when, after RFC 3339")


class FeedbackState(BaseModel):
    """What became of feedback."""

    id: str
    label: Literal["spam", "ham"]
    verdict: str | None
    state: Literal["counted", "held", "replaced", "withdrawn"]
    events: list[FeedbackEvent]


class HeldFeedback(BaseModel):
    """Feedback that waits for a person."""

    id: str
    label: Literal["spam", "ham"]
    verdict: str | None
    held: Literal["needs-trust", "burst"]
    key: str = Field(description="the id of the key that gave it")
    at: str = Field(description="when it was given, after RFC 3339")


class HeldAnswer(BaseModel):
    """What waits for a person, the latest first."""

    held: list[HeldFeedback]


class ProblemDocument(BaseModel):
    """An error, after RFC 9457."""

    type: str = Field(description="names the kind of problem; stable")
    title: str
    status: int
    detail: str
    field: str | None = Field(None, description="the field at fault")
    remedy: str
    request_id: str | None = None


class Liveness(BaseModel):
    """The process runs."""

    status: Literal["alive"]


class Readiness(BaseModel):
    """The model is loaded and requests are welcome."""

    status: Literal["ready"]
    model: str
