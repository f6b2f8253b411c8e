"""Structured logs on standard error, for people or as JSON; the server's own lines take the same form."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from sigmail_service.settings import Settings

__all__ = ["configure_logging", "server_logging"]

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_logging(settings: Settings) -> None:
    """Send every line of the service to standard error, in the form and from the level of the settings."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[*_SHARED, _renderer(settings.log_format)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def server_logging(settings: Settings) -> dict[str, Any]:
    """Return the logging configuration for granian, which logs through the standard library."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processor": _renderer(settings.log_format),
        "foreign_pre_chain": _SHARED,
    }
    handler = {"class": "logging.StreamHandler", "formatter": "sigmail", "stream": "ext://sys.stderr"}
    return {
        "formatters": {"sigmail": formatter},
        "handlers": {"sigmail": handler},
        "loggers": {"_granian": {"handlers": ["sigmail"], "level": "WARNING", "propagate": False}},
    }


def _renderer(log_format: str) -> Any:
    if log_format == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
