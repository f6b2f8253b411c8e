"""The page of the history, as a browser without scripts uses it."""

import re
import uuid

import pytest
import requests

from sigmail_service.keys import KeyStore


class Browser:
    """Follows links and sends the forms of pages, with their hidden fields."""

    def __init__(self, url):
        self.url = url
        self.session = requests.Session()

    def get(self, path="/history"):
        return self.session.get(self.url + path, timeout=30)

    def post(self, path, **fields):
        return self.session.post(self.url + path, data=fields, timeout=30)

    def enter(self, token):
        return self.post("/history/key", key=token)

    def token(self):
        return re.search(r'name="token" value="([^"]+)"', self.get().text)[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def tokens(folder, keys):
    return keys(folder)


@pytest.fixture(scope="module")
def page_service(start_service, folder):
    with start_service("--workers", "1", "--data-dir", str(folder)) as running:
        yield running


@pytest.fixture
def browser(page_service, tokens):
    opened = Browser(page_service.url)
    assert opened.enter(tokens["trusted"]).status_code == 200
    return opened


@pytest.fixture
def judge(page_service, tokens):
    def send(name="trusted"):
        headers = {"Content-Type": "text/plain", "X-API-Key": tokens[name]}
        text = f"a note {uuid.uuid4().hex}"
        return requests.post(f"{page_service.url}/classify", text, headers=headers, timeout=30).json()["id"]

    return send


def test_without_a_session_the_page_asks_for_a_key(page_service, tokens):
    stranger = Browser(page_service.url)
    asked = stranger.get()
    assert (asked.status_code, 'name="key"' in asked.text, "<table" in asked.text) == (401, True, False)
    assert stranger.enter("nonsense").status_code == 401
    assert stranger.enter(tokens["classify"]).status_code == 403
    assert stranger.get().status_code == 401
    assert stranger.post("/history/feedback", id="0" * 32, label="spam").status_code == 401


def test_the_cookie_is_for_this_site_s_requests_alone_and_holds_no_secret(page_service, tokens):
    url = f"{page_service.url}/history/key"
    answer = requests.post(url, {"key": tokens["trusted"]}, timeout=30, allow_redirects=False)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert tokens["trusted"].split("_", 2)[2] not in cookie
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    refused = requests.post(url, {"key": tokens["trusted"]}, headers=elsewhere, timeout=30)
    assert refused.status_code == 403


def test_a_verdict_is_found_and_corrected_with_one_click(browser, judge):
    identity = judge()
    found = browser.get(f"/history?id={identity}")
    assert identity in found.text
    assert "default-src 'none'" in found.headers["Content-Security-Policy"]
    done = browser.post(
        "/history/feedback", token=browser.token(), id=identity, label="spam", **{"search-id": identity}
    )
    assert done.status_code == 200
    assert done.url.endswith(f"/history?id={identity}")
    assert re.search(rf'class="said"[^>]*{identity} was spam', done.text)
    feedback = re.search(r'name="forget" value="([0-9a-f]{32})"', done.text)[1]
    gone = browser.post(
        "/history/feedback", token=browser.token(), forget=feedback, **{"search-id": identity}
    )
    assert "erased" in gone.text


def test_a_click_without_the_token_of_the_session_changes_nothing(browser, judge):
    identity = judge()
    for token in ("", "nonsense"):
        assert browser.post("/history/feedback", token=token, id=identity, label="spam").status_code == 403
    assert 'class="said"' not in browser.get(f"/history?id={identity}").text


def test_searches_narrow_the_list(browser, judge):
    identity = judge()
    for query, there in (
        (f"id={identity[:20]}", True),
        (f"id={identity}&model=000000000000", False),
        (f"id={identity}&open=1", True),
        (f"before={identity}", False),
    ):
        assert (identity in re.sub(r'value="[^"]*"', "", browser.get(f"/history?{query}").text)) is there
    labels = [
        label
        for label in ("spam", "unsure", "ham")
        if identity in browser.get(f"/history?label={label}").text
    ]
    assert len(labels) == 1


def test_another_tenant_s_verdicts_are_not_there(browser, judge):
    identity = judge("stranger")
    assert f"<code>{identity}</code>" not in browser.get(f"/history?id={identity}").text
    answer = browser.post("/history/feedback", token=browser.token(), id=identity, label="spam")
    assert answer.status_code == 404


def test_a_session_ends_with_its_key_and_on_leaving(page_service, folder):
    store = KeyStore(folder / "keys.json")
    key, token = store.create("short", ("feedback",))
    leaver, revoked = Browser(page_service.url), Browser(page_service.url)
    for browser in (leaver, revoked):
        assert browser.enter(token).status_code == 200
    assert leaver.post("/history/leave", token=leaver.token()).status_code == 401
    assert revoked.get().status_code == 200
    store.revoke(key.id)
    assert revoked.get().status_code == 401
