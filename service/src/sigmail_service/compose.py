"""Builds a raw mail from a subject, a text and an HTML text: the core then sees the fields as in real mail.

The mail is composed by hand because `email.message` folds and re-parses what it is given, which is slow on
hostile input. Everything of the caller's goes in as base64: none of their line breaks or boundaries can end a
header or a part.
"""

from __future__ import annotations

import base64

__all__ = ["compose_mail"]

# RFC 2047 allows 75 characters an encoded word: 45 bytes make 60 of base64, beside the 12 of the frame.
_ENCODED_WORD_BYTES = 45
# A boundary with characters that base64 never makes cannot stand in a part.
_BOUNDARY = b"=_sigmail_part_="


def compose_mail(subject: str, text: str, html: str) -> bytes:
    """Return a MIME mail with the given subject and parts; parts that are empty are left out.

    The work is linear in the size of the input.
    """
    parts = [_part(b"plain", text)] if text or not html else []
    if html:
        parts.append(_part(b"html", html))
    head = b"MIME-Version: 1.0\r\n"
    if subject:
        head += b"Subject: " + _encoded_words(subject.encode()) + b"\r\n"
    if len(parts) == 1:
        return head + parts[0]
    head += b'Content-Type: multipart/alternative; boundary="' + _BOUNDARY + b'"\r\n\r\n'
    delimiter = b"--" + _BOUNDARY
    return head + b"".join(delimiter + b"\r\n" + part for part in parts) + delimiter + b"--\r\n"


def _part(subtype: bytes, text: str) -> bytes:
    head = b"Content-Type: text/" + subtype + b"; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + base64.encodebytes(text.encode()).replace(b"\n", b"\r\n")


def _encoded_words(data: bytes) -> bytes:
    """Return UTF-8 bytes as RFC 2047 encoded words, one a line, none cut inside a character."""
    words = []
    start = 0
    while start < len(data):
        end = min(start + _ENCODED_WORD_BYTES, len(data))
        while (
            end < len(data) and data[end] & 0xC0 == 0x80
        ):  # A continuation byte belongs to the character before.
            end -= 1
        words.append(b"=?utf-8?B?" + base64.b64encode(data[start:end]) + b"?=")
        start = end
    return b"\r\n ".join(words)
