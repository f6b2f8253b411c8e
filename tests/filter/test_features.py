"""Messages to rows: a transformer that keeps to scikit-learn's contract."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import FeatureUnion, Pipeline

from sigmail.errors import InvalidTypeError, InvalidValueError
from sigmail.features import MessageVectorizer
from sigmail.logistic import LogisticClassifier

MESSAGES = ["cheap pills", b"Subject: lunch\n\nat noon", "", "Überraschung, 你好", b"\xff\0"]
KEY = bytes(range(16))


def test_rows_are_a_sparse_matrix_of_the_size_of_the_table():
    rows = MessageVectorizer(table_bits=10, random_state=0).fit_transform(MESSAGES)
    assert isinstance(rows, sparse.csr_matrix)
    assert (rows.shape, rows.dtype) == ((5, 1024), np.float32)
    assert rows.has_sorted_indices
    assert rows.has_canonical_format
    assert rows[2].nnz == 0
    assert np.diff(rows.indptr)[[0, 1, 3]].min() > 0


def test_a_row_is_never_longer_than_one_and_grows_with_the_message():
    texts = ["word", "three short words", " ".join(f"word{number}" for number in range(300))]
    rows = MessageVectorizer(hash_key=KEY).fit_transform(texts)
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    assert np.all(np.diff(lengths) > 0.0)
    assert 0.9 < lengths[-1] < 1.0


def test_each_row_hangs_on_its_own_message_alone():
    vectorizer = MessageVectorizer(hash_key=KEY).fit([])
    whole = vectorizer.transform(MESSAGES)
    for row, message in enumerate(MESSAGES):
        np.testing.assert_array_equal(vectorizer.transform([message]).toarray(), whole[row].toarray())
    assert vectorizer.transform(iter(MESSAGES)).shape == whole.shape
    assert vectorizer.transform([]).shape == (0, 2**18)


def test_the_key_is_drawn_anew_for_each_fit_and_fixed_by_a_seed():
    keys = [MessageVectorizer().fit(MESSAGES).hash_key_ for _ in range(3)]
    assert len(set(keys)) == 3
    assert {len(key) for key in keys} == {16}
    vectorizer = MessageVectorizer(random_state=7)
    assert vectorizer.fit(MESSAGES).hash_key_ == vectorizer.fit([]).hash_key_
    assert vectorizer.hash_key_ == MessageVectorizer(random_state=np.random.RandomState(7)).fit([]).hash_key_
    assert vectorizer.hash_key_ != MessageVectorizer(random_state=8).fit([]).hash_key_
    assert MessageVectorizer(hash_key=KEY).fit(MESSAGES).hash_key_ == KEY


def test_another_key_puts_the_words_elsewhere():
    one, other = (MessageVectorizer(random_state=seed).fit_transform(["cheap pills"]) for seed in (0, 1))
    assert one.nnz == other.nnz
    assert set(one.indices) != set(other.indices)


def test_each_choice_changes_the_features():
    def count(**choices):
        return MessageVectorizer(hash_key=KEY, **choices).fit_transform(["BUY cheap pills"]).nnz

    bare = count(words=False, gram_lengths=())
    assert bare == 0
    assert count(gram_lengths=()) == 4
    assert count(gram_lengths=(), words=False, word_pairs=True) == 2
    assert count(words=False, gram_lengths=[3]) == len(" buy cheap pills ") - 2
    assert count(words=False, gram_lengths=[3], gram_prefix=9) == 9 - 2
    assert count(words=False, gram_lengths=[3], gram_prefix=0) == 0


def test_a_disguised_word_counts_as_what_it_passes_for_too():
    def slots(text, **choices):
        row = MessageVectorizer(hash_key=KEY, gram_lengths=(), **choices).fit_transform([text])
        return set(row.indices)

    plain, disguised = slots("free"), slots("fr\u0435e")  # The first e is a Cyrillic letter.
    assert plain < disguised
    assert len(disguised - plain) == 2, "the word as it is, and that it is disguised"
    assert not plain & slots("fr\u0435e", folded_words=False)
    assert slots("caf\u00e9") > slots("cafe")


def test_the_bytes_of_runs_are_counted_over_the_whole_message():
    def count(mail, prefix):
        vectorizer = MessageVectorizer(hash_key=KEY, words=False, gram_lengths=(3,), gram_prefix=prefix)
        return vectorizer.fit_transform([mail]).nnz

    mail = b"Subject: abcdef\n\nghijkl mnopqr"
    assert count(mail, 8) == len(" abcdef ") - 2
    assert count(mail, 16) == 2 * (8 - 2)
    assert count(mail, 500) == len(" abcdef ") - 2 + len(" ghijkl mnopqr ") - 2


def test_a_clone_keeps_the_choices_and_forgets_the_fit():
    vectorizer = MessageVectorizer(table_bits=12, gram_lengths=(5,), random_state=3).fit(MESSAGES)
    again = clone(vectorizer)
    assert again.get_params() == vectorizer.get_params()
    with pytest.raises(NotFittedError):
        again.transform(MESSAGES)
    np.testing.assert_array_equal(
        again.fit_transform(MESSAGES).toarray(), vectorizer.transform(MESSAGES).toarray()
    )


@pytest.mark.parametrize("fitted", [True, False])
def test_it_can_be_pickled(fitted):
    vectorizer = MessageVectorizer(table_bits=9)
    if fitted:
        vectorizer.fit(MESSAGES)
    again = pickle.loads(pickle.dumps(vectorizer))  # noqa: S301 (our own)
    assert again.get_params() == vectorizer.get_params()
    if fitted:
        assert again.hash_key_ == vectorizer.hash_key_
        np.testing.assert_array_equal(
            again.transform(MESSAGES).toarray(), vectorizer.transform(MESSAGES).toarray()
        )


def test_it_works_in_a_pipeline(make_messages):
    messages, labels = make_messages(90)
    pipeline = Pipeline(
        [
            ("features", MessageVectorizer(table_bits=12, random_state=0)),
            ("neuron", LogisticClassifier(C=100.0)),
        ]
    )
    pipeline.fit(messages, labels)
    unseen, expected = make_messages(60, seed=1)
    assert np.mean(pipeline.predict(unseen) == np.array(expected)) > 0.9
    assert pipeline.predict_proba(unseen).shape == (60, 2)
    again = pickle.loads(pickle.dumps(pipeline))  # noqa: S301 (our own)
    np.testing.assert_array_equal(again.predict_proba(unseen), pipeline.predict_proba(unseen))
    pipeline.set_params(features__table_bits=10).fit(messages, labels)
    assert pipeline["features"].n_features_out_ == 1024


def test_it_works_beside_another_transformer():
    parts = [
        ("words", MessageVectorizer(table_bits=10, gram_lengths=(), random_state=0)),
        ("runs", MessageVectorizer(table_bits=11, words=False, random_state=0)),
    ]
    rows = FeatureUnion(parts).fit_transform(MESSAGES)
    assert rows.shape == (5, 1024 + 2048)
    np.testing.assert_array_equal(rows[:, :1024].toarray(), parts[0][1].transform(MESSAGES).toarray())


def test_numbers_of_numpy_are_taken_as_choices():
    choices = {
        "table_bits": np.int64(10),
        "words": np.True_,
        "gram_lengths": np.array([3, 4]),
        "gram_prefix": np.uint16(50),
    }
    vectorizer = MessageVectorizer(hash_key=KEY, **choices).fit(MESSAGES)
    plain = MessageVectorizer(hash_key=KEY, table_bits=10, words=True, gram_lengths=(3, 4), gram_prefix=50)
    assert vectorizer.specification_ == plain.fit(MESSAGES).specification_


def test_the_specification_is_what_a_model_file_holds():
    specification = json.loads(MessageVectorizer().fit([]).specification_)
    assert specification == {
        "version": 2,
        "profile": "content",
        "table_bits": 18,
        "words": True,
        "folded_words": True,
        "word_pairs": False,
        "gram_lengths": [3, 4],
        "gram_prefix": 3000,
    }


@pytest.mark.parametrize(
    ("choices", "why"),
    [
        ({"table_bits": 7}, "table_bits is 7, but must be from 8 to 24"),
        ({"table_bits": 25}, "table_bits is 25"),
        ({"table_bits": "18"}, "specification is not valid"),
        ({"table_bits": 18.5}, "specification is not valid"),
        ({"table_bits": -1}, "specification is not valid"),
        ({"profile": "everything"}, "everything"),
        ({"words": 1}, "specification is not valid"),
        ({"folded_words": 1}, "specification is not valid"),
        ({"gram_lengths": (4, 3)}, r"gram_lengths is \[4, 3\]"),
        ({"gram_lengths": (3, 3)}, r"gram_lengths is \[3, 3\]"),
        ({"gram_lengths": (1,)}, "from 2 to 8"),
        ({"gram_lengths": (9,)}, "from 2 to 8"),
        ({"gram_lengths": (2, 3, 4)}, "at most 2"),
        ({"gram_prefix": -1}, "specification is not valid"),
        ({"hash_key": b"short"}, "a hash key has 16 bytes, got 5"),
    ],
)
def test_a_wrong_choice_is_refused_by_fit_with_its_value(choices, why):
    vectorizer = MessageVectorizer(**choices)
    with pytest.raises(InvalidValueError, match=why):
        vectorizer.fit(MESSAGES)


@pytest.mark.parametrize("wrong", ["one text", b"one mail"])
def test_one_message_is_not_taken_for_a_list(wrong):
    with pytest.raises(InvalidTypeError, match=f"got one {type(wrong).__name__}"):
        MessageVectorizer(random_state=0).fit([]).transform(wrong)


def test_what_is_no_message_is_refused():
    with pytest.raises(InvalidTypeError, match=r"bytes .* or str .*, got int"):
        MessageVectorizer(random_state=0).fit_transform(["fine", 3])
