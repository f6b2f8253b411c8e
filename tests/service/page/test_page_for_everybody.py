"""The page for everybody: names, contrast and order in both themes, narrow windows; and its pictures."""

import pytest

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="the group browser is not installed"
)
pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_bars_the_way_for_anybody(open_page, theme):
    """The rules of axe, contrast among them, for every page and state."""
    for path, example in (("/", None), ("/", "a prize"), ("/", "a meeting"), ("/", "a newsletter")):
        page = open_page(path, color_scheme=theme)
        if example:
            page.get_by_role("button", name=example).click()
            page.locator(".verdict").wait_for()
            page.locator("summary").click()
        check_with_axe(page)
    for path in ("/neuron", "/docs"):
        check_with_axe(open_page(path, color_scheme=theme))


def check_with_axe(page):
    results = axe.Axe().run(page, options={"runOnly": TAGS})
    assert results.violations_count == 0, results.generate_report()


def test_the_tab_key_goes_through_the_form_in_its_order(open_page):
    page = open_page()
    page.get_by_role("button", name="a meeting").click()
    page.locator(".verdict").wait_for()
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    page.locator("body").press("Tab")
    seen = []
    for _ in range(16):
        seen.append(page.evaluate("document.activeElement.innerText || document.activeElement.id"))
        page.keyboard.press("Tab")
    order = ["Skip to the content", "text", "message", "Judge it", "a prize"]
    places = [seen.index(name) for name in order]
    assert places == sorted(places)


@pytest.mark.parametrize("path", ["/", "/neuron", "/docs"])
def test_a_narrow_window_needs_no_scrolling_sideways(open_page, path):
    """WCAG 2.2, success criterion 1.4.10: 320 CSS pixels."""
    page = open_page(path, viewport={"width": 320, "height": 640})
    if path == "/":
        page.get_by_role("button", name="a prize").click()
        page.locator(".verdict").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_pictures_of_the_documentation_can_be_taken_again(browser, service, tmp_path):
    from recipes.screenshots import IMAGES, LARGEST_BYTES, PICTURES, take  # noqa: PLC0415 - It needs Playwright.

    assert {path.name for path in IMAGES.glob("*.png")} == {picture.name for picture in PICTURES}
    for picture in PICTURES:
        path = take(browser, service.url, picture, tmp_path)
        assert 10_000 < path.stat().st_size < LARGEST_BYTES
