"""Structured logs on standard error, for people or as JSON."""

from __future__ import annotations

import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any

import structlog

from sigmail_service.settings import Settings

__all__ = ["configure_logging", "log_request", "logs_requests"]

# What structlog makes of the line of a request in some 25 microseconds, in one step. All that stands in it is
# fit for a log as it is: an id that was checked, names of our own, and numbers.
_REQUEST_LINES = {
    "text": "{time}Z [info     ] request                        method={method} milliseconds={milliseconds} "
    "request_id={request_id} route={route} status={status} worker={worker}\n",
    "json": '{{"request_id": "{request_id}", "method": "{method}", "route": "{route}", "status": {status}, '
    '"milliseconds": {milliseconds}, "worker": {worker}, "event": "request", "level": "info", '
    '"timestamp": "{time}Z"}}\n',
}

_log = structlog.get_logger("sigmail_service")
_request_line: str | None = None
_logs_requests = True

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_logging(settings: Settings) -> None:
    """Send every line of the service to standard error, in the form and from the level of the settings."""
    global _request_line, _logs_requests  # noqa: PLW0603 - As for structlog, there is one a process.
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    _logs_requests = level <= logging.INFO
    plain = level <= logging.INFO and (settings.log_format == "json" or not sys.stderr.isatty())
    _request_line = _REQUEST_LINES[settings.log_format] if plain else None
    structlog.configure(
        processors=[*_SHARED, _renderer(settings.log_format)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def logs_requests() -> bool:
    """Return whether the lines of requests are written, so that one that is not need not be made."""
    return _logs_requests


def log_request(*, request_id: str, method: str, route: str, status: int, milliseconds: float) -> None:
    """Write the line of a request, at the level info.

    Parameters
    ----------
    request_id
        Letters, digits, dots, hyphens and underscores alone.
    method, route
        Names of ours, not of the caller: what stands here is not quoted.
    status
        The HTTP status of the answer.
    milliseconds
        From the whole request to its answer.
    """
    worker = os.getpid()
    if _request_line is None:
        _log.info(
            "request",
            request_id=request_id,
            method=method,
            route=route,
            status=status,
            milliseconds=milliseconds,
            worker=worker,
        )
        return
    line = _request_line.format(
        time=datetime.now(UTC).replace(tzinfo=None).isoformat(),
        request_id=request_id,
        method=method,
        route=route,
        status=status,
        milliseconds=milliseconds,
        worker=worker,
    )
    sys.stderr.write(line)
    sys.stderr.flush()


def _renderer(log_format: str) -> Any:
    if log_format == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
