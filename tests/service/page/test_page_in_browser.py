"""The page in a real browser: paste, drop a file, go by keyboard, do without scripts."""

import re

import pytest

from sigmail import SpamFilter
from sigmail_service.examples import EXAMPLES

sync_api = pytest.importorskip("playwright.sync_api", reason="the group browser is not installed")
expect = sync_api.expect
pytestmark = pytest.mark.browser

MAIL = "From: a@example.org\r\nSubject: Claim your free prize\r\n\r\nClick here now, no obligation!\r\n"
TEXT = "I attach the minutes of the meeting on Tuesday."
MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"


def expect_verdict(page, message):
    verdict = SpamFilter.default().classify(message)
    expect(page.locator("#verdict strong")).to_have_text(verdict.label)
    expect(page).to_have_title(re.compile(rf"^{verdict.label}, "))


def test_a_pasted_message_is_judged_at_once_and_announced(open_page):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", TEXT)
    page.get_by_role("textbox").focus()
    page.keyboard.press("Control+V")
    expect_verdict(page, TEXT)
    expect(page.get_by_role("status")).to_have_text(re.compile("^ham .* likely to be spam"))
    expect(page.get_by_role("textbox")).to_have_value(TEXT)


@pytest.mark.parametrize("place", ["#drop", "h1"])
def test_a_dropped_file_is_judged_wherever_it_falls(open_page, tmp_path, place):
    path = tmp_path / "mail.eml"
    path.write_bytes(MAIL.encode())
    page = open_page()
    box = page.locator(place).bounding_box()
    where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    devtools = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, "data": data, **where})
    expect_verdict(page, MAIL.encode())
    expect(page.locator(".verdict")).to_contain_text("the file mail.eml")
    assert page.url.endswith("/")


@pytest.mark.parametrize("scripts", [True, False])
def test_the_words_that_decided_are_marked_in_their_field(open_page, scripts):
    page = open_page(java_script_enabled=scripts)
    page.get_by_role("textbox").fill(MAIL)
    page.get_by_role("button", name="Judge it").click()
    expect_verdict(page, MAIL.encode())
    reasons = SpamFilter.default().explain(MAIL.encode()).reasons
    for field, text in (("subject", "Claim your free prize"), ("body", "Click here now, no obligation!")):
        passage = page.locator(f"[data-field={field}]")
        expect(passage).to_have_text(text)
        words = {reason.token: reason.weight for reason in reasons if reason.field == field}
        marked = passage.locator("mark").all()
        assert marked
        for mark in marked:
            weight = words[mark.inner_text().lower()]
            assert mark.get_attribute("title") == f"{weight:+.3f}"
            assert mark.get_attribute("class").split()[0] == ("spam" if weight > 0 else "ham")


def test_a_file_and_an_example_are_judged_without_scripts(open_page, tmp_path):
    path = tmp_path / "mail.eml"
    path.write_bytes(MAIL.encode())
    page = open_page(java_script_enabled=False)
    page.get_by_label("or a mail file").set_input_files(path)
    page.get_by_role("button", name="Judge it").click()
    expect_verdict(page, MAIL.encode())
    page.get_by_role("button", name="a meeting").click()
    expect_verdict(page, EXAMPLES["a meeting"])


def test_a_file_that_is_too_large_is_refused_in_words(open_page, complaints, tmp_path):
    path = tmp_path / "large.eml"
    path.write_bytes(b"a" * 300_000)
    page = open_page()
    page.get_by_label("or a mail file").set_input_files(path)
    expect(page.get_by_role("alert")).to_contain_text("over the size limit")
    assert "413" in complaints.pop()


def test_the_keyboard_alone_moves_a_slider_and_the_drawing_follows(open_page):
    page = open_page()
    page.get_by_role("link", name="One neuron", exact=True).press("Enter")
    expect(page.locator("[data-probability]")).to_have_text("sigmoid = 0.9933")
    slider = page.get_by_role("group", name="Input 1").get_by_label("weight")
    for _ in range(20):
        page.keyboard.press("Tab")
        if slider.evaluate("slider => slider === document.activeElement"):
            break
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-equation]")).to_have_text(f"1 {TIMES} 4 + 0 {TIMES} 3 {MINUS} 2 = 2")
    expect(page.get_by_role("status")).to_have_text("It rounds to 1: spam")
    page.keyboard.press("Home")
    expect(page.get_by_role("status")).to_have_text("It rounds to 0: no spam")
    expect(page.locator("[data-probability]")).to_have_text("sigmoid < 0.0001")


def test_script_and_server_draw_the_same_neuron(open_page):
    page = open_page("/neuron?input=1&weight=7&input=0&weight=3&bias=-2")
    for name, value in (("weight-1", "-1.3"), ("input-2", "0.7"), ("weight-2", "2.1"), ("bias", "0.4")):
        page.locator(f"#{name}").fill(value)
    query = "input=1&weight=-1.3&input=0.7&weight=2.1&bias=0.4"
    same = open_page(f"/neuron?{query}", java_script_enabled=False)
    for selector in ("#neuron text", ".equation", "#neuron title"):
        theirs = [text.replace("3 terms", "The terms") for text in same.locator(selector).all_text_contents()]
        assert page.locator(selector).all_text_contents() == theirs
    for name in ("cx", "cy"):
        ours, theirs = (
            float(side.locator("[data-point]").get_attribute(name).strip()) for side in (page, same)
        )
        assert ours == pytest.approx(theirs, abs=0.06)
