"""An index of messages, and messages in the order of their dates."""

from __future__ import annotations

import pytest

from sigmail.corpus import LabelledMessage, content_alone, in_date_order, message_date, read_index
from sigmail.errors import MessageError


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_an_index_gives_the_messages_in_its_order(tmp_path):
    for number in (1, 2, 3):
        write(tmp_path, f"data/inmail.{number}", f"Subject: number {number}\n\nx")
    index = write(
        tmp_path, "full/index", "spam ../data/inmail.3\n\nHam ../data/inmail.1\nspam ../data/inmail.2"
    )
    found = [(item.label, item.message[9:17]) for item in read_index(index)]
    assert found == [("spam", b"number 3"), ("ham", b"number 1"), ("spam", b"number 2")]


def test_a_message_that_is_not_there_is_passed_over(tmp_path):
    write(tmp_path, "one two", "Subject: a name with a space\n\nx")
    index, skipped = write(tmp_path, "index", "ham one two\nspam gone\n"), []
    assert [item.label for item in read_index(index, lambda *skip: skipped.append(skip))] == ["ham"]
    assert skipped == [(str(tmp_path / "gone"), "No such file or directory")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ham\n", "line 1: expected a label and a path"),
        ("eggs mail\n", "line 1: label 'eggs' is unknown"),
        ("ham gone\n", "no message that can be read"),
        ("", "no message that can be read"),
        ("spam " + "a" * 70_000, "line 1: above the"),
        ("spam a\0b", "NUL"),
    ],
)
def test_an_index_that_is_none_is_refused(tmp_path, text, says):
    index = write(tmp_path, "index", text)
    with pytest.raises(MessageError, match=says):
        list(read_index(index, lambda *_: None))


@pytest.mark.parametrize(
    ("message", "source", "day"),
    [
        (b"Received: by a; Sat, 3 Jan 1998 00:00:00 +0000\nDate: 1 Jan 1999 00:00:00 +0000\n\nx", "", 3),
        (b"Received: from a\n\tby b; Sun,\n 4 Jan 1998 00:00:00 +0000\n\nx", "", 4),
        (b"Received: by a\nDate: 5 Jan 1998 00:00:00 +0000\n\nx", "", 5),
        (b"Date: 1 Jan 1902 00:00:00 +0000\n\nx", "0001.1998-01-06.GP.spam.txt", 6),
        (b"Subject: x\nno header\nDate: 5 Jan 1998 00:00:00 +0000", "a/7", None),
        (b"Subject: x\n\nDate: 5 Jan 1998 00:00:00 +0000", "a/7", None),
        ("a text", "1998-01-07", 7),
        ("a text", "1998-13-07", None),
        (b"Date: 99 Foo 99999999 25:61:61 +9999\n\nx", "", None),
    ],
)
def test_a_date_is_the_receivers_then_the_senders_then_the_names(message, source, day):
    found = message_date(message, source)
    first = 883_612_800.0  # 1 January 1998, UTC.
    assert found == (None if day is None else first + (day - 1) * 86_400)


def test_dates_order_messages_and_names_part_a_tie():
    days = [("b", 2), ("z", 1), ("a", 2), ("none", None), ("y", 3)]
    items = [
        LabelledMessage(f"Date: {day} Jan 1998 00:00:00 +0000\n\n\xff".encode("latin-1"), "ham", name)
        if day
        else LabelledMessage("a text \ud800", "spam", name)
        for name, day in days
    ]
    skipped = []
    ordered = list(in_date_order(iter(items), lambda source, _: skipped.append(source)))
    assert [item.source for item in ordered] == ["z", "a", "b", "y"]
    assert skipped == ["none"]
    assert set(ordered) <= set(items)
    text = LabelledMessage("half a pair \ud800", "spam", "1998-01-01\udcff")
    assert list(in_date_order(iter([text]))) == [text]


def test_content_alone_keeps_what_says_how_to_read_a_mail():
    mail = (
        b"Received: by a\n\tand b\nSubject: deal\n of today\nX-Keywords: x\n"
        b"Content-Type: text/html;\n\tcharset=utf-8\n\nReceived: no header\n"
    )
    assert content_alone(mail) == (
        b"Subject: deal\n of today\nContent-Type: text/html;\n\tcharset=utf-8\n\nReceived: no header\n"
    )
    assert content_alone(b"X-A: b\n\nbody") == b"body"
    assert content_alone(b"Subject: a\nX-A: b\na text: at once") == b"Subject: a\na text: at once"
    assert content_alone("X-A: b") == "X-A: b"
