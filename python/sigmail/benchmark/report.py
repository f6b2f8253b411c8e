"""Runs the measurements in processes of their own, and writes what they found."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sigmail import _core
from sigmail.benchmark.race import OURS
from sigmail.errors import InvalidValueError

__all__ = ["as_lines", "measure", "write_record"]

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
_LONG = 1e-3
"""Seconds from which on a kernel is asked to gain by a second thread."""


def measure(
    seconds: float, wanted: str = "", progress: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Race all cases whose name holds ``wanted``, and return the record of it.

    One thread with the best instruction set, then the sigmoid with AVX2, then ours alone on two threads.
    """
    build = _core.build_info()
    if build["profile"] != "release":
        raise InvalidValueError(
            f"expected the release profile, got {build['profile']}: its times mean nothing; build it by "
            "`maturin develop --release`"
        )
    record: dict[str, Any] = {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        **_machine(),
    }
    facts, record["one_thread"] = _run(seconds, 1, wanted, {}, progress)
    record |= facts
    if build["simd"] == "avx512f":
        _, record["avx2"] = _run(seconds, 1, wanted or "sigmoid float", {"SIGMAIL_SIMD": "avx2"}, progress)
    if (os.cpu_count() or 1) > 1:
        _, ones = _run(seconds, 1, wanted, {}, progress, alone=True)
        _, twos = _run(seconds, 2, wanted, {}, progress, alone=True)
        record["two_threads"] = {
            one["name"]: one["seconds"][OURS] / two["seconds"][OURS]
            for one, two in zip(ones, twos, strict=True)
            if one["seconds"][OURS] > _LONG
        }
    record["load_after"] = os.getloadavg()[0]
    return record


def _run(
    seconds: float,
    threads: int,
    wanted: str,
    settings: Mapping[str, str],
    progress: Callable[[str], None],
    *,
    alone: bool = False,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Race in a process whose libraries all start with that many threads."""
    environment = {**os.environ, **dict.fromkeys(_ONE_THREAD, str(threads)), **settings}
    command = [
        sys.executable,
        "-m",
        "sigmail.benchmark",
        str(seconds),
        str(threads),
        wanted,
        "alone" if alone else "all",
    ]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves.
        lines = []
        for line in process.stdout or ():
            lines.append(json.loads(line))
            progress(
                f"{lines[-1].get('name', 'peers')} ({threads} thread(s) {settings.get('SIGMAIL_SIMD', '')})"
            )
    if process.returncode != 0:
        raise InvalidValueError(
            f"the measurement ended with exit code {process.returncode}; its error stands above"
        )
    return lines[0], lines[1:]


def _machine() -> dict[str, Any]:
    """Return what the figures depend on beside the code."""
    processor = platform.processor() or platform.machine()
    facts = Path("/proc/cpuinfo")
    if facts.is_file():
        names = [
            line.split(":", 1)[1].strip() for line in facts.read_text().splitlines() if "model name" in line
        ]
        processor = names[0] if names else processor
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }


def as_lines(record: Mapping[str, Any]) -> list[str]:
    """Write the record as Markdown tables: who was how fast, and which bar was asked."""
    missing = [name for name, version in record["peers"].items() if version is None]
    load = f"load average {record['load_before']:.1f} before and {record['load_after']:.1f} after the run"
    present = ", ".join(f"{name} {version}" for name, version in record["peers"].items() if version)
    lines = [
        f"{record['processor']}, {record['cores']} cores, {record['build']['simd']}, {record['date'][:10]};",
        f"{load}.",
        f"Beside {present}.",
        *([f"Left out, since not installed: {', '.join(missing)}."] if missing else []),
        "",
        "| work, one thread | ours | peer | its time | times as fast | asked |",
        "| --- | ---: | --- | ---: | ---: | ---: |",
    ]
    for outcome in record["one_thread"]:
        lines += _rows(outcome, "")
    for outcome in record.get("avx2", []):
        lines += _rows(outcome, " (AVX2 forced)")
    if record.get("two_threads"):
        lines += ["", "| work, two threads | times as fast as one | asked |", "| --- | ---: | ---: |"]
        lines += [f"| {name} | {ratio:.2f} | 1.6 |" for name, ratio in record["two_threads"].items()]
    return lines


def _rows(outcome: Mapping[str, Any], note: str) -> list[str]:
    work, ours = outcome["name"] + note, _time(outcome["seconds"][OURS])
    rows = []
    for peer, ratio in outcome["ratios"].items():
        asked = f"{outcome['bars'][peer]:.2f}" if peer in outcome["bars"] else ""
        rows.append(
            f"| {work} | {ours} | {peer} | {_time(outcome['seconds'][peer])} | {ratio:.2f} | {asked} |"
        )
    return rows


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("\N{MICRO SIGN}s", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def write_record(record: Mapping[str, Any], folder: Path) -> Path:
    """Write the record as JSON to ``kernels-DATE.json`` in the folder, and return its path."""
    path = folder / f"kernels-{record['date'][:10]}.json"
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return path
