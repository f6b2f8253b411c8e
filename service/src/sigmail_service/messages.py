"""Takes the message out of a request: four content types in, ``str`` (a text) or ``bytes`` (a mail) out."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from io import BytesIO
from typing import IO

from flask import Request
from pydantic import ValidationError
from werkzeug.formparser import FormDataParser

from sigmail_service.compose import compose_mail
from sigmail_service.problems import Problem, printable_name
from sigmail_service.schemas import JsonMessage

__all__ = [
    "MEDIA_TYPES",
    "MessageRequest",
    "message_of_fields",
    "parse_json_message",
    "problem_of_fields",
    "read_body",
    "read_message",
]

MEDIA_TYPES = ("text/plain", "message/rfc822", "application/json", "multipart/form-data")

# Python's other text codecs (idna, punycode, unicode_escape) are no charsets of mail, and some are quadratic.
_CHARSET = re.compile(
    r"ascii|utf-8|utf-8-sig|utf-16(-[bl]e)?|utf-32(-[bl]e)?|iso8859-\d+|cp125\d|cp(437|850|852|866|874|932|949|950)"
    r"|koi8-[rtu]|mac-\w+|gb2312|gbk|gb18030|big5(hkscs)?|euc_(jp|kr)|shift_jis|iso2022_(jp|kr)|tis-620"
)


class MessageRequest(Request):
    """A request whose uploaded file stays in memory, and whose broken form is an error."""

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 - the signature is Werkzeug's.
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        """Return the buffer of a file part: Werkzeug's own goes to the disk, no place for a message."""
        return BytesIO()

    def make_form_data_parser(self) -> FormDataParser:
        """Return a parser that raises on a broken form, which Werkzeug by default takes for an empty one."""
        parser = super().make_form_data_parser()
        parser.silent = False
        return parser


def read_message(request: Request, limit: int, fields: tuple[str, ...] = ()) -> bytes | str:
    """Return the message that a request carries.

    Parameters
    ----------
    request
        The request; its content type says how the message is wrapped.
    limit
        The largest body, in bytes; a body of undeclared length is held to it here.
    fields
        The names of what may stand beside the message in a form.

    Raises
    ------
    Problem
        If the content type is not one of `MEDIA_TYPES`, or the body is not what its type says.
    """
    media_type = request.mimetype
    if media_type not in MEDIA_TYPES:
        raise _unsupported(media_type)
    if media_type == "multipart/form-data":
        return _from_form(request, fields)
    body = read_body(request, limit)
    if media_type == "application/json":
        return parse_json_message(body)
    if media_type == "text/plain":
        return _decode(body, request.mimetype_params.get("charset"))
    return body


def read_body(request: Request, limit: int) -> bytes:
    """Return the body of a request; `Problem` if it is empty or over the limit."""
    body = request.get_data(cache=False)
    if len(body) > limit:
        raise Problem("body-too-large", f"The body is over {limit} bytes.")
    if not body:
        raise Problem("empty-message", "The body is empty.")
    return body


def parse_json_message(body: bytes) -> bytes | str:
    """Return the message of a JSON object."""
    try:
        fields = JsonMessage.model_validate_json(body)
    except ValidationError as error:
        raise problem_of_fields(error) from None
    return message_of_fields(fields)


def message_of_fields(fields: JsonMessage) -> bytes | str:
    """Return the message that checked fields describe: a text, a mail built from its parts, or a raw mail."""
    given = fields.model_fields_set
    if not given:
        raise Problem("empty-message", "The object has none of the fields text, subject, html and raw.")
    if "raw" in given:
        if len(given) > 1:
            remedy = "Send either raw, or text, subject and html."
            raise Problem("invalid-field", "The field raw stands alone.", field="raw", remedy=remedy)
        return _decode_base64(fields.raw)
    if given == {"text"}:
        return fields.text
    return compose_mail(fields.subject, fields.text, fields.html)


def _unsupported(media_type: str) -> Problem:
    allowed = ", ".join(MEDIA_TYPES)
    if media_type == "application/x-www-form-urlencoded":
        remedy = "Name the type: `curl -H 'Content-Type: text/plain' --data-binary @FILE`."
        return Problem(
            "unsupported-media-type", f"The route takes {allowed}.", field="Content-Type", remedy=remedy
        )
    return Problem("unsupported-media-type", f"The route takes {allowed}.", field="Content-Type")


def _from_form(request: Request, known: tuple[str, ...]) -> bytes | str:
    try:
        files, fields = request.files, request.form
    except ValueError:
        raise Problem(
            "malformed-multipart", "The body is not the multipart form that its type says."
        ) from None
    if "message" in fields:
        remedy = "Send the message as a file: `curl -F message=@mail.eml`."
        raise Problem(
            "invalid-field", "The part message is a field, not a file.", field="message", remedy=remedy
        )
    for name in [*files, *fields]:
        if name != "message" and not (name in known and name in fields):
            raise Problem(
                "invalid-field",
                "The form has a part that the route does not know.",
                field=printable_name(name),
            )
    parts = files.getlist("message")
    if len(parts) != 1:
        raise Problem(
            "invalid-field", f"The form has {len(parts)} parts message; it takes one.", field="message"
        )
    data = parts[0].stream.read()
    if not data:
        raise Problem("empty-message", "The part message is empty.", field="message")
    if parts[0].mimetype == "text/plain":
        return _decode(data, parts[0].mimetype_params.get("charset"))
    return data


def _decode(data: bytes, charset: str | None) -> str:
    """Return the text of bytes in a declared charset, UTF-8 when none is declared."""
    try:
        name = codecs.lookup(charset or "utf-8").name
    except (LookupError, ValueError):
        name = ""
    if not _CHARSET.fullmatch(name):
        raise Problem(
            "unsupported-charset", "The charset of the Content-Type is unknown.", field="Content-Type"
        )
    try:
        return data.decode("utf-8-sig" if name == "utf-8" else name)
    except UnicodeDecodeError as error:
        detail = f"The byte at offset {error.start} is not {name}."
        raise Problem("malformed-text", detail) from None


def _decode_base64(raw: str) -> bytes:
    try:
        data = base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        remedy = "Encode the mail in standard base64 without line breaks, as `base64 -w0` does."
        raise Problem("invalid-field", "The field raw is not base64.", field="raw", remedy=remedy) from None
    if not data:
        raise Problem("empty-message", "The field raw is empty.", field="raw")
    return data


def problem_of_fields(error: ValidationError) -> Problem:
    """Return the problem of JSON that cannot be read, or whose fields are not those of its schema."""
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return Problem("malformed-json", f"{first['msg']}.")
    if not first["loc"]:
        return Problem("invalid-field", "The JSON is not an object.")
    field = printable_name(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return Problem("invalid-field", f"There is no field {field}.", field=field)
    return Problem("invalid-field", f"{first['msg']}.", field=field)
