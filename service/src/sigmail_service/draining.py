"""The end of the service in good order: told to stop, it first says that it is not ready, and then stops.

A load balancer needs a moment to see that, and sends requests until it has: all of them are answered. Then
the workers take no more connections and end when their work is done.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import structlog
from flask import Flask, Response, current_app

__all__ = ["DRAINING_VARIABLE", "Drain", "closes_connections", "init_app", "is_draining"]

# `sigmail serve` names in this variable the file that tells its workers, by being there, that it drains.
DRAINING_VARIABLE = "SIGMAIL_INTERNAL_DRAINING"

_MARK = "sigmail.draining"

_log = structlog.get_logger("sigmail_service")


class Drain:
    """The side of the main process: a handler of SIGTERM.

    Parameters
    ----------
    mark
        The file that tells the workers.
    seconds
        How long to serve on while the service says that it is not ready.
    stop
        What stops the server. A second signal calls it at once.
    """

    def __init__(self, mark: Path, seconds: float, stop: Callable[[], object]) -> None:
        self._mark = mark
        self._seconds = seconds
        self._stop = stop
        self._begun = False

    def __call__(self, _number: int, _frame: object) -> None:
        """Begin to drain, and stop the server later; the second time, or without a delay, at once."""
        if self._begun or not self._seconds:
            self._stop()
            return
        self._begun = True
        self._mark.touch()
        _log.info("draining", seconds=self._seconds)
        timer = threading.Timer(self._seconds, self._stop)
        timer.daemon = True
        timer.start()


def init_app(app: Flask) -> None:
    """Look for the mark; while it is there, ask the clients to come back on another connection."""
    path = os.environ.get(DRAINING_VARIABLE)
    app.extensions[_MARK] = path or None
    app.after_request(_close_connection)


def is_draining(app: Flask) -> bool:
    """Return whether the service has been told to stop."""
    mark: str | None = app.extensions[_MARK]
    # Asked for every answer: `Path.exists` takes twice the time.
    return mark is not None and os.path.exists(mark)  # noqa: PTH110


def closes_connections(app: Flask) -> dict[str, str]:
    """Return the header that asks a client to close its connection, if the service has been told to stop.

    A request on a connection that the server closes meanwhile would be lost.
    """
    return {"Connection": "close"} if is_draining(app) else {}


def _close_connection(response: Response) -> Response:
    response.headers.update(closes_connections(current_app))
    return response
