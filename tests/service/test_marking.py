"""Marked words: joined again the pieces are the text, and only words of the reasons are marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmail.filter import Passage, Reason
from sigmail_service.marking import looks_like_mail, mark_passages, mark_words

WORDS = st.text("abé .(*\\", max_size=8)


@given(text=st.text("abé .(*\\\n", max_size=200), tokens=st.lists(WORDS, max_size=8))
def test_the_pieces_are_the_text(text, tokens):
    pieces = mark_words(text, [(token, 1.0) for token in tokens])
    assert "".join(piece.text for piece in pieces) == text


def test_words_and_pairs_are_marked_with_their_weights():
    pieces = mark_words(
        "Free, prize! carefree FREE  prizes", [("free prize", 2.0), ("free", 1.0), ("x y", 3.0)]
    )
    assert [(piece.text, piece.weight) for piece in pieces if piece.weight is not None] == [
        ("Free, prize", 2.0),
        ("FREE", 1.0),
    ]


def test_a_word_is_marked_in_the_field_of_its_reason_alone():
    passages = [Passage("subject", "free"), Passage("body", " \n"), Passage("body", "\nfree as air\n")]
    marked = mark_passages(passages, [Reason("free", "body", 1.5)], 100)
    assert [
        (passage.field, [(piece.text, piece.weight) for piece in passage.pieces]) for passage in marked
    ] == [
        ("subject", [("free", None)]),
        ("body", [("free", 1.5), (" as air", None)]),
    ]


def test_what_is_beyond_the_limit_is_not_shown():
    passages = [Passage("subject", "abcd"), Passage("body", "efgh"), Passage("link", "ijkl")]
    marked = mark_passages(passages, [], 6)
    assert "".join(piece.text for passage in marked for piece in passage.pieces) == "abcdef"


@pytest.mark.parametrize(
    ("text", "is_mail"),
    [
        ("Subject: a\r\n\r\nb", True),
        ("From a@b Mon Jan 1\nFrom: a\n folded\nTo: b\n\nbody", True),
        ("Subject: a", False),
        ("Note: see you at five.\nAda", False),
        ("\nSubject: a\n\nb", False),
        ("hello", False),
        ("", False),
    ],
)
def test_a_raw_mail_is_told_from_a_text(text, is_mail):
    assert looks_like_mail(text) == is_mail
