"""What can go wrong with a request, as RFC 9457 problems: one catalogue, one exception.

A problem never carries a trace, a path or any text of a message. What it may name of the caller's own is the
name of a field, and that only when it looks like a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = [
    "CONTENT_TYPE",
    "KINDS",
    "OVERLOADED",
    "Kind",
    "Problem",
    "kind_of_status",
    "overloaded",
    "printable_name",
]

CONTENT_TYPE = "application/problem+json"

_RETRY_AFTER_SECONDS = 1
_TYPE_PREFIX = "urn:sigmail:problem:"
_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,40}")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its name is stable, and clients may switch on it."""

    name: str
    status: int
    title: str
    remedy: str

    @property
    def type(self) -> str:
        """The URI that stands in the member ``type``."""
        return _TYPE_PREFIX + self.name


_CATALOGUE = (
    Kind(
        "malformed-request",
        400,
        "The request cannot be read",
        "Send a well-formed HTTP request; the description is at /openapi.json.",
    ),
    Kind("malformed-json", 400, "The body is not JSON", "Send one JSON object, encoded in UTF-8."),
    Kind(
        "malformed-multipart",
        400,
        "The multipart body cannot be read",
        "Send multipart/form-data with a boundary, as `curl -F message=@mail.eml` does.",
    ),
    Kind(
        "malformed-text",
        400,
        "The text does not match its charset",
        "Name the charset in the Content-Type (UTF-8 is assumed), or send a raw mail as message/rfc822.",
    ),
    Kind(
        "key-missing",
        401,
        "An API key is needed",
        "Send a key as `Authorization: Bearer TOKEN` or `X-API-Key: TOKEN`; `sigmail keys create` makes one.",
    ),
    Kind(
        "key-unknown",
        401,
        "The API key is wrong",
        "Check the key; `sigmail keys list` shows those that hold.",
    ),
    Kind("scope-missing", 403, "The API key may not do this", "Ask the operator for a key with the scope."),
    Kind("not-found", 404, "There is nothing here", "The routes are listed at /openapi.json."),
    Kind(
        "verdict-unknown",
        404,
        "There is no such verdict",
        "Send the message itself with its label: verdicts are kept for a time, each for its tenant.",
    ),
    Kind(
        "feedback-unknown",
        404,
        "There is no such feedback",
        "Use the id that the answer to POST /feedback gave.",
    ),
    Kind(
        "model-unknown",
        404,
        "There is no such model or training",
        "Take an id from `GET /models`, or from the answer of `POST /models/train`.",
    ),
    Kind(
        "method-not-allowed",
        405,
        "The route does not take this method",
        "Use a method that the header Allow names.",
    ),
    Kind(
        "body-timeout",
        408,
        "The body did not arrive in time",
        "Send the whole body at once; the server does not wait for slow clients.",
    ),
    Kind(
        "model-unusable",
        409,
        "The file of the model is damaged or gone",
        "Activate another model, or train one; the one that judges goes on.",
    ),
    Kind(
        "body-too-large",
        413,
        "The body is over the size limit",
        "Send less, for instance without the attachments, or raise max_body_bytes in the settings.",
    ),
    Kind(
        "unsupported-media-type",
        415,
        "The content type is not one that the route takes",
        "Send text/plain, message/rfc822, application/json or multipart/form-data.",
    ),
    Kind(
        "unsupported-charset",
        415,
        "The charset is not one that the service reads",
        "Send the text in UTF-8, or a raw mail as message/rfc822.",
    ),
    Kind("invalid-field", 422, "A field is wrong", "Send the fields that /openapi.json describes."),
    Kind(
        "idempotency-conflict",
        422,
        "The Idempotency-Key belongs to another request",
        "Give every new request a new Idempotency-Key, and only its repetitions the same one.",
    ),
    Kind(
        "empty-message",
        422,
        "There is no message in the request",
        "Send the message as the body, for instance `curl --data-binary @mail.eml`.",
    ),
    Kind(
        "too-many-requests",
        429,
        "The caller sends too much",
        "Wait the seconds that Retry-After names, and send more slowly.",
    ),
    Kind(
        "overloaded",
        503,
        "The service has more work than it can do",
        "Try again after the seconds that Retry-After names.",
    ),
    Kind(
        "storage-away",
        503,
        "The database does not answer",
        "Try again after the seconds that Retry-After names; messages are classified meanwhile.",
    ),
    Kind(
        "draining",
        503,
        "The service is about to end",
        "Send new requests to another instance, or try again when the service is back.",
    ),
    Kind(
        "storage-full",
        507,
        "There is no room left for the database",
        "Tell the operator; send it again when there is room. Messages are classified meanwhile.",
    ),
    Kind(
        "models-away",
        503,
        "The models cannot be read or written",
        "Try again; if it stays, the operator should look at the folder of the models.",
    ),
    Kind(
        "internal-error",
        500,
        "The service failed",
        "Try again; if it stays, tell the operator the request id.",
    ),
)

KINDS = {kind.name: kind for kind in _CATALOGUE}
OVERLOADED = KINDS["overloaded"]

_BY_STATUS = {
    400: "malformed-request",
    401: "key-missing",
    403: "scope-missing",
    404: "not-found",
    405: "method-not-allowed",
    408: "body-timeout",
    413: "body-too-large",
    415: "unsupported-media-type",
    422: "invalid-field",
    429: "too-many-requests",
    503: "overloaded",
}


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem, and so does the answer.
    """A request that gets a problem document instead of its answer.

    Parameters
    ----------
    kind
        A name of the catalogue ``KINDS``.
    detail
        What is wrong with this request, without any text of the message.
    field
        The field at fault, as the caller would name it: ``text``, ``explain``, ``messages[3].raw``.
    remedy
        What the caller can do; the remedy of the kind where it says enough.
    headers
        Further headers of the answer, such as ``Allow`` or ``Retry-After``.
    """

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        field: str | None = None,
        remedy: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = KINDS[kind]
        self.detail = detail
        self.field = field
        self.remedy = remedy or self.kind.remedy
        self.headers = headers or {}

    def document(self, request_id: str | None = None) -> dict[str, str | int]:
        """Return the members of the problem document."""
        members: dict[str, str | int] = {
            "type": self.kind.type,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
        }
        if self.field is not None:
            members["field"] = self.field
        members["remedy"] = self.remedy
        if request_id is not None:
            members["request_id"] = request_id
        return members


def overloaded(detail: str) -> Problem:
    """Return the problem of a request that there is no room for at the moment."""
    return Problem("overloaded", detail, headers={"Retry-After": str(_RETRY_AFTER_SECONDS)})


def kind_of_status(status: int) -> Kind:
    """Return the kind that stands for a bare HTTP status; an unlisted 4xx counts as a malformed request."""
    return KINDS[_BY_STATUS.get(status, "malformed-request" if status < 500 else "internal-error")]


def printable_name(name: object) -> str:
    """Return a field's name if it looks like one, else a stand-in: a name may be any text of a message."""
    text = str(name)
    return text if _NAME.fullmatch(text) else "(unprintable name)"
