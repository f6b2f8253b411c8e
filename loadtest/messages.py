"""Varied messages from a seed, in all the content types that the service takes. The words are our own."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from random import Random

from sigmail.corpus import read_messages

__all__ = ["CONTENT_TYPES", "Mail", "Sample", "make_mail", "raw_mails", "samples", "short_texts"]

CONTENT_TYPES = ("text/plain", "message/rfc822", "application/json", "multipart/form-data")

_SUBJECTS = (
    "Minutes of Tuesday",
    "Re: the printer on the second floor",
    "YOUR PRIZE IS WAITING, CLAIM NOW",
    "Invoice 20419",
    "Lose weight while you sleep!!!",
    "Grüße aus Köln",
    "Πρόσκληση για το Σάββατο",
    "会議のお知らせ",
    "Напоминание о встрече",
    "",
)
_SENTENCES = (
    "The build is green again, and the fix is on the branch.",
    "Could you send me the figures for March before Thursday?",
    "Congratulations, you were chosen to receive $1,000,000 in cash!",
    "CLICK HERE to claim your FREE prize: http://prizes.example.com/claim?id=77",
    "Cheap viagra and other pills, no prescription, delivered tonight.",
    "We meet at five at the usual place; bring the maps.",
    "Die Lieferung kommt erst übermorgen, bitte plant das ein.",
    "Το τρένο φεύγει στις οκτώ το πρωί.",
    "明日の午後三時に集合してください。",
    "Спасибо за письмо, отвечу завтра.",
    "Your account has been suspended, verify your password within 24 hours.",
    "The children loved the book you sent, thank you so much.",
    "Act now, this offer ends at midnight, satisfaction guaranteed.",
    "يرجى تأكيد الموعد قبل نهاية اليوم.",
    "I attach the second draft; the changes are marked.",
)
# So many are made by a seed before they come again: to make a mail takes longer than to have it judged.
_VARIETY = 100
_TINY = ("ok", "Yes.", "👍", "call me", "n", "hi\n")


@dataclass(frozen=True, slots=True)
class Mail:
    """The parts of a message before it is wrapped; `html` is empty for a message without HTML."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One request: its body, how it is wrapped, how many reasons it asks for, and whether some must come."""

    content_type: str
    media_type: str
    body: bytes
    explain: int
    has_words: bool
    message: bytes | str | None = None
    """What the service judges, for a check off line; None where it builds a mail of parts itself."""


def make_mail(random: Random) -> Mail:
    """Return a message: mostly of a few sentences, sometimes tiny, sometimes long, half of them with HTML."""
    shape = random.random()
    if shape < 0.1:
        return Mail("", random.choice(_TINY), "")
    count = random.randint(400, 900) if shape > 0.95 else random.randint(2, 12)
    sentences = random.choices(_SENTENCES, k=count)
    text = "\n".join(sentences)
    return Mail(random.choice(_SUBJECTS), text, _as_html(sentences, random) if shape > 0.5 else "")


def samples(seed: int) -> Iterator[Sample]:
    """Yield samples without end, the same ones for the same seed, the content types in turn."""
    return itertools.cycle(itertools.islice(_made_samples(seed), _VARIETY))


def raw_mails(seed: int, folder: Path | None = None) -> Iterator[bytes]:
    """Yield raw mails without end: drawn by the seed from a folder, an mbox or an archive, or made ones."""
    random = Random(seed)
    if folder is None:
        made = (_raw_mail(make_mail(random), random) for _ in range(_VARIETY))
        yield from itertools.cycle(made)
        return
    mails = [message for _, message in read_messages(folder)]
    if not mails:
        raise SystemExit(f"{folder} holds no mail")
    while True:
        yield random.choice(mails)


def short_texts(seed: int) -> Iterator[str]:
    """Yield what people write into forms: a few sentences."""
    random = Random(seed)
    while True:
        yield " ".join(random.choices(_SENTENCES, k=random.randint(1, 4)))


def _made_samples(seed: int) -> Iterator[Sample]:
    random = Random(seed)
    for media_type in itertools.cycle(CONTENT_TYPES):
        mail = make_mail(random)
        content_type, body = _WRAPPERS[media_type](mail, random)
        explain = random.choice((0, 0, 1, 5, 20))
        yield Sample(
            content_type,
            media_type,
            body,
            explain,
            has_words=len(mail.text) > 30,
            message=_message_of(media_type, body),
        )


def _message_of(media_type: str, body: bytes) -> bytes | str | None:
    if media_type == "text/plain":
        return body.decode()
    if media_type == "message/rfc822":
        return body
    if media_type == "multipart/form-data":
        return body.partition(b"\r\n\r\n")[2].rpartition(b"\r\n--")[0]
    fields = json.loads(body)
    if "raw" in fields:
        return base64.b64decode(fields["raw"])
    return str(fields["text"]) if set(fields) == {"text"} else None


def _as_html(sentences: list[str], random: Random) -> str:
    lines = [f"<p style='color:#{random.randrange(0xFFFFFF):06x}'>{line}</p>" for line in sentences]
    paragraphs = "".join(lines)
    return f"<html><body>{paragraphs}<img src='http://images.example.com/a.gif' width=1></body></html>"


def _raw_mail(mail: Mail, random: Random) -> bytes:
    message = EmailMessage()
    message["From"] = f"Sender {random.randint(1, 999)} <sender@example.com>"
    message["To"] = "reader@example.org"
    message["Subject"] = mail.subject
    message.set_content(mail.text, cte=random.choice(("quoted-printable", "base64")))
    if mail.html:
        message.add_alternative(mail.html, subtype="html", cte="base64")
        message.set_boundary(f"=_{random.getrandbits(64):016x}")
    return message.as_bytes()


def _plain(mail: Mail, _random: Random) -> tuple[str, bytes]:
    return "text/plain; charset=utf-8", mail.text.encode()


def _mail(mail: Mail, random: Random) -> tuple[str, bytes]:
    return "message/rfc822", _raw_mail(mail, random)


def _json(mail: Mail, random: Random) -> tuple[str, bytes]:
    form = random.randrange(3)
    if form == 0:
        fields = {"text": mail.text}
    elif form == 1:
        fields = {"subject": mail.subject, "text": mail.text, "html": mail.html}
    else:
        fields = {"raw": base64.b64encode(_raw_mail(mail, random)).decode()}
    return "application/json", json.dumps(fields, ensure_ascii=random.random() < 0.5).encode()


def _form(mail: Mail, random: Random) -> tuple[str, bytes]:
    boundary = f"boundary-{random.getrandbits(64):016x}"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="message"; filename="mail.eml"\r\n\r\n'
    body = head.encode() + _raw_mail(mail, random) + f"\r\n--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body


_WRAPPERS: dict[str, Callable[[Mail, Random], tuple[str, bytes]]] = {
    "text/plain": _plain,
    "message/rfc822": _mail,
    "application/json": _json,
    "multipart/form-data": _form,
}
