"""Intervals, splits, mistakes: what keeps an evaluation from fooling anybody."""

from __future__ import annotations

import numpy as np
import pytest

from sigmail.errors import InvalidValueError
from sigmail.evaluation import (
    WorstMistakes,
    bootstrap_interval,
    folds_by_group,
    one_minus_auc_percent,
    paired_bootstrap,
    split_by_date,
    split_by_group,
    split_by_name,
)


@pytest.fixture
def scored():
    """Labels, good scores, and scores that are worse."""
    draw = np.random.default_rng(3)
    labels = draw.random(400) < 0.4
    good = np.clip(0.5 + 0.3 * (labels - 0.5) + draw.normal(0, 0.15, 400), 0, 1)
    return labels, good, np.clip(good + draw.normal(0, 0.2, 400), 0, 1)


def test_an_interval_holds_its_figure_and_a_difference_leaves_0_out(scored):
    labels, good, worse = scored
    figure, low, high = bootstrap_interval(one_minus_auc_percent, labels, good, draws=200)
    assert figure == one_minus_auc_percent(labels, good)
    assert low < figure < high
    difference, low, high = paired_bootstrap(one_minus_auc_percent, labels, good, worse, draws=200)
    assert difference == figure - one_minus_auc_percent(labels, worse)
    assert low < difference < high < 0.0
    assert paired_bootstrap(one_minus_auc_percent, labels, good, good, draws=20) == (0.0, 0.0, 0.0)


def test_copies_drawn_together_do_not_make_it_surer(scored):
    labels, good, _ = scored
    four = [np.repeat(part[:100], 4) for part in (labels, good)]
    _, low, high = bootstrap_interval(one_minus_auc_percent, *four, draws=300)
    groups = np.repeat(np.arange(100), 4)
    _, group_low, group_high = bootstrap_interval(one_minus_auc_percent, *four, groups=groups, draws=300)
    _, once_low, once_high = bootstrap_interval(one_minus_auc_percent, labels[:100], good[:100], draws=300)
    assert (group_low, group_high) == pytest.approx((once_low, once_high))
    assert high - low < 0.75 * (group_high - group_low)


def test_a_confidence_of_all_is_refused(scored):
    labels, good, _ = scored
    with pytest.raises(InvalidValueError, match="confidence"):
        bootstrap_interval(one_minus_auc_percent, labels, good, confidence=1.0)


def test_no_group_stands_on_both_sides():
    groups = np.random.default_rng(0).integers(0, 40, 200)
    for train, test in [split_by_group(groups, 1 / 3, seed=1), *folds_by_group(groups, 5)]:
        assert not set(groups[train]) & set(groups[test])
        assert len(train) + len(test) == 200
    tested = np.concatenate([test for _, test in folds_by_group(groups, 5)])
    assert sorted(tested) == list(range(200))


def test_sets_and_dates_part_messages_and_repeats_are_dropped():
    names = np.array(["a", "a", "b", "b", "c"])
    groups = [1, 2, 2, 3, 4]
    train, test = split_by_name(names, {"b"}, groups)
    assert (train.tolist(), test.tolist()) == ([0, 1, 4], [3])
    with pytest.raises(InvalidValueError, match="no message is of 'x'"):
        split_by_name(names, {"x"}, groups)
    train, test = split_by_date([5.0, 1.0, 2.0, 4.0, 4.0], 0.5, groups)
    assert (train.tolist(), test.tolist()) == ([1, 2], [0, 3, 4])
    with pytest.raises(InvalidValueError, match="without messages"):
        split_by_date([1.0, 1.0], 0.5, [1, 2])


def test_the_worst_mistakes_are_kept_and_the_first_of_equal_ones():
    worst = WorstMistakes(3)
    offers = [
        ("a", "ham", 0.7),
        ("b", "spam", 0.9),
        ("c", "spam", 0.1),
        ("d", "ham", 0.99),
        ("e", "ham", 0.7),
    ]
    for offer in offers:
        worst.offer(*offer)
    assert [mistake.source for mistake in worst.listed()] == ["d", "c", "a"]
    assert worst.listed()[0].as_dict() == {"source": "d", "label": "ham", "probability": 0.99}
