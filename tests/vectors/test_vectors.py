"""The file format: the core, a slow twin and the committed vectors say the same."""

# ruff: noqa: RUF001 - Letters that look like others are what is tested.

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigmail import _core

FILES = ["hash", "sigmoid", "features"]

WORDS = st.one_of(
    st.text("abcdefghij", min_size=1, max_size=9),
    st.text("ABCDEÄÖÜßéñж", min_size=1, max_size=9),
    st.text("0123456789$.,-'_!", min_size=1, max_size=20),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=120),
    st.text("abаеіорсé-$'’\u200b", min_size=1, max_size=9),
    st.text("ａｂ𝐯𝐢你好世ไทย。a", min_size=1, max_size=6),
    st.sampled_from(["viagra", "VIAGRA", "www.a.example/x", "http://b@c.example:80", "://", "—", "…!"]),
)
TEXTS = st.lists(WORDS, max_size=40).map(" ".join)
SPECIFICATIONS = st.fixed_dictionaries(
    {
        "version": st.just(2),
        "profile": st.just("content"),
        "table_bits": st.integers(8, 24),
        "words": st.booleans(),
        "folded_words": st.booleans(),
        "word_pairs": st.booleans(),
        "gram_lengths": st.lists(st.integers(2, 8), max_size=2, unique=True).map(sorted),
        "gram_prefix": st.integers(0, 300),
    }
)

SHORT_RUNS = {
    "version": 2, "profile": "content", "table_bits": 14,
    "words": True, "folded_words": True, "word_pairs": True, "gram_lengths": [3, 4], "gram_prefix": 120,
}  # fmt: skip


def row_of(message, specification, key):
    """Slot to value, as the core has it."""
    indptr, slots, values = _core.Vectorizer(json.dumps(specification), key).transform([message])
    assert indptr.tolist() == [0, len(slots)]
    return dict(zip(slots.tolist(), values.tolist(), strict=True))


@pytest.fixture(scope="module")
def passages():
    """What the core reads of a message: the vectors say what that should be, here it is taken as it is."""
    specification = {
        "version": 2, "profile": "content", "table_bits": 8,
        "words": True, "folded_words": True, "word_pairs": False, "gram_lengths": [], "gram_prefix": 0,
    }  # fmt: skip
    neuron = np.zeros((256, 1), np.float32), np.zeros(1, np.float32), "sigmoid"
    key = bytes(16)
    return _core.Model.build(json.dumps(specification), key, [neuron], (1.0, 0.0), (0.2, 0.9), "{}").passages


def message_of(vector):
    """The message of a vector; the lines of a mail hold one byte a letter."""
    return vector["text"] if "text" in vector else "\r\n".join(vector["mail"]).encode("latin-1")


@pytest.mark.parametrize("name", FILES)
def test_each_file_says_what_built_and_what_verified_it(vectors, name):
    content = vectors(name)
    assert "rebuild.py" in content["built_by"]
    assert "vectors.rs" in content["verified_by"]
    assert "test_vectors.py" in content["verified_by"]


@pytest.mark.parametrize("name", ["hash", "sigmoid", "feature"])
def test_the_twin_still_gives_the_committed_vectors(vectors, rebuild, name):
    built = json.loads(json.dumps(getattr(rebuild, f"{name}_vectors")()))
    committed = vectors({"feature": "features"}.get(name, name))
    assert built == {key: committed[key] for key in built}


def test_the_core_has_the_slots_and_values_of_the_vectors(vectors):
    content = vectors("features")
    key = bytes.fromhex(content["hash_key"])
    for vector in content["messages"]:
        expected = {int(slot): value for value, slots in vector["slots_by_value"] for slot in slots.split()}
        assert row_of(message_of(vector), content["specification"], key) == expected, vector["name"]


def test_the_core_has_the_hash_of_the_vectors(vectors):
    """A short word's slot is the top of its hash, so that the largest table shows 24 of its bits."""
    specification = {
        "version": 2, "profile": "content", "table_bits": 24,
        "words": True, "folded_words": True, "word_pairs": False, "gram_lengths": [], "gram_prefix": 0,
    }  # fmt: skip
    content = vectors("hash")
    assert len(content["tokens"]) >= 30
    key, word = bytes(range(16)), "word"
    expected = {"key": key.hex(), "tag": 256, "bytes": word.encode().hex()}
    found = [v["hash"] for v in content["tokens"] if expected.items() <= v.items()]
    assert [int(h, 16) >> 40 for h in found] == list(row_of(word, specification, key))


def test_the_core_has_the_sigmoid_of_the_vectors(vectors):
    for point in vectors("sigmoid")["points"]:
        exact = float(point["sigmoid"])
        for dtype in (np.float64, np.float32):
            with np.errstate(over="ignore", under="ignore"):
                x, expected = np.asarray(float(point["x"]), dtype), dtype(exact)
            np.testing.assert_array_max_ulp(dtype(_core.sigmoid(x)), expected, maxulp=1)


@settings(max_examples=200, deadline=None)
@given(text=TEXTS, specification=SPECIFICATIONS, key=st.binary(min_size=16, max_size=16))
def test_the_core_and_the_twin_agree_on_any_text(twin, passages, text, specification, key):
    expected = {
        slot: float(value) for slot, value in twin.features_of(passages(text), specification, key).items()
    }
    assert row_of(text, specification, key) == expected


@pytest.mark.parametrize("letters", ["abcdefghijklmnop", "ABCDEFGHIJKLMNOP", "0" * 16, "a-b-c-d-e-f-g-h1"])
@pytest.mark.parametrize("form", ["{}", "{}q", "{}\u4e2d", "{}\u2019s", "so {} is", "({})"])
def test_the_core_and_the_twin_agree_on_words_as_long_as_a_block(twin, passages, letters, form):
    specification = SHORT_RUNS | {"words": True, "folded_words": True}
    text, key = form.format(letters), bytes(range(16))
    found = twin.features_of(passages(text), specification, key)
    assert row_of(text, specification, key) == {slot: float(value) for slot, value in found.items()}


@settings(max_examples=50, deadline=None)
@given(subject=TEXTS, body=TEXTS, key=st.binary(min_size=16, max_size=16))
def test_the_core_and_the_twin_agree_on_any_mail(twin, passages, subject, body, key):
    specification = SHORT_RUNS
    mail = f"Subject: Re {subject}\nContent-Type: text/plain; charset=utf-8\n\n{body}\n".encode()
    found = twin.features_of(passages(mail), specification, key)
    assert row_of(mail, specification, key) == {slot: float(value) for slot, value in found.items()}
