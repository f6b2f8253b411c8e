"""The main process: forks the workers, starts one anew that failed, and ends them all."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

import structlog

__all__ = ["Supervisor"]

_SECONDS_TO_STOP = 30.0
# A worker that fails again so soon would do so for ever.
_SECONDS_OF_A_CRASH_LOOP = 5.5
_WAKING_BYTES = 4096
_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_log = structlog.get_logger("sigmail_service")
_fork = multiprocessing.get_context("fork")


class Supervisor:
    """Keeps a number of worker processes.

    Parameters
    ----------
    count
        How many.
    work
        What a worker does, who gets the number of its place, from 0 on; it has to end at SIGTERM.
    """

    def __init__(self, count: int, work: Callable[[int], None]) -> None:
        self._count = count
        self._work = work
        self._stopping = False
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        self._workers: list[BaseProcess] = []
        self._started_anew: dict[int, float] = {}

    def stop(self, *_signal: object) -> None:
        """Let `run` end; for a handler of a signal, and for any thread."""
        self._stopping = True
        with contextlib.suppress(BlockingIOError):  # What is in it already wakes as well.
            os.write(self._waker, b"\0")

    def run(self) -> None:
        """Keep the workers until `stop` is called, and end them.

        Raises
        ------
        SystemExit
            With 1, if a worker failed again and again.
        """
        # A signal may reach another thread than this one, which then sleeps on: the handler, which only this
        # one runs, would be called when a worker ends, if ever. So the signal itself wakes it, by the pipe.
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        self._workers = [self._start(place) for place in range(self._count)]
        failed = False
        while not self._stopping and not failed:
            if self._woken in wait([self._woken, *(worker.sentinel for worker in self._workers)]):
                os.read(self._woken, _WAKING_BYTES)
            failed = not self._stopping and not self._renew()
        self._end()
        if failed:
            raise SystemExit(1)

    def _start(self, place: int) -> BaseProcess:
        """Fork a worker; signals are held back meanwhile, so that none falls between two handlers."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            worker = _fork.Process(name="worker", target=self._begin, args=(place,))
            worker.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        return worker

    def _begin(self, place: int) -> None:
        # The handlers that it inherits would swallow a signal; until it has its own, one simply ends it.
        signal.set_wakeup_fd(-1)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        self._work(place)

    def _renew(self) -> bool:
        """Start workers in the places of those that ended; return whether that makes sense."""
        for place, worker in enumerate(self._workers):
            if worker.is_alive():
                continue
            _log.warning("worker ended", code=worker.exitcode)
            now = time.monotonic()
            if now - self._started_anew.get(place, -_SECONDS_OF_A_CRASH_LOOP) < _SECONDS_OF_A_CRASH_LOOP:
                _log.error("workers fail again and again")
                return False
            self._started_anew[place] = now
            self._workers[place] = self._start(place)
        return True

    def _end(self) -> None:
        signal.set_wakeup_fd(-1)
        for worker in self._workers:
            worker.terminate()
        deadline = time.monotonic() + _SECONDS_TO_STOP
        for worker in self._workers:
            worker.join(max(deadline - time.monotonic(), 0.0))
            if worker.is_alive():
                _log.warning("worker killed, since it did not end", worker=worker.pid)
                worker.kill()
                worker.join()
