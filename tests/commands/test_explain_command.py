"""``sigmail explain``: a sum that adds up."""

from __future__ import annotations

import re

import pytest

import sigmail as package

TEXT = "BUY CHEAP viagra now, says the casino"


@pytest.fixture
def explain(sigmail, model):
    """Explain with the small model."""
    return lambda *arguments, **options: sigmail("explain", "--model", model, *arguments, **options)


def numbers(output):
    """The rows of the sum: name -> number."""
    rows = re.findall(r"^ +([+-]\d+\.\d{4})  (.+?)(?:  .*)?$", output, flags=re.MULTILINE)
    return {name.strip(): float(number) for number, name in rows}


def test_the_sum_adds_up_to_the_logit_and_its_sigmoid(explain, model):
    done = explain("--all", stdin=TEXT)
    assert (done.returncode, done.stderr) == (0, "")
    rows = numbers(done.stdout)
    logit = rows.pop("logit, the sum of all these")
    assert sum(rows.values()) == pytest.approx(logit, abs=1e-4 * (len(rows) + 1))
    probability = package.SpamFilter.load(model).classify(TEXT).probability
    assert f"sigmoid({logit:.4f}) = {probability:.4f}: " in done.stdout
    assert package.sigmoid(logit) == pytest.approx(probability, abs=1e-4)


def test_both_features_of_the_first_picture_are_seen(explain):
    rows = numbers(explain(stdin=TEXT).stdout)
    assert "more than one word in capitals" in rows
    assert "contains the word viagra" in rows
    rows = numbers(explain(stdin="buy cheap pills now, says the casino").stdout)
    assert "more than one word in capitals" not in rows
    assert "contains the word viagra" not in rows


def test_a_long_sum_is_cut_to_its_strongest_but_keeps_the_first_picture_and_its_total(explain):
    words = " ".join(f"word{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(200))
    short, full = (numbers(explain(*options, stdin=f"{TEXT} {words}").stdout) for options in ((), ("--all",)))
    assert len(short) < 35 < len(full)
    assert "contains the word viagra" in short
    assert sum(short.values()) == pytest.approx(sum(full.values()), abs=0.03)


def test_one_message_is_asked_for(explain, mails, tmp_path):
    (tmp_path / "one").write_text(TEXT)
    assert explain(tmp_path / "one").returncode == 0
    done = explain(mails.spam)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: {mails.spam}: more than one message in it")
    assert done.stderr.count("\n") == 1
    assert explain("one", "two").returncode == 2
