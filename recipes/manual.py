"""The manual page that ships in the wheel: the verbs of the library, whatever else is installed here.

`make manual` writes it; a test holds the file to what this prints.
"""

from __future__ import annotations

from sigmail.commands import main
from sigmail.commands._group import VERBS
from sigmail.commands.man import manual_page

__all__ = ["page"]


def page() -> str:
    """Return the page; ``serve`` is described by ``sigmail-service``, which brings it."""
    return manual_page(main, [name for name in VERBS if name != "serve"])


if __name__ == "__main__":
    print(page(), end="")
