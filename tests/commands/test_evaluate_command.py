"""``sigmail evaluate`` and ``sigmail compare``: figures of messages that were held out."""

from __future__ import annotations

import json

import numpy as np
import pytest

import sigmail as package
from sigmail import evaluation
from sigmail.commands._contest import split_messages
from sigmail.commands._inputs import LabelledInput

CONTESTANTS = [
    "our neuron",
    "LogisticRegression",
    "our network",
    "MLPClassifier",
    "SGDClassifier",
    "MultinomialNB",
]


@pytest.fixture
def evaluate(sigmail, model, mails):
    """Evaluate the small model on the other mails."""
    paths = "--spam", mails.other_spam, "--ham", mails.other_ham
    return lambda *options, **more: sigmail("evaluate", "--model", model, *paths, *options, **more)


@pytest.fixture
def figures(model, mails):
    """What the library says of the same model and mails."""
    loaded = package.SpamFilter.load(model)
    folders = (mails.other_spam, "spam"), (mails.other_ham, "ham")
    pairs = [(path.read_bytes(), label) for folder, label in folders for path in sorted(folder.iterdir())]
    scores = loaded.probabilities([message for message, _ in pairs])
    return evaluation.evaluate([label for _, label in pairs], scores, *loaded.thresholds)


def test_the_figures_are_those_of_the_library(evaluate, figures, model):
    done = evaluate("--json")
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    identity = package.SpamFilter.load(model).identity
    assert json.loads(done.stdout) == {"model": identity, **figures.as_dict()}
    assert 0.0 < figures.one_minus_auc_percent < 50.0  # The swapped mails make it imperfect.


def test_people_get_a_line_a_figure(evaluate, figures):
    done = evaluate()
    assert (done.returncode, done.stderr) == (0, "")
    lines = {" ".join(line.split()[:3]): line for line in done.stdout.splitlines()}
    assert f"{figures.messages} " in lines["messages 84 42"]
    assert f"{100 * figures.false_positive_rate:.3f} %" in lines["ham called spam"]
    assert f"{figures.one_minus_auc_percent:.3f} %" in done.stdout
    assert f"F1 {figures.f1:.4f}" in " ".join(done.stdout.split())


def test_a_report_is_a_page_and_its_figures(evaluate, figures, tmp_path):
    done = evaluate("--report", tmp_path / "report", "--json")
    assert done.returncode == 0
    assert done.stderr == f"The report is {tmp_path}/report/index.html.\n"
    saved = json.loads((tmp_path / "report" / "figures.json").read_text())
    assert saved.items() >= figures.as_dict().items()
    assert (tmp_path / "report" / "index.html").read_text().count("<img ") == 6


def test_a_report_that_cannot_be_written_is_one_clear_line(evaluate, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = evaluate("--report", tmp_path / "file")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: {tmp_path}/file: File exists\n"


def test_figures_without_a_report_need_no_extra(evaluate, tmp_path):
    for name in ("sklearn", "scipy", "matplotlib", "rich"):
        (tmp_path / f"{name}.py").write_text(f"raise ModuleNotFoundError('none', name='{name}')\n")
    assert evaluate(environment={"PYTHONPATH": str(tmp_path)}).returncode == 0
    done = evaluate("--report", tmp_path / "report", environment={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1
    assert done.stderr.endswith('pip install "sigmail[train]"\n')


def test_one_label_alone_has_no_figures(sigmail, model, tmp_path):
    table = tmp_path / "table.tsv"
    table.write_text("spam\twin\nspam\tmore\n")
    done = sigmail("evaluate", "--model", model, "--table", table)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: all 2 messages are spam: this figure needs spam and ham\n"


def test_six_classifiers_are_compared_on_one_split(sigmail, mails):
    paths = "--spam", mails.spam, "--spam", mails.other_spam, "--ham", mails.ham, "--ham", mails.other_ham
    done = sigmail("compare", *paths, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    results = found["results"]
    assert [result["name"] for result in results] == CONTESTANTS
    assert found["train"] + found["test"] == 164
    assert found["test_spam"] + found["test_ham"] == found["test"]
    best = min(result["one_minus_auc_percent"] for result in results)
    assert found["won"] == [r["name"] for r in results if r["one_minus_auc_percent"] == best]
    ours, theirs = results[:2]
    assert all(result["fit_seconds"] > 0.0 for result in results)
    curve = found["learning_curve"]
    sizes = [point["messages"] for point in curve]
    assert sizes == sorted(sizes)
    assert sizes[-1] == found["train"]
    assert (
        curve[-1]["one_minus_auc_percent"] == ours["one_minus_auc_percent"]
    )  # All of them: the same neuron.
    assert ours["log_loss"] == pytest.approx(theirs["log_loss"], rel=0.02)  # One optimum, found twice.

    done = sigmail("compare", *paths)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert (
        lines[-1]
        == f"{found['train']:>8} messages: (1-AUC)% {ours['one_minus_auc_percent']:.4f}, F1 {ours['f1']:.4f}"
    )
    assert f"Won, by (1-AUC)%: {' and '.join(found['won'])}." in done.stdout
    for result in results:  # A second run, so it also shows that the split and the training are the same.
        line = next(line for line in lines if line.startswith(f"{result['name']}  "))
        figures = [cell.rstrip("*") for cell in line.removeprefix(result["name"]).split()]
        assert figures[0] == f"{result['one_minus_auc_percent']:.4f}"
        assert figures[4] == f"{result['log_loss']:.4f}"


def test_messages_of_the_same_text_stay_on_one_side(tmp_path):
    table = tmp_path / "table.tsv"
    words = [f"word{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(60)]
    lines = [
        f"{label}\t{form(f'{label} says {word}')}"
        for label in ("spam", "ham")
        for word in words
        for form in (str, str.upper, lambda text: f"{text} !!! 123")
    ]
    table.write_text("\n".join(lines))
    split = split_messages(LabelledInput((), (), (str(table),), None, None), 0, lambda *_: None)
    assert split.groups == 120
    assert len(split.train_labels) + len(split.test_labels) == 360
    assert len(split.train_labels) % 3 == 0
    assert 0 < np.mean(split.test_labels) < 1


def test_too_few_messages_to_compare_are_one_clear_line(sigmail, tmp_path):
    table = tmp_path / "table.tsv"
    table.write_text("spam\twin\nspam\tWIN\nham\ta\nham\tb\nham\tc\nham\td\n")
    done = sigmail("compare", "--table", table)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: 1 different spam messages: a comparison needs 4 or more\n"
