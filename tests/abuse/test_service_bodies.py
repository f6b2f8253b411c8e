"""Bodies that are too large, too slow, or cut off: each gets its answer, and no other client notices."""

import contextlib
import json
import socket
import threading

import pytest
import requests

from sigmail_service.keys import KeyStore

LIMIT = 256 * 1024
HEAD = b"POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"


def answer_on(connection):
    """Read one answer off a socket: its status, its headers in one text, and its JSON."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += received(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    text = head.decode().lower()
    length = int(text.split("content-length: ")[1].split("\r\n")[0])
    while len(body) < length:
        body += received(connection)
    return int(text.split()[1]), text, json.loads(body)


def received(connection):
    data = connection.recv(65536)
    assert data, "the connection ended before the answer"
    return data


def too_large(answer):
    status, head, problem = answer
    assert status == 413
    assert "application/problem+json" in head
    assert problem["type"] == "urn:sigmail:problem:body-too-large"
    return True


def test_a_declared_size_over_the_limit_is_refused_before_any_of_it_is_sent(service):
    with service.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % (LIMIT + 1))
        assert too_large(answer_on(connection))


def test_a_client_that_asks_before_it_sends_is_refused_without_being_asked_for_more(service):
    with service.connect() as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 999999999\r\n\r\n")
        assert too_large(answer_on(connection))


def test_an_undeclared_size_over_the_limit_is_refused_before_its_end(service):
    with service.connect() as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK * 5)
        assert too_large(answer_on(connection))


def test_the_first_byte_over_the_limit_is_refused_while_the_client_could_go_on(service):
    whole = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK * (LIMIT // 0x10000)
    with service.connect() as connection:
        connection.sendall(whole + b"1\r\nx\r\n")
        assert too_large(answer_on(connection))
    with service.connect() as connection:
        connection.sendall(whole + b"0\r\n\r\n")
        assert answer_on(connection)[0] == 200


def test_a_body_that_finds_the_memory_full_is_refused_until_there_is_room(start_service):
    part, size = b"x" * 60_000, 65_536
    head = HEAD + b"Content-Length: %d\r\n\r\n" % size
    options = ("--workers", "1", "--max-body-bytes", str(size), "--max-body-memory", str(2 * size))
    with start_service(*options) as service, contextlib.ExitStack() as stack:
        holders = [stack.enter_context(service.connect()) for _ in range(2)]
        for holder in holders:
            holder.sendall(head + part)
            for _ in range(10):  # The one worker has read what came before it answered these.
                assert requests.get(f"{service.url}/livez", timeout=20).status_code == 200
        headers = {"Content-Type": "text/plain"}
        refused = requests.post(f"{service.url}/classify", data=part, headers=headers, timeout=20)
        assert refused.status_code == 503
        assert refused.json()["type"] == "urn:sigmail:problem:overloaded"
        assert int(refused.headers["Retry-After"]) >= 1
        assert requests.get(f"{service.url}/livez", timeout=20).status_code == 200
        for holder in holders:
            holder.sendall(b"x" * (size - len(part)))
            assert answer_on(holder)[0] == 200
        for _ in range(5):  # All was given back, by the refused as by the answered.
            answer = requests.post(f"{service.url}/classify", data=part, headers=headers, timeout=20)
            assert answer.status_code == 200


@pytest.mark.parametrize("path", [b"/classify", b"/classify/batch"])
def test_a_caller_without_the_right_key_is_refused_before_the_body(start_service, tmp_path, path):
    store = KeyStore(tmp_path / "keys.json")
    (_, good), (_, other) = store.create("a", ("classify",)), store.create("b", ("metrics",))
    with start_service("--workers", "1", "--require-key", "--data-dir", str(tmp_path)) as service:
        head = HEAD.replace(b"/classify", path) + b"Content-Length: 5\r\n"
        for key, status in (
            ("", 401),
            ("X-API-Key: wrong\r\n", 401),
            (f"Authorization: Bearer {other}\r\n", 403),
        ):
            with service.connect() as connection:
                connection.sendall(head + key.encode() + b"\r\n")
                assert answer_on(connection)[0] == status
        with service.connect() as connection:
            connection.sendall(head + f"Authorization: Bearer {good}\r\n\r\n".encode() + b"hello")
            assert answer_on(connection)[0] == (200 if path == b"/classify" else 415)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_client_that_sends_all_before_it_reads_still_gets_the_answer(service, chunked):
    body = (b"x" * 100_000 for _ in range(200)) if chunked else b"x" * 20_000_000
    answer = requests.post(
        f"{service.url}/classify", data=body, headers={"Content-Type": "text/plain"}, timeout=20
    )
    assert answer.status_code == 413


def test_a_declared_size_that_is_no_number_is_a_bad_request(service):
    with service.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: many\r\n\r\n")
        assert received(connection).startswith(b"HTTP/1.1 400")


def test_a_slow_body_is_cut_and_holds_nobody_up(service):
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(service.connect()) for _ in range(100)]
        for connection in slow:
            connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\nab")
        for _ in range(20):
            assert requests.get(f"{service.url}/livez", timeout=1.5).status_code == 200
        status, head, problem = answer_on(slow[0])
        assert status == 408
        assert "application/problem+json" in head
        assert problem["type"] == "urn:sigmail:problem:body-timeout"


def test_slow_headers_are_cut_and_hold_nobody_up(start_service, monkeypatch):
    monkeypatch.setenv("SIGMAIL_HEADER_TIMEOUT", "0.5")
    with start_service("--workers", "1") as service, contextlib.ExitStack() as stack:
        slow = [stack.enter_context(service.connect()) for _ in range(100)]
        for connection in slow:
            connection.sendall(HEAD[:30])
        assert requests.get(f"{service.url}/livez", timeout=20).status_code == 200
        for connection in slow:  # Each ends without an answer, long before the client gives up.
            assert connection.recv(4096)[:12] in {b"", b"HTTP/1.1 408"}
        assert requests.get(f"{service.url}/livez", timeout=20).status_code == 200


def test_a_body_that_breaks_off_harms_nobody(service):
    for _ in range(20):
        with service.connect() as connection:
            connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\nab")
        with service.connect() as connection:
            connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab")
            connection.shutdown(socket.SHUT_WR)
    assert requests.get(f"{service.url}/readyz", timeout=20).status_code == 200


def test_what_is_no_http_is_answered_with_400_or_closed(service):
    for garbage in (b"\x16\x03\x01\x02\x00" * 40, b"GET\r\n\r\n", b"POST /classify HTTP/9.9\r\n\r\n"):
        with service.connect() as connection:
            connection.sendall(garbage)
            assert connection.recv(4096)[:12] in {b"", b"HTTP/1.1 400", b"HTTP/1.0 400"}
    assert requests.get(f"{service.url}/readyz", timeout=20).status_code == 200


def test_many_clients_at_once_get_a_verdict_or_a_problem(service, canary):
    statuses = []

    def send(number):
        bodies = (b"hello", b"\xff", b"x" * (LIMIT + 1), b"", canary.encode())
        answer = requests.post(
            f"{service.url}/classify",
            data=bodies[number % len(bodies)],
            headers={"Content-Type": "text/plain"},
            timeout=20,
        )
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 40 + [400] * 20 + [413] * 20 + [422] * 20
