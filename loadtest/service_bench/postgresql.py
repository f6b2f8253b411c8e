"""A PostgreSQL of its own on loopback, from the system's binaries, that may be killed and started again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from service_bench.serving import free_port

__all__ = ["PostgreSQL", "find_binaries", "postgresql"]

# Where Debian has them, beside the folders of PATH.
_FOLDERS = "/usr/lib/postgresql"
# PostgreSQL refuses to run as root; Debian's package brings this user.
_USER = "postgres"
_SECONDS = 30.0
_PAUSE = 0.05


def find_binaries() -> Path | None:
    """Return the folder of PostgreSQL's binaries, the newest; None where there are none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(Path(_FOLDERS).glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return folders[-1].parent if folders else None


class PostgreSQL:
    """A server with a cluster in a folder.

    Parameters
    ----------
    binaries
        From `find_binaries`.
    folder
        An empty folder; the server's user must be able to reach it.
    """

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self.folder = folder
        self._port = free_port()
        self._user = _USER if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        self._run(
            "initdb", "--auth", "trust", "--username", "sigmail", "--encoding", "UTF8", "-D", str(folder)
        )
        self.start()

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database."""
        return f"postgresql://sigmail@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self._port,
            "unix_socket_directories": self.folder,
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        log, seconds = self.folder / "server.log", f"{_SECONDS:.0f}"
        command = ("-D", str(self.folder), "-l", str(log), "-o", options, "-t", seconds, "-w", "start")
        deadline = time.monotonic() + _SECONDS
        while True:
            try:
                return self._run("pg_ctl", *command)
            except subprocess.CalledProcessError:
                # After a kill the last of the old processes may still hold the memory that they shared.
                if time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE)

    def create(self, database: str) -> str:
        """Create a database and return its URL."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(database)))
        return self.url(database)

    def kill(self) -> None:
        """End all of the server's processes at once, as a failure would (SIGKILL)."""
        main = int((self.folder / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for process in (main, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        deadline = time.monotonic() + _SECONDS
        while any(Path(f"/proc/{process}/exe").exists() for process in (main, *map(int, children))):
            if time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not end")
            time.sleep(_PAUSE)

    def stop(self) -> None:
        """Stop the server."""
        self._run("pg_ctl", "-D", str(self.folder), "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603 - The system's own programs.
            [str(self._binaries / program), *arguments],
            user=self._user,
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=4 * _SECONDS,
        )


@contextlib.contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """Run a server while the block runs.

    Raises
    ------
    RuntimeError
        If the system has no PostgreSQL.
    """
    binaries = find_binaries()
    if binaries is None:
        raise RuntimeError("there is no PostgreSQL here: `apt-get install postgresql` brings it")
    folder = Path(tempfile.mkdtemp(prefix="sigmail-postgresql-"))
    try:
        server = PostgreSQL(binaries, folder)
        try:
            yield server
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
