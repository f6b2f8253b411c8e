"""Every wrong request gets its problem document: the right status, a stable type, the field, and a remedy."""

import json

import pytest
import requests

JSON = "application/json"
TEXT = "text/plain"
TYPE = "Content-Type"
UNSUPPORTED = "unsupported-media-type"
WRONG_FIELD = "invalid-field"
MALFORMED_JSON = (400, "malformed-json", None)
FORM = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
END = b"--b--\r\n"


def part(name, text, filename=True):
    return PART % (name, b'; filename="m"' if filename else b"", text)


# name: (content type, body, query, status, kind, field)
WRONG = {
    "nothing at all": (TEXT, b"", "", 422, "empty-message", None),
    "an empty mail": ("message/rfc822", b"", "", 422, "empty-message", None),
    "an empty JSON body": (JSON, b"", "", 422, "empty-message", None),
    "an empty JSON object": (JSON, b"{}", "", 422, "empty-message", None),
    "an empty file": (FORM, part(b"message", b"") + END, "", 422, "empty-message", "message"),
    "invalid UTF-8": (TEXT, b"caf\xe9 CANARY", "", 400, "malformed-text", None),
    "another charset": ("text/plain; charset=ascii", b"caf\xc3\xa9", "", 400, "malformed-text", None),
    "half a UTF-16 character": ("text/plain; charset=utf-16", b"a", "", 400, "malformed-text", None),
    "an unknown charset": ("text/plain; charset=klingon", b"x", "", 415, "unsupported-charset", TYPE),
    "a codec, no charset": ("text/plain; charset=zlib", b"x", "", 415, "unsupported-charset", TYPE),
    "a slow codec": ("text/plain; charset=idna", b"x", "", 415, "unsupported-charset", TYPE),
    "a charset of NUL": ('text/plain; charset="\\\\0"', b"x", "", 415, "unsupported-charset", TYPE),
    "broken JSON": (JSON, b'{"text": "CANARY', "", *MALFORMED_JSON),
    "JSON in UTF-16": (JSON, '{"text": "a"}'.encode("utf-16"), "", *MALFORMED_JSON),
    "JSON with a lone surrogate": (JSON, b'{"text": "\\ud800"}', "", *MALFORMED_JSON),
    "JSON that is nested deeply": (JSON, b"[" * 100_000, "", *MALFORMED_JSON),
    "deep nesting in a field": (JSON, b'{"text": ' + b'{"a":' * 50_000, "", *MALFORMED_JSON),
    "a JSON number": (JSON, b"42", "", 422, WRONG_FIELD, None),
    "a JSON array": (JSON, b'["CANARY"]', "", 422, WRONG_FIELD, None),
    "JSON null": (JSON, b"null", "", 422, WRONG_FIELD, None),
    "a number as the text": (JSON, b'{"text": 1}', "", 422, WRONG_FIELD, "text"),
    "null as the text": (JSON, b'{"text": null}', "", 422, WRONG_FIELD, "text"),
    "an unknown field": (JSON, b'{"text": "a", "body": "CANARY"}', "", 422, WRONG_FIELD, "body"),
    "a field like a message": (JSON, b'{"a b CANARY": 1}', "", 422, WRONG_FIELD, "(unprintable name)"),
    "raw that is not base64": (JSON, b'{"raw": "CANARY !"}', "", 422, WRONG_FIELD, "raw"),
    "raw of no bytes": (JSON, b'{"raw": ""}', "", 422, "empty-message", "raw"),
    "raw beside text": (JSON, b'{"raw": "YQ==", "text": "a"}', "", 422, WRONG_FIELD, "raw"),
    "a form": ("application/x-www-form-urlencoded", b"a=b", "", 415, UNSUPPORTED, TYPE),
    "a picture": ("image/png", b"\x89PNG", "", 415, UNSUPPORTED, TYPE),
    "no content type": (None, b"hello", "", 415, UNSUPPORTED, TYPE),
    "no boundary": ("multipart/form-data", b"x", "", 400, "malformed-multipart", None),
    "a form that breaks off": (FORM, part(b"message", b"hello"), "", 400, "malformed-multipart", None),
    "no part message": (FORM, END, "", 422, WRONG_FIELD, "message"),
    "two parts message": (FORM, part(b"message", b"a") * 2 + END, "", 422, WRONG_FIELD, "message"),
    "a field, no file": (FORM, part(b"message", b"a", filename=False) + END, "", 422, WRONG_FIELD, "message"),
    "another part": (FORM, part(b"mail", b"a") + END, "", 422, WRONG_FIELD, "mail"),
    "a part of two": (FORM, part(b"message", b"a") + part(b"x", b"a") + END, "", 422, WRONG_FIELD, "x"),
    "too many reasons": (TEXT, b"hello", "explain=101", 422, WRONG_FIELD, "explain"),
    "a negative number of reasons": (TEXT, b"hello", "explain=-1", 422, WRONG_FIELD, "explain"),
    "reasons in words": (TEXT, b"hello", "explain=CANARY", 422, WRONG_FIELD, "explain"),
    "a misspelt option": (TEXT, b"hello", "explian=1", 422, WRONG_FIELD, "explian"),
}  # fmt: skip


def check_problem(answer, status, kind):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"urn:sigmail:problem:{kind}"
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert all(problem[member] for member in ("title", "detail", "remedy"))
    return problem


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_message_gets_its_problem(service, canary, name):
    content_type, body, query, status, kind, field = WRONG[name]
    headers = {"Content-Type": content_type} if content_type else {}
    body = body.replace(b"CANARY", canary.encode())
    url = f"{service.url}/classify?{query.replace('CANARY', canary)}"
    answer = requests.post(url, data=body, headers=headers, timeout=20)
    problem = check_problem(answer, status, kind)
    assert problem.get("field") == field
    assert canary not in answer.text


def test_an_unknown_media_type_is_told_the_ones_that_are_taken(service):
    answer = requests.post(f"{service.url}/classify", data=b"x", headers={"Content-Type": "a/b"}, timeout=20)
    detail = answer.json()["detail"]
    for media_type in (TEXT, "message/rfc822", "application/json", "multipart/form-data"):
        assert media_type in detail


@pytest.mark.parametrize("path", ["/nowhere", "/classify/", "/static/../settings.py", "/%2e%2e/etc/passwd"])
def test_an_unknown_path_is_not_found_and_not_repeated(service, path):
    answer = requests.get(f"{service.url}{path}", params={"text": "secret"}, timeout=20)
    check_problem(answer, 404, "not-found")
    assert "nowhere" not in answer.text
    assert "secret" not in answer.text


@pytest.mark.parametrize(("method", "path"), [("GET", "/classify"), ("PUT", "/classify"), ("POST", "/livez")])
def test_a_wrong_method_is_told_the_right_one(service, method, path):
    answer = requests.request(method, f"{service.url}{path}", timeout=20)
    check_problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"]


def test_every_problem_of_the_description_has_a_document(service):
    description = requests.get(f"{service.url}/openapi.json", timeout=20).json()
    responses = description["paths"]["/classify"]["post"]["responses"]
    documented = {int(status) for status in responses if status != "200"}
    assert {wrong[3] for wrong in WRONG.values()} <= documented
    schema = json.dumps(description["components"]["schemas"]["ProblemDocument"])
    assert all(
        member in schema for member in ("type", "title", "status", "detail", "remedy", "field", "request_id")
    )
