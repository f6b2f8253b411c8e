"""`POST /classify/batch`: the verdicts of `/classify`, in order, streamed or at once."""

import base64
import http.client
import json
import threading

import pytest
import requests

from sigmail_service.batch import item_of_line
from sigmail_service.problems import Problem

MEMBERS = {"index", "id", "label", "probability", "thresholds", "model", "reasons", "truncated"}
MAIL = b"Subject: Your prize\r\n\r\nClaim it now."

GOOD = [
    {"text": "Win a free prize now"},
    {"subject": "Hello", "text": "See you at five.", "html": "<p>See you</p>"},
    {"raw": base64.b64encode(MAIL).decode()},
    "a text without an object",
]
WRONG = {
    "5": ("invalid-field", None),
    "[]": ("invalid-field", None),
    '{"text": 5}': ("invalid-field", "text"),
    '{"body": "zanzibarquux"}': ("invalid-field", "body"),
    '{"raw": "zanzibarquux!"}': ("invalid-field", "raw"),
    "{}": ("empty-message", None),
}


@pytest.fixture
def post(service):
    def send(body, content_type, explain=0):
        url = f"{service.url}/classify/batch"
        headers = {"Content-Type": content_type}
        return requests.post(url, data=body, headers=headers, params={"explain": explain}, timeout=20)

    return send


@pytest.fixture
def alone(service):
    """What `/classify` says of one message."""

    def send(item, explain):
        item = {"text": item} if isinstance(item, str) else item
        answer = requests.post(f"{service.url}/classify", json=item, params={"explain": explain}, timeout=20)
        return without_id(answer.json())

    return send


def without_id(members):
    return {name: value for name, value in members.items() if name not in {"id", "index"}}


def ndjson(items):
    return "\n".join(
        item if isinstance(item, str) and item[:1] in "{[5" else json.dumps(item) for item in items
    )


def lines_of(answer):
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize("explain", [0, 4])
@pytest.mark.parametrize("streamed", [True, False])
def test_each_message_gets_the_verdict_that_it_gets_alone(post, alone, streamed, explain):
    if streamed:
        results = lines_of(post(ndjson(GOOD), "application/x-ndjson", explain))
    else:
        results = post(json.dumps({"messages": GOOD}), "application/json", explain).json()["results"]
    assert [result["index"] for result in results] == [0, 1, 2, 3]
    assert all(set(result) == MEMBERS for result in results)
    assert [without_id(result) for result in results] == [alone(item, explain) for item in GOOD]


@pytest.mark.parametrize("streamed", [True, False])
def test_a_wrong_item_gets_its_own_error_and_the_rest_their_verdicts(post, canary, streamed):
    items = [line for wrong in WRONG for line in (wrong, '{"text": "hello"}')]
    if streamed:
        answer = post(ndjson(items), "application/x-ndjson")
        results = lines_of(answer)
    else:
        answer = post('{"messages": [' + ",".join(items) + "]}", "application/json")
        results = answer.json()["results"]
    assert canary not in answer.text
    assert len(results) == len(items)
    for result, (kind, field) in zip(results[::2], WRONG.values(), strict=True):
        assert result["error"]["type"] == f"urn:sigmail:problem:{kind}"
        assert result["error"].get("field") == field
    assert all("label" in result for result in results[1::2])


def test_a_line_that_is_no_json_and_one_over_the_limit_get_their_errors(post):
    long = json.dumps({"text": "x" * (600 * 1024)})
    results = lines_of(
        post("\n".join(['{"text":', '"open', long, "", '{"text": "a"}']), "application/x-ndjson")
    )
    kinds = [result.get("error", {}).get("type", "").rpartition(":")[2] for result in results]
    assert kinds == ["malformed-json", "malformed-json", "body-too-large", ""]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ('{"messages": 5}', "application/json", 422),
        ('{"messages": [], "more": 1}', "application/json", 422),
        ("{}", "application/json", 422),
        ("[]", "application/json", 422),
        ('{"messages": [', "application/json", 400),
        ('{"messages": ["\\ud800"]}', "application/json", 400),
        ("", "application/json", 422),
        ("hello", "text/plain", 415),
        ('{"messages": [' + '"a",' * 10_000 + '"a"]}', "application/json", 422),
    ],
)
def test_a_batch_that_is_wrong_as_a_whole_gets_a_problem(post, body, content_type, status):
    answer = post(body, content_type)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_an_empty_batch_has_no_results(post):
    assert post('{"messages": []}', "application/json").json() == {"results": []}
    assert lines_of(post("\n\n", "application/x-ndjson")) == []


