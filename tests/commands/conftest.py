"""The real command in a process of its own, small mails to give it, and a model trained on them."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

WORDS = """
viagra cheap winner prize money casino pills offer credit loan click free bonus deal
meeting lunch report patch kernel review tomorrow thanks project agenda notes train schedule minutes
the and you with this that from have will about house street garden music water bread
"""
SPAM_WORDS, HAM_WORDS, COMMON_WORDS = (line.split() for line in WORDS.strip().splitlines())
MAILS_OF_A_LABEL = 40


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


def make_mail(words, number, seed):
    """Write a mail whose text no other number has."""
    generator = random.Random(f"{seed} {number}")  # noqa: S311 - The same mails each time.
    text = " ".join(generator.choices(words, k=6) + generator.choices(COMMON_WORDS, k=12))
    subject = " ".join(generator.sample(words, 2))
    return f"From: a@example.org\r\nSubject: {subject}\r\n\r\n{text}\r\n".encode()


@dataclass(frozen=True)
class Mails:
    """Folders of mails: to train on, and others to measure with."""

    spam: Path
    ham: Path
    other_spam: Path
    other_ham: Path


@pytest.fixture(scope="session")
def mails(tmp_path_factory):
    """Small mails that words tell apart, and four whose words belong to the other side."""
    root = tmp_path_factory.mktemp("mails")
    folders = Mails(*(root / name for name in ("spam", "ham", "other-spam", "other-ham")))
    for folder, words in (
        (folders.spam, SPAM_WORDS),
        (folders.ham, HAM_WORDS),
        (folders.other_spam, SPAM_WORDS),
        (folders.other_ham, HAM_WORDS),
    ):
        folder.mkdir()
        for number in range(MAILS_OF_A_LABEL):
            (folder / f"{number:03}.eml").write_bytes(make_mail(words, number, folder.name))
    for number in (900, 901):
        (folders.other_spam / f"{number}.eml").write_bytes(make_mail(HAM_WORDS, number, "swapped"))
        (folders.other_ham / f"{number}.eml").write_bytes(make_mail(SPAM_WORDS, number, "swapped"))
    return folders


@pytest.fixture(scope="session")
def model(sigmail, mails, tmp_path_factory):
    """A model file that ``sigmail train`` wrote."""
    path = tmp_path_factory.mktemp("model") / "small.sigmail"
    done = sigmail("train", "--spam", mails.spam, "--ham", mails.ham, "--out", path, "--seed", 1)
    assert done.returncode == 0, done.stderr
    return path
