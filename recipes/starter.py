"""Train the starter model that ships in the wheel: ``make model``.

The same corpora and the same code give the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from recipes.corpora import read_corpus
from sigmail.recipe import Recipe
from sigmail.training import train_filter

SEED = 20_260_101
CORPORA = ("spamassassin", "enron-spam", "modern-mail")
OUT = Path(__file__).parent.parent / "python" / "sigmail" / "models" / "starter.sigmail"


def main() -> None:
    """Train the model and write it to its place in the package."""
    found = [(corpus, mail) for corpus in CORPORA for mail in read_corpus(corpus)]
    starter = train_filter(
        [mail.message for _, mail in found],
        [int(mail.is_spam) for _, mail in found],
        algorithm="logistic",
        recipe=Recipe(),
        seed=SEED,
        sources=[corpus for corpus, _ in found],
        facts={"name": "starter", "corpora": list(CORPORA), "language": "English", "years": "1999-2026"},
        progress=lambda done, total, text: print(f"{done}/{total} {text}", file=sys.stderr),
    )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    starter.save(OUT)
    print(f"{OUT.name}: {starter!r}, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
