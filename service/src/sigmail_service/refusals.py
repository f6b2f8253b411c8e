"""Answers of requests that there is no room for: made without the application, so that they cost little."""

from __future__ import annotations

import functools
import json
import os
import time
from collections.abc import Mapping

import structlog
from apiflask import APIFlask

from sigmail_service.metrics import REJECTED, REQUESTS
from sigmail_service.problems import CONTENT_TYPE, Problem
from sigmail_service.tracing import HEADER, UNMATCHED, answer_headers, method_label, request_id_of
from sigmail_service.wsgi import Answer

__all__ = ["Refusals"]

_HEADER = HEADER.lower().encode()
_LOG_SECONDS = 1.0
_END = b'"}\n'

# Children of the instruments, which are found under a lock.
_reject = functools.lru_cache(maxsize=64)(REJECTED.labels)
_count = functools.lru_cache(maxsize=512)(REQUESTS.labels)

_log = structlog.get_logger("sigmail_service")


@functools.lru_cache(maxsize=512)
def _opening(kind: str, detail: str, field: str | None, remedy: str) -> bytes:
    """Return a problem document up to the request's id, which needs no escapes."""
    document = Problem(kind, detail, field=field, remedy=remedy).document("")
    return json.dumps(document, ensure_ascii=False).encode().removesuffix(b'"}')


@functools.lru_cache(maxsize=64)
def _lines(headers: tuple[tuple[str, str], ...]) -> bytes:
    """Return the lines of all headers of a refusal but those of its length and its id."""
    named = answer_headers("") | {"Content-Type": CONTENT_TYPE} | dict(headers)
    named.pop(HEADER)
    return "".join(f"{name.lower()}: {value}\r\n" for name, value in named.items()).encode("latin-1")


class Refusals:
    """Makes the answers, and counts them as the application counts its own.

    The log gets one line a second with their number: a line for each would cost more than the answer.

    Parameters
    ----------
    app
        The application, for the names of its routes in the figures.
    """

    def __init__(self, app: APIFlask) -> None:
        self._routes = {rule.rule for rule in app.url_map.iter_rules() if not rule.arguments}
        self._unlogged = 0
        self._logged_at = -_LOG_SECONDS

    def answer(self, method: str, path: str, headers: Mapping[bytes, bytes], problem: Problem) -> Answer:
        """Return the answer that carries a problem; `headers` are those of the request, in lower case."""
        request_id = request_id_of(headers.get(_HEADER, b"").decode("latin-1"))
        kind = problem.kind
        _reject(kind.name).inc()
        route = path if path in self._routes else UNMATCHED
        _count(route, method_label(method), str(kind.status)).inc()
        self._log()
        body = _opening(kind.name, problem.detail, problem.field, problem.remedy) + request_id.encode() + _END
        return Answer(
            kind.status, [(_HEADER, request_id.encode())], body, _lines(tuple(problem.headers.items()))
        )

    def malformed(self, detail: str) -> Answer:
        """Return the answer to what is no request of HTTP."""
        problem = Problem("malformed-request", detail)
        request_id = request_id_of("")
        body = json.dumps(problem.document(request_id)).encode() + b"\n"
        REJECTED.labels(problem.kind.name).inc()
        return Answer.of(problem.kind.status, CONTENT_TYPE, body, answer_headers(request_id))

    def _log(self) -> None:
        self._unlogged += 1
        now = time.monotonic()
        if now - self._logged_at >= _LOG_SECONDS:
            _log.warning("requests refused for want of room", count=self._unlogged, worker=os.getpid())
            self._unlogged, self._logged_at = 0, now
