"""Labelled messages to a filter."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from sigmail import SpamFilter
from sigmail._cross_fitting import MIN_GROUPS
from sigmail.errors import InvalidValueError
from sigmail.recipe import Recipe
from sigmail.training import train_filter

ALGORITHMS = ["logistic", "network"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_it_learns_to_tell_spam_from_ham(trained, make_messages, algorithm):
    messages, labels = make_messages(90, seed=2)
    probabilities = SpamFilter.from_bytes(trained[algorithm]).probabilities(messages)
    assert np.mean((probabilities > 0.5) == (np.array(labels) == "spam")) > 0.95


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_seed_gives_the_same_bytes(trained, make_messages, small_recipe, algorithm):
    messages, labels = make_messages(120)
    again = train_filter(messages, labels, algorithm=algorithm, recipe=small_recipe, seed=1)
    assert again.to_bytes() == trained[algorithm]
    other = train_filter(messages, labels, algorithm=algorithm, recipe=small_recipe, seed=2)
    assert other.to_bytes() != trained[algorithm]


def test_without_a_seed_each_filter_has_a_key_of_its_own(make_messages, small_recipe):
    messages, labels = make_messages(30)
    identities = {train_filter(messages, labels, recipe=small_recipe).identity for _ in range(2)}
    assert len(identities) == 2


def test_any_iterable_and_any_spelling_of_a_label_will_do(trained, make_messages, small_recipe):
    messages, labels = make_messages(120)
    numbers = np.array([label == "spam" for label in labels], dtype=np.int8)
    for given in (iter(numbers), numbers.tolist(), numbers.astype(bool)):
        again = train_filter(iter(messages), given, recipe=small_recipe, seed=1)
        assert again.to_bytes() == trained["logistic"]


def test_a_network_has_its_hidden_layer(trained):
    bits, hidden = 12, 4
    neuron, network = (SpamFilter.from_bytes(trained[algorithm]) for algorithm in ALGORITHMS)
    assert neuron._model.shape == [(2**bits, 1)]
    assert network._model.shape == [(2**bits, hidden), (hidden, 1)]


def test_the_algorithm_is_the_recipes_unless_another_is_asked_for(trained, make_messages, small_recipe):
    messages, labels = make_messages(120)
    recipe = replace(small_recipe, algorithm="network")
    assert train_filter(messages, labels, recipe=recipe, seed=1).to_bytes() == trained["network"]
    neuron = train_filter(messages, labels, algorithm="logistic", recipe=recipe, seed=1)
    assert neuron.to_bytes() == trained["logistic"]


def test_facts_tell_what_it_was_trained_on(trained, make_messages):
    labels = make_messages(120)[1]
    for algorithm in ALGORITHMS:
        facts = SpamFilter.from_bytes(trained[algorithm]).facts
        assert facts["algorithm"] == algorithm
        assert facts["groups"] == 120
        held_out = facts["held_out"]
        assert (held_out["spam"], held_out["ham"]) == (labels.count("spam"), labels.count("ham"))
        assert 0.0 <= held_out["one_minus_auc_percent"] < 5.0
        assert (facts["max_false_positive_rate"], facts["max_miss_rate"]) == (0.001, 0.01)


def test_facts_of_the_owner_stand_beside_them(make_messages, small_recipe):
    messages, labels = make_messages(45)
    facts = {"name": "Über", "corpora": ["a", "b"], "depth": {"x": [1, 2.5, None, True]}}
    learnt = train_filter(messages, labels, recipe=small_recipe, seed=0, facts=facts).facts
    assert learnt.items() >= facts.items()
    assert learnt["algorithm"] == "logistic"


def test_held_out_figures_are_given_for_each_source_of_both_kinds(make_messages, small_recipe):
    messages, labels = make_messages(90)
    sources = ["all spam" if label == "spam" and at < 30 else "mixed" for at, label in enumerate(labels)]
    filter_ = train_filter(messages, labels, recipe=small_recipe, seed=0, sources=sources)
    by_source = filter_.facts["held_out_by_source"]
    assert set(by_source) == {"mixed"}
    assert by_source["mixed"]["spam"] + by_source["mixed"]["ham"] == sources.count("mixed")
    with pytest.raises(InvalidValueError, match="90 messages and 2 sources"):
        train_filter(messages, labels, recipe=small_recipe, sources=["a", "b"])


def test_copies_never_stand_on_both_sides_of_a_split(small_recipe):
    """Labels drawn at random can be learnt by heart alone: held-out figures may not show any skill.

    Each text comes with many copies that differ in digits and case. Were copies split, the held-out
    ranking would be near perfect.
    """
    draw = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    bodies = [" ".join("".join(draw.choice(letters, 6)) for _ in range(6)) for _ in range(60)]
    drawn = draw.permutation([0, 1] * 30)
    messages, labels, numbers = [], [], []
    for copy in range(6):
        for number, (body, label) in enumerate(zip(bodies, drawn, strict=True)):
            messages.append(f"{body} {copy}" if copy % 2 else f"{body.upper()} {copy}!")
            labels.append(int(label))
            numbers.append(number)

    def error_of(**options):
        try:
            learnt = train_filter(messages, labels, recipe=small_recipe, seed=0, **options)
        except InvalidValueError as error:
            assert "do not rank spam above ham" in str(error)  # noqa: PT017
            return math.inf
        return learnt.facts["held_out"]["one_minus_auc_percent"]

    assert error_of() > 20.0
    assert error_of(groups=numbers) > 20.0
    assert error_of(groups=range(len(messages))) < 1.0


def test_a_recipe_names_its_thresholds(make_messages, small_recipe):
    messages, labels = make_messages(120)
    noisy = [label if at % 10 else "spam" for at, label in enumerate(labels)]
    loose = replace(small_recipe, max_false_positive_rate=0.2, max_miss_rate=0.2)
    strict, easy = (train_filter(messages, noisy, recipe=recipe, seed=0) for recipe in (small_recipe, loose))
    assert easy.thresholds[1] < strict.thresholds[1]
    assert easy.facts["max_false_positive_rate"] == 0.2


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_progress_goes_from_nothing_to_all(make_messages, small_recipe, algorithm):
    calls = []
    messages, labels = make_messages(45)
    train_filter(
        messages, labels, algorithm=algorithm, recipe=small_recipe, progress=lambda *call: calls.append(call)
    )
    assert calls[0] == (45, 0, "reading the messages")
    assert calls[-1][0] == calls[-1][1] > 0
    training = [call for call in calls if call[2].startswith("training")]
    assert {total for _, total, _ in training} == {training[0][1]}
    assert all(0 <= done <= total for done, total, _ in training)
    assert training[-1][0] > training[0][0]
    assert "loss 0." in training[-1][2]


def test_one_kind_alone_or_too_few_of_one_are_refused(make_messages):
    messages, labels = make_messages(60)
    for wanted, count, kind in (("ham", 0, "spam"), ("spam", 0, "ham"), ("ham", MIN_GROUPS - 1, "spam")):
        kept = [at for at, label in enumerate(labels) if label == wanted]
        kept += [at for at, label in enumerate(labels) if label == kind][:count]
        with pytest.raises(InvalidValueError, match=f"at least {MIN_GROUPS} .* got {count} of {kind}"):
            train_filter([messages[at] for at in kept], [labels[at] for at in kept])
    with pytest.raises(InvalidValueError, match="got 0 of spam"):
        train_filter([], [])


def test_copies_do_not_count_as_distinct_messages():
    messages = [f"the same text {number}" for number in range(20)]
    with pytest.raises(InvalidValueError, match="got 1 of spam"):
        train_filter(messages, [1, 0] * 10)


def test_the_fewest_messages_that_are_taken_do_train(small_recipe):
    spam = [f"{word} casino prize" for word in ("cheap", "free", "best", "new", "hot")]
    ham = [f"{word} kernel patch" for word in ("old", "small", "clean", "late", "good")]
    learnt = train_filter(spam + ham, ["spam"] * 5 + ["ham"] * 5, recipe=small_recipe, seed=0)
    assert learnt.classify("casino prize").probability > learnt.classify("kernel patch").probability


@pytest.mark.parametrize(
    ("labels", "why"), [(["spam"], "60 messages and 1 labels"), ([], "60 messages and 0")]
)
def test_lists_of_different_lengths_are_refused(make_messages, labels, why):
    with pytest.raises(InvalidValueError, match=why):
        train_filter(make_messages(60)[0], labels)


def test_groups_must_be_as_many_as_messages(make_messages):
    messages, labels = make_messages(60)
    with pytest.raises(InvalidValueError, match="60 messages and 3 groups"):
        train_filter(messages, labels, groups=[1, 2, 3])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_messages_of_little_weight_teach_little(make_messages, small_recipe, algorithm):
    messages, labels = make_messages(120)
    others, right = make_messages(90, seed=2)
    wrong = ["ham" if label == "spam" else "spam" for label in right]
    weights = [1.0] * len(messages) + [1e-6] * len(others)
    trained = train_filter(
        messages + others,
        labels + wrong,
        algorithm=algorithm,
        recipe=small_recipe,
        sample_weight=weights,
        seed=1,
    )
    scores = trained.probabilities(others)
    spam = np.array(right) == "spam"
    assert np.median(scores[spam]) > np.median(scores[~spam])


@pytest.mark.parametrize(
    ("weights", "why"),
    [([1.0], "1 sample weights"), ([0.0] * 60, "above 0"), ([math.nan] * 60, "finite")],
)
def test_wrong_sample_weights_are_refused(make_messages, weights, why):
    with pytest.raises(InvalidValueError, match=why):
        train_filter(*make_messages(60), sample_weight=weights)


@pytest.mark.parametrize("wrong", ["Spam", "unsure", 2, None, 0.5])
def test_an_unknown_label_is_refused_with_its_value(make_messages, wrong):
    messages, labels = make_messages(60)
    with pytest.raises(InvalidValueError, match=f"got {wrong!r}"):
        train_filter(messages, [*labels[:-1], wrong])


@pytest.mark.parametrize("table_bits", [None, 12])
def test_an_unknown_algorithm_is_refused_with_its_name(make_messages, table_bits):
    with pytest.raises(InvalidValueError, match="'forest'"):
        train_filter(*make_messages(60), algorithm="forest", recipe=Recipe(table_bits=table_bits))


def test_one_text_is_not_taken_for_a_list_of_messages():
    with pytest.raises(TypeError, match="got one str"):
        train_filter("spam ham ", [1, 0] * 4 + [1])
