"""What `sigmail serve` does to have a learner: starts it, starts it again should it fail, and ends it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import structlog

from sigmail_service.settings import Settings

__all__ = ["LearnerKeeper"]

_SECONDS_TO_STOP = 5.0
_FIRST_SECONDS = 1.0
_REST_SECONDS = 1.0
_MOST_REST_SECONDS = 60.0

_log = structlog.get_logger("sigmail_service")

# A worker that is forked while a learner is started would inherit the open ends of its pipes, and hold them
# for ever: the learner would wait for the end of its settings, and the service for the learner. `subprocess`
# runs no such hooks itself.
_no_fork = threading.Lock()
os.register_at_fork(
    before=_no_fork.acquire, after_in_parent=_no_fork.release, after_in_child=_no_fork.release
)


class LearnerKeeper:
    """Keeps a learner's process while the service runs; a context manager.

    Parameters
    ----------
    settings
        What the operator set; handed over on standard input, where no list of processes shows them.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.model_dump_json(exclude_defaults=False)
        self._ended = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()  # The end waits for a start under way, so that it misses none.
        self._thread = threading.Thread(target=self._keep, name="learner", daemon=True)

    def __enter__(self) -> LearnerKeeper:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        with self._starting:
            self._ended.set()
            process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(_SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(_SECONDS_TO_STOP)

    def _start(self) -> subprocess.Popen[bytes] | None:
        """Start the learner, unless the service has ended meanwhile."""
        with self._starting:
            if self._ended.is_set():
                return None
            with _no_fork:
                self._process = self._spawn()
            return self._process

    def _spawn(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C on a terminal is for the service, which then ends the learner.
        command = [sys.executable, "-m", "sigmail_service.learner.process", str(os.getpid())]
        process = subprocess.Popen(  # noqa: S603 - Our own module.
            command, stdin=subprocess.PIPE, start_new_session=True
        )
        if process.stdin is not None:
            try:
                process.stdin.write(self._settings.encode())
                process.stdin.close()
            except BrokenPipeError:
                pass  # It has ended already; that is seen in its turn.
        return process

    def _keep(self) -> None:
        """Start the learner once the workers have had the processors to themselves, and again if it ends."""
        pause, rest = _FIRST_SECONDS, _REST_SECONDS
        while not self._ended.wait(pause):
            process = self._start()
            if process is None:
                return
            code = process.wait()
            if self._ended.is_set():
                return
            _log.warning("learner ended", code=code)
            pause, rest = rest, min(2.0 * rest, _MOST_REST_SECONDS)
