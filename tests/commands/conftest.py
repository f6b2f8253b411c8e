"""The real command in a process of its own, and a model trained on small mails."""

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
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env={**os.environ, "PYTHONUTF8": "1", **(environment or {})},
            timeout=120,
            check=False,
            **options,
        )

    def run_as_text(*arguments, **options):
        done = run(*arguments, **options)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done

    return run_as_text


@pytest.fixture(scope="session")
def model(sigmail, mails, tmp_path_factory):
    """A model file that ``sigmail train`` wrote."""
    path = tmp_path_factory.mktemp("model") / "small.sigmail"
    done = sigmail("train", "--spam", mails.spam, "--ham", mails.ham, "--out", path, "--seed", 1)
    assert done.returncode == 0, done.stderr
    return path