def test_answers_come_while_the_stream_is_still_open(service):
    with service.connect() as connection:
        head = "POST /classify/batch HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        answer = http.client.HTTPResponse(connection)
        for number in range(3):
            line = b'{"text": "message %d"}\n' % number
            connection.sendall(b"%x\r\n%s\r\n" % (len(line), line))
            if number == 0:
                answer.begin()
            assert json.loads(answer.readline())["index"] == number
        connection.sendall(b"0\r\n\r\n")
        assert answer.read() == b""


def test_a_stream_that_stops_is_cut_with_an_error_and_its_worker_goes_on(service):
    with service.connect() as connection:
        head = "POST /classify/batch HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
        connection.sendall(head.encode() + b'Content-Length: 1000\r\n\r\n{"text": "a"}\n{"te')
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        first, last = (json.loads(line) for line in answer)
        assert first["index"] == 0
        assert last["error"]["type"] == "urn:sigmail:problem:body-timeout"
    assert requests.get(f"{service.url}/livez", timeout=20).status_code == 200


def test_a_long_stream_keeps_its_order_and_its_errors(service):
    count = 5_000

    def send(connection):
        for start in range(0, count, 100):
            block = "".join(
                "{\n" if number % 1_000 == 7 else json.dumps({"text": f"message {number}"}) + "\n"
                for number in range(start, start + 100)
            ).encode()
            connection.sendall(b"%x\r\n%s\r\n" % (len(block), block))
        connection.sendall(b"0\r\n\r\n")

    with service.connect() as connection:
        head = "POST /classify/batch HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        sender = threading.Thread(target=send, args=(connection,))
        sender.start()
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        results = [json.loads(line) for line in answer]
        sender.join()
    assert [result["index"] for result in results] == list(range(count))
    assert [result["index"] for result in results if "error" in result] == [7, 1_007, 2_007, 3_007, 4_007]


def test_more_streams_than_are_allowed_are_refused_and_those_open_go_on(start_service):
    head = b"POST /classify/batch HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
    with start_service("--workers", "1", "--max-streams", "1") as service, service.connect() as first:
        first.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n6\r\n{}\n{}\n\r\n")
        opened = http.client.HTTPResponse(first)
        opened.begin()
        assert json.loads(opened.readline())["index"] == 0
        refused = requests.post(
            f"{service.url}/classify/batch",
            data="{}",
            headers={"Content-Type": "application/x-ndjson"},
            timeout=20,
        )
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) >= 1
        assert refused.json()["type"] == "urn:sigmail:problem:overloaded"
        first.sendall(b"0\r\n\r\n")
        assert json.loads(opened.readline())["index"] == 1
        assert opened.read() == b""


@pytest.mark.parametrize(
    "line",
    [
        b'{"raw": "aGVsbG8="}',
        b'{"raw": ""}',
        b'{"raw": "aGVsbG8"}',
        b'{"raw": "aGVs bG8="}',
        b'{"raw": "aGVsbG8=", "text": "a"}',
        b'{"raw": "aGVsbG8=="}',
        b'{"raw": "aGVsbG9="}',
        b'{"raw": "aGVs\\u0062G8="}',
        b'{"raw": 5, "a": "b"}',
    ],
)
def test_a_line_of_one_raw_mail_is_read_as_any_json_is(line):
    quick, slow = item_of_line(line, 1_000), item_of_line(line + b" ", 1_000)
    if isinstance(slow, Problem):
        assert quick.document() == slow.document()
    else:
        assert quick == slow
