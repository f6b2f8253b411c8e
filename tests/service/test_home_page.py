"""The page at `/`: the verdict without a script, the words marked, hostile mail shown as text."""

import base64
import html
import re

import pytest
import requests

from sigmail import SpamFilter
from sigmail_service.examples import EXAMPLES
from sigmail_service.pages import percent

MINUS = "\N{MINUS SIGN}"

HOSTILE = (
    "<script>alert(1)</script><img src=http://evil.example.com/x onerror=alert(2)> \"'free prize& </pre>"
)


@pytest.fixture
def judge(service):
    def send(text=None, file=None, **fields):
        files = {"text": (None, text or ""), **{name: (None, value) for name, value in fields.items()}}
        if file is not None:
            files["message"] = ("mail.eml", file)
        return requests.post(f"{service.url}/", files=files, timeout=20)

    return send


def passage(page, field):
    """What the page shows of a field, with its marks."""
    return re.search(rf'data-field="{field}">(.*?)</p>', page, re.DOTALL).group(1)


def plain(page):
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def scripts(page):
    return re.findall(r"<script[^>]*>", page)


def test_the_form_is_there_and_every_field_has_its_label(service):
    page = requests.get(f"{service.url}/", timeout=20).text
    assert "<form" in page
    assert scripts(page) == ['<script src="/static/home.js" defer>']
    for name in ("text", "message"):
        assert f'<label for="{name}"' in page


@pytest.mark.parametrize("text", ["Win a FREE prize now, claim your cash", "See you on Tuesday", "n"])
def test_a_text_gets_the_verdict_of_the_filter_and_its_sum_is_drawn(judge, text):
    answer = judge(text)
    explanation = SpamFilter.default().explain(text)
    assert answer.status_code == 200
    assert f'<strong class="{explanation.verdict.label}">' in answer.text
    assert percent(explanation.verdict.probability) in answer.text
    assert f"{explanation.logit:.4f}".replace("-", MINUS) in answer.text
    written = re.findall(r"data-weight=\"\d+\">([^<]+)<", answer.text)
    drawn = [float(number.replace(MINUS, "-")) for number in written]
    assert sum(drawn) == pytest.approx(explanation.logit, abs=0.0006 * len(drawn))


def test_the_words_that_decided_are_marked_where_they_stand(judge):
    text = "Claim your free prize, and see you on Tuesday."
    message = passage(judge(text).text, "body")
    assert plain(message) == text
    marked = {word.lower() for word in re.findall(r"<mark[^>]*>([^<]+)</mark>", message)}
    tokens = {reason.token for reason in SpamFilter.default().explain(text).reasons}
    assert marked
    assert all(" ".join(re.split(r"\W+", word)) in {token.lower() for token in tokens} for word in marked)


def test_a_raw_mail_is_known_when_it_is_pasted_and_when_it_is_a_file(judge):
    mail = "From: a@example.org\r\nSubject: Your prize\r\n\r\nClaim it now.\r\n"
    verdict = SpamFilter.default().classify(mail.encode())
    for answer in (judge(mail), judge(file=mail.encode())):
        assert percent(verdict.probability) in answer.text
        assert plain(passage(answer.text, "subject")) == "Your prize"


def test_a_mail_is_shown_as_it_is_read_and_not_as_it_is_encoded(judge):
    html_part = "<p>Win a <b>free</b> prize</p><script>hidden()</script>"
    body = base64.b64encode(html_part.encode()).decode()
    head = "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nContent-Type: text/html\nContent-Transfer-Encoding: base64"
    mail = f"{head}\n\n{body}"
    page = judge(file=mail.encode()).text
    assert plain(passage(page, "subject")) == "Grüße"
    assert plain(passage(page, "body")) == "Win a free prize"
    assert "<mark" in passage(page, "body")


def test_a_file_goes_before_the_text_and_an_example_before_both(judge):
    by_file = judge("See you on Tuesday", b"Subject: Free prize\r\n\r\nClick here!").text
    assert plain(passage(by_file, "subject")) == "Free prize"
    assert "the file mail.eml" in by_file
    for name, text in EXAMPLES.items():
        page = judge("hello", b"hello", example=name).text
        assert text in plain(page)
        assert SpamFilter.default().classify(text.encode() if "Subject:" in text else text).label in page


@pytest.mark.parametrize(
    ("probability", "shown"),
    [
        (1.0, "over 99.99 %"),
        (0.99995, "over 99.99 %"),
        (0.9999, "99.99 %"),
        (0.5, "50.00 %"),
        (0.0, "under 0.01 %"),
    ],
)
def test_rounding_never_makes_a_certainty(probability, shown):
    assert percent(probability) == shown


def test_hostile_mail_is_shown_as_text(judge):
    for answer in (
        judge(HOSTILE),
        judge(file=b"Subject: " + HOSTILE.encode() + b"\r\n\r\n" + HOSTILE.encode()),
    ):
        assert answer.status_code == 200
        assert scripts(answer.text) == ['<script src="/static/home.js" defer>']
        assert re.findall(r"<img [^>]*src=\"([^\"]*)", answer.text) == ["/static/sigmail.svg"]
        assert HOSTILE in plain(passage(answer.text, "body"))
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_no_message_is_said_on_the_page(judge):
    for answer in (judge(""), judge(" \n"), judge(file=b"")):
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert "Paste a message" in answer.text


def test_a_page_that_needs_a_key_asks_for_it(start_service, tmp_path):
    with start_service("--workers", "1", "--require-key", "--data-dir", str(tmp_path)) as service:
        assert 'name="key"' in requests.get(f"{service.url}/", timeout=20).text
        answer = requests.post(f"{service.url}/", files={"text": (None, "hello")}, timeout=20)
        assert answer.status_code == 401
        assert 'role="alert"' in answer.text
        assert "into the field API key" in answer.text


def test_the_tutorial_neuron_is_drawn(service):
    page = requests.get(f"{service.url}/neuron", timeout=20).text
    assert "data-sum>5.0000<" in page
    assert "sigmoid = 0.9933" in page
    assert "1: spam" in page
    assert page.count('type="range"') == 5


@pytest.mark.parametrize(
    "query", ["input=nan&weight=inf&bias=x", "input=1e999", "weight=3", "input=&bias=", "a=b"]
)
def test_the_neuron_takes_any_numbers(service, query):
    answer = requests.get(f"{service.url}/neuron?{query}", timeout=20)
    assert answer.status_code == 200
    assert "nan" not in answer.text
    assert "inf" not in answer.text.replace("information", "")


def test_the_sliders_compute_on_the_server_too(service):
    query = "input=0.5&weight=2&input=1&weight=-3&bias=1"
    page = requests.get(f"{service.url}/neuron?{query}", timeout=20).text
    assert f"data-sum>{MINUS}1.0000<" in page
    assert "sigmoid = 0.2689" in page
    assert "0: no spam" in page
