"""History and models in a real browser: search, one click, the queue, training, switching, changes."""

import os
import re
import time
import uuid

import pytest
import requests
from tests.service.page.test_page_for_everybody import check_with_axe

from sigmail import SpamFilter
from sigmail_service.keys import KeyStore

sync_api = pytest.importorskip("playwright.sync_api", reason="the group browser is not installed")
expect = sync_api.expect
pytestmark = pytest.mark.browser

CAMPAIGN = "Dear colleague, the gazebo parasol in teak, order {0}, waits for you in Lower Sidlington."
MAYBE = (
    "order now",
    "your order",
    "free delivery",
    "a special offer for you",
    "win",
    "cheap tickets",
    "please confirm your account",
    "newsletter of the week",
    "your invoice",
    "save ten percent today",
    "hello, are you there?",
)


@pytest.fixture(scope="module")
def service(start_service, tmp_path_factory):
    """A service of its own, whose workers look at the pointer often; a dict of its keys' tokens beside it."""
    folder = tmp_path_factory.mktemp("browsed")
    os.environ["SIGMAIL_MODEL_POLL_SECONDS"] = "0.05"
    try:
        store = KeyStore(folder / "keys.json")
        with start_service("--workers", "1", "--data-dir", str(folder)) as running:
            running_tokens[running.url] = store.create("person", ("admin",))[1]
            yield running
    finally:
        del os.environ["SIGMAIL_MODEL_POLL_SECONDS"]


running_tokens = {}


@pytest.fixture
def ask(service):
    """Send a request with the key, and return what came."""

    def send(method, path, **options):
        headers = {"X-API-Key": running_tokens[service.url], **options.pop("headers", {})}
        answer = requests.request(method, service.url + path, headers=headers, timeout=30, **options)
        assert answer.status_code < 300, answer.text
        return answer.json()

    return send


@pytest.fixture
def judge(ask):
    """Have a text judged, and return its verdict."""
    return lambda text: ask("POST", "/classify", data=text.encode(), headers={"Content-Type": "text/plain"})


@pytest.fixture
def enter(open_page, service):
    """Open a page as a person does: by the form that asks for a key."""

    def opened(path, **options):
        page = open_page("/history", **options)
        page.get_by_label("API key").fill(running_tokens[service.url])
        # The first answer is 401, which the browser puts into its console.
        page.get_by_role("button", name="Enter").click()
        page.get_by_role("heading", name="History", exact=True).wait_for()
        page.goto(service.url + path)
        return page

    return opened


@pytest.fixture
def complaints():
    """As in the other tests, but for the 401 of the page that asks for a key."""

    class Complaints(list):
        def append(self, text):
            if "401" not in text:
                super().append(text)

    return Complaints()


@pytest.fixture
def unsure(judge):
    starter = SpamFilter.default()
    text = next(text for text in MAYBE if starter.classify(text).label == "unsure")
    verdict = judge(text)
    assert verdict["label"] == "unsure"
    return verdict["id"]


def test_a_verdict_is_found_by_its_id_and_corrected_by_one_click(enter, judge):
    identity, other = (judge(f"a note {uuid.uuid4().hex}")["id"] for _ in range(2))
    page = enter("/history")
    expect(page.get_by_text(other)).to_be_visible()
    page.get_by_label("Id begins with").fill(identity[:24])
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text(identity, exact=True)).to_be_visible()
    page.get_by_role("button", name=f"{identity} was spam").click()
    expect(page.get_by_role("button", name=f"{identity} was spam")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Id begins with")).to_have_value(identity[:24])
    page.get_by_role("button", name=f"{identity} was ham").click()
    expect(page.get_by_role("button", name=f"{identity} was ham")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name=f"{identity} was spam")).not_to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_role("button", name=f"Forget what was said of {identity}").click()
    expect(page.get_by_text("erased")).to_be_visible()


def test_what_was_unsure_waits_in_its_queue_until_somebody_has_said_what_it_was(enter, unsure):
    page = enter("/history")
    page.get_by_role("link", name="Unsure, to be looked at").click()
    expect(page.get_by_text(unsure, exact=True)).to_be_visible()
    assert set(page.locator("table.history tbody tr td:nth-child(2)").all_inner_texts()) == {"unsure"}
    page.get_by_role("button", name=f"{unsure} was ham").click()
    expect(page.get_by_text(unsure, exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Unsure, to be looked at")).to_have_attribute("aria-current", "page")


def test_a_model_is_trained_looked_at_and_switched_back(enter, judge, ask):
    before = judge(CAMPAIGN.format(99))
    first = before["model"]
    right = "ham" if before["label"] == "spam" else "spam"
    given = [judge(CAMPAIGN.format(number))["id"] for number in range(12)]
    page = enter("/training")
    for identity in given:
        ask("POST", "/feedback", json={"id": identity, "label": right})
    page.reload()
    counts = {"spam": 0, "good": 0}
    for count, name in re.findall(r"(\d+) (spam|good)", page.locator("#progress + p").inner_text()):
        counts[name] = int(count)
    assert counts["spam" if right == "spam" else "good"] >= 12
    expect(page.locator("#progress + p")).to_contain_text("enough to turn verdicts on messages like these")
    page.get_by_role("button", name="Train now").click()
    expect(page.get_by_role("status")).to_contain_text("has been asked for")
    trained = wait_for_another_model(page, first)
    assert judge(CAMPAIGN.format(99))["label"] == right

    expect(page.locator('svg.bars rect:not([height="0.0"])').first).to_be_visible()
    heading = page.get_by_role(
        "heading", name="The last verdicts, as they were and as the model would judge now"
    )
    expect(heading).to_be_visible()
    page.get_by_role("link", name=f"What would change under {first}").click()
    expect(page.get_by_role("heading", name=f"What would change under {first}")).to_be_visible()
    # Under the first model the verdicts that it gave itself stay, and the one of its successor turns.
    changes = page.locator("section[aria-labelledby=drift] tbody tr")
    deadline = time.monotonic() + 20
    while not changes.count() and time.monotonic() < deadline:  # The history is written a moment later.
        time.sleep(0.2)
        page.reload()
    assert changes.count() >= 1
    assert {row.locator("td").nth(2).inner_text() for row in changes.all()} == {right}

    page.get_by_role("button", name=f"Let {first} judge").click()
    assert wait_for_another_model(page, trained) == first
    page.get_by_role("button", name=f"Let {trained} judge").click()
    assert wait_for_another_model(page, first) == trained


def judging(page):
    return page.locator("section[aria-labelledby=models] tbody tr").filter(
        has=page.get_by_text("judges", exact=True)
    )


def wait_for_another_model(page, first):
    """Look again until another model judges, and return its id."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        page.goto(page.url.split("?")[0])
        identity = judging(page).locator("code").inner_text()
        if identity != first:
            return identity
        time.sleep(0.2)
    pytest.fail(f"{first} still judges: {page.locator('main').inner_text()}")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_bars_the_way_on_these_pages(enter, judge, theme):
    judge("a note")
    for path in ("/history", "/training"):
        check_with_axe(enter(path, color_scheme=theme))


@pytest.mark.parametrize("path", ["/history", "/training"])
def test_a_narrow_window_needs_no_scrolling_sideways(enter, judge, path):
    judge("a note")
    page = enter(path, viewport={"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
