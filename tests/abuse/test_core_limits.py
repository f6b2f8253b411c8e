"""The caps on what is read of a message: as documented, and kept where a message runs into them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sigmail
from sigmail import _core

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "limits.md"
LIMITS = _core.MESSAGE_LIMITS


@pytest.fixture(scope="module")
def starter():
    return sigmail.SpamFilter.default()


def test_the_page_tells_the_caps():
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name: int(number.replace(",", "")) for name, number in rows} == LIMITS


def multipart(parts):
    return b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nword\n" * parts


def nested(depth):
    return b"Content-Type: message/rfc822\n\n" * depth + b"\nword"


def links(count):
    return "".join(f"http://a{number}.example/ " for number in range(count))


@pytest.mark.parametrize(
    ("message", "most"),
    [
        (lambda size: b"Subject: x\n\n" + b"\0" * (size - 12), LIMITS["message_bytes"]),
        (lambda size: b"X-Filler: " + b"y" * (size - 11) + b"\n\nword", LIMITS["header_bytes"]),
        (nested, LIMITS["mime_depth"]),
        (multipart, LIMITS["parts"] - 1),  # The multipart is a part itself.
        (lambda size: "\0" * size, LIMITS["text_bytes"]),
        (links, LIMITS["links"]),
    ],
    ids=["message_bytes", "header_bytes", "mime_depth", "parts", "text_bytes", "links"],
)
def test_one_more_than_a_cap_is_truncated(starter, message, most):
    if most != LIMITS["message_bytes"]:  # A message of that length has more text than is read.
        assert not starter.classify(message(most)).truncated
    over = starter.explain(message(most + 1))
    assert over.verdict.truncated
    assert "too large to be read whole" in {reason.token for reason in over.reasons}


def test_more_tokens_than_their_cap_are_truncated(starter):
    assert starter.classify("".join(f"w{number} " for number in range(LIMITS["tokens"]))).truncated
