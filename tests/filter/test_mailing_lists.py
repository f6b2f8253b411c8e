"""Ham of one mailing list is one group; spam is of no list."""

from __future__ import annotations

from recipes.corpora import Mail
from recipes.mailing_lists import groups_by_list, list_of


def mail(number, *, header="", is_spam=False):
    text = "abcdefgh"[number] * 20
    return Mail(f"{header}Subject: s\n\n{text}\n".encode(), is_spam, "x")


def test_a_list_is_known_by_the_first_header_that_names_it():
    assert list_of(b"To: a@b.example\nList-Id: A list <one.example>\n\nx") == "<one.example>"
    assert list_of(b"To: Anna <A@B.example>\n\nList-Id: <no.example>") == "a@b.example"
    assert list_of(b"Subject: none\n\nx") is None


def test_ham_of_a_list_is_kept_together_and_all_else_by_body():
    listed = "List-Id: <one.example>\n"
    mails = [mail(0, header=listed), mail(1, header=listed), mail(2, header=listed, is_spam=True), mail(3)]
    mails += [mail(3), mail(4, header="List-Id: <two.example>\n")]
    first, second, spam, bare, copy, other = groups_by_list(mails).tolist()
    assert first == second
    assert bare == copy
    assert len({first, spam, bare, other}) == 4
