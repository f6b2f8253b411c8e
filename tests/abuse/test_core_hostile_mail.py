"""Mail that is made to break or to stall the filter: each gets a verdict.

The sizes are such that a step that is quadratic in one of them would take minutes instead of milliseconds:
no test here measures time, but none could stand it.
"""

from __future__ import annotations

import math
import random

import pytest

import sigmail

LEVELS = 100_000
MIB = 1 << 20


@pytest.fixture(scope="module")
def starter():
    return sigmail.SpamFilter.default()


def judge(filter_, message):
    """Classify and explain; check what holds for every verdict, and return it."""
    verdict, explanation = filter_.classify(message), filter_.explain(message)
    assert explanation.verdict == verdict
    assert 0.0 <= verdict.probability <= 1.0
    assert verdict.label in {"spam", "unsure", "ham"}
    total = explanation.bias + math.fsum(reason.weight for reason in explanation.reasons)
    assert total == pytest.approx(explanation.logit, abs=1e-6)
    return verdict


def part(content_type, content, encoding="8bit"):
    head = f"Subject: x\nContent-Type: {content_type}\nContent-Transfer-Encoding: {encoding}\n\n"
    return head.encode() + content


def html(content):
    return part("text/html", content)


def text(content, encoding="8bit", charset="utf-8"):
    return part(f"text/plain; charset={charset}", content, encoding)


def nested_multiparts(boundary):
    levels = (boundary(level) for level in range(LEVELS))
    opened = "".join(f"Content-Type: multipart/mixed; boundary={name}\n\n--{name}\n" for name in levels)
    return opened.encode() + b"\nviagra\n"


def noise(length):
    return random.Random(1).randbytes(length)  # noqa: S311 (test data)


STRUCTURE = {
    "nested multiparts": nested_multiparts(lambda level: f"b{level}x"),
    "nested multiparts of one boundary": nested_multiparts(lambda _: "b"),
    "boundaries that begin with each other": nested_multiparts(lambda level: "b" * (level % 70 + 1)),
    "nested attached mails": b"Content-Type: message/rfc822\n\n" * LEVELS + b"\nviagra",
    "nested digests": b"Content-Type: multipart/digest; boundary=b\n\n--b\n\n" * LEVELS,
    "100,000 parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nword\n" * LEVELS,
    "100,000 empty parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * LEVELS,
    "a boundary of one dash": b'Content-Type: multipart/mixed; boundary="-"\n\n' + b"---\n" * LEVELS,
    "dashes alone": b'Content-Type: multipart/mixed; boundary="-"\n\n---\n' + b"-" * MIB,
    "lines that nearly divide": b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"
    + b"--bx\n" * (4 * LEVELS),
    "HTML in 1,000 parts": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + (b"--b\nContent-Type: text/html\n\n" + b"<p>word " * 300 + b"\n") * 1000,
    "base64 in 1,000 parts": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + (b"--b\nContent-Transfer-Encoding: base64\n\n" + b"dmlhZ3Jh" * 300 + b"\n") * 1000,
}

HEADERS = {
    "50,000 encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\n\nx",
    "50,000 encoded words on lines of their own": b"Subject: " + b"=?utf-8?b?YWJj?=\n " * 50_000 + b"\n\nx",
    "encoded words without end": b"Subject: " + b"=?utf-8?q?a" * 50_000 + b"\n\nx",
    "starts of encoded words": b"Subject: " + b"=?" * 130_000 + b"\n\nx",
    "subjects": b"Subject: a\n" * LEVELS,
    "headers without end": b"X-Filler: y\n" * LEVELS,
    "a header of one line": b"Subject: " + b"word " * LEVELS,
    "a header name without a colon": b"A" * MIB,
    "colons": b":" * MIB,
    "folded lines of nothing": b"Subject: a\n" + b" \n" * LEVELS + b"\nx",
    "parameters": b"Content-Type: text/plain" + b"; a=b" * 50_000 + b"\n\nx",
    "parameters in pieces": b"Content-Type: text/plain"
    + b"".join(b"; a*%d*=utf-8''b" % number for number in range(15_000))
    + b"\n\nx",
    "quoted quotes": b'Content-Type: text/plain; a="' + b'\\"' * LEVELS + b"\n\nx",
    "brackets": b"Content-Type: " + b"(" * 250_000 + b"\n\nx",
    "a boundary of 200 KB": b"Content-Type: multipart/mixed; boundary="
    + b"b" * 200_000
    + b"\n\n--"
    + b"b" * 200_000,
    "line ends of old": b"Subject: a\r\rviagra\r" * 10_000,
    "mbox lines": b"From me\n" * LEVELS,
    "NULs": b"\0" * MIB,
}

