"""Runs the measurements in processes of their own, and writes what they found."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sigmail import _core
from sigmail.benchmark.process import command, environment
from sigmail.benchmark.scaling import scale
from sigmail.benchmark.tables import as_lines
from sigmail.errors import InvalidValueError

__all__ = ["measure", "write_record"]


def measure(
    seconds: float, wanted: str = "", progress: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Race all cases whose name holds ``wanted``, and return the record of it.

    One thread with the best instruction set, then the sigmoid with AVX2, then ours on one thread and
    two in turn.
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
    facts, record["one_thread"] = _run(seconds, wanted, "", progress)
    record |= facts
    if build["simd"] == "avx512f":
        _, record["avx2"] = _run(seconds, wanted or "sigmoid float", "avx2", progress)
    if (os.cpu_count() or 1) > 1:
        record["two_threads"] = scale(seconds, wanted, progress)
    record["load_after"] = os.getloadavg()[0]
    return record


def _run(
    seconds: float, wanted: str, simd: str, progress: Callable[[str], None]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Race in a process of one thread, with that instruction set if one is named."""
    settings = {"SIGMAIL_SIMD": simd} if simd else {}
    arguments = command("race", str(seconds), "1", wanted)
    with subprocess.Popen(  # noqa: S603 - ourselves.
        arguments, env=environment(1, **settings), stdout=subprocess.PIPE, text=True
    ) as process:
        lines = []
        for line in process.stdout or ():
            lines.append(json.loads(line))
            progress(f"{lines[-1].get('name', 'peers')} (one thread {simd})")
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


def write_record(record: Mapping[str, Any], folder: Path) -> Path:
    """Write the record to ``kernels-DATE.json`` in the folder, its tables beside it, and return its path."""
    path = folder / f"kernels-{record['date'][:10]}.json"
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text("\n".join(as_lines(record)) + "\n", encoding="utf-8")
    return path
