"""Small generated messages, and filters trained on them."""

from __future__ import annotations

import random

import pytest

from sigmail import SpamFilter
from sigmail.recipe import Recipe
from sigmail.training import train_filter

WORDS = """
viagra cheap winner prize casino pills offer credit loan click bonus deal
meeting lunch report patch kernel review tomorrow thanks agenda notes train minutes
the and you with this that from have will about house street garden water
"""
SPAM_WORDS, HAM_WORDS, COMMON_WORDS = (line.split() for line in WORDS.strip().splitlines())


def draw_text(draw, words):
    chosen = [*draw.sample(words, 3), *draw.sample(COMMON_WORDS, 5)]
    draw.shuffle(chosen)
    return " ".join(chosen)


def draw_messages(count, seed=0):
    """``count`` messages, texts and mails by turns, and their labels: every third is spam."""
    draw = random.Random(seed)  # noqa: S311 (test data)
    messages, labels = [], []
    for number in range(count):
        label = "spam" if number % 3 == 0 else "ham"
        text = draw_text(draw, SPAM_WORDS if label == "spam" else HAM_WORDS)
        messages.append(text if number % 2 else f"Subject: note\n\n{text}\n".encode())
        labels.append(label)
    return messages, labels


@pytest.fixture(scope="session")
def make_messages():
    """Draw messages and labels: ``make_messages(count, seed)``."""
    return draw_messages


@pytest.fixture(scope="session")
def small_recipe():
    """A recipe that trains in a fraction of a second."""
    return Recipe(table_bits=12, hidden_layer_sizes=(4,), epochs=20)


@pytest.fixture(scope="session")
def trained(small_recipe):
    """A filter for each algorithm, as bytes: nobody may change what others read."""
    messages, labels = draw_messages(120)
    return {
        algorithm: train_filter(messages, labels, algorithm=algorithm, recipe=small_recipe, seed=1).to_bytes()
        for algorithm in ("logistic", "network")
    }


@pytest.fixture(params=["logistic", "network"])
def any_filter(request, trained):
    """A filter of one neuron, then one of a network."""
    return SpamFilter.from_bytes(trained[request.param])


@pytest.fixture
def neuron_filter(trained):
    return SpamFilter.from_bytes(trained["logistic"])
