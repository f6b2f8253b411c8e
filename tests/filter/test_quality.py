"""The promised figures on public mail, by the recipe as it ships."""

import os
from collections.abc import Callable

import pytest
from recipes import splits

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        "SIGMAIL_CORPORA" not in os.environ, reason="SIGMAIL_CORPORA does not name the corpora's folder"
    ),
]


@pytest.mark.parametrize(
    ("split", "sizes", "most"),
    [(splits.set_split, (3000, 3014), 1.4), (splits.enron_split, (12_000, 6_000), 0.15)],
    ids=["set split", "Enron split"],
)
def test_spam_is_ranked_above_ham(
    split: Callable[[], splits.Split], sizes: tuple[int, int], most: float
) -> None:
    parts = split()
    assert (len(parts.train), len(parts.test)) == sizes
    figures, _ = splits.measure(parts)
    assert figures.one_minus_auc_percent <= most
