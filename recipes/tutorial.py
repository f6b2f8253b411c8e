"""Runs the chapters of the tutorial, draws their plots again, and puts what they say into their pages.

`make tutorial` runs it, after a change of the starter model or of a chapter. A page's blocks of output keep
their numbers of lines; where a chapter says more or less than its page shows, edit the page first.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

__all__ = ["filled_in"]

TUTORIAL = Path(__file__).parents[1] / "docs" / "tutorial"
_OUTPUT = re.compile(r"(?<=^```text\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)


def filled_in(page: str, said: str) -> str:
    """Return `page` with the lines of `said` in its blocks of output, in their order."""
    lines = said.splitlines(keepends=True)
    shown = sum(len(block.splitlines()) for block in _OUTPUT.findall(page))
    if shown != len(lines):
        sys.exit(f"the chapter says {len(lines)} lines, and its page shows {shown}: edit the page first")
    rest = iter(lines)
    return _OUTPUT.sub(lambda block: "".join(next(rest) for _ in block[0].splitlines()), page)


def main() -> None:
    """Run every chapter."""
    for script in sorted(TUTORIAL.glob("chapter_*.py")):
        command = [sys.executable, "-W", "error", str(script)]
        said = subprocess.check_output(command, encoding="utf-8")  # noqa: S603 - Our own command.
        page = script.with_name(f"{script.stem.replace('_', '-')}.md")
        page.write_text(filled_in(page.read_text(encoding="utf-8"), said), encoding="utf-8")
        print(page.name)


if __name__ == "__main__":
    main()
