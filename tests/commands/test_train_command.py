"""``sigmail train``: a model that loads, its figures, and nothing half done."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

import sigmail as package
from sigmail.evaluation import Evaluation
from sigmail.recipe import Recipe


def test_training_writes_a_model_and_says_what_it_is_worth(sigmail, mails, tmp_path):
    out, folder = tmp_path / "my.sigmail", tmp_path / "more"
    folder.mkdir()
    for name in ("1", "2"):
        (folder / name).symlink_to("nowhere")
    (folder / "mail").write_text("one more deal from the casino, cheap bonus")
    done = sigmail("train", "--spam", mails.spam, "--spam", folder, "--ham", mails.ham, "--out", out)
    assert done.returncode == 0
    assert done.stderr == (
        f"Warning: skipped 2 (No such file or directory): {folder / '1'}, the first of them\n"
    )
    trained = package.SpamFilter.load(out)
    held_out = Evaluation(**trained.facts["held_out"])
    assert "81 messages" in done.stdout
    assert f"at {trained.thresholds[1]:.4g} and above" in done.stdout
    assert f"{held_out.one_minus_auc_percent:9.3f} %" in done.stdout
    assert f"Model {trained.identity}, " in done.stdout
    assert sorted(tmp_path.iterdir()) == [folder, out]
    assert trained.classify("cheap viagra casino, click for your prize").probability > 0.5
    assert trained.classify("thanks for the notes of the project meeting").probability < 0.5


def test_a_seed_gives_the_same_bytes_and_replaces_the_file(sigmail, mails, model, tmp_path):
    out = tmp_path / "my.sigmail"
    out.write_bytes(b"an older model")
    done = sigmail("train", "--spam", mails.spam, "--ham", mails.ham, "--out", out, "--seed", 1)
    assert (done.returncode, done.stderr) == (0, "")
    assert out.read_bytes() == model.read_bytes()


def test_the_kind_of_the_messages_chooses_the_recipe(sigmail, mails, tmp_path):
    data = ("--spam", mails.spam, "--ham", mails.ham, "--seed", 1)
    losses = {}
    for kind in ("mail", "short", "either"):
        out = tmp_path / f"{kind}.sigmail"
        done = sigmail("train", *data, "--kind", kind, "--out", out)
        assert (done.returncode, done.stderr) == (0, "")
        facts = package.SpamFilter.load(out).facts
        losses[kind] = facts["held_out"]["log_loss"]
        if kind != "either":
            wanted = Recipe.short_texts() if kind == "short" else Recipe()
            assert tuple(facts["recipe"]["gram_lengths"]) == wanted.gram_lengths
    better = min("mail", "short", key=losses.__getitem__)
    assert losses["either"] == losses[better] < max(losses.values())
    assert out.read_bytes() == (tmp_path / f"{better}.sigmail").read_bytes()
    assert f"Chosen as --kind {better}" in done.stdout


def test_messages_that_are_read_twice_are_passed_over_once(sigmail, mails, tmp_path):
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "gone").symlink_to("nowhere")
    (folder / "mail").write_text("one more deal from the casino, cheap bonus")
    spam = ("--spam", mails.spam, "--spam", folder)
    done = sigmail("train", *spam, "--ham", mails.ham, "--kind", "either", "--out", tmp_path / "my.sigmail")
    assert done.stderr.count("Warning: skipped") == 1


def test_a_network_learns_from_a_table_and_keeps_the_promised_rates(sigmail, mails, tmp_path):
    table, out = tmp_path / "table.csv", tmp_path / "my.sigmail"
    rows = ["label,text"]
    for label, folder in ((1, mails.spam), (0, mails.ham)):
        rows += [
            f"{label},{path.read_text().split('Subject: ')[1].splitlines()[-1]}" for path in folder.iterdir()
        ]
    table.write_text("\n".join(rows))
    rates = "--max-ham-lost", 0.2, "--max-spam-missed", 0.1
    done = sigmail("train", "--table", table, "--out", out, "--seed", 1, "--algorithm", "network", *rates)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Trained by network on 80 messages" in done.stdout
    facts = package.SpamFilter.load(out).facts
    assert (facts["algorithm"], facts["max_false_positive_rate"], facts["max_miss_rate"]) == (
        "network",
        0.2,
        0.1,
    )
    assert facts["held_out"]["false_positive_rate"] <= 0.2


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["spam\twin"] * 30, "distinct messages of each kind"),
        (["spam\twin", "ham\thello"], "distinct messages of each kind"),
        (["spam\twin"] * 30 + ["ham\thello"] * 30, "distinct messages of each kind"),
        (["spam\twin", "eggs\thello"], "label 'eggs' is unknown"),
    ],
)
def test_messages_that_teach_nothing_are_one_clear_line(sigmail, model, tmp_path, rows, says):
    table, out = tmp_path / "table.tsv", tmp_path / "my.sigmail"
    table.write_text("\n".join(rows))
    before = model.read_bytes()
    out.write_bytes(before)
    done = sigmail("train", "--table", table, "--out", out)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert out.read_bytes() == before  # A model that was there stays whole.
    assert sorted(tmp_path.iterdir()) == [out, table]


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_read(sigmail, tmp_path):
    for out, says in ((tmp_path, "is a folder"), (tmp_path / "no" / "x.sigmail", "there is no folder")):
        done = sigmail("train", "--spam", "/nothing/there", "--ham", "/nothing/there", "--out", out)
        assert (done.returncode, done.stdout) == (1, "")
        assert says in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_path_that_cannot_be_read_is_one_clear_line(sigmail, mails, tmp_path):
    done = sigmail("train", "--spam", tmp_path / "no", "--ham", mails.ham, "--out", tmp_path / "x.sigmail")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: {tmp_path / 'no'}: No such file or directory\n"


def test_a_terminal_sees_a_progress_bar(mails, tmp_path):
    pytest.importorskip("rich")
    terminal, other_end = pty.openpty()
    command = ("train", "--spam", mails.spam, "--ham", mails.ham, "--out", tmp_path / "x.sigmail")
    with subprocess.Popen(
        [sys.executable, "-m", "sigmail", *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=other_end,
        env={**os.environ, "TERM": "xterm-256color"},
    ) as process:
        os.close(other_end)
        shown = b""
        while True:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # The other end was closed: the command is done.
                break
            if not piece:
                break
            shown += piece
        assert b"Trained by logistic" in process.stdout.read()
    os.close(terminal)
    assert process.returncode == 0
    assert b"\x1b[" in shown
    assert b"training" in shown
