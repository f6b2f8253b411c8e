"""The filter on public mail: ``make bench-quality``.

Content only: the decoded subject and text, no other header. A test body that repeats a training body is
removed. Weights, calibration and thresholds come from training mail alone; the recipe is the starter's.
"""

from __future__ import annotations

import json
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import sigmail
from recipes.corpora import Mail, read_corpus
from sigmail import _core
from sigmail.evaluation import Evaluation, evaluate
from sigmail.training import train_filter

RECORDS = Path(__file__).parent.parent / "docs" / "records"
SEED = 0
ENRON_TRAIN, ENRON_TEST = 12_000, 6_000


def set_split() -> tuple[list[Mail], list[Mail]]:
    """Return SpamAssassin's easy_ham and spam to train on, and its three later sets to test on."""
    mails = list(read_corpus("spamassassin"))
    train = [mail for mail in mails if mail.folder in {"easy_ham", "spam"}]
    seen = {_core.body_fingerprint(mail.message) for mail in train}
    test = [mail for mail in mails if mail.folder in {"easy_ham_2", "hard_ham", "spam_2"}]
    return train, [mail for mail in test if _core.body_fingerprint(mail.message) not in seen]


def enron_split() -> tuple[list[Mail], list[Mail]]:
    """Return 12,000 and 6,000 mails of Enron-Spam, drawn by a seed from its distinct bodies."""
    distinct: dict[int, Mail] = {}
    for mail in read_corpus("enron-spam"):
        distinct.setdefault(_core.body_fingerprint(mail.message), mail)
    mails = list(distinct.values())
    drawn = np.random.default_rng(SEED).permutation(len(mails))[: ENRON_TRAIN + ENRON_TEST]
    return [mails[at] for at in drawn[:ENRON_TRAIN]], [mails[at] for at in drawn[ENRON_TRAIN:]]


def measure(train: list[Mail], test: list[Mail]) -> tuple[Evaluation, float]:
    """Train on one part, and return the figures on the other and the seconds that training took."""
    start = time.perf_counter()
    trained = train_filter([mail.message for mail in train], [int(mail.is_spam) for mail in train], seed=SEED)
    seconds = time.perf_counter() - start
    probabilities = trained.probabilities([mail.message for mail in test])
    return evaluate([mail.is_spam for mail in test], probabilities, *trained.thresholds), seconds


def main() -> None:
    """Measure every split, print the figures, and keep them in a dated record."""
    splits = {"set split": set_split, "Enron split": enron_split}
    record: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "sigmail": sigmail.__version__,
        "python": platform.python_version(),
        "splits": {},
    }
    for name, split in splits.items():
        train, test = split()
        print(f"{name}: training on {len(train)}, testing on {len(test)}", file=sys.stderr)
        figures, seconds = measure(train, test)
        record["splits"][name] = figures.as_dict() | {"trained_on": len(train), "training_seconds": seconds}
        print(
            f"{name:12} (1-AUC)% {figures.one_minus_auc_percent:.3f}   "
            f"false positives {figures.false_positive_rate:.3%}   "
            f"spam caught {figures.confusion['spam']['spam'] / figures.spam:.1%}   "
            f"missed at 0.1% ham loss {figures.spam_missed_at_ham_loss_0_1_percent:.1%}   "
            f"calibration error {figures.expected_calibration_error:.4f}"
        )
    RECORDS.mkdir(parents=True, exist_ok=True)
    path = RECORDS / f"quality-{record['date']}.json"
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(f"record: {path.relative_to(RECORDS.parent.parent)}")


if __name__ == "__main__":
    main()
