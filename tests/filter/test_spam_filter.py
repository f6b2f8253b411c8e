"""Message in, verdict out: the interface of a filter."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sigmail
from sigmail.errors import InvalidTypeError, InvalidValueError, SigmailError
from sigmail.filter import Explanation, is_spam

MAIL = b"Subject: CHEAP viagra\nContent-Type: text/html\n\n<p>Win a <a href='http://casino.example'>prize</a>"
TEXT = "the meeting is tomorrow, thanks for the notes"


def test_a_verdict_has_the_types_of_the_interface(any_filter):
    verdict = any_filter.classify(MAIL, explain=5)
    assert isinstance(verdict, sigmail.Verdict)
    assert verdict.label in {"spam", "unsure", "ham"}
    assert type(verdict.probability) is float
    assert 0.0 <= verdict.probability <= 1.0
    assert verdict.truncated is False
    assert isinstance(verdict.reasons, tuple)
    assert len(verdict.reasons) == 5
    for reason in verdict.reasons:
        assert isinstance(reason, sigmail.Reason)
        assert (type(reason.token), type(reason.weight)) == (str, float)
        assert reason.field in {"subject", "body", "link", "shape"}


def test_passages_are_what_is_read_of_a_message(neuron_filter):
    passages = neuron_filter.passages(MAIL)
    assert [passage.field for passage in passages] == ["subject", "body", "link"]
    assert passages[0].text == "CHEAP viagra"
    assert passages[1].text.strip() == "Win a prize"
    assert "casino.example" in passages[2].text
    assert [(passage.field, passage.text) for passage in neuron_filter.passages(TEXT)] == [("body", TEXT)]
    with pytest.raises(InvalidTypeError):
        neuron_filter.passages(7)


def test_verdicts_cannot_be_changed(neuron_filter):
    verdict = neuron_filter.classify(MAIL, explain=1)
    frozen = dataclasses.FrozenInstanceError
    for value, name, error in (
        (verdict, "label", frozen),
        (verdict.reasons[0], "weight", AttributeError),
        (neuron_filter.explain(TEXT), "bias", frozen),
    ):
        with pytest.raises(error):
            setattr(value, name, 1)


def test_it_tells_the_words_of_spam_from_those_of_ham(any_filter):
    assert any_filter.classify("cheap pills casino offer bonus loan").label == "spam"
    assert any_filter.classify("kernel patch review meeting minutes agenda").label == "ham"


def test_labels_follow_the_thresholds(any_filter, make_messages):
    ham_below, spam_from = any_filter.thresholds
    assert 0.0 <= ham_below <= spam_from <= 1.0
    for verdict in any_filter.classify_many([*make_messages(60, seed=5)[0], "", "neither of them"]):
        expected = "spam" if verdict.probability >= spam_from else "unsure"
        assert verdict.label == ("ham" if verdict.probability < ham_below else expected)


def test_reasons_are_given_when_they_are_asked_for(any_filter):
    plain = any_filter.classify(MAIL)
    assert plain.reasons == ()
    everything = any_filter.explain(MAIL)
    for count in (1, 3, np.int64(4), 10_000):
        verdict = any_filter.classify(MAIL, explain=count)
        assert verdict.reasons == everything.reasons[:count]
        assert dataclasses.replace(verdict, reasons=()) == plain


def test_the_sum_adds_up(any_filter):
    for message in (MAIL, TEXT, "", b"", "CHEAP VIAGRA"):
        explanation = any_filter.explain(message)
        assert isinstance(explanation, Explanation)
        assert explanation.verdict == any_filter.classify(message)
        total = explanation.bias + math.fsum(reason.weight for reason in explanation.reasons)
        assert total == pytest.approx(explanation.logit, abs=1e-9)
        assert sigmail.sigmoid(explanation.logit) == pytest.approx(explanation.verdict.probability, abs=1e-12)
        strengths = [abs(reason.weight) for reason in explanation.reasons]
        assert strengths == sorted(strengths, reverse=True)
        names = [(reason.field, reason.token) for reason in explanation.reasons]
        assert len(names) == len(set(names))


def test_words_of_spam_weigh_for_spam(neuron_filter):
    weights = {reason.token: reason.weight for reason in neuron_filter.explain("casino kernel").reasons}
    assert weights["casino"] > 0.0 > weights["kernel"]


def test_each_reason_says_where_it_stands(neuron_filter):
    fields = {reason.token: reason.field for reason in neuron_filter.explain(MAIL).reasons}
    assert (fields["cheap"], fields["prize"], fields["casino"]) == ("subject", "body", "link")


def test_many_verdicts_stand_in_the_order_of_the_messages(any_filter, make_messages):
    messages = make_messages(50, seed=9)[0]
    single = [any_filter.classify(message) for message in messages]
    assert any_filter.classify_many(messages) == single
    assert any_filter.classify_many(iter(messages)) == single
    assert any_filter.classify_many([]) == []
    explained = any_filter.classify_many(messages[:3], explain=2)
    assert explained == [any_filter.classify(message, explain=2) for message in messages[:3]]
    probabilities = any_filter.probabilities(tuple(messages))
    assert (probabilities.dtype, probabilities.shape) == (np.float32, (50,))
    np.testing.assert_array_equal(probabilities, np.float32([verdict.probability for verdict in single]))
    assert any_filter.probabilities([]).shape == (0,)


def test_bytes_are_a_mail_and_str_is_text(neuron_filter):
    mail = "Subject: prize\n\nlunch"
    as_mail, as_text = (neuron_filter.explain(message).reasons for message in (mail.encode(), mail))
    assert {reason.field for reason in as_mail} == {"subject", "body"}
    assert {reason.field for reason in as_text} == {"body"}


@pytest.mark.parametrize("text", ["\ud800", "viagra \udfff prize", "\ud83d\ude00 \udc00", "\0", "\uffff"])
def test_text_that_no_file_could_hold_gets_a_verdict(neuron_filter, text):
    assert 0.0 <= neuron_filter.classify(text).probability <= 1.0
    assert "\ud800" not in "".join(reason.token for reason in neuron_filter.explain(text).reasons)


def test_a_lone_surrogate_is_replaced_and_the_rest_is_read(neuron_filter):
    tokens = {reason.token for reason in neuron_filter.explain("prize \ud800 casino").reasons}
    assert {"prize", "casino"} <= tokens


@pytest.mark.parametrize("wrong", [None, 1, bytearray(b"x"), memoryview(b"x"), ["x"], object()])
def test_what_is_no_message_is_refused_with_its_type(neuron_filter, wrong):
    calls = (
        neuron_filter.classify,
        neuron_filter.explain,
        lambda message: neuron_filter.learn(message, "spam"),
        lambda message: neuron_filter.classify_many(["fine", message]),
        lambda message: neuron_filter.probabilities([message]),
    )
    for call in calls:
        with pytest.raises(InvalidTypeError, match=f"bytes .* or str .*, got {type(wrong).__name__}"):
            call(wrong)


@pytest.mark.parametrize("one", ["a text", b"a mail"])
def test_one_message_is_not_taken_for_a_list(neuron_filter, one):
    for call in (neuron_filter.classify_many, neuron_filter.probabilities):
        with pytest.raises(InvalidTypeError, match=f"got one {type(one).__name__}"):
            call(one)
    with pytest.raises(InvalidTypeError, match=f"got one {type(one).__name__}"):
        neuron_filter.classify_many(one, explain=1)


def test_a_count_of_reasons_must_be_a_count(neuron_filter):
    for call, message in ((neuron_filter.classify, TEXT), (neuron_filter.classify_many, [TEXT])):
        with pytest.raises(InvalidValueError, match="got -1"):
            call(message, explain=-1)
        for wrong in ("5", 2.5, None):
            with pytest.raises(InvalidTypeError, match=f"whole number, got {type(wrong).__name__}"):
                call(message, explain=wrong)


@pytest.mark.parametrize("label", ["spam", 1, True, np.int64(1), np.True_, np.str_("spam")])
def test_spam_has_these_names(label):
    assert is_spam(label) is True


@pytest.mark.parametrize("label", ["ham", 0, False, np.uint8(0), np.False_])
def test_ham_has_these_names(label):
    assert is_spam(label) is False


@pytest.mark.parametrize("label", ["Spam", "unsure", "", "1", 2, -1, 1.0, None, b"spam", [1]])
def test_other_labels_are_refused_with_their_value(neuron_filter, label):
    with pytest.raises(InvalidValueError, match='"spam" or "ham"') as caught:
        neuron_filter.learn(TEXT, label)
    assert repr(label) in str(caught.value)


def test_its_name_and_facts_can_be_read(any_filter):
    assert len(any_filter.identity) == 12
    assert set(any_filter.identity) <= set("0123456789abcdef")
    assert any_filter.identity in repr(any_filter)
    assert any_filter.facts["algorithm"] in {"logistic", "network"}
    any_filter.facts["algorithm"] = "changed"
    assert any_filter.facts["algorithm"] != "changed"


def test_all_errors_have_one_base():
    errors = [getattr(sigmail, name) for name in sigmail.__all__ if name.endswith("Error")]
    assert len(errors) == 5
    assert all(issubclass(error, SigmailError) for error in errors)
    assert issubclass(sigmail.ModelFileError, ValueError)
    assert issubclass(sigmail.InvalidTypeError, TypeError)


@settings(max_examples=150, deadline=None)
@given(message=st.one_of(st.binary(max_size=500), st.text(st.characters(codec=None), max_size=200)))
def test_any_message_gets_a_verdict_that_adds_up(trained, message):
    explanation = sigmail.SpamFilter.from_bytes(trained["logistic"]).explain(message)
    total = explanation.bias + math.fsum(reason.weight for reason in explanation.reasons)
    assert total == pytest.approx(explanation.logit, abs=1e-9)
    assert 0.0 <= explanation.verdict.probability <= 1.0
