"""The filter on public mail: ``make bench-quality``.

Content only: the decoded subject and text, no other header. A test body that repeats a training body is
removed. Weights, calibration and thresholds come from training mail alone; the recipe is the starter's.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import sigmail
from recipes.corpora import Mail, read_corpus
from recipes.protocols import PROTOCOLS
from sigmail import _core
from sigmail.evaluation import Evaluation, evaluate
from sigmail.recipe import Recipe
from sigmail.training import train_filter

RECORDS = Path(__file__).parent.parent / "docs" / "records"
SEED = 0
ENRON_TRAIN, ENRON_TEST = 12_000, 6_000
OTHERS = {"modern-mail": 1.0, "enron-spam": 0.005}


@dataclass(frozen=True)
class Split:
    """Mail to train on, mail to test on, and what each of the first counts, 1 if not said."""

    train: list[Mail]
    test: list[Mail]
    weights: list[float] | None = None


def set_split() -> Split:
    """Train on SpamAssassin's easy_ham and spam, test on its three later sets."""
    mails = list(read_corpus("spamassassin"))
    train = [mail for mail in mails if mail.folder in {"easy_ham", "spam"}]
    test = [mail for mail in mails if mail.folder in {"easy_ham_2", "hard_ham", "spam_2"}]
    seen = _prints(train)
    return Split(train, [mail for mail in test if _core.body_fingerprint(mail.message) not in seen])


def set_split_with_others() -> Split:
    """Return the set split with modern mail and a little of Enron to train on as well.

    The weight of Enron was chosen by five folds of easy_ham and spam that keep a mailing list together: its
    spam teaches much, and its ham, the mail of one company, soon too much.
    """
    split = set_split()
    train, weights, tested = list(split.train), [1.0] * len(split.train), _prints(split.test)
    for corpus, weight in OTHERS.items():
        mails = [mail for mail in read_corpus(corpus) if _core.body_fingerprint(mail.message) not in tested]
        train += mails
        weights += [weight] * len(mails)
    return Split(train, split.test, weights)


def _prints(mails: Iterable[Mail]) -> set[int]:
    return {_core.body_fingerprint(mail.message) for mail in mails}


def enron_split() -> Split:
    """Train on 12,000 and test on 6,000 mails of Enron-Spam, drawn by a seed from its distinct bodies."""
    distinct: dict[int, Mail] = {}
    for mail in read_corpus("enron-spam"):
        distinct.setdefault(_core.body_fingerprint(mail.message), mail)
    mails = list(distinct.values())
    drawn = np.random.default_rng(SEED).permutation(len(mails))[: ENRON_TRAIN + ENRON_TEST]
    return Split([mails[at] for at in drawn[:ENRON_TRAIN]], [mails[at] for at in drawn[ENRON_TRAIN:]])


def measure(split: Split, recipe: Recipe | None = None) -> tuple[Evaluation, float]:
    """Train on one part, and return the figures on the other and the seconds that training took."""
    start, train, test = time.perf_counter(), split.train, split.test
    trained = train_filter(
        [mail.message for mail in train],
        [int(mail.is_spam) for mail in train],
        sample_weight=split.weights,
        seed=SEED,
        recipe=recipe,
    )
    seconds = time.perf_counter() - start
    probabilities = trained.probabilities([mail.message for mail in test])
    return evaluate([mail.is_spam for mail in test], probabilities, *trained.thresholds), seconds


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
    splits = {
        "set split": set_split,
        "set split, trained on other mail too": set_split_with_others,
        "Enron split": enron_split,
    }
    found: dict[str, Any] = {}
    for name, split in splits.items():
        parts = split()
        print(f"{name}: training on {len(parts.train)}, testing on {len(parts.test)}", file=sys.stderr)
        figures, seconds = measure(parts, recipe)
        found[name] = figures.as_dict() | {"trained_on": len(parts.train), "training_seconds": seconds}
        print(
            f"{name:36} (1-AUC)% {figures.one_minus_auc_percent:.3f}   "
            f"false positives {figures.false_positive_rate:.3%}   "
            f"spam caught {figures.confusion['spam']['spam'] / figures.spam:.1%}   "
            f"missed at 0.1% ham loss {figures.spam_missed_at_ham_loss_0_1_percent:.1%}   "
            f"calibration error {figures.expected_calibration_error:.4f}"
        )
    return found


if __name__ == "__main__":
    main()
