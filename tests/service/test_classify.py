"""`POST /classify` through the real server: four content types, one verdict, and the filter's own figures."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

import pytest
import requests

from sigmail import SpamFilter

MEMBERS = {"id", "label", "probability", "thresholds", "model", "reasons", "truncated"}


@pytest.fixture(scope="module")
def spam_filter():
    return SpamFilter.default()


@pytest.fixture(scope="module")
def mail(canary):
    message = EmailMessage()
    message["From"] = "Ada <ada@example.org>"
    message["Subject"] = f"Grüße, and a FREE PRIZE for {canary}"
    message.set_content("Claim your free prize now.\nCheap viagra, no prescription.\n")
    message.add_alternative(
        "<p>Claim your <b>free</b> prize <a href='http://example.com/a'>now</a></p>", subtype="html"
    )
    return message.as_bytes()


@pytest.fixture
def post(service):
    def send(body=None, content_type=None, explain=None, **options):
        headers = {"Content-Type": content_type} if content_type else {}
        query = {} if explain is None else {"explain": explain}
        return requests.post(
            f"{service.url}/classify", data=body, headers=headers, params=query, timeout=20, **options
        )

    return send


def judged(answer):
    """What an answer says of the message, without the id that differs each time."""
    assert answer.status_code == 200, answer.text
    members = answer.json()
    assert set(members) == MEMBERS
    members.pop("id")
    return members


def expected(spam_filter, message, explain=0):
    verdict = spam_filter.classify(message, explain=explain)
    ham_below, spam_from = spam_filter.thresholds
    return {
        "label": verdict.label,
        "probability": verdict.probability,
        "thresholds": {"ham": ham_below, "spam": spam_from},
        "model": spam_filter.identity,
        "reasons": [{"token": r.token, "field": r.field, "weight": r.weight} for r in verdict.reasons],
        "truncated": verdict.truncated,
    }


def test_a_raw_mail_gets_the_verdict_of_the_filter_in_each_wrapping(post, spam_filter, mail):
    want = expected(spam_filter, mail, explain=5)
    raw = base64.b64encode(mail).decode()
    assert judged(post(mail, "message/rfc822", 5)) == want
    assert judged(post(json.dumps({"raw": raw}), "application/json", 5)) == want
    assert judged(post(explain=5, files={"message": ("mail.eml", mail, "message/rfc822")})) == want
    assert judged(post(explain=5, files={"message": ("mail.eml", mail)})) == want
    assert len(want["reasons"]) == 5


@pytest.mark.parametrize(
    "text", ["Win a free prize now", "n", "明日の午後三時に", "a\x00b \U0001f600", "\ufeffhello prize"]
)
def test_a_text_gets_the_verdict_of_the_filter_in_each_wrapping(post, spam_filter, text):
    want = expected(spam_filter, text, explain=100)
    assert judged(post(json.dumps({"text": text}), "application/json", 100)) == want
    assert (
        judged(post(json.dumps({"text": text}, ensure_ascii=False).encode(), "application/json", 100)) == want
    )
    plain = text.removeprefix("\ufeff")  # A byte order mark at the head of a body is no text.
    want = expected(spam_filter, plain, explain=100)
    assert judged(post(text.encode(), "text/plain", 100)) == want
    assert judged(post(explain=100, files={"message": ("a.txt", text.encode(), "text/plain")})) == want


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "iso-8859-1", "windows-1252", "utf-16", "us-ascii"])
def test_a_text_is_read_in_the_charset_that_its_type_names(post, spam_filter, charset):
    text = "Gratis prize" if charset == "us-ascii" else "Gratis für Sie: prize"
    answer = post(text.encode(charset), f"text/plain; charset={charset}", 10)
    assert judged(answer) == expected(spam_filter, text, explain=10)


def test_the_parts_of_a_mail_are_judged_as_that_mail(post, spam_filter):
    parts = {"subject": "Claim your prize", "text": "See you at five.", "html": "<p>Cheap <b>viagra</b></p>"}
    message = EmailMessage()
    message["Subject"] = parts["subject"]
    message.set_content(parts["text"])
    message.add_alternative(parts["html"], subtype="html")
    want = expected(spam_filter, message.as_bytes(), explain=100)
    answer = judged(post(json.dumps(parts), "application/json", 100))
    assert answer["probability"] == pytest.approx(want["probability"], abs=1e-6)
    assert {(reason["token"], reason["field"]) for reason in answer["reasons"]} == {
        (reason["token"], reason["field"]) for reason in want["reasons"]
    }
    assert "subject" in {reason["field"] for reason in answer["reasons"]}


def test_a_line_break_in_a_subject_adds_no_header_and_no_body(post):
    hostile = {
        "subject": "hello\r\nContent-Type: text/html\r\n\r\nviagra\r\n--=_sigmail_part_=\r\n",
        "html": "<p>x</p>",
    }
    answer = judged(post(json.dumps(hostile), "application/json", 100))
    fields = {reason["field"] for reason in answer["reasons"] if "viagra" in reason["token"]}
    assert "body" not in fields
    assert "subject" in fields


@pytest.mark.parametrize("explain", [None, 0])
def test_no_reasons_come_when_none_are_asked_for(post, mail, explain):
    assert judged(post(mail, "message/rfc822", explain))["reasons"] == []


def test_a_lying_charset_and_broken_mime_get_a_verdict(post):
    lying = b"Subject: =?utf-8?B?////?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xff\xfe\xe9 prize"
    broken = (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\n!!"
    )
    unknown = b"Content-Type: text/plain; charset=klingon\r\n\r\nhello"
    for message in (lying, broken, unknown, b"\x00", b"\r\n", bytes(range(256))):
        assert judged(post(message, "message/rfc822", 5))["label"] in {"spam", "unsure", "ham"}


def test_each_verdict_has_an_id_of_its_own_and_a_repeat_the_same_verdict(post, mail):
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: post(mail, "message/rfc822", 3), range(64)))
    assert len({answer.json()["id"] for answer in answers}) == 64
    first = judged(answers[0])
    assert all(judged(answer) == first for answer in answers)


def test_a_mail_as_large_as_the_limit_gets_a_verdict(post):
    body = b"Subject: large\r\n\r\n" + b"many words " * 30_000
    assert judged(post(body[: 256 * 1024], "message/rfc822"))["label"] in {"spam", "unsure", "ham"}


def test_a_body_of_undeclared_length_gets_a_verdict(post, spam_filter):
    chunks = iter([b"Win a ", b"free prize", b" now"])
    assert judged(post(chunks, "text/plain", 5)) == expected(spam_filter, "Win a free prize now", explain=5)


def test_the_request_id_of_the_caller_comes_back_and_stands_in_the_log(service):
    headers = {"X-Request-ID": "trace-4711", "Content-Type": "text/plain"}
    answer = requests.post(f"{service.url}/classify", data="hello", headers=headers, timeout=20)
    assert answer.headers["X-Request-ID"] == "trace-4711"
    line = next(line for line in service.log_lines() if line.get("request_id") == "trace-4711")
    assert (line["route"], line["status"]) == ("/classify", 200)


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "ä"])
def test_a_request_without_a_usable_id_gets_one(service, given):
    headers = {"X-Request-ID": given.encode("latin-1")}
    answer = requests.get(f"{service.url}/livez", headers=headers, timeout=20)
    assert len(answer.headers["X-Request-ID"]) == 32
