"""How many mails a second other filters judge on two processors, two processes each."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from service_bench.rivals import rspamd
from service_bench.rivals.contestants import running
from service_bench.rivals.mails import Labelled
from service_bench.rivals.wrk import drive, write_mails
from service_bench.serving import free_port

__all__ = ["FILTERS"]

_PROCESSES = 2
_TRAINING_MAILS = 1_000
_SLOW_FILTER_MAILS = 40
_SECONDS = 300.0


def bogofilter(labelled: list[Labelled], mails: list[bytes]) -> float:
    """Train on public mail, then judge files whose names are told to two processes."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for place, item in enumerate(labelled[:: max(1, len(labelled) // _TRAINING_MAILS)]):
            (home / ("s" if item.is_spam else "n")).mkdir(exist_ok=True)
            (home / ("s" if item.is_spam else "n") / f"{place}").write_bytes(item.message)
        base = ["bogofilter", "-d", folder]
        for kind in ("s", "n"):
            names = "\n".join(str(path) for path in (home / kind).iterdir())
            _run([*base, f"-{kind}", "-b"], names)
        paths = [home / f"mail-{number}" for number in range(len(mails))]
        for path, mail in zip(paths, mails, strict=True):
            path.write_bytes(mail)
        started = time.perf_counter()
        _at_once([*base, "-b", "-t"], ["\n".join(map(str, paths[part::_PROCESSES])) for part in (0, 1)])
        return len(mails) / (time.perf_counter() - started)


def spamassassin(_labelled: list[Labelled], mails: list[bytes]) -> float:
    """Judge some mails without the network; the start, which takes seconds, is left out."""
    few = mails[: _SLOW_FILTER_MAILS * _PROCESSES]

    def seconds(count: int) -> float:
        boxes = [
            "".join(
                f"From x@example.org Thu Jan  1 00:00:00 1970\n{mail.decode('latin-1')}\n\n" for mail in part
            )
            for part in (few[start:count:_PROCESSES] for start in range(_PROCESSES))
        ]
        started = time.perf_counter()
        _at_once(["spamassassin", "--local", "--mbox"], boxes)
        return time.perf_counter() - started

    return (len(few) - _PROCESSES) / (seconds(len(few)) - seconds(_PROCESSES))


def judged_by_rspamd(_labelled: list[Labelled], mails: list[bytes]) -> float:
    """Judge mails over HTTP, the way that it is made for, on 16 connections."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        rspamd.configure(Path(folder), port, _PROCESSES)
        with running(rspamd.command(Path(folder)), port):
            time.sleep(rspamd.SECONDS_TO_COMPILE)
            path = write_mails(Path(folder), mails)
            return drive(f"http://127.0.0.1:{port}/checkv2", path, "message/rfc822", 16, 5).rate


FILTERS: dict[str, Callable[[list[Labelled], list[bytes]], float]] = {
    "bogofilter": bogofilter,
    "rspamd": judged_by_rspamd,
    "spamassassin": spamassassin,
}
"""The command of a filter, and what measures it."""


def _run(command: list[str], names: str) -> None:
    subprocess.run(command, input=names, text=True, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603


def _at_once(command: list[str], inputs: list[str]) -> None:
    """Run a command once for each input, all at the same time, and wait for the last."""
    environment = {**os.environ, "LC_ALL": "C"}
    with tempfile.TemporaryDirectory() as folder:
        started = []
        for number, text in enumerate(inputs):
            path = Path(folder) / str(number)
            path.write_text(text, encoding="latin-1")
            with path.open("rb") as file:
                started.append(
                    subprocess.Popen(  # noqa: S603 - Our own command.
                        command,
                        stdin=file,
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                        env=environment,
                    )
                )
        for process in started:
            process.wait(_SECONDS)
