"""A request id for each request, in its answer and in its line of the log, and its figures."""

from __future__ import annotations

import os
import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request

from sigmail_service.metrics import REQUESTS, SECONDS

__all__ = ["HEADER", "STARTED", "UNMATCHED", "init_app", "method_label", "request_id_of"]

HEADER = "X-Request-ID"
# The key of the WSGI environment under which the server notes when the whole request had arrived.
STARTED = "sigmail.started"
# The route in the figures of a path that is none of ours.
UNMATCHED = "unmatched"

_SAFE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_QUIET_ROUTES = frozenset({"/livez", "/readyz", "/metrics"})

_log = structlog.get_logger("sigmail_service")


def init_app(app: Flask) -> None:
    """Begin each request with its id, and end it with its headers, its figures and its line in the log."""
    app.before_request(_begin)
    app.after_request(_end)


def request_id_of(given: str) -> str:
    """Return the id that the caller gave to the request if it is fit for a log, else a new one."""
    return given if _SAFE.fullmatch(given) else uuid.uuid4().hex


def method_label(method: str) -> str:
    """Return the method of a request for the figures, where a made-up one gets no place of its own."""
    return method if method in _METHODS else "other"


def _begin() -> None:
    g.request_id = request_id_of(request.headers.get(HEADER, ""))
    g.started = request.environ.get(STARTED) or time.perf_counter()


def _end(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    # The rule, never the path: a path is the caller's text, and would make a label of each.
    route = request.url_rule.rule if request.url_rule else UNMATCHED
    method = method_label(request.method)
    seconds = time.perf_counter() - g.started
    REQUESTS.labels(route, method, str(response.status_code)).inc()
    SECONDS.labels(route).observe(seconds)
    write = _log.debug if route in _QUIET_ROUTES and response.status_code < 400 else _log.info
    write(
        "request",
        request_id=g.request_id,
        method=method,
        route=route,
        status=response.status_code,
        milliseconds=round(seconds * 1000, 3),
        worker=os.getpid(),
    )
    return response