CONTENT = {
    "base64 noise": text(noise(2 * MIB), "base64"),
    "base64 padding": text(b"A=" * MIB, "base64"),
    "quoted-printable signs": text(b"=" * MIB, "quoted-printable"),
    "quoted-printable blanks": text(b" " * MIB + b"x", "quoted-printable"),
    "soft line ends": text(b"=\n" * (MIB // 2), "quoted-printable"),
    "comments opened": html(b"<!--" * LEVELS),
    "comments": html(b"<!-- x -->" * LEVELS),
    "tags opened": html(b"<a " * LEVELS),
    "200,000 nested tags": html(b"<i>" * 200_000),
    "nested tags, none closed by its own": html(b"<i>" * LEVELS + b"</b>" * LEVELS),
    "nested tables": html(b"<table><tr><td>" * 60_000),
    "one tag of 100,000 attributes": html(b"<a " + b"".join(b"a%d=1 " % at for at in range(LEVELS)) + b">x"),
    "an attribute without end": html(b'<a href="' + b"x" * MIB),
    "scripts within scripts": html(b"<script><!--<script>" * 50_000),
    "titles": html(b"<title>" * LEVELS),
    "character data": html(b"<svg>" + b"<![CDATA[" * LEVELS),
    "ampersands": html(b"&" * MIB),
    "entities": html(b"&lt;&amp;&nbsp;&zwnj;" * 50_000),
    "entities without end": html(b"&amp" * LEVELS),
    "a number of a million digits": html(b"&#" + b"1" * MIB),
    "entities of no character": html(b"&#0;&#xD800;&#x110000;&#xFFFFFFFFFF;" * 20_000),
    "100,000 links": html(b"<a href=http://a.example>x</a> " * LEVELS),
    "a line of 10 MB": text(b"x" * 10_000_000),
    "a line of 10 MB of words": text(b"word " * 2_000_000),
    "link starts": text(b"http://" * LEVELS),
    "at signs": text(b"http://" + b"@" * MIB),
    "marks": text(b"'-_" * 300_000),
    "shouting": text(b"VIAGRA! " * LEVELS),
    "no two words the same": text(" ".join(map(str, range(200_000))).encode()),
    "zero-width letters": text("v\u200bi\u200ba\u200dg\ufeffra ".encode() * 30_000),
    "combining marks": text(("a" + "\u0301" * 30).encode() * 15_000),
    "letters that grow in lower case": text("İ".encode() * (MIB // 2)),
    "right to left": text("\u202eargaiv\u202c ".encode() * 50_000),
    "UTF-8 cut everywhere": text(b"\xf0\x9f\x98" * 300_000),
    "UTF-7": text(b"+AGE-" * LEVELS, charset="utf-7"),
    "shifts of ISO 2022": text(b"\x1b$B\x1b(B" * LEVELS, charset="iso-2022-jp"),
    "GB 18030": text(b"\x81\x30\x81" * LEVELS, charset="gb18030"),
    "UTF-16 of odd length": text(b"\xff\xfe\x00" * LEVELS, charset="utf-16"),
}


@pytest.mark.parametrize("mail", STRUCTURE.values(), ids=STRUCTURE.keys())
def test_a_hostile_structure_gets_a_verdict(starter, mail):
    judge(starter, mail)


@pytest.mark.parametrize("mail", HEADERS.values(), ids=HEADERS.keys())
def test_hostile_headers_get_a_verdict(starter, mail):
    judge(starter, mail)


@pytest.mark.parametrize("mail", CONTENT.values(), ids=CONTENT.keys())
def test_hostile_content_gets_a_verdict(starter, mail):
    judge(starter, mail)


@pytest.mark.parametrize("name", ["nested multiparts", "nested attached mails", "100,000 parts"])
def test_what_went_unread_is_said(starter, name):
    verdict = judge(starter, STRUCTURE[name])
    assert verdict.truncated
    tokens = {reason.token for reason in starter.explain(STRUCTURE[name]).reasons}
    assert "too large to be read whole" in tokens


def test_filler_behind_the_cap_changes_nothing(starter):
    head = text(b"viagra " * 2 * MIB)
    assert judge(starter, head) == judge(starter, head + b"meeting tomorrow " * LEVELS)


def test_a_mail_larger_than_any_server_takes_gets_a_verdict(starter):
    assert judge(starter, text(b"meeting tomorrow\n" * (40 * MIB // 17))).truncated
