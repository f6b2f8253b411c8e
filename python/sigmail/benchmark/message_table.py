"""What was asked of messages beside what was measured: rows, their table and their record."""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sigmail import _core

__all__ = ["Row", "as_lines", "write_record"]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: at most ``asked``, or at least so much where ``at_least`` says so."""

    work: str
    figure: str
    measured: float | None
    """None where the peer is not installed, or the system does not tell."""
    asked: float
    unit: str = ""
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None if nothing was measured."""
        if self.measured is None:
            return None
        return self.measured >= self.asked if self.at_least else self.measured <= self.asked


_MET = {True: "yes", False: "no", None: "left out"}


def as_lines(rows: Sequence[Row]) -> list[str]:
    """Return a table in Markdown."""
    lines = ["| work | figure | asked | measured | met |", "| --- | --- | --- | ---: | :---: |"]
    for row in rows:
        bound = "at least" if row.at_least else "at most"
        measured = "" if row.measured is None else f"{row.measured:.2f}{row.unit}"
        asked = f"{bound} {row.asked:g}{row.unit}"
        lines.append(f"| {row.work} | {row.figure} | {asked} | {measured} | {_MET[row.met]} |")
    return lines


def write_record(rows: Sequence[Row], folder: Path) -> Path:
    """Write the rows with date and machine, and return the file."""
    now = datetime.datetime.now(datetime.UTC)
    facts = {
        "date": now.isoformat(timespec="seconds"),
        "build": _core.build_info(),
        "system": platform.platform(),
        "cpus": os.cpu_count(),
        "load": os.getloadavg()[0],
        "rows": [asdict(row) | {"met": row.met} for row in rows],
    }
    path = folder / f"messages-{now.date().isoformat()}.json"
    path.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return path
