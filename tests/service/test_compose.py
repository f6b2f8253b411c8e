"""A mail composed from parts, read back by the standard library: what went in comes out, and nothing else."""

import email
import email.policy
from email.header import decode_header, make_header

from hypothesis import given
from hypothesis import strategies as st

from sigmail_service.compose import compose_mail

TEXT = st.text(st.characters(codec="utf-8"), max_size=400)
HOSTILE = st.sampled_from(["\r\n\r\n", "--=_sigmail_part_=\r\n", "=?utf-8?B?", "Content-Type: x\r\n", "\x00"])
ANY = st.lists(st.one_of(TEXT, HOSTILE), max_size=4).map("".join)


@given(subject=ANY, text=ANY, html=ANY)
def test_the_parts_come_back(subject, text, html):
    raw = compose_mail(subject, text, html)
    assert raw.isascii()
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    assert not message.defects
    assert str(make_header(decode_header(message["Subject"] or ""))) == subject
    assert set(message.keys()) <= {"Subject", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    leaves = [part for part in message.walk() if not part.is_multipart()]
    bodies = {part.get_content_type(): part.get_payload(decode=True).decode() for part in leaves}
    wanted = {"text/plain": text, "text/html": html}
    if not text and html:
        del wanted["text/plain"]
    if not html:
        del wanted["text/html"]
    assert bodies == wanted


@given(subject=ANY)
def test_no_line_of_a_subject_is_longer_than_a_header_may_be(subject):
    assert max(len(line) for line in compose_mail(subject, "", "").split(b"\r\n")) <= 78 + len(b"Subject: ")
