"""Marks the views that wait for a database or a disk: the event loop must not wait with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask

__all__ = ["OffLoop", "off_loop"]

_View = TypeVar("_View", bound=Callable[..., Any])
_MARK = "sigmail_off_loop"


def off_loop(view: _View) -> _View:
    """Let the bridge call a view, and all whose paths begin alike, in a thread; goes above `requires`."""
    setattr(view, _MARK, True)
    return view


class OffLoop:
    """Knows the paths that are answered in a thread, by their first segment.

    Parameters
    ----------
    app
        The application, with all its routes.
    """

    def __init__(self, app: Flask) -> None:
        self._segments = frozenset(
            _first_segment(rule.rule)
            for rule in app.url_map.iter_rules()
            if getattr(app.view_functions[rule.endpoint], _MARK, False)
        )

    def __contains__(self, path: str) -> bool:
        return _first_segment(path) in self._segments


def _first_segment(path: str) -> str:
    return path.split("/", 2)[1] if path.startswith("/") else ""
