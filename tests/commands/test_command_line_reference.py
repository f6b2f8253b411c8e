"""The examples of the reference are run, in their order, and must answer as the page says."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "command-line.md"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def examples():
    """Yield each command of the page with the output that stands below it."""
    for block in re.findall(
        r"^```console\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    ):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = example.partition("\n")
            yield command, output


@pytest.fixture
def workplace(mails, tmp_path):
    """A folder with the mails of the examples, and a `sigmail` that is this one."""
    for folder in (mails.spam, mails.ham, mails.other_spam, mails.other_ham):
        shutil.copytree(folder, tmp_path / folder.name)
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "sigmail"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sigmail "$@"\n')
    command.chmod(0o755)
    return tmp_path


def test_every_example_answers_as_the_page_says(workplace):
    path = f"{workplace / 'bin'}{os.pathsep}{os.environ['PATH']}"
    checker, verbs = doctest.OutputChecker(), set()
    for command, expected in examples():
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=workplace,
            env={**os.environ, "PATH": path, "PYTHONUTF8": "1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, (command, done.stderr)
        assert checker.check_output(expected, done.stdout, FLAGS), f"$ {command}\n{done.stdout}"
        verbs |= set(re.findall(r"(?:^|[|] )sigmail (\w+)", command))
    assert verbs == {"train", "classify", "explain", "evaluate", "neuron", "compare"}
