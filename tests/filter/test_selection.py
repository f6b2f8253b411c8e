"""The recipe is chosen by what it makes of messages that it has not seen."""

from __future__ import annotations

import pytest

from sigmail.errors import InvalidValueError
from sigmail.recipe import Recipe
from sigmail.selection import CANDIDATES, train_best, train_best_from
from sigmail.training import train_filter

BLIND = Recipe(table_bits=10, C=1e-6, log_odds=0.0, rarity=0.0)
"""Its weights cannot move."""


def test_the_recipe_with_the_better_held_out_probabilities_is_taken(make_messages, small_recipe):
    messages, labels = make_messages(60)
    for recipes in ((small_recipe, BLIND), (BLIND, small_recipe)):
        chosen = train_best(iter(messages), labels, recipes=recipes, seed=3)
        assert chosen.to_bytes() == train_filter(messages, labels, recipe=small_recipe, seed=3).to_bytes()
        assert chosen.facts["recipe"]["C"] == small_recipe.C


def test_messages_that_are_read_anew_for_each_recipe_give_the_same_filter(make_messages, small_recipe):
    messages, labels = make_messages(60)
    recipes = (BLIND, small_recipe)
    chosen = train_best_from(lambda: zip(messages, labels, strict=True), recipes=recipes, seed=3)
    assert chosen.to_bytes() == train_best(messages, labels, recipes=recipes, seed=3).to_bytes()


def test_an_interrupted_training_is_the_last_that_is_tried(make_messages, small_recipe):
    messages, labels = make_messages(60)
    reads = []

    def read():
        reads.append(len(reads))
        return zip(messages, labels, strict=True)

    def interrupt(_done, _total, text):
        if "pass 3" in text:
            raise KeyboardInterrupt

    chosen = train_best_from(read, recipes=(small_recipe, small_recipe), seed=3, progress=interrupt)
    assert (reads, chosen.facts["interrupted"]) == ([0], True)


def test_what_is_tried_reads_short_texts_otherwise_than_mail():
    mail, short = CANDIDATES
    assert mail == Recipe()
    assert short == Recipe.short_texts() != mail


def test_no_recipe_is_refused(make_messages):
    with pytest.raises(InvalidValueError, match="no recipe"):
        train_best(*make_messages(20), recipes=())
