"""``sigmail evaluate`` on a stream of mail: judged, then learnt, in the order in which it came."""

from __future__ import annotations

import json

import numpy as np
import pytest

import sigmail as package
from sigmail import evaluation


def mail(number, words):
    return (
        f"Date: Thu, {number % 28 + 1:02} Jan 2004 10:{number:02}:00 +0000\nSubject: s\n\n{words} {number}\n"
    )


@pytest.fixture
def stream(tmp_path):
    """Sixty mails in folders by label, and the same in an index whose order is that of their numbers."""
    lines = []
    for number in range(60):
        label = "spam" if number % 3 == 0 else "ham"
        (tmp_path / label).mkdir(exist_ok=True)
        words = "casino viagra prize" if label == "spam" else "kernel patch meeting"
        (tmp_path / label / f"{number:02}.eml").write_text(mail(number, words))
        lines.append(f"{label} ../{label}/{number:02}.eml")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "index").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_each_message_is_judged_before_it_is_learnt(sigmail, stream, model):
    index = stream / "full" / "index"
    done = sigmail("evaluate", "--online", "--model", model, "--index", index, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    learner, labels, scores = package.SpamFilter.load(model), [], []
    for line in index.read_text().splitlines():
        label, name = line.split()
        message = (index.parent / name).read_bytes()
        scores.append(learner.probabilities([message])[0])
        labels.append(label)
        learner.learn(message, label)
    found = json.loads(done.stdout)
    expected = evaluation.evaluate(labels, np.array(scores, dtype=np.float64), *learner.thresholds)
    assert found.items() >= expected.as_dict().items()
    assert found["model"] == package.SpamFilter.load(model).identity
    assert [stage["until"] for stage in found["stages"]] == list(range(6, 61, 6))
    plain = json.loads(sigmail("evaluate", "--model", model, "--index", index, "--json").stdout)
    assert plain["log_loss"] > found["log_loss"]  # It has learnt on the way.


def test_folders_are_learnt_from_nothing(sigmail, stream):
    folders = "--spam", stream / "spam", "--ham", stream / "ham"
    done = sigmail("evaluate", "--online", "--from-nothing", *folders, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["one_minus_auc_percent"] < 10.0


def test_folders_are_learnt_in_the_order_of_the_dates(sigmail, stream, model):
    folders = "--spam", stream / "spam", "--ham", stream / "ham"
    by_date = sigmail("evaluate", "--online", "--model", model, *folders, "--json")
    assert (by_date.returncode, by_date.stderr) == (0, "")
    lines = []
    numbers = sorted(range(60), key=lambda number: (number % 28, number))
    for number in numbers:
        label = "spam" if number % 3 == 0 else "ham"
        lines.append(f"{label} {label}/{number:02}.eml")
    (stream / "ordered").write_text("\n".join(lines))
    given = sigmail("evaluate", "--online", "--model", model, "--index", stream / "ordered", "--json")
    ordered, listed = json.loads(by_date.stdout), json.loads(given.stdout)
    assert ordered["log_loss"] == pytest.approx(listed["log_loss"], rel=1e-9)
    (stream / "turned").write_text("\n".join(reversed(lines)))
    given = sigmail("evaluate", "--online", "--model", model, "--index", stream / "turned", "--json")
    assert ordered["log_loss"] != pytest.approx(json.loads(given.stdout)["log_loss"], rel=1e-6)


def test_mail_without_a_date_is_counted_and_left_out(sigmail, stream, model):
    (stream / "ham" / "undated.eml").write_text("Subject: hello\n\nno date\n")
    folders = "--spam", stream / "spam", "--ham", stream / "ham"
    done = sigmail("evaluate", "--online", "--model", model, *folders, "--json")
    assert json.loads(done.stdout)["messages"] == 60
    assert done.stderr.startswith("Warning: skipped 1 (no date to order it by")


def test_people_see_how_it_came_along_and_what_it_got_wrong(sigmail, stream, model):
    index = stream / "full" / "index"
    swapped = index.read_text().splitlines()
    swapped[30] = swapped[30].replace("spam ", "ham ", 1)
    index.write_text("\n".join(swapped))
    done = sigmail("evaluate", "--online", "--model", model, "--index", index, "--mistakes", 1)
    assert done.returncode == 0
    assert "until message" in done.stdout
    assert "The worst mistakes:" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("spam/30.eml")


def test_figures_without_headers_stand_beside_the_others(sigmail, stream, model):
    for path in (stream / "spam").iterdir():
        path.write_text("Comments: meeting patch\n" + path.read_text())
    folders = "--model", model, "--spam", stream / "spam", "--ham", stream / "ham"
    done = sigmail("evaluate", *folders, "--headers", "--json", "--report", stream / "report")
    figures = json.loads(done.stdout)
    assert figures["content_only"].keys() >= {"one_minus_auc_percent", "false_positive_rate"}
    assert "headers removed" in (stream / "report" / "index.html").read_text()
    people = sigmail("evaluate", *folders, "--headers").stdout
    assert "headers removed" in people.splitlines()[1]


@pytest.mark.parametrize(
    "options",
    [("--from-nothing",), ("--online", "--from-nothing", "--model", "x"), ("--online", "--headers")],
)
def test_options_that_exclude_each_other_are_a_wrong_call(sigmail, stream, options):
    done = sigmail("evaluate", *options, "--index", stream / "full" / "index")
    assert done.returncode == 2
    assert "--online" in done.stderr or "--model" in done.stderr
