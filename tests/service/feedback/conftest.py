"""A service with keys, and clients that hold them."""

from __future__ import annotations

import pytest
import requests

from sigmail_service.keys import KeyStore

KEYS = {
    "feedback": (("classify", "feedback"), "shared"),
    "trusted": (("classify", "feedback", "trust"), "shared"),
    "classify": (("classify",), "shared"),
    "stranger": (("classify", "feedback", "trust"), "other"),
}


class Client:
    """Requests to a service with one key."""

    def __init__(self, url, token):
        self._url = url
        self._session = requests.Session()
        if token:
            self._session.headers["X-API-Key"] = token

    def request(self, method, path, **options):
        return self._session.request(method, self._url + path, timeout=30, **options)

    def classify(self, text):
        answer = self.request("POST", "/classify", data=text.encode(), headers={"Content-Type": "text/plain"})
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def give(self, identity, label="spam", **headers):
        return self.request("POST", "/feedback", json={"id": identity, "label": label}, headers=headers)

    def state(self, feedback):
        return self.request("GET", f"/feedback/{feedback}").json().get("state")


@pytest.fixture(scope="session")
def keys():
    """Write the keys of a data folder, and return their tokens by name."""

    def write(folder):
        store = KeyStore(folder / "keys.json")
        return {name: store.create(name, scopes, tenant)[1] for name, (scopes, tenant) in KEYS.items()}

    return write


@pytest.fixture(scope="session")
def feedback_service(start_service, keys, tmp_path_factory):
    """A service of two workers with an SQLite ledger: a function from a key's name to its client."""
    folder = tmp_path_factory.mktemp("ledger")
    tokens = {**keys(folder), "nobody": None}
    with start_service("--workers", "2", "--data-dir", str(folder)) as running:
        yield lambda name: Client(running.url, tokens[name])


@pytest.fixture
def client(feedback_service):
    return feedback_service("feedback")
