"""Families of hostile messages: for each a function from a size in bytes to a message of about that size.

`SMALL` grow within the cap of a header block, `LARGE` within the cap of decoded text and beyond it.
"""

from __future__ import annotations

import base64
import io
import random
import zipfile
import zlib
from collections.abc import Callable

Message = bytes | str
Family = Callable[[int], Message]


def fill(unit: bytes, size: int) -> bytes:
    """As many of ``unit`` as fit into ``size`` bytes, one at least."""
    return unit * max(size // len(unit), 1)


def numbered(pattern: str, size: int) -> bytes:
    """``pattern``, with 0, 1, 2 … put in, until ``size`` bytes are full."""
    length = len(pattern.format(10_000))
    return "".join(pattern.format(number) for number in range(max(size // length, 1))).encode()


def part(content: bytes, kind: str = "text/plain; charset=utf-8", encoding: str = "8bit") -> bytes:
    """A mail of one part."""
    head = f"Subject: x\nContent-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n"
    return head.encode() + content


def header(name: str, value: bytes) -> bytes:
    """A mail of one header and a word."""
    return name.encode() + b": " + value + b"\n\nviagra"


def html(content: bytes) -> bytes:
    return part(content, "text/html; charset=utf-8")


def attached(content: bytes, name: str) -> bytes:
    """A mail with an attachment, in base64."""
    head = f"Content-Type: application/zip; name={name}\nContent-Transfer-Encoding: base64\n\n"
    return head.encode() + base64.encodebytes(content)


def multipart(parts: bytes, boundary: str = "b") -> bytes:
    return f"Content-Type: multipart/mixed; boundary={boundary}\n\n".encode() + parts


def noise(size: int) -> bytes:
    return random.Random(1).randbytes(size)  # noqa: S311 (test data)


def zip_bomb(size: int) -> bytes:
    """An archive that unpacks to a thousand times its size, which nobody should."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as opened:
        opened.writestr("bomb", bytes(1 << 20))
    return attached(fill(archive.getvalue(), size * 3 // 4), "bomb.zip")


def nested_zips(size: int) -> bytes:
    """Compressed data within compressed data."""
    layer = bytes(1 << 16)
    for _ in range(8):
        layer = zlib.compress(layer, 9)
    return attached(fill(layer, size * 3 // 4), "zips.tar.gz")


def encoded_mails(size: int) -> bytes:
    """Mails within mails, each in quoted-printable, which does not shrink."""
    head = "Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n"
    return (head * 40).encode() + b"\n" + fill(b"word ", size)


def base64_layers(size: int) -> bytes:
    """Mails within mails, each in base64, which shrinks by a quarter each time."""
    inner = b"\n" + fill(b"word ", size // 10)
    while len(inner) < size * 3 // 4:
        head = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        inner = head + base64.encodebytes(inner)
    return inner


SMALL: dict[str, Family] = {
    "encoded words": lambda n: header("Subject", fill(b"=?utf-8?q?a?= ", n)),
    "encoded words on lines of their own": lambda n: header("Subject", fill(b"=?utf-8?b?YWJj?=\n ", n)),
    "encoded words without end": lambda n: header("Subject", fill(b"=?utf-8?q?a", n)),
    "encoded words of many charsets": lambda n: header("Subject", numbered("=?x-{}?q?a?= ", n)),
    "one encoded word": lambda n: header("Subject", b"=?utf-8?q?" + fill(b"=C3=A9", n) + b"?="),
    "starts of encoded words": lambda n: header("Subject", fill(b"=?", n)),
    "headers without end": lambda n: fill(b"X-Filler: y\n", n),
    "headers that are read, without end": lambda n: fill(b"Content-Type: text/html; charset=x\n", n),
    "received lines": lambda n: fill(b"Received: from a.example by b.example with SMTP; now\n", n) + b"\nx",
    "signatures": lambda n: fill(b"DKIM-Signature: v=1; d=a.example; b=xyz\n", n) + b"\nx",
    "a header of one line": lambda n: fill(b"Subject: word ", n),
    "folded lines of nothing": lambda n: b"Subject: a\n" + fill(b" \n", n) + b"\nx",
    "damaged lines between headers": lambda n: fill(b">junk\nSubject: a\n", n) + b"\nx",
    "addresses": lambda n: header("From", numbered('"n{0}" <a{0}@b.example>, ', n)),
    "brackets of addresses": lambda n: header("From", fill(b"(", n)),
    "signs of addresses": lambda n: header("Reply-To", fill(b"<@", n)),
    "targets to leave a list": lambda n: header("List-Unsubscribe", fill(b"<http://a.example>,", n)),
    "parameters": lambda n: header("Content-Type", b"text/plain" + fill(b"; a=b", n)),
    "parameters in pieces": lambda n: header("Content-Type", b"text/plain" + numbered("; a*{}*=x''b", n)),
    "quoted quotes": lambda n: header("Content-Type", b'text/plain; a="' + fill(b'\\"', n)),
    "brackets": lambda n: header("Content-Type", fill(b"(", n)),
    "a charset with a long name": lambda n: part(b"viagra", f"text/plain; charset={'x' * n}"),
    "a boundary without end": lambda n: multipart(fill(b"--b", n), "b" * n),
}

STRUCTURE: dict[str, Family] = {
    "nested multiparts": lambda n: numbered("Content-Type: multipart/mixed; boundary=b{0}x\n\n--b{0}x\n", n),
    "nested multiparts of one boundary": lambda n: fill(multipart(b"--b\n"), n),
    "nested attached mails": lambda n: fill(b"Content-Type: message/rfc822\n\n", n),
    "attached mails in quoted-printable": encoded_mails,
    "attached mails in base64": base64_layers,
    "digests": lambda n: fill(b"Content-Type: multipart/digest; boundary=b\n\n--b\n\n", n),
    "parts": lambda n: multipart(fill(b"--b\n\nword\n", n)),
    "parts of some length": lambda n: multipart(fill(b"--b\n\n" + b"word " * 300 + b"\n", n)),
    "parts of nothing": lambda n: multipart(fill(b"--b\n", n)),
    "parts of HTML": lambda n: multipart(fill(b"--b\nContent-Type: text/html\n\n<p>word\n", n)),
    "attachments": lambda n: multipart(fill(b"--b\nContent-Type: a/b; name=c.d\n\nx\n", n)),
    "boundaries that begin with each other": lambda n: multipart(fill(b"--bb\n--b\n--bbb\n\nx\n", n)),
    "lines that nearly divide": lambda n: multipart(b"--b\n\n" + fill(b"--bx\n", n)),
    "dashes": lambda n: multipart(b"---\n" + fill(b"-", n), '"-"'),
    "line ends of old": lambda n: b"Subject: a\r\r" + fill(b"word\r", n),
    "zip bombs": zip_bomb,
    "nested zips": nested_zips,
}

CONTENT: dict[str, Family] = {
    "base64 noise": lambda n: part(noise(n), encoding="base64"),
    "base64 with noise between": lambda n: part(fill(b"dm*lh\xffZ3!Jh", n), encoding="base64"),
    "base64 padding": lambda n: part(fill(b"A=", n), encoding="base64"),
    "soft line ends": lambda n: part(fill(b"=\n", n), encoding="quoted-printable"),
    "quoted-printable signs": lambda n: part(fill(b"=", n), encoding="quoted-printable"),
    "quoted-printable blanks": lambda n: part(b"=" + fill(b" ", n) + b"x", encoding="quoted-printable"),
    "punycode": lambda n: part(fill(b"xn--bcher-kva ", n), "text/plain; charset=punycode"),
    "UTF-7": lambda n: part(fill(b"+AGE-", n), "text/plain; charset=utf-7"),
    "an unknown charset": lambda n: part(fill(b"caf\xe9 ", n), "text/plain; charset=x-none"),
    "shifts of ISO 2022": lambda n: part(fill(b"\x1b$B\x1b(B", n), "text/plain; charset=iso-2022-jp"),
    "UTF-16 of odd length": lambda n: part(fill(b"\xff\xfe\0", n), "text/plain; charset=utf-16"),
    "comments opened": lambda n: html(fill(b"<!--", n)),
    "comments": lambda n: html(fill(b"v<!-- </p> -->", n)),
    "tags opened": lambda n: html(fill(b"<a ", n)),
    "nested tags": lambda n: html(fill(b"<i>", n)),
    "nested tables": lambda n: html(fill(b"<table><tr><td>", n)),
    "tags closed": lambda n: html(fill(b"<p>a</p>", n)),
    "tags never opened": lambda n: html(fill(b"</p>", n)),
    "one tag of many attributes": lambda n: html(b"<a " + numbered("a{}=1 ", n) + b">x"),
    "an attribute without end": lambda n: html(b'<a href="' + fill(b"x", n)),
    "text hidden by style": lambda n: html(fill(b"<p style='display:none'>word</p>", n)),
    "hidden within hidden": lambda n: html(fill(b"<b hidden style='font-size:0'>w ", n)),
    "declarations of style": lambda n: html(b"<p style='" + fill(b"color:red;", n) + b"'>x"),
    "entities": lambda n: html(fill(b"&lt;&amp;&nbsp;&zwnj;", n)),
    "entities without end": lambda n: html(fill(b"&amp", n)),
    "ampersands": lambda n: html(fill(b"&", n)),
    "a number of many digits": lambda n: html(b"&#" + fill(b"1", n)),
    "links": lambda n: html(numbered("<a href=http://a{}.example>x</a> ", n)),
    "links written out": lambda n: part(numbered("http://www.a{}.example/x ", n)),
    "link starts": lambda n: part(fill(b"http://", n)),
    "at signs": lambda n: part(b"http://" + fill(b"@", n)),
    "names of hosts": lambda n: html(fill("<a href=http://ü.é.example>".encode(), n)),
    "one line": lambda n: part(fill(b"x", n)),
    "one line of words": lambda n: part(fill(b"word ", n)),
    "no two words the same": lambda n: part(numbered("{} ", n)),
    "NULs": lambda n: part(fill(b"\0", n)),
    "lone surrogates": lambda n: fill(b"\xed\xa0\x80 ", n).decode("utf-8", "surrogatepass"),
    "zero-width letters": lambda n: part(fill("v\u200bi\u200ba\u200dg\ufeffra ".encode(), n)),
    "right to left": lambda n: part(fill("\u202eargaiv\u202c ".encode(), n)),
    "combining marks": lambda n: part(fill(("a" + "\u0301" * 30).encode(), n)),
    "letters that grow in lower case": lambda n: part(fill("İ".encode(), n)),
    "letters of many scripts": lambda n: part(fill("v\u0456\u0430gr\u0430 送料無料 ".encode(), n)),
    "UTF-8 cut everywhere": lambda n: part(fill(b"\xf0\x9f\x98", n)),
}

LARGE: dict[str, Family] = STRUCTURE | CONTENT
ALL: dict[str, Family] = SMALL | LARGE
