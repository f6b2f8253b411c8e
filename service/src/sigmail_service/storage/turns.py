"""Whose turn it is to write a database of SQLite's, among the threads and processes of one host.

SQLite takes one writer at a time, and lets the others ask again after pauses that grow to a tenth of a
second: who is unlucky waits for seconds, and the database idles meanwhile. So writers wait here first, for a
lock of the system's on a file beside the database. A process that is killed loses it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl

__all__ = ["Turns"]

# A transaction takes about a millisecond.
_PAUSE_SECONDS = 0.0003
_MODE = 0o600


class Turns:
    """Gives turns to the writers of a database.

    Parameters
    ----------
    path
        The file to lock. Where it cannot be made, only the threads of this process take turns, and SQLite has
        to keep the processes apart.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()

    @contextlib.contextmanager
    def turn(self, seconds: float) -> Iterator[bool]:
        """Wait for the turn, and keep it while the block runs; give False if it did not come in time."""
        deadline = time.monotonic() + seconds
        if not self._threads.acquire(timeout=seconds):
            yield False
            return
        try:
            with self._file() as descriptor:
                yield descriptor is None or _lock(descriptor, deadline)
        finally:
            self._threads.release()

    @contextlib.contextmanager
    def _file(self) -> Iterator[int | None]:
        """Open the file anew each time: a worker that was forked would share the lock of an inherited one."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), _MODE)
        except OSError:
            yield None
            return
        try:
            yield descriptor
        finally:
            os.close(descriptor)


def _lock(descriptor: int, deadline: float) -> bool:
    """Lock a file, in time or not at all; what has no such locks counts as locked."""
    if sys.platform == "win32":
        return True
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE_SECONDS)
        except OSError:
            return True
        else:
            return True
