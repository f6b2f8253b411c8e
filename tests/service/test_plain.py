"""A request that comes whole is answered in one step, as the parser and the direct way would answer it."""

import json
import socket
import time

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmail.filter import size_of_plain_request
from sigmail_service.app import create_app
from sigmail_service.direct import DirectClassify
from sigmail_service.exchange import Exchange
from sigmail_service.keys import SHARED
from sigmail_service.plain import PlainExchange
from sigmail_service.recording import history_of
from sigmail_service.settings import Settings
from sigmail_service.storage.verdicts import latest

MAIL = b"From: Ada <ada@example.org>\r\nSubject: Claim your prize\r\n\r\nFree pills, now.\r\n"
USUAL = [b"Host: a", b"Content-Type: message/rfc822"]
JSON = [b"Content-Type: application/json"]
TARGET = b"/classify"

ASKED = [
    (TARGET, USUAL, MAIL),
    (b"/classify?", USUAL, MAIL),
    (
        b"/classify?explain=3",
        [*USUAL, b"X-Request-ID: twin", b"Connection: keep-alive", b"Accept: */*"],
        MAIL,
    ),
    (b"/classify?explain=100", [b"content-type:text/plain;charset=UTF-8"], "\ufeffGrüße, 明日".encode()),
    (b"/classify?explain=101", USUAL, MAIL),
    (b"/classify?why=3", USUAL, MAIL),
    (b"/elsewhere", USUAL, MAIL),
    (TARGET, [*USUAL, b"X-Request-ID: not fit"], MAIL),
    (TARGET, [*USUAL, b"X-Request-ID:  twin "], MAIL),
    (TARGET, [*USUAL, b"Content-Type: text/plain"], MAIL),
    (TARGET, [*USUAL, b"X-API-Key: unknown"], MAIL),
    (TARGET, [*USUAL, b"Authorization: Bearer unknown"], MAIL),
    (TARGET, [*USUAL, b"Connection: close"], MAIL),
    (TARGET, [*USUAL, b"Connection: Upgrade", b"Upgrade: h2c"], MAIL),
    (TARGET, JSON, b'{"text": "hello"}'),
    (b"/classify?explain=5", JSON, b'{"text":"Free \\ud83d\\udc8a pills,\\n now \\u00fc"}'),
    (TARGET, JSON, b'{"raw": "U3ViamVjdDogUHJpemUKCkZyZWUgcGlsbHMuCg=="}'),
    (TARGET, JSON, b'{"text": "hello"}\n'),
    (TARGET, JSON, b'{"text": ""}'),
    (TARGET, JSON, b'{"text": "a", "text": "b"}'),
    (TARGET, JSON, b'{"text": "a", "subject": "b"}'),
    (TARGET, JSON, b'{"text": "\\ud83d"}'),
    (TARGET, JSON, b'{"text": "\xff"}'),
    (TARGET, JSON, b'{"text": 7}'),
    (TARGET, JSON, b'{"raw": "U3V"}'),
    (TARGET, [b"Content-Type: application/json; charset=utf-8"], b'{"text": "hello"}'),
    (TARGET, [b"Content-Type: text/plain"], b"\xff\xfe\xff"),
    (TARGET, [b"Content-Type: text/plain"], b"\xef\xbb\xbf"),
    (TARGET, [b"Content-Type: text/html"], b"hello"),
    (TARGET, USUAL, b""),
]


class Line:
    """What a plain request needs of its connection."""

    client = server = ("127.0.0.1", 5)
    closing = False

    def __init__(self):
        self.sent = b""

    def write(self, data):
        self.sent += data


def request(target=TARGET, headers=USUAL, body=MAIL):
    lines = [b"POST " + target + b" HTTP/1.1", *headers, b"Content-Length: %d" % len(body), b"", b""]
    return b"\r\n".join(lines) + body


def read_answer(connection):
    data = connection.recv(65536)
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    headers = dict(line.split(b": ", 1) for line in lines)
    assert len(headers) == len(lines)
    while len(body) < int(headers[b"content-length"]):
        body += connection.recv(65536)
    return first, headers, body


def answer_in_pieces(service, *pieces):
    with service.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.02)
        return read_answer(connection)


def without_ids(answer):
    first, headers, body = answer
    members = json.loads(body)
    for name in ("id", "request_id", "instance"):
        members.pop(name, None)
    kept = {name: value for name, value in headers.items() if name not in (b"date", b"x-request-id")}
    given = headers[b"x-request-id"] if headers[b"x-request-id"] == b"twin" else b""
    return first, kept, given, members


@pytest.mark.parametrize(("target", "headers", "body"), ASKED)
def test_the_answer_does_not_tell_in_how_many_pieces_the_request_came(service, target, headers, body):
    data = request(target, headers, body)
    whole, pieces = answer_in_pieces(service, data), answer_in_pieces(service, data[:20], data[20:])
    assert without_ids(whole) == without_ids(pieces)


