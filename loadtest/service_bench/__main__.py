"""Measures what the service promises; the exit code is 0 when every figure keeps to its bound."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import sigmail
from service_bench import (
    alike,
    arrivals,
    batches,
    bodies,
    capacity,
    crowd,
    damage,
    databases,
    disks,
    faults,
    footprint,
    history,
    interrupted,
    kills,
    online,
    overload,
    poison,
    restarts,
    rivals,
    soak,
    stops,
    stream,
    swaps,
    writers,
)
from service_bench.figures import Extent, Figure

_PARTS: dict[str, Callable[[Extent], list[Figure]]] = {
    "footprint": footprint.measure,
    "bodies": bodies.measure,
    "crowd": crowd.measure,
    "overload": overload.measure,
    "restarts": restarts.measure,
    "faults": faults.measure,
    "stream": stream.measure,
}
# They need the corpora, Debian's wrk, PostgreSQL, a small disk to mount, or more minutes, and are measured
# when they are named.
_PARTS_APART: dict[str, Callable[[Extent], list[Figure]]] = {
    "rivals": rivals.measure,
    "arrivals": arrivals.measure,
    "batches": batches.measure,
    "capacity": capacity.measure,
    "soak": soak.measure,
    "stops": stops.measure,
    "kills": kills.measure,
    "databases": databases.measure,
    "disks": disks.measure,
    "writers": writers.measure,
    "history": history.measure,
    "swaps": swaps.measure,
    "interrupted": interrupted.measure,
    "damage": damage.measure,
    "online": online.measure,
    "alike": alike.measure,
    "poison": poison.measure,
}


def main() -> int:
    """Measure the parts that the command line names, all of them by default."""
    parser = argparse.ArgumentParser(prog="service_bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*_PARTS, *_PARTS_APART, []], help="what to measure")
    parser.add_argument("--share", type=float, default=1.0, help="how much of each measurement is done")
    parser.add_argument("--record", type=Path, help="folder for a dated record")
    options = parser.parse_args()
    figures: list[Figure] = []
    started, busy = time.perf_counter(), os.getloadavg()[0]
    for name in options.parts or _PARTS:
        for figure in (_PARTS | _PARTS_APART)[name](Extent(options.share)):
            print(figure.line(), flush=True)
            figures.append(figure)
    seconds = time.perf_counter() - started
    missed = sum(not figure.held for figure in figures)
    print(f"{len(figures)} figures, {missed} missed, {seconds:.0f} s")
    if options.record:
        print(f"record: {_record(options, figures, busy)}")
    return 1 if missed else 0


def _record(options: argparse.Namespace, figures: list[Figure], busy: float) -> Path:
    now = datetime.now(UTC)
    name = "-".join(["service", *options.parts])
    record = {
        "date": now.isoformat(timespec="seconds"),
        "command": " ".join(["python -m service_bench", *options.parts]),
        "share": options.share,
        "shared": "The client runs on the processors of the server; nothing else was started.",
        "load_average_before": busy,
        "machine": {
            "processors": os.cpu_count(),
            "system": platform.platform(),
            "python": sys.version.split()[0],
        },
        "build": sigmail.build_info(),
        "figures": [figure.members() for figure in figures],
    }
    path: Path = options.record / f"{name}-{now:%Y-%m-%d}.json"
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main())
