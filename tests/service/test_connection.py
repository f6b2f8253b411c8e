"""HTTP/1.1 as it comes over a socket: in pieces, in a row, malformed, or with an end that is not yet one."""

import contextlib
import resource
import socket
import time
from pathlib import Path

import pytest

TEXT = b"Content-Type: text/plain\r\n"


def request(body=b"hello", *headers, method=b"POST", target=b"/classify", version=b"1.1"):
    lines = [b"Host: a\r\n", TEXT, b"Content-Length: %d\r\n" % len(body)]
    lines += [header + b"\r\n" for header in headers]
    return method + b" " + target + b" HTTP/" + version + b"\r\n" + b"".join(lines) + b"\r\n" + body


def read_to_end(connection):
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data


def read_answer(connection):
    """The status line, the headers and the body of one answer whose length is declared."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        assert piece, data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    while len(body) < int(headers["content-length"]):
        body += connection.recv(65536)
    return first, headers, body


def children_of(service):
    """The ids of the processes that the main one has started."""
    main = service.process.pid
    return Path(f"/proc/{main}/task/{main}/children").read_text().split()


def sockets_of(process):
    """How many sockets a process holds."""
    links = (link.readlink() for link in Path(f"/proc/{process}/fd").iterdir())
    return sum(str(link).startswith("socket:") for link in links)


def memory_of(service):
    """The resident bytes of the workers together."""
    workers = children_of(service)
    pages = sum(int(Path(f"/proc/{worker}/statm").read_text().split()[1]) for worker in workers)
    return pages * resource.getpagesize()


def test_a_connection_serves_one_request_after_the_other(service):
    with service.connect() as connection:
        for _ in range(3):
            connection.sendall(request())
            first, headers, body = read_answer(connection)
            assert first == "HTTP/1.1 200 OK"
            assert "connection" not in headers
            assert "date" in headers
            assert body.startswith(b'{"id": "')


def test_requests_in_a_row_are_answered_in_order(service):
    asked = [request(b"word " * count, b"X-Request-ID: r%d" % count) for count in range(1, 9)]
    # Among them a body that is judged in a thread, and a view of Flask.
    asked.insert(3, request(b"x" * 100_000, b"X-Request-ID: large"))
    asked.insert(5, b"GET /livez HTTP/1.1\r\nHost: a\r\nX-Request-ID: probe\r\n\r\n")
    last = request(b"bye", b"Connection: close", b"X-Request-ID: last")
    with service.connect() as connection:
        connection.sendall(b"".join([*asked, last]))
        data = read_to_end(connection).decode("latin-1")
    ids = [line.split(": ")[1] for line in data.split("\r\n") if line.startswith("x-request-id")]
    assert ids == ["r1", "r2", "r3", "large", "r4", "probe", "r5", "r6", "r7", "r8", "last"]
    assert data.count("HTTP/1.1 200 OK") == len(ids)
    assert data.count("connection: close") == 1


def test_too_many_requests_in_a_row_end_the_connection(service):
    answered = b""
    with service.connect() as connection, contextlib.suppress(ConnectionError):
        connection.sendall(request(b"x" * 70_000) + request() * 500)
        answered = read_to_end(connection)
    assert answered.count(b"HTTP/1.1 200") < 501
    with service.connect() as connection:
        connection.sendall(request())
        assert read_answer(connection)[0] == "HTTP/1.1 200 OK"


def test_a_client_that_does_not_read_is_not_read_either(service):
    asked = request(b"hello", b"X-Request-ID: " + b"x" * 60) * 20
    sent = 0
    with service.connect() as connection:
        connection.settimeout(1.0)
        with contextlib.suppress(TimeoutError, ConnectionError):
            while sent < 64 * 1024 * 1024:
                sent += connection.send(asked)
    assert sent < 64 * 1024 * 1024


@pytest.mark.parametrize("pause", [0.0, 0.005, 0.1])
def test_a_request_in_pieces_is_answered(service, pause):
    data = request(b"hello there")
    with service.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), 40):
            connection.sendall(data[start : start + 40])
            time.sleep(pause)
        assert read_answer(connection)[0] == "HTTP/1.1 200 OK"
        connection.sendall(request())
        assert read_answer(connection)[0] == "HTTP/1.1 200 OK"


def test_a_chunked_body_may_have_trailers(service):
    chunks = b"5\r\nhello\r\n6;note=1\r\n there\r\n0\r\nX-Request-ID: forged\r\n\r\n"
    head = b"POST /classify HTTP/1.1\r\nHost: a\r\n" + TEXT + b"Transfer-Encoding: chunked\r\n"
    with service.connect() as connection:
        connection.sendall(head + b"X-Request-ID: mine\r\n\r\n" + chunks)
        first, headers, body = read_answer(connection)
        assert (first, headers["x-request-id"]) == ("HTTP/1.1 200 OK", "mine")
        connection.sendall(request(b"hello there", b"X-Request-ID: mine"))
        again = read_answer(connection)[2]
    assert body.split(b'"label"')[1] == again.split(b'"label"')[1]


def test_a_client_that_asks_first_is_told_to_go_on(service):
    with service.connect() as connection:
        connection.sendall(request(b"", b"Expect: 100-continue").replace(b"Length: 0", b"Length: 5"))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")
        assert read_answer(connection)[0] == "HTTP/1.1 200 OK"


def test_a_client_that_asks_first_may_be_refused_at_once(service):
    large = request(b"", b"Expect: 100-continue").replace(b"Length: 0", b"Length: 99999999")
    with service.connect() as connection:
        connection.sendall(large)
        first, headers, _ = read_answer(connection)
        assert first.startswith("HTTP/1.1 413")
        assert headers["connection"] == "close"


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET /livez HTTP/9.9\r\n\r\n",
        request().replace(b"Content-Length: 5", b"Content-Length: -5"),
        request().replace(b"Content-Length: 5", b"Content-Length: 5\r\nTransfer-Encoding: chunked"),
        b"GET /livez HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 70_000,
    ],
)
def test_what_is_no_request_gets_a_problem_and_no_second_try(service, data):
    with service.connect() as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = read_to_end(connection)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"application/problem+json" in answer
    assert b"connection: close" in answer
    assert answer.count(b"content-length") == 1


def test_a_body_that_a_thread_judges_gets_the_headers_of_one_that_the_loop_judges(service):
    def headers_of(body):
        connection.sendall(request(body, b"X-Request-ID: twin"))
        first, headers, _ = read_answer(connection)
        assert first == "HTTP/1.1 200 OK"
        return {name: value for name, value in headers.items() if name not in {"content-length", "date"}}

    with service.connect() as connection:
        small, large = headers_of(b"x"), headers_of(b"x" * 100_000)
    assert small == large
    assert small["content-type"] == "application/json"


def test_http_1_0_and_a_request_to_close_end_the_connection(service):
    for data in (request(version=b"1.0"), request(b"hello", b"Connection: close")):
        with service.connect() as connection:
            connection.sendall(data)
            answer = read_to_end(connection)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"connection: close" in answer


def test_a_head_is_answered_without_a_body(service):
    with service.connect() as connection:
        connection.sendall(b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        head, _, body = read_to_end(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert b"content-length: 0" not in head
    assert body == b""


@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_an_upgrade_is_not_taken_and_the_request_is_answered(service, pause):
    # The client of Java 11 and later, and `curl --http2`, ask so.
    asked = request(b"hello", b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c")
    with service.connect() as connection:
        for _ in range(2):
            connection.sendall(asked[:-3])
            time.sleep(pause)
            connection.sendall(asked[-3:])
            assert read_answer(connection)[0] == "HTTP/1.1 200 OK"
        connection.sendall(asked + b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert read_to_end(connection).count(b"HTTP/1.1 200 OK") == 2


def test_the_service_is_no_proxy(service):
    with service.connect() as connection:
        connection.sendall(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n")
        assert read_to_end(connection).startswith(b"HTTP/1.1 400 Bad Request")


def test_a_client_that_sends_no_more_still_reads_its_answer(service):
    for body in (b"hello", b"x" * 100_000):
        with service.connect() as connection:
            connection.sendall(request(body))
            connection.shutdown(socket.SHUT_WR)
            assert read_to_end(connection).startswith(b"HTTP/1.1 200 OK")


def test_a_client_that_goes_away_in_a_body_harms_nobody(service):
    for whole in (5, 70_000):
        with service.connect() as connection:
            connection.sendall(request(b"h" * whole)[:-3])
    with service.connect() as connection:
        connection.sendall(request())
        assert read_answer(connection)[0] == "HTTP/1.1 200 OK"
    assert "connection failed" not in service.log()


def test_a_target_may_be_encoded(service):
    with service.connect() as connection:
        connection.sendall(request(target=b"/%63lassify?explain=1"))
        assert read_answer(connection)[0] == "HTTP/1.1 200 OK"
        connection.sendall(request(target=b"/\xc3\xa4"))
        assert read_answer(connection)[0].split()[1] in {"400", "404", "405"}


def test_a_connection_that_rests_is_closed(start_service, monkeypatch):
    monkeypatch.setenv("SIGMAIL_HEADER_TIMEOUT", "0.3")
    with start_service("--workers", "1") as service, service.connect() as connection:
        connection.sendall(request())
        assert read_answer(connection)[0] == "HTTP/1.1 200 OK"
        assert connection.recv(10) == b""


def takes(connection, data):
    """Send what the connection takes without waiting; tell whether it still stands."""
    try:
        connection.send(data)
    except BlockingIOError:
        pass
    except ConnectionError:
        return False
    return True


def test_answers_that_nobody_reads_do_not_pile_up(start_service, monkeypatch):
    monkeypatch.setenv("SIGMAIL_HEADER_TIMEOUT", "1")
    asked = b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 32
    with start_service("--workers", "1") as service, service.connect() as connection:
        connection.sendall(request())
        read_answer(connection)
        connection.setblocking(False)
        before, most, until = memory_of(service), 0, time.monotonic() + 20
        while takes(connection, asked):  # Who reads nothing is cut off after a while.
            most = max(most, memory_of(service))
            assert time.monotonic() < until
            time.sleep(0.001)
        assert most - before < 16 * 2**20
        with service.connect() as other:
            other.sendall(request())
            assert read_answer(other)[0] == "HTTP/1.1 200 OK"
        assert service.stop() == 0


def test_who_reads_late_gets_all_answers(service):
    count = 48
    asked = b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * count
    with service.connect() as connection:
        connection.sendall(asked + b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        time.sleep(1)
        assert read_to_end(connection).count(b"HTTP/1.1 200 OK") == count + 1


def test_workers_take_an_equal_share_of_the_connections(start_service, monkeypatch):
    monkeypatch.setenv("SIGMAIL_LEARNER", "false")
    with start_service("--workers", "2") as service, contextlib.ExitStack() as stack:
        until = time.monotonic() + 20
        while len(workers := children_of(service)) < 2:
            assert time.monotonic() < until
            time.sleep(0.05)
        time.sleep(1)  # Until both have started to take connections.
        before = {worker: sockets_of(worker) for worker in workers}
        for _ in range(40):
            connection = stack.enter_context(service.connect())
            connection.sendall(request())
            assert read_answer(connection)[0] == "HTTP/1.1 200 OK"
        held = [sockets_of(worker) - count for worker, count in before.items()]
        assert sum(held) >= 40
        assert abs(held[0] - held[1]) <= 12  # One that is kept from running for a while gets fewer.
