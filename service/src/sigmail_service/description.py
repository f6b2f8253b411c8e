"""The OpenAPI description: what the decorators of the routes cannot say."""

from __future__ import annotations

from typing import Any

from apiflask import APIFlask
from pydantic import BaseModel

from sigmail_service.problems import CONTENT_TYPE, KINDS
from sigmail_service.schemas import BatchMessages, JsonFeedback, JsonMessage, ProblemDocument

__all__ = ["BATCH_BODY", "FEEDBACK_BODY", "MESSAGE_BODY", "init_app", "problems"]

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_FILE: dict[str, Any] = {
    "type": "string",
    "format": "binary",
    "minLength": 1,
    "description": "a raw mail; a text if the part's own type is text/plain, in the charset that it names",
}
_COMPONENTS: tuple[type[BaseModel], ...] = (BatchMessages, JsonFeedback, JsonMessage, ProblemDocument)


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


# The body of a route that takes one message.
MESSAGE_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "text/plain": {"schema": _TEXT, "example": "Win a free prize now"},
        "message/rfc822": {
            "schema": _TEXT,
            "example": "From: a@example.org\r\nSubject: Hello\r\n\r\nSee you at 5.",
        },
        "application/json": {
            "schema": _reference(JsonMessage),
            "example": {"text": "Win a free prize now"},
        },
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["message"],
                "additionalProperties": False,
                "properties": {"message": _FILE},
            },
            "encoding": {"message": {"contentType": "message/rfc822"}},
        },
    },
}

# The body of feedback. A text or a mail as the whole body needs the label in the query, which the prose says:
# that a parameter is needed with some content types alone cannot be said here.
FEEDBACK_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": _reference(JsonFeedback),
            "example": {"id": "019aafe2c1f07d1c8a5e6b3f2d4c5b6a", "label": "spam"},
        },
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["message", "label"],
                "additionalProperties": False,
                "properties": {"message": _FILE, "label": {"type": "string", "enum": ["spam", "ham"]}},
            },
            "encoding": {"message": {"contentType": "message/rfc822"}},
        },
    },
}

# The body of a route that takes many.
BATCH_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": _reference(BatchMessages),
            "example": {
                "messages": [{"text": "Win a free prize now"}, {"subject": "Hello", "text": "See you."}]
            },
        },
        # No stream is wrong as a whole: what is no message gets an error in its line.
        "application/x-ndjson": {"schema": {}, "example": '{"text": "Win a free prize now"}\n'},
    },
}


def init_app(app: APIFlask) -> None:
    """Fill in the description's head, and turn off what APIFlask would guess."""
    app.config["DESCRIPTION"] = "Post a message, get spam, unsure or ham, with the reasons."
    app.config["LICENSE"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    # The root of the caller's own request would otherwise be kept in the description for every later caller.
    app.config["AUTO_SERVERS"] = False
    app.config["SERVERS"] = [{"url": "/"}]
    app.config["AUTO_VALIDATION_ERROR_RESPONSE"] = False
    app.config["AUTO_AUTH_ERROR_RESPONSE"] = False
    app.config["AUTO_404_RESPONSE"] = False
    app.config["AUTO_OPERATION_ID"] = True
    app.spec_processor(_add_components)


def _add_components(specification: Any) -> Any:
    schemas = specification.setdefault("components", {}).setdefault("schemas", {})
    for model in _COMPONENTS:
        schemas[model.__name__] = model.model_json_schema()
    return specification


def problems(*names: str) -> dict[int | str, dict[str, Any]]:
    """Return the description of the problems that a route may answer, by their names in the catalogue."""
    described: dict[int | str, dict[str, Any]] = {}
    for name in names:
        kind = KINDS[name]
        if kind.status in described:
            described[kind.status]["description"] += f"; {kind.title}"
        else:
            content = {CONTENT_TYPE: {"schema": _reference(ProblemDocument)}}
            described[kind.status] = {"description": kind.title, "content": content}
    return described
