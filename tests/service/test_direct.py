"""The direct way of `POST /classify` and the view of Flask give the same answers, right and wrong."""

import base64
import json

import pytest
import requests

from sigmail_service.app import create_app
from sigmail_service.direct import DirectClassify
from sigmail_service.heads import head_of
from sigmail_service.settings import Settings
from sigmail_service.wsgi import environ_of

TEXT = "text/plain"
MAIL = b"From: Ada <ada@example.org>\r\nSubject: Claim your prize\r\n\r\nFree pills, now.\r\n"
RAW = json.dumps({"raw": base64.b64encode(MAIL).decode()}).encode()

IN_ORDER = [
    (TEXT, "", b"Win a free prize now"),
    (TEXT, "explain=0", b"Win a free prize now"),
    (TEXT, "explain=7", "\ufeffGrüße, 明日の午後三時に".encode()),
    ("Text/Plain; charset=UTF-8", "explain=100", b"Win"),
    ("message/rfc822", "explain=3", MAIL),
    ("application/json", "explain=3", RAW),
    ("application/json", "", b'{"subject": "prize", "html": "<p>free</p>"}'),
]
OUT_OF_ORDER = [
    (TEXT, "", b""),
    (TEXT, "", b"\xff\xfe\xff"),
    (TEXT, "explain=101", b"hello"),
    (TEXT, "explain=-1", b"hello"),
    (TEXT, "explain=1&explain=2", b"hello"),
    (TEXT, "explain=%32", b"hello"),
    (TEXT, "why=3", b"hello"),
    ("text/plain; charset=latin-1", "explain=2", "Grüße".encode("latin-1")),
    ("text/plain; charset=utf-7", "", b"hello"),
    ("application/json", "", b'{"text": 5}'),
    ("application/json", "", b"{"),
    ("application/json", "", b"{}"),
    ("application/x-www-form-urlencoded", "", b"a=b"),
]
HEADERS = ("Content-Type", "Cache-Control", "X-Content-Type-Options", "X-Request-ID")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    return create_app(Settings(data_dir=tmp_path_factory.mktemp("data")))


def scope_of(content_type, query):
    headers = [(b"content-type", content_type.encode()), (b"x-request-id", b"twin")]
    return {
        "method": "POST",
        "path": "/classify",
        "query_string": query.encode(),
        "headers": headers,
        "http_version": "1.1",
        "scheme": "http",
        "client": ("127.0.0.1", 5),
    }


def direct(app, content_type, query, body):
    scope = scope_of(content_type, query)
    return DirectClassify(app).answer(scope, dict(scope["headers"]), body, None, 0.0)


def by_the_view(app, content_type, query, body):
    client = app.test_client()
    headers = {"Content-Type": content_type, "X-Request-ID": "twin"}
    return client.post(f"/classify?{query}", data=body, headers=headers)


def without_id(data):
    members = json.loads(data)
    members.pop("id", None)
    return members


@pytest.mark.parametrize(("content_type", "query", "body"), IN_ORDER)
def test_a_request_in_order_gets_the_answer_of_the_view(app, content_type, query, body):
    answer, view = direct(app, content_type, query, body), by_the_view(app, content_type, query, body)
    assert answer is not None
    assert answer.status == view.status_code == 200
    assert without_id(answer.body) == without_id(view.data)
    head = head_of(200, answer.headers, len(answer.body), keep_alive=True, fixed=answer.fixed).data
    lines = head.decode("latin-1").split("\r\n")[1:-2]
    headers = dict(line.split(": ", 1) for line in lines)
    assert len(headers) == len(lines)
    assert {name: headers[name.lower()] for name in HEADERS} == {name: view.headers[name] for name in HEADERS}
    assert headers["content-length"] == str(len(answer.body))


@pytest.mark.parametrize(("content_type", "query", "body"), OUT_OF_ORDER)
def test_any_other_request_is_left_to_the_view(app, content_type, query, body):
    assert direct(app, content_type, query, body) is None


@pytest.mark.parametrize(("content_type", "query", "body"), [*IN_ORDER, *OUT_OF_ORDER])
def test_the_server_answers_as_the_view_does(app, service, content_type, query, body):
    headers = {"Content-Type": content_type, "X-Request-ID": "twin"}
    served = requests.post(f"{service.url}/classify?{query}", data=body, headers=headers, timeout=20)
    view = by_the_view(app, content_type, query, body)
    assert served.status_code == view.status_code
    assert without_id(served.content) == without_id(view.data)
    assert {name: served.headers[name] for name in HEADERS} == {name: view.headers[name] for name in HEADERS}


def test_a_header_that_comes_twice_is_left_to_the_view(app):
    scope = scope_of(TEXT, "")
    scope["headers"].append((b"content-type", b"text/html"))
    headers = dict(scope["headers"]) | {b"content-type": b"text/plain"}
    assert DirectClassify(app).answer(scope, headers, b"hello", None, 0.0) is None
    assert environ_of(scope)["CONTENT_TYPE"] == "text/plain,text/html"
