"""The commands and snippets of the documentation: found in the pages, and run in a place where they work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADDRESS = "127.0.0.1:8000"
MAIL = b"From: a@example.org\r\nSubject: You have WON\r\n\r\nClaim your FREE prize now, no obligation!\r\n"
_FENCE = re.compile(r"^( *)```(\S*)[^\n]*\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Snippet:
    """A fenced block of a page: its language and its text."""

    language: str
    text: str

    def commands(self) -> Iterator[tuple[str, str]]:
        """Yield each command of a console block with the output that stands below it."""
        for example in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            lines = example.split("\n")
            last = next(number for number, line in enumerate(lines) if not line.endswith("\\"))
            yield "\n".join(lines[: last + 1]), "\n".join(lines[last + 1 :])


@pytest.fixture(scope="session", name="snippets_of")
def fixture_of_snippets() -> Callable[[Path], list[Snippet]]:
    def snippets_of(page: Path) -> list[Snippet]:
        found = _FENCE.findall(page.read_text(encoding="utf-8"))
        return [Snippet(language, text) for _, language, text in found]

    return snippets_of


@pytest.fixture
def workplace(mails, tmp_path: Path) -> Path:
    """A home with what the pages speak of: mails, a Maildir, a table, and what `make` looks for."""
    for folder in (mails.spam, mails.ham, mails.other_spam, mails.other_ham):
        shutil.copytree(folder, tmp_path / folder.name)
    for place, source in (("Maildir/.Junk", mails.spam), ("Maildir", mails.ham)):
        for kind in ("cur", "new", "tmp"):
            (tmp_path / place / kind).mkdir(parents=True)
        for mail in source.iterdir():
            shutil.copy(mail, tmp_path / place / "cur" / f"{mail.stem}.host:2,S")
    (tmp_path / "mail.eml").write_bytes(MAIL)
    rows = [
        f"{label},{' '.join(path.read_text().split()[3:])}"
        for label, folder in (("spam", mails.spam), ("ham", mails.ham))
        for path in sorted(folder.iterdir())
    ]
    (tmp_path / "comments.csv").write_text("label,text\n" + "\n".join(rows) + "\n")
    for name in (
        "docs",
        "loadtest",
        "rust",
        "service",
        "Cargo.lock",
        "Cargo.toml",
        "Makefile",
        "pyproject.toml",
    ):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.fixture
def shell(workplace: Path, service) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Run a line as a reader would; the service is ours, and `make` only says what it would do."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {
        "HOME": str(workplace),
        "MAKEFLAGS": "--dry-run --no-print-directory",
        "PATH": path,
        "PYTHONUTF8": "1",
        "SIGMAIL_DATA_DIR": str(workplace),
        "SIGMAIL_PLOTS": str(workplace / "plots"),
    }

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line.replace(ADDRESS, f"127.0.0.1:{service.port}")],
            cwd=workplace,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run
