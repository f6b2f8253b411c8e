"""Answers of requests that there is no room for: made without the application, so that they cost little."""

from __future__ import annotations

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

_log = structlog.get_logger("sigmail_service")


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
        body = json.dumps(problem.document(request_id), ensure_ascii=False).encode() + b"\n"
        status = problem.kind.status
        REJECTED.labels(problem.kind.name).inc()
        route = path if path in self._routes else UNMATCHED
        REQUESTS.labels(route, method_label(method), str(status)).inc()
        self._log()
        return Answer.of(status, CONTENT_TYPE, body, answer_headers(request_id) | problem.headers)

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
