"""Mail told from text, and labelled messages of all sources in one stream."""

from __future__ import annotations

import pytest

from sigmail import corpus

MAIL = b"From: a@example.org\r\nSubject: lunch\r\n\r\nAt noon?\r\n"


@pytest.mark.parametrize(
    ("data", "is_mail"),
    [
        (MAIL, True),
        (b"Subject: no empty line\nand straight into the text", True),
        (b"SUBJECT : spaced\n\nx", True),
        (b"Received: from a\n\tby b\n\nx", True),
        (b"From: a@b\nTo: c@d\n\nx", True),
        (b"X-Unknown: 1\nDate: x\nFrom: y\n\n", True),
        (b"", False),
        (b"Hello there", False),
        (b"To: do\n\nbuy milk", False),
        (b"Note: read this\nSubject matter", False),
        (b"  Subject: indented", False),
        (b"http://example.org/ Subject: x", False),
        ("Тема: привет".encode(), False),
        (b"\xff\xfe\x00", False),
    ],
)
def test_a_mail_is_told_from_a_text_by_its_header(data, is_mail):
    assert corpus.looks_like_mail(data) is is_mail
    assert isinstance(corpus.as_message(data), bytes if is_mail else str)


def test_a_text_is_decoded_with_replacement_and_without_its_mark():
    assert corpus.as_message(b"\xef\xbb\xbfgr\xc3\xbc\xc3\x9fe \xff") == "grüße \ufffd"


def test_labelled_messages_come_in_the_order_spam_ham_tables(tmp_path):
    (tmp_path / "spam").write_bytes(MAIL)
    (tmp_path / "ham").write_bytes(b"a plain text")
    (tmp_path / "table.tsv").write_bytes(b"spam\twin\nham\thello\n")
    found = list(
        corpus.read_labelled(
            spam=[tmp_path / "spam"],
            ham=[str(tmp_path / "ham")],
            tables=[tmp_path / "table.tsv"],
        )
    )
    assert [(item.message, item.label) for item in found] == [
        (MAIL, "spam"),
        ("a plain text", "ham"),
        ("win", "spam"),
        ("hello", "ham"),
    ]
    assert found[-1].source == f"{tmp_path / 'table.tsv'}:2"
