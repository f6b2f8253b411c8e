"""Find the files of a folder, in a fixed order and without walking in circles."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["OnSkip", "files_below"]

OnSkip = Callable[[str, str], None]
"""Called with the source and the reason for whatever is passed over."""


def files_below(folder: Path, on_skip: OnSkip) -> Iterator[Path]:
    """Yield every regular file below `folder`, depth first, sorted by name, links followed.

    Of a Maildir only ``new`` and ``cur`` are read: ``tmp`` holds mail under way, and the folders beside them
    are other mailboxes (often the spam). Hidden files and folders are no mail and are left out.
    """
    visited: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        try:
            status = path.stat()
            if stat.S_ISDIR(status.st_mode):
                identity = status.st_dev, status.st_ino
                if identity in visited:
                    on_skip(str(path), "a link back to a folder that was read already")
                    continue
                visited.add(identity)
                waiting.extend(reversed(_entries(path)))
            elif stat.S_ISREG(status.st_mode):
                yield path
            else:
                on_skip(str(path), "not a regular file")
        except OSError as error:
            on_skip(str(path), error.strerror or str(error))


def _entries(folder: Path) -> list[Path]:
    """Return what `folder` holds in the order of the names, or the two mail folders of a Maildir."""
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
    if {"cur", "new"} <= set(names) and all((folder / name).is_dir() for name in ("cur", "new")):
        names = ["cur", "new"]
    return [folder / name for name in names]
