"""A long stream of messages through `/classify/batch`: its order, its errors, and the server's memory."""

from __future__ import annotations

import http.client
import json
import threading
import time

from service_bench.figures import Extent, Figure, at_least, at_most, exactly
from service_bench.serving import Server, serving

__all__ = ["measure"]

_LINES = 100_000
_WRONG = 20
_BLOCK = 200
_MEBIBYTE = 1024 * 1024
_HEAD = (
    b"POST /classify/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def measure(extent: Extent) -> list[Figure]:
    """Stream lines, some of them wrong, and read the answers meanwhile, with an eye on the memory."""
    lines = extent.count(_LINES, least=_WRONG * 10)
    with serving("--log-level", "warning", workers=1) as server:
        _stream(server, min(lines, 2_000))  # What is made once is made now.
        before = max(server.private_bytes())
        started = time.perf_counter()
        memory: list[int] = []
        answers = _stream(server, lines, memory)
        seconds = time.perf_counter() - started
    in_order = sum(answer["index"] == index for index, answer in enumerate(answers))
    wrong = {index for index, answer in enumerate(answers) if "error" in answer}
    judged = sum("label" in answer for answer in answers)
    growth = (max(memory, default=before) - before) / _MEBIBYTE
    return [
        exactly("stream: answers in their place", lines, in_order, "", f"{lines / seconds:.0f} a second"),
        exactly("stream: wrong lines with their own error", _WRONG, len(wrong & _wrong_lines(lines)), ""),
        exactly("stream: verdicts", lines - _WRONG, judged, ""),
        at_least("stream: looks at the memory", 2, len(memory), ""),
        at_most("stream: growth of the server's memory", 64, growth, "MiB"),
    ]


def _wrong_lines(lines: int) -> set[int]:
    return {number * lines // _WRONG + 7 for number in range(_WRONG)}


def _stream(server: Server, lines: int, memory: list[int] | None = None) -> list[dict[str, object]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.connect()
    connection.sock.sendall(_HEAD)
    sender = threading.Thread(target=_send, args=(connection, lines))
    sender.start()
    answer = http.client.HTTPResponse(connection.sock, method="POST")
    answer.begin()
    answers = []
    step = max(1, lines // 20)
    for line in answer:
        answers.append(json.loads(line))
        if memory is not None and len(answers) % step == 0:
            memory.append(max(server.private_bytes()))
    sender.join()
    connection.close()
    return answers


def _send(connection: http.client.HTTPConnection, lines: int) -> None:
    wrong = _wrong_lines(lines)
    for start in range(0, lines, _BLOCK):
        block = "".join(
            '{"text": \n' if number in wrong else f'{{"text": "message {number}, win a free prize now"}}\n'
            for number in range(start, min(start + _BLOCK, lines))
        ).encode()
        connection.sock.sendall(b"%x\r\n%s\r\n" % (len(block), block))
    connection.sock.sendall(b"0\r\n\r\n")
