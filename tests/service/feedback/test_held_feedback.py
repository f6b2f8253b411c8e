"""Feedback that waits for a person: without trust where it is needed, or in a burst."""

import uuid

import pytest
from tests.service.feedback.conftest import Client


@pytest.fixture(scope="module")
def wary_service(start_service, keys, tmp_path_factory):
    """A service that counts feedback of trusted keys alone."""
    folder = tmp_path_factory.mktemp("wary")
    tokens = keys(folder)
    (folder / "settings.toml").write_text("feedback_needs_trust = true\n", encoding="utf-8")
    with start_service("--data-dir", str(folder), "--config", str(folder / "settings.toml")) as running:
        yield lambda name: Client(running.url, tokens[name])


@pytest.fixture(scope="module")
def bursting_service(start_service, keys, tmp_path_factory):
    """A service that holds back what is nearly alike from the fourth on."""
    folder = tmp_path_factory.mktemp("burst")
    tokens = keys(folder)
    (folder / "settings.toml").write_text("feedback_burst = 3\n", encoding="utf-8")
    with start_service("--data-dir", str(folder), "--config", str(folder / "settings.toml")) as running:
        yield lambda name: Client(running.url, tokens[name])


def test_feedback_without_trust_waits_until_it_is_released(wary_service):
    giver, person = wary_service("feedback"), wary_service("trusted")
    identity = giver.classify(f"prize {uuid.uuid4().hex}")
    given = giver.give(identity).json()
    assert (given["counted"], given["held"]) == (False, "needs-trust")
    assert giver.state(given["id"]) == "held"
    (waiting,) = [
        one for one in person.request("GET", "/feedback/held").json()["held"] if one["id"] == given["id"]
    ]
    assert (waiting["label"], waiting["verdict"]) == ("spam", identity)
    assert giver.request("POST", f"/feedback/{given['id']}/release").status_code == 403
    assert person.request("POST", f"/feedback/{given['id']}/release").status_code == 204
    assert giver.state(given["id"]) == "counted"
    assert person.request("POST", f"/feedback/{given['id']}/release").status_code == 404


def test_one_that_waits_does_not_touch_what_counts(wary_service):
    giver, person = wary_service("feedback"), wary_service("trusted")
    identity = person.classify(f"meeting {uuid.uuid4().hex}")
    counted = person.give(identity, "ham").json()
    assert counted["counted"]
    attack = giver.give(identity, "spam").json()
    assert (attack["counted"], attack["contradicts"], attack["replaced"]) == (False, True, None)
    assert person.state(counted["id"]) == "counted"
    person.request("POST", f"/feedback/{attack['id']}/release")
    assert (person.state(counted["id"]), person.state(attack["id"])) == ("replaced", "counted")


def test_a_burst_of_lessons_nearly_alike_is_held_back(bursting_service):
    giver = bursting_service("feedback")
    words = [f"campaign{number}" for number in range(300)]
    held = []
    for number in range(30):
        body = " ".join([*words, f"copy{number}"])
        held.append(giver.give(giver.classify(body)).json()["held"])
    assert held[:3] == [None] * 3
    assert held[-5:].count("burst") >= 4
    other = [giver.give(giver.classify(f"letter {uuid.uuid4().hex}")).json()["held"] for _ in range(8)]
    assert other == [None] * 8


def test_a_burst_of_contradictions_is_held_back_but_not_that_of_a_trusted_key(bursting_service):
    giver, person = bursting_service("feedback"), bursting_service("trusted")
    identities = [giver.classify(f"note {uuid.uuid4().hex}") for _ in range(6)]
    for identity in identities:
        assert giver.give(identity, "ham").json()["held"] is None
    assert [giver.give(identity, "spam").json()["held"] for identity in identities] == [None] * 3 + [
        "burst"
    ] * 3
    assert person.give(identities[-1], "spam").json()["held"] is None
