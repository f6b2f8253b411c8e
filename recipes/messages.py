"""Messages to probabilities beside the usual ways, on SpamAssassin's first sets: ``make bench-messages``."""

from __future__ import annotations

import numpy as np

from recipes.corpora import read_corpus
from recipes.quality import RECORDS
from sigmail.benchmark.message_table import write_record
from sigmail.benchmark.messages import compare, on_one_thread

FOLDERS = frozenset({"easy_ham", "spam"})
ROUNDS = 9


def main() -> None:
    """Read the mails, then train, check and time every contestant on one thread, and write the record."""
    on_one_thread("recipes.messages")
    mails = [mail for mail in read_corpus("spamassassin") if mail.folder in FOLDERS]
    rows = compare([mail.message for mail in mails], np.array([mail.is_spam for mail in mails]), ROUNDS)
    print(f"\n{write_record(rows, RECORDS)}")


if __name__ == "__main__":
    main()
