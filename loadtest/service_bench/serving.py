"""The service as a process on a free port of loopback, with its log and its memory."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Server", "free_port", "serving"]

_SECONDS_TO_START = 30.0
_SECONDS_TO_STOP = 30.0
_POLL_SECONDS = 0.005
_PORTS = range(20_000, 32_000)
# Children of the service that serve nobody.
_NO_WORKERS = ("resource_tracker", "sigmail_service.learner")


class Server:
    """A started `sigmail serve`.

    Parameters
    ----------
    port
        The port of loopback to listen on.
    options
        Further options of the command.
    log_path
        Where its log goes; what is there already stays.
    """

    def __init__(self, port: int, options: tuple[str, ...], log_path: Path) -> None:
        self.port = port
        self.log_path = log_path
        command = [str(Path(sys.executable).with_name("sigmail")), "serve", "--port", str(port), *options]
        self.seconds_to_ready = float("nan")
        self._started = time.perf_counter()
        # What the options do not place elsewhere lies beside the log, and not in the folder of the user.
        variables = {**os.environ, "XDG_DATA_HOME": str(log_path.parent)}
        # An installed service has its modules compiled; one that runs from its sources compiles them once.
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        with log_path.open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log, env=variables)  # noqa: S603 - Ours.

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        """Ask the server whether it takes requests."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:  # noqa: S310 - Loopback.
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def wait_until_ready(self) -> None:
        """Wait for the first ready answer, and note the seconds since the process was started."""
        while not self.is_ready():
            if self.process.poll() is not None or time.perf_counter() - self._started > _SECONDS_TO_START:
                raise RuntimeError(f"the service did not become ready; see {self.log_path}")
            time.sleep(_POLL_SECONDS)
        self.seconds_to_ready = time.perf_counter() - self._started

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [
            int(child)
            for child in path.read_text().split()
            if not any(name in _command_line(child) for name in _NO_WORKERS)
        ]

    def private_bytes(self) -> list[int]:
        """Return for each worker the memory that it shares with nobody, from `smaps_rollup`."""
        return [_private_bytes(worker) for worker in self.workers()]

    def stop(self) -> int:
        """Tell the service to end, and return its exit code."""
        self.process.terminate()
        return self.process.wait(_SECONDS_TO_STOP)


@contextlib.contextmanager
def serving(*options: str, workers: int = 2) -> Iterator[Server]:
    """Serve while the block runs; the log goes to a temporary file, so that a terminal costs nothing."""
    with tempfile.TemporaryDirectory() as folder:
        usual = ("--workers", str(workers), "--drain-seconds", "0")
        server = Server(free_port(), (*usual, *options), Path(folder) / "log")
        try:
            server.wait_until_ready()
            yield server
        finally:
            code = server.stop()
        if code != 0:
            raise RuntimeError(f"the service ended with exit code {code}")


def free_port() -> int:
    """Return a port of loopback that nobody listens on, below those that the system gives to clients.

    A client that tries again and again to reach a port of theirs, while nobody listens there, is one day
    given that port itself, is connected with itself, and keeps the server from it.
    """
    while True:
        port = secrets.choice(_PORTS)
        with contextlib.suppress(OSError), socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            return port


def _command_line(process: str) -> str:
    return Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace")


def _private_bytes(process: int) -> int:
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    return sum(
        int(kilobytes) * 1024 for kilobytes in re.findall(r"^Private_\w+:\s+(\d+)", rollup, re.MULTILINE)
    )
