"""One process of a measurement: races the cases, writes a line of JSON for each. ``report`` starts it."""

from __future__ import annotations

import dataclasses
import json
import sys

from sigmail import _core
from sigmail.benchmark.cases import all_cases
from sigmail.benchmark.peers import versions
from sigmail.benchmark.race import OURS, race


def main(seconds: float, threads: int, wanted: str, alone: bool) -> None:
    """Race each case whose name holds ``wanted`` for so many seconds; ``alone`` leaves the peers out."""
    sys.stdout.write(json.dumps({"build": _core.build_info(), "peers": versions()}) + "\n")
    if torch := sys.modules.get("torch"):  # Looking at the peers' versions has loaded it.
        torch.set_num_threads(threads)
    for make in all_cases(threads):
        case = make()
        if OURS not in case.contestants or wanted not in case.name:
            continue
        if alone:
            case = dataclasses.replace(case, contestants={OURS: case.contestants[OURS]}, bars={})
        sys.stdout.write(json.dumps(dataclasses.asdict(race(case, seconds))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4] == "alone")
