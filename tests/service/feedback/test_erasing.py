"""What is taken back is nowhere in the files of the database; the record that it was given stays."""

import uuid

import pytest
from tests.service.feedback.conftest import Client

from sigmail.filter import SpamFilter


@pytest.fixture
def stored(start_service, keys, tmp_path):
    """A service that keeps bodies, and a function that reads all bytes of its database's files."""
    tokens = keys(tmp_path)
    (tmp_path / "settings.toml").write_text("store_bodies = true\n", encoding="utf-8")
    options = ("--workers", "2", "--data-dir", str(tmp_path), "--config", str(tmp_path / "settings.toml"))
    with start_service(*options) as running:
        yield (
            Client(running.url, tokens["trusted"]),
            lambda: b"".join(path.read_bytes() for path in tmp_path.glob("sigmail.db*")),
        )


def traces(text):
    """The bytes that a text leaves: its own, and its packed features."""
    return [text.encode(), SpamFilter.default().classify_with_features(text)[1].data]


@pytest.mark.parametrize("by_id", [True, False])
def test_the_features_and_the_text_are_nowhere_in_the_files(stored, by_id):
    client, read = stored
    text, kept = (f"pills {uuid.uuid4().hex} prize {number}" for number in range(2))
    if by_id:
        identities = [client.classify(each) for each in (text, text, kept)]
        given = client.give(identities[0]).json()["id"]
        client.give(identities[2])
    else:
        given = client.request("POST", "/feedback", json={"text": text, "label": "spam"}).json()["id"]
        client.request("POST", "/feedback", json={"text": kept, "label": "spam"})
    before = read()
    assert all(trace in before for trace in traces(text) + traces(kept))
    assert client.request("DELETE", f"/feedback/{given}").status_code == 204
    after = read()
    assert [trace in after for trace in traces(text)] == [False, False]
    assert all(trace in after for trace in traces(kept))
    assert given.encode() in after
    assert client.state(given) == "withdrawn"
