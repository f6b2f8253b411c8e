"""The picture that the project grew from: its two inputs are real features of the filter."""

from __future__ import annotations

import numpy as np
import pytest

import sigmail
from sigmail import _core
from sigmail.features import MessageVectorizer

CAPITALS = "more than one word in capitals"
VIAGRA = "contains the word viagra"
SLOTS = 2**8


@pytest.fixture(scope="module")
def plain_filter():
    """One neuron whose weights are all 1: every feature of a message is seen in its reasons."""
    specification = MessageVectorizer(table_bits=8, gram_lengths=()).fit([]).specification_
    weights = np.ones((SLOTS, 1), np.float32), np.zeros(1, np.float32), "sigmoid"
    model = _core.Model.build(specification, bytes(16), [weights], (1.0, 0.0), (0.2, 0.9), "{}")
    return sigmail.SpamFilter(model)


def shape_of(filter_, message):
    """The properties of the message as a whole that its explanation names."""
    return {reason.token for reason in filter_.explain(message).reasons if reason.field == "shape"}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("BUY NOW", {CAPITALS}),
        ("buy VIAGRA", {VIAGRA}),
        ("CHEAP VIAGRA", {CAPITALS, VIAGRA}),
        ("Viagra", {VIAGRA}),
        ("«viagra!»", {VIAGRA}),
        ("one WORD alone", set()),
        ("I am A cat", set()),
        ("Buy Now And Save", set()),
        ("99 100 $5", set()),
        ("ÄRGER ÜBERALL", {CAPITALS}),
        ("ПРИВЕТ МИР", {CAPITALS}),
        ("你好 世界", set()),
        ("viagras", set()),
        ("niagara", set()),
        ("WIN win WIN", {CAPITALS}),
        ("", set()),
        (b"Subject: BUY\n\nNOW", {CAPITALS}),
        (b"Subject: =?utf-8?q?Via?= =?utf-8?q?gra?=\n\nhello", {VIAGRA}),
        (b"Content-Transfer-Encoding: base64\n\ndmlhZ3Jh", {VIAGRA}),
        (b"Content-Type: text/html\n\nv<b>ia</b>gra <i>BUY</i><p>N&#79;W", {CAPITALS, VIAGRA}),
        (b"Content-Type: text/html\n\n<!-- VIAGRA NOW --><p title='BUY VIAGRA'>hello", set()),
        (b"X-Note: VIAGRA NOW\n\nhello", set()),
    ],
)
def test_explain_names_the_inputs_of_the_picture_that_are_1(plain_filter, message, expected):
    assert shape_of(plain_filter, message) == expected


def test_they_are_features_of_the_matrix_that_training_sees():
    vectorizer = MessageVectorizer(table_bits=24, gram_lengths=(), hash_key=bytes(16)).fit([])
    without, with_it = vectorizer.transform(["buy it now", "buy viagra now"])
    added = set(with_it.indices) - set(without.indices)
    assert len(added) == 2, "the word itself, and that it is there"
    first, second = (set(vectorizer.transform([text]).indices) for text in ("BUY NOW", "BUY MORE"))
    words = (set(vectorizer.transform([text]).indices) for text in ("BUY", "NOW", "MORE"))
    assert len((first & second) - set.union(*words)) == 1, "the two share a feature that no single word has"


def test_the_sum_of_the_picture_is_a_sum_of_the_filter():
    """With the picture's weights at these two slots and nothing else, the filter computes its 0.9933."""
    vectorizer = MessageVectorizer(table_bits=24, words=True, gram_lengths=(), hash_key=bytes(16)).fit([])
    capitals = set.intersection(
        *(set(vectorizer.transform([text]).indices) for text in ("BUY NOW", "SO GOOD"))
    )
    viagra = set(vectorizer.transform(["viagra"]).indices) & set(vectorizer.transform(["Viagra x"]).indices)
    row = vectorizer.transform(["BUY NOW"])
    weights = np.zeros((2**24, 1), np.float32)
    # The row's values are below 1, so the weights are scaled to bring the input back to 1.
    weights[list(capitals)] = 7.0 / row.data[0]
    weights[list(viagra)] = 3.0 / row.data[0]
    layer = weights, np.array([-2.0], np.float32), "sigmoid"
    build = _core.Model.build
    model = build(vectorizer.specification_, bytes(16), [layer], (1.0, 0.0), (0.2, 0.9), "{}")
    picture = sigmail.SpamFilter(model).explain("BUY NOW")
    assert picture.logit == pytest.approx(5.0, abs=1e-5)
    assert picture.bias == pytest.approx(-2.0, abs=1e-5)
    assert picture.verdict.probability == pytest.approx(0.9933, abs=5e-5)
    assert picture.verdict.label == "spam"
    assert (picture.reasons[0].token, round(picture.reasons[0].weight)) == (CAPITALS, 7)


def test_the_starter_model_has_both():
    starter = sigmail.SpamFilter.default()
    weights = {reason.token: reason.weight for reason in starter.explain("CHEAP VIAGRA here").reasons}
    assert weights[VIAGRA] > 0.0
    assert weights[CAPITALS] != 0.0
