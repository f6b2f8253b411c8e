"""`/docs` shows the whole interface from our own files, and nothing comes from elsewhere."""

import re
from html.parser import HTMLParser

import pytest
import requests


class References(HTMLParser):
    """Gathers what a page makes a browser fetch or run."""

    def __init__(self):
        super().__init__()
        self.addresses = []
        self.inline = []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.addresses += [values[name] for name in ("href", "src", "action") if name in values]
        self.inline += [name for name in values if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in values):
            self.inline.append(tag)


@pytest.mark.parametrize("path", ["/docs", "/", "/neuron"])
def test_a_page_fetches_only_what_is_ours(service, path):
    answer = requests.get(f"{service.url}{path}", timeout=20)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    found = References()
    found.feed(answer.text)
    assert found.inline == []
    assert found.addresses
    for address in found.addresses:
        assert re.match(r"[/#][^/]|/$", address), address
        if address.startswith("/"):
            # Some pages first ask for a key.
            assert requests.get(f"{service.url}{address}", timeout=20).status_code in {200, 401}


def test_the_page_shows_every_route_and_every_problem(service):
    text = requests.get(f"{service.url}/docs", timeout=20).text
    description = requests.get(f"{service.url}/openapi.json", timeout=20).json()
    for path, operations in description["paths"].items():
        for method in operations:
            assert f"{method.upper()} {path}" in text
    for media_type in description["paths"]["/classify"]["post"]["requestBody"]["content"]:
        assert media_type in text
    assert text.count("urn:sigmail:problem:") >= 15
