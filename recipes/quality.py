"""The filter on public mail: ``make bench-quality``.

Content only: the decoded subject and text, no other header. A test body that repeats a training body is
removed. Weights, calibration and thresholds come from training mail alone; the recipe is the starter's.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sigmail
from recipes.protocols import PROTOCOLS
from recipes.splits import enron_split, measure, set_split, set_split_with_others
from sigmail.recipe import Recipe

RECORDS = Path(__file__).parent.parent / "docs" / "records"


def measure_protocols(recipe: Recipe, names: list[str], share: float) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the records of protocols, by name, each when it is done."""
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        found = PROTOCOLS[name](recipe, share)
        print(f"{name}: {json.dumps(found)[:2000]}", flush=True)
        yield name, found


def main() -> None:
    """Measure what is asked for, print the figures, and keep them in a dated record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=["splits", *PROTOCOLS], help="default: all")
    parser.add_argument("--algorithm", choices=["logistic", "network"], default="logistic")
    parser.add_argument("--share", type=float, default=1.0, help="of each corpus, for trying a protocol out")
    asked = parser.parse_args()
    recipe = Recipe(algorithm=asked.algorithm)
    chosen = asked.only or ["splits", *PROTOCOLS]
    about = head() | {"recipe": asdict(recipe), "share": asked.share}
    if "splits" in chosen:
        keep(about, {"splits": measure_splits(recipe)}, asked.share)
    for name, found in measure_protocols(recipe, [n for n in chosen if n in PROTOCOLS], asked.share):
        keep(about, {"protocols": {name: found}}, asked.share)


def keep(about: dict[str, Any], found: dict[str, Any], share: float) -> None:
    """Write figures into the day's record, beside those of the same recipe that stand there already."""
    if share != 1.0:
        return
    RECORDS.mkdir(parents=True, exist_ok=True)
    path = RECORDS / f"quality-{about['date']}.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    # Through JSON, as what was written has been: a tuple comes back as a list.
    about = json.loads(json.dumps(about))
    record = before if before.get("recipe") == about["recipe"] else {}
    protocols = record.get("protocols", {}) | found.get("protocols", {})
    record = record | about | found | {"protocols": protocols}
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(f"record: {path.relative_to(RECORDS.parent.parent)}", flush=True)


def head() -> dict[str, Any]:
    """Return when, by what and on what a record was made."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "sigmail": sigmail.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def measure_splits(recipe: Recipe) -> dict[str, Any]:
    """Measure the fixed splits and print their figures; each call is a look at their test sets."""
    cautious = replace(recipe, cautious=True)  # Each fold of them holds lists that were not trained on.
    splits = {
        "set split": (set_split, cautious),
        "set split, trained on other mail too": (set_split_with_others, cautious),
        "Enron split": (enron_split, recipe),
    }
    found: dict[str, Any] = {}
    for name, (split, chosen) in splits.items():
        parts = split()
        print(f"{name}: training on {len(parts.train)}, testing on {len(parts.test)}", file=sys.stderr)
        figures, more = measure(parts, chosen)
        found[name] = figures.as_dict() | {"trained_on": len(parts.train)} | more
        print(
            f"{name:36} (1-AUC)% {figures.one_minus_auc_percent:.3f}   "
            f"false positives {figures.false_positive_rate:.3%}   "
            f"spam caught {figures.confusion['spam']['spam'] / figures.spam:.1%}   "
            f"missed at 0.1% ham loss {figures.spam_missed_at_ham_loss_0_1_percent:.1%}   "
            f"calibration error {figures.expected_calibration_error:.4f}   "
            f"right at one half {1.0 - more['errors_at_half']:.2%}"
        )
    return found


if __name__ == "__main__":
    main()
