"""One process of a measurement: ``report`` and ``scaling`` start it and read its lines of JSON."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Any

from sigmail import _core
from sigmail.benchmark.cases import all_cases
from sigmail.benchmark.peers import versions
from sigmail.benchmark.race import OURS, Case, race

_SAMPLE_SECONDS = 0.03


def write(line: dict[str, Any]) -> None:
    """Write one line of JSON, at once."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def race_all(seconds: float, threads: int, wanted: str) -> None:
    """Race each case whose name holds ``wanted`` for so many seconds, and write a line for each."""
    write({"build": _core.build_info(), "peers": versions()})
    if torch := sys.modules.get("torch"):  # Looking at the peers' versions has loaded it.
        torch.set_num_threads(threads)
    for case in all_cases(wanted):
        write(dataclasses.asdict(race(case, seconds)))


def sample_on_demand(wanted: str) -> None:
    """Time ours and the limits of each case once for each line that comes in; ``next`` ends a case."""
    for case in all_cases(wanted):
        names = [OURS, *(name for name in case.limits if name in case.contestants)]
        write({"name": case.name})
        for order in sys.stdin:
            if order.strip() == "next":
                break
            write({name: sample(case, name) for name in names})


def sample(case: Case, name: str) -> float:
    """Return the seconds of one call, averaged over some hundredths of a second."""
    once = case.sample(name, 1)
    return case.sample(name, max(1, round(_SAMPLE_SECONDS / max(once, 1e-9))))


if __name__ == "__main__":
    if sys.argv[1] == "race":
        race_all(float(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        sample_on_demand(sys.argv[2])
