"""How the processes of a measurement are started."""

from __future__ import annotations

import os
import sys

__all__ = ["command", "environment"]

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")


def command(*arguments: str) -> list[str]:
    """Return the command line of a process with these arguments."""
    return [sys.executable, "-m", "sigmail.benchmark", *arguments]


def environment(threads: int, **settings: str) -> dict[str, str]:
    """Return an environment in which all libraries start with that many threads."""
    return {**os.environ, **dict.fromkeys(_THREADS, str(threads)), **settings}
