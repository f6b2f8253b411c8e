"""``sigmail classify``: a line a message, whatever the messages are kept in."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile

import pytest

import sigmail as package

SPAM = "Subject: cheap viagra\n\ncasino prize money winner click free bonus\n"
HAM = "Subject: lunch\n\nthanks for the report, see the notes of the meeting\n"
SEPARATOR = "From a@example.org Sat Jan  3 01:05:34 1996\n"


@pytest.fixture
def classify(sigmail, model):
    """Classify with the small model; return exit code, lines of output, and standard error."""

    def run(*arguments, **options):
        done = sigmail("classify", "--model", model, *arguments, **options)
        return done.returncode, done.stdout.splitlines(), done.stderr

    return run


def test_standard_input_is_read_without_a_path_and_by_a_dash(classify, model):
    expected = package.SpamFilter.load(model).classify(SPAM.encode())
    for arguments in ((), ("-",)):
        code, lines, errors = classify(*arguments, stdin=SPAM)
        assert (code, errors) == (0, "")
        assert lines == [f"{expected.label:<6} {expected.probability:.4f}  -"]


def test_a_plain_text_and_a_mail_are_told_apart_and_may_be_forced(classify, model):
    loaded = package.SpamFilter.load(model)
    text = "casino prize money, says an ünknown \N{PILL} friend"
    for stdin, options, message in (
        (SPAM, (), SPAM.encode()),
        (SPAM, ("--text",), SPAM),
        (text, (), text),
        (text, ("--mail",), text.encode()),
    ):
        code, lines, _ = classify("--json", *options, stdin=stdin)
        assert code == 0
        assert json.loads(lines[0])["probability"] == loaded.classify(message).probability


def test_every_kind_of_mailbox_gives_a_line_a_message_in_order(classify, tmp_path):
    (tmp_path / "a.eml").write_text(SPAM)
    (tmp_path / "b.mbox").write_text(SEPARATOR + HAM + "\n" + SEPARATOR + SPAM)
    for name in ("c/cur", "c/new", "c/tmp"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "c" / "new" / "1").write_text(HAM)
    with tarfile.open(tmp_path / "d.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("x/mail")
        info.size = len(SPAM)
        archive.addfile(info, io.BytesIO(SPAM.encode()))
    code, lines, errors = classify(tmp_path)
    assert (code, errors) == (0, "")
    sources = [line.split(maxsplit=2)[2] for line in lines]
    assert sources == [
        f"{tmp_path}/{name}" for name in ("a.eml", "b.mbox#1", "b.mbox#2", "c/new/1", "d.tar.gz/x/mail")
    ]
    assert lines[0].split()[:2] == lines[2].split()[:2] == lines[4].split()[:2] != lines[1].split()[:2]
    separately = classify(*(tmp_path / name for name in ("a.eml", "b.mbox", "c", "d.tar.gz")))
    assert separately == (0, lines, "")


def test_many_messages_come_out_in_the_order_they_went_in(classify, tmp_path, model):
    texts = [f"{'viagra casino prize' if number % 3 else 'meeting notes'} {number}" for number in range(600)]
    for number, text in enumerate(texts):
        (tmp_path / f"{number:03}").write_text(text)
    code, lines, _ = classify("--json", tmp_path)
    found = [json.loads(line) for line in lines]
    assert code == 0
    assert [item["source"] for item in found] == [f"{tmp_path}/{number:03}" for number in range(600)]
    verdicts = package.SpamFilter.load(model).classify_many(texts)
    assert [item["probability"] for item in found] == [verdict.probability for verdict in verdicts]


def test_json_has_the_words_of_the_http_interface(classify, model):
    code, lines, errors = classify("--json", "--explain", 2, stdin=SPAM)
    assert (code, len(lines), errors) == (0, 1, "")
    item = json.loads(lines[0])
    loaded = package.SpamFilter.load(model)
    verdict = loaded.classify(SPAM.encode(), explain=2)
    assert item == {
        "source": "-",
        "label": verdict.label,
        "probability": verdict.probability,
        "thresholds": {"ham": loaded.thresholds[0], "spam": loaded.thresholds[1]},
        "model": loaded.identity,
        "reasons": [
            {"token": reason.token, "field": reason.field, "weight": reason.weight}
            for reason in verdict.reasons
        ],
        "truncated": False,
    }
    assert len(item["reasons"]) == 2


def test_reasons_stand_below_their_verdict(classify, model):
    code, lines, _ = classify("--explain", 3, stdin=SPAM)
    reasons = package.SpamFilter.load(model).classify(SPAM.encode(), explain=3).reasons
    assert code == 0
    assert [line.strip() for line in lines[1:]] == [
        f"{reason.weight:+.4f}  {reason.token} ({reason.field})" for reason in reasons
    ]


def test_a_path_that_fails_gets_its_line_and_the_others_their_verdicts(classify, tmp_path):
    (tmp_path / "good").write_text(HAM)
    (tmp_path / "broken.gz").write_bytes(b"\x1f\x8b\x08\x00rubbish that is no gzip")
    (tmp_path / "empty").mkdir()
    code, lines, errors = classify(
        tmp_path / "none", tmp_path / "good", tmp_path / "broken.gz", tmp_path / "empty"
    )
    assert code == 1
    assert len(lines) == 1
    assert lines[0].endswith("/good")
    assert errors.startswith(
        f"Error: {tmp_path}/none: No such file or directory\nError: {tmp_path}/broken.gz: "
    )
    assert errors.endswith(f"Error: {tmp_path}/empty: no message in it\n")
    assert errors.count("\n") == 3


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_a_bad_model_is_one_clear_line(sigmail, tmp_path, content):
    path = tmp_path / "bad.sigmail"
    path.write_bytes(content)
    for model in (path, tmp_path / "missing", tmp_path):
        done = sigmail("classify", "--model", model, stdin=HAM)
        assert (done.returncode, done.stdout) == (1, "")
        assert str(model) in done.stderr
        assert done.stderr.startswith("Error: ")
        assert done.stderr.count("\n") == 1


def test_an_empty_standard_input_is_an_error(classify):
    code, lines, errors = classify(stdin="")
    assert (code, lines) == (1, [])
    assert errors == "Error: standard input is empty: no message to read\n"


def test_names_and_words_of_others_cannot_reach_the_terminal_as_commands(classify, tmp_path):
    name = b"\x1b]0;owned\x07 \xff\n"
    with open(os.fsencode(tmp_path) + b"/" + name, "wb") as stream:  # noqa: PTH123 - A path of bytes.
        stream.write(b"casino \x1b[31mprize\x1b[0m\x9b31m money")
    for options in ((), ("--json",), ("--explain", 50)):
        code, lines, errors = classify(*options, tmp_path)
        assert (code, errors) == (0, "")
        assert all(line.isprintable() for line in lines)
    assert len(classify(tmp_path)[1]) == 1


def test_a_negative_number_of_reasons_is_a_wrong_call(classify):
    code, lines, errors = classify("--explain", -1, stdin=HAM)
    assert (code, lines) == (2, [])
    assert "-1" in errors


def test_hostile_bytes_get_a_verdict(classify, tmp_path):
    hostile = b"\x01" * 4096, bytes(range(256)) * 64, b"Subject: " + b"A" * 100_000, b"Content-Type: " * 9000
    for number, data in enumerate(hostile):
        (tmp_path / str(number)).write_bytes(data)
    code, lines, errors = classify(tmp_path)
    assert (code, len(lines), errors) == (0, 4, "")


def test_a_file_without_a_message_is_no_silent_success(classify, tmp_path):
    (tmp_path / "zeros").write_bytes(bytes(10240))  # What tar makes of nothing.
    (tmp_path / "mail").write_text(HAM)
    code, lines, errors = classify(tmp_path)
    assert (code, len(lines)) == (0, 1)
    assert errors == f"Warning: skipped 1 (no message in it): {tmp_path}/zeros\n"
    assert classify(stdin=bytes(10240)) == (1, [], "Error: -: no message in it\n")


def test_an_archive_goes_through_standard_input_as_well(classify, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "mail").write_text(HAM)
    archive = shutil.make_archive(str(tmp_path / "mails"), "xztar", tmp_path / "in")
    with open(archive, "rb") as stream:  # noqa: PTH123 - A path as text.
        code, lines, errors = classify(stdin=stream.read())
    assert (code, errors) == (0, "")
    assert [line.rsplit("  ", 1)[1] for line in lines] == ["-/./mail"]
