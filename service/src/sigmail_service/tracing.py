"""A request id for each request, in its answer and in its line of the log, and its figures."""

from __future__ import annotations

import functools
import os
import re
import time
from collections.abc import Sequence

import structlog
from flask import Flask, Response, g, request

from sigmail_service.logs import log_request
from sigmail_service.metrics import REQUESTS, SECONDS, observe_all

__all__ = [
    "HEADER",
    "STARTED",
    "UNMATCHED",
    "answer_headers",
    "count_answers",
    "finish",
    "init_app",
    "log_answer",
    "method_label",
    "request_id_of",
]

HEADER = "X-Request-ID"
# The key of the WSGI environment under which the server notes when the whole request had arrived.
STARTED = "sigmail.started"
# The route in the figures of a path that is none of ours.
UNMATCHED = "unmatched"

_SAFE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_QUIET_ROUTES = frozenset({"/livez", "/readyz", "/metrics"})

# A child of an instrument is found under a lock; there are few routes, methods and statuses.
_count = functools.lru_cache(maxsize=512)(REQUESTS.labels)
_observe = functools.lru_cache(maxsize=128)(SECONDS.labels)

_log = structlog.get_logger("sigmail_service")


def init_app(app: Flask) -> None:
    """Begin each request with its id, and end it with its headers, its figures and its line in the log."""
    app.before_request(_begin)
    app.after_request(_end)


def request_id_of(given: str) -> str:
    """Return the id that the caller gave to the request if it is fit for a log, else a new one."""
    return given if _SAFE.fullmatch(given) else os.urandom(16).hex()


def method_label(method: str) -> str:
    """Return the method of a request for the figures, where a made-up one gets no place of its own."""
    return method if method in _METHODS else "other"


def answer_headers(request_id: str) -> dict[str, str]:
    """Return the headers that every answer has beside its own; a route may set another Cache-Control."""
    return {HEADER: request_id, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def finish(route: str, method: str, status: int, started: float, request_id: str) -> None:
    """Put an answered request into the figures and the log.

    Parameters
    ----------
    route
        The rule, never the path: a path is the caller's text, and would make a label of each.
    method
        As `method_label` gives it.
    status
        The HTTP status of the answer.
    started
        What `time.perf_counter` said when the whole request had arrived.
    request_id
        The id in the answer.
    """
    seconds = time.perf_counter() - started
    count_answers(route, method, status, [seconds])
    log_answer(route, method, status, seconds, request_id)


def count_answers(route: str, method: str, status: int, seconds: Sequence[float]) -> None:
    """Put answers of one kind into the figures, with the seconds that each took."""
    _count(route, method, str(status)).inc(len(seconds))
    observe_all(_observe(route), seconds)


def log_answer(route: str, method: str, status: int, seconds: float, request_id: str) -> None:
    """Write the line of an answered request into the log."""
    milliseconds = round(seconds * 1000, 3)
    if route in _QUIET_ROUTES and status < 400:
        named = {"request_id": request_id, "method": method, "route": route, "status": status}
        _log.debug("request", **named, milliseconds=milliseconds, worker=os.getpid())
    else:
        log_request(
            request_id=request_id, method=method, route=route, status=status, milliseconds=milliseconds
        )


def _begin() -> None:
    g.request_id = request_id_of(request.headers.get(HEADER, ""))
    g.started = request.environ.get(STARTED) or time.perf_counter()


def _end(response: Response) -> Response:
    for name, value in answer_headers(g.request_id).items():
        response.headers.setdefault(name, value)
    route = request.url_rule.rule if request.url_rule else UNMATCHED
    finish(route, method_label(request.method), response.status_code, g.started, g.request_id)
    return response
