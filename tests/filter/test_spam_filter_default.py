"""The starter model, and what it takes to load it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import sigmail

SPAM = b"""Subject: CHEAP VIAGRA and CIALIS, no prescription needed
Content-Type: text/html

<p>Dear friend, order your <b>pills</b> online today and save 80%! Limited offer, FREE shipping.
Click <a href="http://pharmacy-discount.example/buy">here</a> to buy now. Unsubscribe below.
"""
HAM = b"""Subject: Re: [PATCH] fix the build on older compilers

On Tuesday, Anna wrote:
> The configure script fails when the header is missing.

Thanks, I have applied the patch and run the tests again. Could you also look at the documentation
before we release it next week? We can discuss it in the meeting on Thursday.

Regards, Peter
"""


@pytest.fixture(scope="module")
def starter():
    return sigmail.SpamFilter.default()


def run(code):
    """Run Python code in a process of its own; return what it prints, as JSON."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return json.loads(done.stdout)


def test_it_tells_spam_from_ham_and_says_why(starter):
    spam, ham = starter.classify(SPAM, explain=5), starter.classify(HAM, explain=5)
    assert (spam.label, ham.label) == ("spam", "ham")
    assert sum(reason.weight for reason in spam.reasons) > 0.0 > sum(reason.weight for reason in ham.reasons)


def test_it_is_one_filter_each_time(starter):
    again = sigmail.SpamFilter.default()
    assert again.identity == starter.identity
    again.learn("a lesson", "spam")
    assert sigmail.SpamFilter.default().identity == starter.identity != again.identity


def test_it_says_what_it_was_trained_on(starter):
    facts = starter.facts
    assert facts["name"] == "starter"
    corpora = {"spamassassin", "enron-spam", "modern-mail", "sms-spam", "youtube-spam"}
    assert set(facts["corpora"]) == corpora
    assert facts["held_out"]["one_minus_auc_percent"] < 1.0
    ham_below, spam_from = starter.thresholds
    assert 0.0 < ham_below < spam_from < 1.0


def test_it_is_small(starter):
    assert len(starter.to_bytes()) <= 4_000_000


def test_a_short_greeting_is_no_spam(starter):
    assert starter.classify("Hi Anna, see you tomorrow").label != "spam"
    assert starter.classify("").label == "unsure"


def test_a_verdict_needs_no_other_package_in_memory():
    code = """
import json, sys
import sigmail
verdict = sigmail.SpamFilter.default().classify(b"Subject: x\\n\\ny", explain=3)
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules} - sys.stdlib_module_names)))
"""
    modules = set(run(code))
    assert "sigmail" in modules
    unwanted = {
        "numpy",
        "sklearn",
        "scipy",
        "flask",
        "apiflask",
        "matplotlib",
        "rich",
        "pandas",
        "click",
        "sigmail_service",
    }
    assert modules & unwanted == set()


def test_the_package_is_imported_without_a_warning_and_without_what_is_not_asked_for():
    code = """
import json, sys
import sigmail
names = [name for name in ("numpy", "sklearn", "scipy", "flask", "sigmail.filter") if name in sys.modules]
print(json.dumps([names, sigmail.__version__, sigmail.build_info()["version"]]))
"""
    names, version, built = run(code)
    assert names == []
    assert version == built == sigmail.__version__


def test_all_that_is_promised_is_there():
    for name in sigmail.__all__:
        assert getattr(sigmail, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = sigmail.nothing


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Congratulations! You have won a free prize, call 09061701461 now to claim", "spam"),
        ("check out my new channel and subscribe http://youtube.com/watch", "spam"),
        ("Can you send me the slides before the meeting tomorrow?", "ham"),
        ("ok, see you at home at 7", "ham"),
    ],
)
def test_it_knows_short_texts(starter, text, label):
    assert starter.classify(text).label == label
