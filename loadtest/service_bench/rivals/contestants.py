"""The servers that take turns, each as a process tree on a port of loopback."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service_bench.rivals import rspamd
from service_bench.serving import free_port

__all__ = [
    "EMPTY_ROUTE",
    "LEAN_ROUTE",
    "NO_HISTORY",
    "OURS",
    "VIEW",
    "WORKERS",
    "Contestant",
    "contestants",
    "running",
]

WORKERS = 2
OURS = "sigmail"
NO_HISTORY = "sigmail, no history"
VIEW = "sigmail, by the view of Flask"
EMPTY_ROUTE = "empty-route"
_MAIL = "message/rfc822"
# A parameter that means nothing: the direct way steps aside, and the view of Flask answers.
_MAIL_FOR_THE_VIEW = "message/rfc822; way=view"
LEAN_ROUTE = "empty-route-wsgi"
_RIVALS = (EMPTY_ROUTE, LEAN_ROUTE, "empty-wsgi", "scikit-learn")
_SECONDS_TO_START = 60.0
_SECONDS_TO_STOP = 20.0
_LOADTEST = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Contestant:
    """A way to answer: its name, the process that it starts from, and how it is asked."""

    name: str
    process: int
    url: str
    content_type: str


@contextlib.contextmanager
def contestants(names: tuple[str, ...] = ()) -> Iterator[list[Contestant]]:
    """Start all that can be had here, or those named besides our own, and stop them at the end."""
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        port = free_port()
        command = [str(Path(sys.executable).with_name("sigmail")), "serve", "--port", str(port)]
        command += ["--workers", str(WORKERS), "--drain-seconds", "0", "--data-dir", folder]
        ours = stack.enter_context(running([*command, "--log-level", "warning"], port))
        url = f"http://127.0.0.1:{port}/classify"
        other = free_port()
        settings = Path(folder) / "settings.toml"
        settings.write_text(f'history_days = 0\nworkers = {WORKERS}\nlog_level = "warning"\n')
        command = [*command[:2], "--port", str(other), "--config", str(settings), "--data-dir", folder]
        bare = stack.enter_context(running(command, other))
        found = [
            Contestant(OURS, ours, url, _MAIL),
            Contestant(VIEW, ours, url, _MAIL_FOR_THE_VIEW),
            Contestant(NO_HISTORY, bare, f"http://127.0.0.1:{other}/classify", _MAIL),
        ]
        for name in names or _RIVALS:
            port = free_port()
            command = [sys.executable, "-m", "service_bench.rivals.serve", name, str(port), str(WORKERS)]
            process = stack.enter_context(running(command, port))
            found.append(Contestant(name, process, f"http://127.0.0.1:{port}/rival", _MAIL))
        if not names and shutil.which("rspamd"):
            port = free_port()
            rspamd.configure(Path(folder), port, WORKERS)
            process = stack.enter_context(running(rspamd.command(Path(folder)), port))
            time.sleep(rspamd.SECONDS_TO_COMPILE)
            found.append(Contestant("rspamd", process, f"http://127.0.0.1:{port}/checkv2", _MAIL))
        yield found


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[int]:
    """Run a server while the block runs, and give its process once it listens."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=_LOADTEST)  # noqa: S603
        try:
            if not _listens(process, port):
                log.seek(0)
                raise SystemExit(f"{command} does not listen: {log.read().decode(errors='replace')[-2000:]}")
            yield process.pid
        finally:
            process.terminate()
            process.wait(_SECONDS_TO_STOP)


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        time.sleep(0.05)
    return False