def test_both_ways_come_in_turns_on_one_connection(service):
    data = request(headers=[*USUAL, b"X-Request-ID: twin"])
    head, body = data[: -len(MAIL)], data[-len(MAIL) :]
    with service.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for pieces in ([data], [head, body], [data], [data[:5], data[5:]], [data]):
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(0.01)
            assert read_answer(connection)[0] == b"HTTP/1.1 200 OK"
        # More follows before the first is answered: the parser reads what follows, and the order stays.
        connection.sendall(data)
        connection.sendall(
            b"".join([data, data.replace(b"twin", b"last").replace(b"Host: a", b"Connection: close")])
        )
        received = b""
        while piece := connection.recv(65536):
            received += piece
    assert [line[14:] for line in received.split(b"\r\n") if line.startswith(b"x-request-id")] == [
        b"twin",
        b"twin",
        b"last",
    ]


class Parsed:
    """What the parser makes of some bytes."""

    def __init__(self, data):
        self.headers, self.body, self.target, self.complete = [], b"", b"", 0
        self.parser = httptools.HttpRequestParser(self)
        self.parser.feed_data(data)

    def on_url(self, target):
        self.target += target

    def on_header(self, name, value):
        self.headers.append((name.lower(), value))

    def on_body(self, data):
        self.body += data

    def on_message_complete(self):
        self.complete += 1


NAMES = st.sampled_from(
    [b"Host", b"Accept", b"content-length", b"Content-Type", b"X-Request-ID", b"Connection", b"TE"]
)
VALUES = st.sampled_from(
    [b"a", b"5", b"6", b"message/rfc822", b"text/plain", b"keep-alive", b"close", b" a\tb ", b""]
)
HEADERS = st.lists(st.tuples(NAMES, st.sampled_from([b": ", b":", b" : "]), VALUES).map(b"".join), max_size=4)
EDITS = st.lists(st.tuples(st.integers(0, 200), st.binary(max_size=2)), max_size=2)


@given(HEADERS, EDITS, st.sampled_from([TARGET, b"/classify?explain=7", b"/classify?explain=07"]))
def test_what_is_read_as_plain_is_what_the_parser_reads(headers, edits, target):
    data = request(target, [*USUAL, *headers], b"hello")
    for place, put in edits:
        data = data[:place] + put + data[place + 1 :]
    size = size_of_plain_request(data)
    if size:
        parsed = Parsed(data)
        fields = dict(parsed.headers)
        assert parsed.complete == 1
        assert parsed.parser.get_method() == b"POST"
        assert parsed.parser.get_http_version() == "1.1"
        assert parsed.parser.should_keep_alive()
        assert not parsed.parser.should_upgrade()
        assert parsed.target.partition(b"?")[0] == TARGET
        assert len(parsed.body) == size == int(fields[b"content-length"])
        assert parsed.body == data[-size:]
        assert fields.keys().isdisjoint({b"transfer-encoding", b"expect", b"authorization", b"x-api-key"})
        assert [name for name, _ in parsed.headers].count(b"content-type") == 1


@pytest.fixture
def new_direct(tmp_path):
    def build(**settings):
        return DirectClassify(create_app(Settings(data_dir=tmp_path, **settings)))

    return build


def test_a_reply_is_kept_under_its_id(new_direct, tmp_path):
    direct = new_direct()
    data = request(headers=[*USUAL, b"X-Request-ID: twin"])
    assert direct.replies
    head, _, body = direct.reply(data, time.perf_counter()).partition(b"\r\n\r\n")
    assert b"\r\nx-request-id: twin\r\n" in head
    identity = json.loads(body)["id"]
    history = history_of(create_app(Settings(data_dir=tmp_path)))
    history_of(direct._app).flush()
    with history._storage.read() as connection:
        (kept,) = latest(connection, SHARED)
    assert (kept.id, kept.label, kept.message) == (identity, json.loads(body)["label"], None)
    assert direct.has_uncounted
    direct.count()
    assert not direct.has_uncounted


def test_ids_do_not_come_twice(new_direct):
    direct = new_direct()
    replies = [direct.reply(request(), time.perf_counter()).partition(b"\r\n\r\n") for _ in range(300)]
    ids = {json.loads(body)["id"] for _, _, body in replies}
    assert len(ids) == 300
    assert all(len(identity) == 32 and identity[12] == "7" for identity in ids)
    assert (
        len({line for head, _, _ in replies for line in head.split(b"\r\n") if b"request-id" in line}) == 300
    )


def test_where_callers_pay_or_messages_are_kept_nothing_is_answered_in_one_step(new_direct):
    assert not new_direct(require_key=True).replies
    assert not new_direct(store_bodies=True).replies
    assert new_direct(history_days=0).replies


def test_a_service_that_drains_takes_the_longer_way(new_direct, tmp_path, monkeypatch):
    mark = tmp_path / "draining"
    monkeypatch.setenv("SIGMAIL_INTERNAL_DRAINING", str(mark))
    direct = new_direct()
    assert direct.reply(request(), 1.0) is not None
    mark.touch()
    assert direct.reply(request(), 2.0) is None


def test_the_parser_reads_the_same_request():
    line = Line()
    exchange = PlainExchange(line, request(), len(MAIL)).parsed()
    assert isinstance(exchange, Exchange)
    assert exchange.scope["path"] == "/classify"
    assert exchange.complete
    assert exchange.take_body() == MAIL
    assert exchange.fields[b"content-type"] == b"message/rfc822"
