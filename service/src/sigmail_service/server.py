"""Starts granian with the bridge in every worker."""

from __future__ import annotations

import os
import resource
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels

from sigmail import __version__
from sigmail_service.app import create_app
from sigmail_service.bridge import Bridge
from sigmail_service.draining import Drain
from sigmail_service.logs import configure_logging, server_logging
from sigmail_service.settings import Settings

__all__ = ["granian_of", "run"]

# Connections a worker holds at once: idle and slow ones cost it little, so there may be many.
_CONNECTIONS = 8192
_BACKLOG = 2048
_SECONDS_TO_STOP = 30
# After so long a thread that works, such as that of the history, lets the event loop have its turn. Python's
# 5 milliseconds, each time the loop comes back from the network, would be the longest part of an answer.
_SWITCH_SECONDS = 0.0002
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run(settings: Settings, address: str, identity: str, draining: Path) -> None:
    """Serve until SIGTERM or SIGINT.

    Parameters
    ----------
    settings
        What the operator set.
    address
        The IP address to listen on.
    identity
        The model's name in the log.
    draining
        The file to make when the service is told to stop; see `sigmail_service.draining`.
    """
    configure_logging(settings)
    _allow_open_files()
    server = granian_of(settings, address)
    log = structlog.get_logger("sigmail_service")
    host = f"[{address}]" if ":" in address else address
    log.info(
        "serving",
        url=f"http://{host}:{settings.port}",
        version=__version__,
        model=identity,
        workers=settings.workers,
    )
    os.register_at_fork(
        before=_hold_signals, after_in_parent=_release_signals, after_in_child=_forget_signals
    )
    drain = Drain(draining, settings.drain_seconds, server.signal_handler_interrupt)
    # Granian calls the hook after it has set its own handlers. That of SIGINT stays: a person waits for it.
    server.on_startup(lambda: signal.signal(signal.SIGTERM, drain))
    server.serve(target_loader=partial(_load_worker, settings), wrap_loader=False)
    log.info("stopped")


def granian_of(settings: Settings, address: str) -> Any:
    """Return the server with all that is set for it, before it is told what to serve."""
    return Granian(
        "sigmail_service",
        address=address,
        port=settings.port,
        interface=Interfaces.ASGINL,
        loop=Loops.asyncio,
        workers=settings.workers,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=round(settings.header_timeout * 1000)),
        websockets=False,
        backlog=_BACKLOG,
        backpressure=_CONNECTIONS,
        log_level=LogLevels.warning,
        log_dictconfig=server_logging(settings),
        respawn_failed_workers=True,
        workers_kill_timeout=_SECONDS_TO_STOP,
    )


def _allow_open_files() -> None:
    """Take as many open files as the system allows: the usual 1,024 are fewer than the connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _hold_signals() -> None:
    """Keep signals back while a worker is forked, so that none falls between two handlers."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


def _release_signals() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def _forget_signals() -> None:
    """Let a signal end a worker that still starts: the handlers it inherits would swallow it."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    _release_signals()


def _load_worker(settings: Settings) -> Bridge:
    """Return the application of one worker process."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    configure_logging(settings)
    return Bridge(create_app(settings), settings)
