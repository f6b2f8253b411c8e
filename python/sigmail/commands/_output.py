"""How results are written: text that can't harm a terminal, numbers at a fixed width, JSON a line each."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import click

__all__ = ["can_write", "echo_json", "one_line", "printable"]


def printable(text: str) -> str:
    r"""Return `text` with control characters and half surrogates escaped.

    File names and words of a message are other people's: an escape sequence among them must not reach the
    terminal.

    >>> printable("red \x1b[31m\n")
    'red \\x1b[31m\\n'
    """
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape", "surrogatepass").decode("ascii")
        for character in text
    )


def one_line(text: str) -> str:
    """Return `text` on one line, safe to print."""
    return printable(" ".join(text.split()))


def echo_json(item: Mapping[str, Any]) -> None:
    """Write `item` as one line of JSON, ASCII only."""
    click.echo(json.dumps(item, allow_nan=False))


def can_write(characters: str) -> bool:
    """Tell whether standard output can encode `characters`."""
    try:
        characters.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
