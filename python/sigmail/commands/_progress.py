"""A progress bar on standard error: on a terminal, if rich is there, and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Progress", "progress_bar"]

Progress = Callable[[int, int, str], None]
"""Called with what is done, the total (0 where nobody knows it) and what is going on."""


def _silent(done: int, total: int, text: str) -> None:
    """Say nothing."""


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Yield a function that draws a bar, or one that does nothing where a bar has no place."""
    if not sys.stderr.isatty():
        yield _silent
        return
    try:
        from rich.console import Console  # noqa: PLC0415 - Wanted on a terminal only.
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            MofNCompleteColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as Bar  # noqa: PLC0415
    except ImportError:  # The base install comes without it.
        yield _silent
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def draw(done: int, total: int, text: str) -> None:
            # A new step is shown at once, however short it is; counts wait for the next drawing.
            is_new = text != bar.tasks[0].description
            bar.update(task, completed=done, total=total or None, description=text, refresh=is_new)

        yield draw
