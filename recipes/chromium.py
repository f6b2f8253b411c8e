"""Finds the browser for pictures and tests; none is ever downloaded."""

from __future__ import annotations

import shutil

__all__ = ["find_chromium"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """Return the path of a Chromium that is installed, or None."""
    return next(filter(None, map(shutil.which, _NAMES)), None)
