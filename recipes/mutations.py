"""Every message of the public corpora, and 200,000 damaged ones: ``make mutations``.

Each gets a verdict by the starter model and features by the profile that reads most. The run ends with the
slowest message and with what went wrong; it fails if anything did.
"""

from __future__ import annotations

import json
import math
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import sigmail
from recipes.corpora import read_corpus
from sigmail import _core

CORPORA = ("spamassassin", "enron-spam", "modern-mail")
MUTATIONS = 200_000
SEED = 0
# What a parser may stumble over.
PIECES = [
    b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: message/rfc822\n", b"\n--b\n",
    b"\n--b--\n", b"Content-Type: text/html\n", b"Content-Transfer-Encoding: base64\n",
    b"; charset=utf-7", b"\n\n", b"\r", b"\n ", b"Content-Transfer-Encoding: quoted-printable\n",
    b"; charset=utf-16", b"; charset=iso-2022-jp", b"\x1b$B", b"=?utf-8?q?", b"=?koi8-r?b?", b"?=",
    b"=3D", b"=\n", b"=", b"<!--", b"-->", b"<a href='http://", b"<p hidden>", b"<script>", b"</td>",
    b"<style>", b"&#x", b"&amp", b"<", b">", b'"', b"(", b"\\", b"\0", b"\xff", b"\xc3", b"\xef\xbb\xbf",
    b"\xe2\x80\x8b", b"\xed\xa0\x80", b"http://", b"www.", b"@", b"%00", b"From: <", b"Reply-To: \"",
    b"DKIM-Signature: d=", b"List-Unsubscribe: <mailto:", b"Received: from by with ;", b"X-Mailer: ",
    b"From ",
]  # fmt: skip


def flip(draw: random.Random, mail: bytearray, _: bytes) -> None:
    """Change some bytes."""
    for _change in range(draw.randint(1, 20)):
        mail[draw.randrange(len(mail))] = draw.randrange(256)


def insert(draw: random.Random, mail: bytearray, _: bytes) -> None:
    """Put something in that a parser may stumble over, once or some thousand times."""
    at = draw.randrange(len(mail))
    mail[at:at] = draw.choice(PIECES) * draw.choice([1, 1, 1, 2, 50, 3000])


def cut(draw: random.Random, mail: bytearray, _: bytes) -> None:
    """Take a stretch out."""
    start = draw.randrange(len(mail))
    del mail[start : start + draw.randint(1, len(mail))]


def repeat(draw: random.Random, mail: bytearray, _: bytes) -> None:
    """Write a stretch many times."""
    start = draw.randrange(len(mail))
    stretch = mail[start : start + draw.randint(1, 200)]
    mail[start:start] = stretch * draw.choice([1, 10, 200])


def splice(draw: random.Random, mail: bytearray, other: bytes) -> None:
    """Go on with another mail."""
    mail[draw.randrange(len(mail)) :] = other[draw.randrange(len(other)) :]


def join_lines(draw: random.Random, mail: bytearray, _: bytes) -> None:
    """End lines in another way, or not at all."""
    mail[:] = mail.replace(b"\n", draw.choice([b"\r", b"\r\n", b" ", b"", b"\n\n"]))


KINDS: list[Callable[[random.Random, bytearray, bytes], None]] = [
    flip, flip, insert, insert, insert, cut, repeat, splice, join_lines,
]  # fmt: skip


def mutate(draw: random.Random, mail: bytes, other: bytes) -> bytes:
    """Return ``mail``, damaged in one to four ways; ``other`` is what it may go on with."""
    damaged = bytearray(mail or b"\n")
    for _ in range(draw.randint(1, 4)):
        draw.choice(KINDS)(draw, damaged, other or b"\n")
        damaged = damaged or bytearray(b"\n")
    return bytes(damaged)


@dataclass
class Run:
    """What came of the messages so far."""

    starter: sigmail.SpamFilter = field(default_factory=sigmail.SpamFilter.default)
    count: int = 0
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make ready to read messages by the profile that reads most."""
        specification = json.loads(self.starter._model.specification) | {"profile": "site"}  # noqa: SLF001
        self.vectorizer = _core.Vectorizer(json.dumps(specification), bytes(16))

    def take(self, message: bytes) -> None:
        """Classify a message, and turn it into features."""
        self.count += 1
        start = time.thread_time()  # Of this thread's own work: other processes take no part in it.
        try:
            probability = self.starter.classify(message).probability
            self.slowest = max(self.slowest, time.thread_time() - start)
            values = self.vectorizer.transform([message])[2]
        except Exception as error:  # noqa: BLE001 (whatever it is, the run goes on and tells of it)
            self.faults.append(f"message {self.count}: {type(error).__name__}: {error}")
            return
        if not (math.isfinite(probability) and 0.0 <= probability <= 1.0):
            self.faults.append(f"message {self.count}: the probability is {probability}")
        if not all(math.isfinite(value) for value in (values.min(initial=0), values.max(initial=0))):
            self.faults.append(f"message {self.count}: a feature is not finite")


def damaged(mails: list[bytes], count: int) -> Iterator[bytes]:
    """Return ``count`` damaged mails, the same ones each time."""
    draw = random.Random(SEED)  # noqa: S311 (no secret)
    for number in range(count):
        yield mutate(draw, mails[number % len(mails)], draw.choice(mails))


def main() -> None:
    """Take every message, then the damaged ones, and say what came of them."""
    mails = [mail.message for name in CORPORA for mail in read_corpus(name)]
    run = Run()
    for messages in (mails, damaged(mails, MUTATIONS)):
        for message in messages:
            run.take(message)
            if run.count % 20_000 == 0:
                print(f"{run.count:,} messages, {len(run.faults)} faults", file=sys.stderr)
    print(f"{len(mails):,} messages and {MUTATIONS:,} damaged ones: {len(run.faults)} faults")
    print(f"the slowest verdict took {run.slowest * 1e3:.1f} ms")
    print("\n".join(run.faults[:20]))
    sys.exit(bool(run.faults))


if __name__ == "__main__":
    main()
