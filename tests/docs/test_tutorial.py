"""The chapters of the tutorial run as scripts, say what their pages show, and leave their plots."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial"
CHAPTERS = sorted(TUTORIAL.glob("chapter_*.py"))


def page_of(script: Path) -> str:
    return script.with_name(f"{script.stem.replace('_', '-')}.md").read_text(encoding="utf-8")


def test_there_are_seven_chapters_and_the_contents_name_them() -> None:
    contents = (TUTORIAL / "index.md").read_text(encoding="utf-8")
    named = re.findall(r"^(chapter-\S+)$", contents, re.MULTILINE)
    assert len(named) == 7
    assert named == [script.stem.replace("_", "-") for script in CHAPTERS]


@pytest.mark.parametrize("script", CHAPTERS, ids=lambda script: script.stem)
def test_a_chapter_says_what_its_page_shows(script: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        env=os.environ | {"SIGMAIL_PLOTS": str(tmp_path), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    page = page_of(script)
    shown = re.findall(r"^```text\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert "".join(shown) == done.stdout
    plots = re.findall(r"\(plots/(\S+?)\)", page)
    assert sorted(plots) == sorted(path.name for path in tmp_path.iterdir())
    for name in plots:
        assert (TUTORIAL / "plots" / name).stat().st_size < 150_000


@pytest.mark.parametrize("script", CHAPTERS, ids=lambda script: script.stem)
def test_a_page_shows_every_part_of_its_script(script: Path) -> None:
    parts = re.findall(r"^# \[begin (.+)\]$", script.read_text(encoding="utf-8"), re.MULTILINE)
    assert parts == re.findall(r'start-after: "# \[begin (.+)\]"', page_of(script))
