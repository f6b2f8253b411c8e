"""A process of its own for what one process can't say: threads and memory.

``messages`` starts it by its path: nothing of the package may be loaded before the memory is looked at.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

__all__ = ["main"]


def memory(name: str) -> int:
    """Return a figure of this process's memory in bytes (Linux alone tells it)."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024


def own_pages_of(path: str) -> int:
    """Return the bytes of a mapped file that this process shares with no other."""
    total, within = 0, False
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        first = line.split()[0]
        if not first.endswith(":"):
            within = line.endswith(path)
        elif within and first in {"Private_Clean:", "Private_Dirty:"}:
            total += int(line.split()[1]) * 1024
    return total


def answer(value: object) -> None:
    """Write one line of JSON, and wait for a line that asks to go on."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def measure_memory() -> None:
    """Say what the filter takes beside NumPy alone, and when asked, what of its file is its own."""
    bare = memory("Rss:") if np.__version__ else 0
    from sigmail.filter import SpamFilter  # noqa: PLC0415 - what it takes is what is asked.

    starter = SpamFilter.default()
    starter.classify("The first message, for which buffers are made.")
    starter.core.layers()  # Reads every page of the weights; the copy is gone before the memory is looked at.
    answer(memory("Rss:") - bare)
    sys.stdin.readline()
    answer(own_pages_of("starter.sigmail"))
    sys.stdin.readline()


def measure_threads(folder: str) -> None:
    """Classify all mails of a folder once for each line that comes in, and say how long it took."""
    from sigmail.filter import SpamFilter  # noqa: PLC0415 - as above.

    mails = [path.read_bytes() for path in sorted(Path(folder).iterdir())]
    starter = SpamFilter.default()
    for _ in sys.stdin:
        start = time.perf_counter()
        starter.classify_many(mails)
        answer(time.perf_counter() - start)


def main() -> None:
    """Measure what the first argument names."""
    if sys.argv[1] == "memory":
        measure_memory()
    else:
        measure_threads(sys.argv[2])


if __name__ == "__main__":
    main()
