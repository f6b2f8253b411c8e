"""Links within the repository lead somewhere, read on the web or in a checkout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *ROOT.glob("*/README.md")]
    if not {"_build"} & set(path.parts)
)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    outside = re.compile(r"^(?:https?:|mailto:|#)")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not outside.match(target):
            assert ((ROOT / page).parent / target.partition("#")[0]).exists(), target
