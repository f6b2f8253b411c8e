"""What the process table says of a server: processor time of all its processes, memory of its workers."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cpu_seconds", "resident_bytes", "tree"]

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
# User and system time, fields 14 and 15 of proc(5), counted from the field after the name.
_USER, _SYSTEM = 11, 12


def tree(process: int) -> list[int]:
    """Return a process and all that it started, itself first."""
    found = [process]
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text().split():
            found.extend(tree(int(child)))
    return found


def cpu_seconds(process: int) -> float:
    """Return the processor time that a process and all that it started have had."""
    return sum(_ticks(member) for member in tree(process)) / _TICKS


def resident_bytes(process: int) -> int:
    """Return the resident memory of the largest process that a server started, its own if there is none."""
    members = tree(process)
    return max(_resident(member) for member in members[1:] or members)


def _ticks(process: int) -> int:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[_USER]) + int(fields[_SYSTEM])


def _resident(process: int) -> int:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
