"""The page at `/`: the verdict without a script, the words marked, hostile mail shown as text."""

import html
import re

import pytest
import requests

from sigmail import SpamFilter

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


def plain(page):
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def test_the_form_is_there_and_needs_no_script(service):
    page = requests.get(f"{service.url}/", timeout=20).text
    assert "<form" in page
    assert "<script" not in page
    for name in ("text", "message"):
        assert f'<label for="{name}"' in page


@pytest.mark.parametrize("text", ["Win a FREE prize now, claim your cash", "See you on Tuesday", "n"])
def test_a_text_gets_the_verdict_of_the_filter_and_its_sum_is_drawn(judge, text):
    answer = judge(text)
    explanation = SpamFilter.default().explain(text)
    assert answer.status_code == 200
    assert f'<strong class="{explanation.verdict.label}">' in answer.text
    assert f"{100 * explanation.verdict.probability:.2f} %" in answer.text
    assert f"{explanation.logit:.4f}" in answer.text
    drawn = [float(number) for number in re.findall(r"data-weight=\"\d+\">([-+][\d.]+)<", answer.text)]
    assert sum(drawn) == pytest.approx(explanation.logit, abs=0.0006 * len(drawn))


def test_the_words_that_decided_are_marked_where_they_stand(judge):
    text = "Claim your free prize, and see you on Tuesday."
    page = judge(text).text
    message = re.search(r'<pre class="message">(.*?)</pre>', page, re.DOTALL).group(1)
    assert plain(message) == text
    marked = {word.lower() for word in re.findall(r"<mark[^>]*>([^<]+)</mark>", message)}
    tokens = {reason.token for reason in SpamFilter.default().explain(text).reasons}
    assert marked
    assert all(" ".join(re.split(r"\W+", word)) in {token.lower() for token in tokens} for word in marked)


def test_a_raw_mail_is_known_when_it_is_pasted_and_when_it_is_a_file(judge):
    mail = "From: a@example.org\r\nSubject: Your prize\r\n\r\nClaim it now.\r\n"
    verdict = SpamFilter.default().classify(mail.encode())
    for answer in (judge(mail), judge(file=mail.encode())):
        assert f"{100 * verdict.probability:.2f} %" in answer.text
        assert "<td>subject</td>" in answer.text


def test_hostile_mail_is_shown_as_text(judge):
    for answer in (
        judge(HOSTILE),
        judge(file=b"Subject: " + HOSTILE.encode() + b"\r\n\r\n" + HOSTILE.encode()),
    ):
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        assert HOSTILE in plain(answer.text)
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
    assert "data-sum>-1.0000<" in page
    assert "sigmoid = 0.2689" in page
    assert "0: no spam" in page
