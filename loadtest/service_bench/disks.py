"""A disk that is full or read-only: classification goes on, and corrections come back by themselves."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from service_bench.corrections import Book, Corrector, classify, create_key
from service_bench.figures import Extent, Figure, exactly
from service_bench.serving import serving

__all__ = ["can_mount", "measure"]

_SIZE = "64m"
_REQUESTS = 200
_SECONDS_TO_RECOVER = 10.0
_CHUNK = b"\0" * 4096


def measure(extent: Extent) -> list[Figure]:
    """Fill the small disk of the data folder while the service runs; then start on one that is read-only."""
    count = extent.count(_REQUESTS, least=20)
    return [*_measure_full(count), *_measure_read_only(count)]


def can_mount() -> bool:
    """Return whether this user may mount a small disk of memory."""
    try:
        with _mounted():
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def _measure_full(count: int) -> list[Figure]:
    with _mounted() as folder:
        token = create_key(folder)
        with serving("--data-dir", str(folder), "--log-level", "error") as server:
            before = _statuses(server.port, token, count)
            filler = folder / "filler"
            _fill(filler)
            full = _statuses(server.port, token, count)
            filler.unlink()
            recovered = _recovers(server.port, token)
    return _figures("full disk", before, full, {507}, recovered=recovered)


def _measure_read_only(count: int) -> list[Figure]:
    with _mounted() as folder:
        token = create_key(folder)
        _run("mount", "-o", "remount,ro", str(folder))
        with serving("--data-dir", str(folder), "--log-level", "error") as server:
            read_only = _statuses(server.port, token, count)
            _run("mount", "-o", "remount,rw", str(folder))
            recovered = _recovers(server.port, token)
            after = _statuses(server.port, token, count)
    return _figures("read-only folder", after, read_only, {503}, recovered=recovered)


def _figures(
    name: str, good: Counter[str], bad: Counter[str], expected: set[int], *, recovered: bool
) -> list[Figure]:
    refused = {f"correct {status}" for status in expected}
    allowed = refused | {"classify 200"}
    # While the log still has room in its last page, a correction may be taken.
    taken = bad["correct 201"]
    wrong = sum(times for status, times in bad.items() if status not in allowed) - taken
    note = ", ".join(f"{status}: {times}" for status, times in sorted(bad.items()))
    return [
        exactly(f"{name}: answers but 200 to messages, {min(expected)} to corrections", 0, wrong, "", note),
        exactly(f"{name}: a correction is refused", 1, int(any(bad[status] for status in refused)), ""),
        exactly(
            f"{name}: corrections refused without it",
            0,
            good.total() - good["classify 200"] - good["correct 201"],
            "",
        ),
        exactly(f"{name}: recovers without a restart", 1, int(recovered), ""),
    ]


def _statuses(port: int, token: str, count: int) -> Counter[str]:
    """Send messages and corrections by turns, and count the answers."""
    found: Counter[str] = Counter()
    corrector = Corrector(port, token, Book())
    for number in range(count):
        if number % 2:
            found[f"correct {corrector.correct(until_acknowledged=False)}"] += 1
        else:
            found[f"classify {classify(port, token)}"] += 1
    corrector.close()
    return found


def _recovers(port: int, token: str) -> bool:
    deadline = time.monotonic() + _SECONDS_TO_RECOVER
    with contextlib.closing(Corrector(port, token, Book())) as corrector:
        while time.monotonic() < deadline:
            if corrector.correct(until_acknowledged=False) == 201:
                return True
            time.sleep(0.1)
    return False


def _fill(path: Path) -> None:
    """Write a file until the disk has no room left, not even for the last byte."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(_CHUNK)


@contextlib.contextmanager
def _mounted() -> Iterator[Path]:
    """Give a folder that is a small disk of memory while the block runs."""
    with tempfile.TemporaryDirectory() as name:
        _run("mount", "-t", "tmpfs", "-o", f"size={_SIZE},mode=700", "tmpfs", name)
        try:
            yield Path(name)
        finally:
            _run("umount", name)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - Fixed programs.
