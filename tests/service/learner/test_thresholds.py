"""How much lost mail chance explains, and where a threshold goes so that no more is lost."""

import itertools
import math

import pytest

from sigmail_service.learner.thresholds import HIGHEST_SPAM_FROM, losses_by_chance, spam_threshold


@pytest.mark.parametrize(("messages", "share"), [(1, 0.5), (7, 0.3), (12, 0.1), (12, 0.001)])
def test_chance_is_that_of_the_binomial_distribution(messages, share):
    beyond = [0.0] * (messages + 1)
    for losses in itertools.product((0, 1), repeat=messages):
        lost = sum(losses)
        for count in range(lost):
            beyond[count] += share**lost * (1.0 - share) ** (messages - lost)
    least = next(count for count, probability in enumerate(beyond) if probability <= 0.05)
    assert losses_by_chance(messages, share) == least


def test_no_share_allows_nothing_and_the_whole_allows_all():
    assert [losses_by_chance(500, share) for share in (0.0, 1.0)] == [0, 500]
    assert losses_by_chance(0, 0.5) == 0


@pytest.mark.parametrize("allowed", [0, 1, 3])
def test_a_threshold_is_raised_as_far_as_good_mail_needs_it(allowed):
    logits = [-3.0, 2.1, 2.6, 3.0, 3.3]
    spam_from = spam_threshold(logits, 0.88, allowed)
    at = math.log(spam_from / (1.0 - spam_from))
    assert sum(one >= at for one in logits) <= allowed
    assert spam_from == 0.88 or sum(one >= at - 0.26 for one in logits) > allowed


def test_a_threshold_stays_where_it_is_enough_and_has_an_end():
    assert spam_threshold([-3.0, 1.0], 0.9, 0) == 0.9
    assert spam_threshold([], 0.9, 0) == 0.9
    assert spam_threshold([1e6], 0.9, 0) == HIGHEST_SPAM_FROM
    assert spam_threshold([1e6], 0.9995, 0) == 0.9995
