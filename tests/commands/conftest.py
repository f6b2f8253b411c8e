"""The real command in a process of its own, and small mails to give it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def sigmail():
    """Run ``sigmail`` with arguments; return the finished process, its output as text."""

    def run(*arguments, stdin="", environment=None, **options):
        return subprocess.run(
            [sys.executable, "-m", "sigmail", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=isinstance(stdin, str),
            encoding="utf-8" if isinstance(stdin, str) else None,
            env={**os.environ, "PYTHONUTF8": "1", **(environment or {})},
            timeout=120,
            check=False,
            **options,
        )

    return run
