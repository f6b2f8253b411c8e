"""Starts the workers, with the bridge in each of them."""

from __future__ import annotations

import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import structlog

from sigmail import __version__
from sigmail_service.app import create_app
from sigmail_service.bridge import Bridge
from sigmail_service.draining import Drain
from sigmail_service.logs import configure_logging
from sigmail_service.settings import Settings
from sigmail_service.shares import Shares
from sigmail_service.supervisor import Supervisor
from sigmail_service.worker import Worker, new_loop

__all__ = ["run", "supervisor_of"]

_BACKLOG = 2048
# After so long a thread that works, such as that of the history, lets the event loop have its turn. Python's
# 5 milliseconds, each time the loop comes back from the network, would be the longest part of an answer.
_SWITCH_SECONDS = 0.0002


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
    supervisor = supervisor_of(settings, address, lambda: Bridge(create_app(settings), settings))
    log = structlog.get_logger("sigmail_service")
    host = f"[{address}]" if ":" in address else address
    signal.signal(signal.SIGTERM, Drain(draining, settings.drain_seconds, supervisor.stop))
    signal.signal(signal.SIGINT, supervisor.stop)  # A person waits for it.
    log.info(
        "serving",
        url=f"http://{host}:{settings.port}",
        version=__version__,
        model=identity,
        workers=settings.workers,
    )
    supervisor.run()
    log.info("stopped")


def supervisor_of(settings: Settings, address: str, load: Callable[[], Bridge]) -> Supervisor:
    """Return what serves on an address, in as many workers as the settings say.

    Parameters
    ----------
    settings
        What the operator set.
    address
        The IP address to listen on, which is done from now on.
    load
        Makes the application, in each worker.
    """
    _allow_open_files()
    listener = _listen(address, settings.port)
    shares = Shares(settings.workers)

    def work(place: int) -> None:
        sys.setswitchinterval(_SWITCH_SECONDS)
        configure_logging(settings)
        loop = new_loop()
        Worker(listener, load(), settings.header_timeout, shares, place).run(loop)

    return Supervisor(settings.workers, work)


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


def _allow_open_files() -> None:
    """Take as many open files as the system allows: the usual 1,024 are fewer than the connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
