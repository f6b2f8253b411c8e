"""A body of one byte more than is allowed, declared or in chunks: how soon its refusal comes."""

from __future__ import annotations

import http.client
import time

from service_bench.figures import Extent, Figure, at_most, exactly
from service_bench.serving import Server, serving

__all__ = ["measure"]

_LIMIT = 10 * 1024 * 1024
_TIMES = 20
_HEAD = b"POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
_DECLARED = _HEAD + b"Content-Length: %d\r\n\r\n" % (_LIMIT + 1)
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_BODY = b"x" * _LIMIT


def measure(extent: Extent) -> list[Figure]:
    """Measure the slowest of some refusals, from the last byte sent that the refusal has to wait for."""
    with serving("--log-level", "warning", "--max-body-bytes", str(_LIMIT)) as server:
        whole = b"%x\r\n" % _LIMIT + _BODY + b"\r\n"
        declared = [_refusal(server, _DECLARED, b"") for _ in range(extent.count(_TIMES))]
        chunked = [_refusal(server, _CHUNKED + whole, b"1\r\nx\r\n") for _ in range(extent.count(_TIMES))]
    answers = declared + chunked
    return [
        exactly("body of cap + 1 byte: answers but 413", 0, sum(status != 413 for status, _ in answers), ""),
        at_most("body of cap + 1 byte, declared: slowest 413", 100, _slowest(declared), "ms"),
        at_most("body of cap + 1 byte, chunked: slowest 413", 100, _slowest(chunked), "ms"),
    ]


def _slowest(answers: list[tuple[int, float]]) -> float:
    return max(seconds for _, seconds in answers) * 1000


def _refusal(server: Server, begin: bytes, last: bytes) -> tuple[int, float]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.connect()
    connection.sock.sendall(begin)
    started = time.perf_counter()
    connection.sock.sendall(last)
    answer = http.client.HTTPResponse(connection.sock, method="POST")
    answer.begin()
    seconds = time.perf_counter() - started
    connection.close()
    return answer.status, seconds
