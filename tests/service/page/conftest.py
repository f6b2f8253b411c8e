"""A real browser for the page: the Chromium that is installed, driven by Playwright."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from recipes.chromium import find_chromium


@pytest.fixture(scope="package")
def browser():
    playwright_api = pytest.importorskip("playwright.sync_api", reason="the group browser is not installed")
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("there is no Chromium here: on Debian `apt-get install chromium`")
    with playwright_api.sync_playwright() as playwright:
        # Without the option the browser asks its maker for news, which has nothing to do with the page.
        started = playwright.chromium.launch(
            executable_path=chromium, args=["--disable-background-networking"]
        )
        yield started
        started.close()


@pytest.fixture
def complaints():
    """What the browser has to complain of: errors of our scripts, breaches of the policy, dialogs."""
    return []


@pytest.fixture
def open_page(browser, service, complaints):
    """Open a page of the service; at the end, see that the browser had nothing to complain of."""
    contexts = []

    def open_it(path="/", **options):
        context = browser.new_context(reduced_motion="reduce", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(service.url + path)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


class Trap(BaseHTTPRequestHandler):
    """Notes whoever calls."""

    def do_GET(self):
        self.server.calls.append(self.path)
        self.send_error(404)

    def log_message(self, *_):
        pass


@pytest.fixture
def trap():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Trap)
    server.calls = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
