"""Mail that means harm, in a real browser: nothing of it runs, and nothing is fetched."""

import pytest

pytestmark = pytest.mark.browser


def hostile_html(url):
    """HTML that runs and fetches all it can, out of every element that the page might put it into."""
    return f"""</p></pre></textarea></title></svg></div><script>window.harm = 1</script>
<script src="{url}/script.js"></script><img src="{url}/image.png" onerror="window.harm = 2">
<link rel="stylesheet" href="{url}/style.css"><style>@import "{url}/import.css";
body {{ background: url({url}/background.png) }}</style><svg onload="window.harm = 3"></svg>
<iframe src="{url}/frame.html"></iframe><object data="{url}/object.swf"></object>
<meta http-equiv="refresh" content="1;url={url}/refresh"><body onload="window.harm = 4">
<p title='"' onmouseover=alert(1) style="background: url({url}/inline.png)">{{{{ 7 * 7 }}}} a prize</p>"""


@pytest.mark.parametrize("kind", ["text", "mail", "HTML mail"])
def test_hostile_mail_runs_nothing_and_fetches_nothing(open_page, service, trap, kind):
    html = hostile_html(f"http://127.0.0.1:{trap.server_port}")
    head = "text/html" if kind == "HTML mail" else "text/plain"
    subject = html.replace("\n", " ")
    message = html if kind == "text" else f"Subject: {subject}\nContent-Type: {head}\n\n{html}"
    page = open_page()
    devtools = page.context.new_cdp_session(page)
    requested = []
    devtools.on("Network.requestWillBeSent", lambda event: requested.append(event["request"]["url"]))
    devtools.send("Network.enable")
    page.get_by_role("textbox").fill(message)
    page.get_by_role("button", name="Judge it").click()
    page.locator(".verdict").wait_for()
    page.reload()  # What was sent by a script is sent once more without: the page is then the server's own.
    page.evaluate("document.getElementById('text').value = ''")
    page.get_by_role("textbox").fill(message)
    page.evaluate("document.getElementById('judge').submit()")
    page.locator(".verdict").wait_for()
    page.wait_for_timeout(1500)  # The time of the mail's refresh.
    assert page.evaluate("typeof window.harm") == "undefined"
    assert page.url == f"{service.url}/#result"
    assert len(requested) >= 4
    assert [url for url in requested if not url.startswith(service.url + "/")] == []
    assert trap.calls == []
    if kind != "HTML mail":
        assert "window.harm = 1" in page.locator("[data-field=body]").inner_text()


def test_the_trap_catches_that_mail_where_it_is_shown_as_a_page(browser, trap):
    """Without this, the test above could pass because its mail does no harm anywhere."""
    page = browser.new_page()
    page.set_content(hostile_html(f"http://127.0.0.1:{trap.server_port}"), wait_until="commit")
    page.wait_for_timeout(500)
    assert page.evaluate("typeof window.harm") == "number"
    page.close()
    assert {"/script.js", "/image.png", "/style.css", "/frame.html"} <= set(trap.calls)
