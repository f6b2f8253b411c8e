"""Docstrings are plain text with a little numpydoc: what reStructuredText would read into them is escaped.

In a formula `|w|` is a length and in an attribute's name `coef_` the underscore is a letter.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

_CODE = re.compile(r"(``.*?``|:\w+:`[^`]*`|`[^`]*`)")
_TRAILING_UNDERSCORE = re.compile(r"(?<=\w)_(?!\w)")


def escape(_app: Sphinx, _kind: str, _name: str, _object: Any, _options: Any, lines: list[str]) -> None:
    """Escape bars and trailing underscores outside of code, in place."""
    for number, line in enumerate(lines):
        if not line.lstrip().startswith(">>>"):
            parts = _CODE.split(line)
            parts[::2] = [_TRAILING_UNDERSCORE.sub(r"\\_", part.replace("|", r"\|")) for part in parts[::2]]
            lines[number] = "".join(parts)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect before napoleon does, which runs at 500."""
    app.connect("autodoc-process-docstring", escape, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
