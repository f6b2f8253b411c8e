"""Any bytes, any text and any damage to a mail: a verdict that adds up, and nothing else."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sigmail
from sigmail import _core

PIECES = [
    b"Subject: ", b"Content-Type: ", b"Content-Transfer-Encoding: ", b"Content-Disposition: attachment",
    b"multipart/mixed; boundary=b", b"multipart/digest; boundary=\"b\"", b"message/rfc822", b"text/html",
    b"text/plain; charset=", b"utf-8", b"utf-16", b"iso-2022-jp", b"us-ascii", b"base64", b"quoted-printable",
    b"--b", b"--b--", b"\n", b"\r\n", b"\n\n", b"\r", b" ", b"\t", b";", b":", b"=", b'"', b"(", b"From ",
    b"=?utf-8?q?", b"=?utf-8?b?", b"?=", b"dmlhZ3Jh", b"=3D", b"viagra", b"BUY NOW", b"http://a.example/",
    b"<p>", b"</p>", b"<a href='", b"<!--", b"-->", b"<script>", b"&amp;", b"&#", b"\0", b"\xff", b"\xc3",
]  # fmt: skip
MAILS = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=8)), max_size=60).map(b"".join)
TEXTS = st.text(st.characters(codec=None), max_size=300)
MANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def starter():
    return sigmail.SpamFilter.default()


def assert_it_adds_up(filter_, message):
    explanation = filter_.explain(message)
    assert explanation.verdict == filter_.classify(message)
    assert 0.0 <= explanation.verdict.probability <= 1.0
    total = explanation.bias + math.fsum(reason.weight for reason in explanation.reasons)
    assert total == pytest.approx(explanation.logit, abs=1e-6)
    assert all(reason.token for reason in explanation.reasons)


@MANY
@given(mail=MAILS)
def test_mails_put_together_at_random(starter, mail):
    assert_it_adds_up(starter, mail)


@MANY
@given(noise=st.binary(max_size=4000))
def test_bytes_at_random(starter, noise):
    assert_it_adds_up(starter, noise)


@MANY
@given(text=TEXTS)
def test_texts_at_random(starter, text):
    assert_it_adds_up(starter, text)


@MANY
@given(mails=st.lists(MAILS, max_size=6))
def test_verdicts_of_many_are_the_verdicts_of_each(starter, mails):
    assert starter.classify_many(mails) == [starter.classify(mail) for mail in mails]


@MANY
@given(body=st.binary(max_size=500))
def test_the_fingerprint_hangs_on_the_body_alone(body):
    number = _core.body_fingerprint(b"Subject: one\n\n" + body)
    assert 0 <= number < 2**64
    assert _core.body_fingerprint(b"X-Note: 1\r\nSubject: two\r\n\r\n" + body) == number
