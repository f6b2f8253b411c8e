"""`/feedback` of a real service with two workers."""

import uuid

import pytest


def text():
    """A message that no other test has sent."""
    return f"cheap pills and a casino {uuid.uuid4().hex}"


def test_feedback_by_id_at_once_after_the_verdict(client):
    for label in ("spam", "ham") * 5:
        answer = client.give(client.classify(text()), label)
        assert answer.status_code == 201, answer.text
        given = answer.json()
        assert (given["label"], given["counted"], given["held"]) == (label, True, None)
        assert (given["replaced"], given["contradicts"]) == (None, False)
        assert client.state(given["id"]) == "counted"


@pytest.mark.parametrize("label", ["spam", "ham"])
def test_feedback_with_the_message_in_every_content_type(client, label):
    body = text()
    mail = f"Subject: a prize\r\n\r\n{text()}\r\n".encode()
    for options in (
        {"params": {"label": label}, "data": body.encode(), "headers": {"Content-Type": "text/plain"}},
        {"params": {"label": label}, "data": mail, "headers": {"Content-Type": "message/rfc822"}},
        {"json": {"label": label, "subject": "prize", "text": body}},
        {"params": {"label": label}, "json": {"text": text()}},
        {"data": {"label": label}, "files": {"message": ("mail.eml", mail + b"x")}},
        {"params": {"label": label}, "files": {"message": ("mail.eml", mail + b"y")}},
    ):
        answer = client.request("POST", "/feedback", **options)
        assert answer.status_code == 201, answer.text
        assert answer.json()["label"] == label
        assert answer.json()["verdict"] is None


def test_a_contradiction_replaces_the_earlier_one_and_says_so(client):
    identity = client.classify(text())
    first = client.give(identity, "spam").json()
    second = client.give(identity, "ham").json()
    assert (second["replaced"], second["contradicts"]) == (first["id"], True)
    assert (client.state(first["id"]), client.state(second["id"])) == ("replaced", "counted")
    third = client.give(identity, "ham").json()
    assert (third["replaced"], third["contradicts"]) == (second["id"], False)


def test_the_same_message_judged_twice_has_one_lesson(client):
    body = text()
    first = client.give(client.classify(body), "spam").json()
    second = client.give(client.classify(body), "ham").json()
    assert second["replaced"] == first["id"]


def test_a_repetition_is_harmless_and_another_request_is_refused(client):
    identity, key = client.classify(text()), {"Idempotency-Key": uuid.uuid4().hex}
    first, again = client.give(identity, **key), client.give(identity, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.give(identity, "ham", **key)
    assert other.status_code == 422
    assert other.json()["type"].endswith("idempotency-conflict")
    assert client.state(first.json()["id"]) == "counted"


def test_feedback_is_taken_back_and_its_events_stay(client):
    identity = client.classify(text())
    given = client.give(identity).json()["id"]
    for _ in range(2):
        assert client.request("DELETE", f"/feedback/{given}").status_code == 204
    state = client.request("GET", f"/feedback/{given}").json()
    assert state["state"] == "withdrawn"
    assert [event["action"] for event in state["events"]] == ["given", "withdrawn"]
    gone = client.give(identity)
    assert gone.status_code == 404
    assert gone.json()["type"].endswith("verdict-unknown")


def test_what_is_not_there_is_not_found(client):
    for identity in ("0" * 32, uuid.uuid4().hex):
        assert client.give(identity).json()["type"].endswith("verdict-unknown")
        for method in ("GET", "DELETE"):
            answer = client.request(method, f"/feedback/{identity}")
            assert (answer.status_code, answer.json()["type"][20:]) == (404, "feedback-unknown")


def test_a_key_with_the_scope_is_needed_always(feedback_service):
    identity = feedback_service("feedback").classify(text())
    assert feedback_service("nobody").give(identity).status_code == 401
    assert feedback_service("classify").give(identity).status_code == 403
    given = feedback_service("feedback").give(identity).json()["id"]
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/release")):
        assert feedback_service("nobody").request(method, f"/feedback/{given}{path}").status_code == 401
        assert feedback_service("classify").request(method, f"/feedback/{given}{path}").status_code == 403
    assert feedback_service("feedback").request("GET", "/feedback/held").status_code == 403


def test_another_tenant_sees_and_changes_nothing(feedback_service):
    mine, stranger = feedback_service("feedback"), feedback_service("stranger")
    identity = mine.classify(text())
    given = mine.give(identity).json()["id"]
    assert stranger.give(identity, "ham").status_code == 404
    for method in ("GET", "DELETE"):
        assert stranger.request(method, f"/feedback/{given}").status_code == 404
    assert mine.state(given) == "counted"
    body = text()
    first = mine.give(mine.classify(body)).json()
    second = stranger.give(stranger.classify(body), "ham").json()
    assert (second["replaced"], second["contradicts"]) == (None, False)
    assert mine.state(first["id"]) == "counted"


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"json": {"id": "0" * 32}}, "invalid-field"),
        ({"json": {"label": "spam"}}, "empty-message"),
        ({"json": {"label": "unsure", "text": "a"}}, "invalid-field"),
        ({"json": {"label": "spam", "id": "0" * 32, "text": "a"}}, "invalid-field"),
        ({"json": {"label": "spam", "id": "nonsense"}}, "invalid-field"),
        ({"json": {"label": "spam", "text": "a"}, "params": {"label": "ham"}}, "invalid-field"),
        ({"json": {"label": "spam", "text": "a"}, "params": {"why": "not"}}, "invalid-field"),
        ({"data": b"a", "headers": {"Content-Type": "text/plain"}}, "invalid-field"),
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, "malformed-json"),
        (
            {"data": b"a", "params": {"label": "spam"}, "headers": {"Content-Type": "a/b"}},
            "unsupported-media-type",
        ),
        (
            {"json": {"id": "0" * 32, "label": "ham"}, "headers": {"Idempotency-Key": "a" * 256}},
            "invalid-field",
        ),
    ],
)
def test_what_is_wrong_gets_its_problem(client, options, kind):
    answer = client.request("POST", "/feedback", **options)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:sigmail:problem:{kind}"


def test_each_verdict_of_a_batch_and_of_a_stream_can_be_corrected(client):
    answers = client.request("POST", "/classify/batch", json={"messages": [text(), text()]}).json()["results"]
    lines = "".join(f'"{text()}"\n' for _ in range(3))
    headers = {"Content-Type": "application/x-ndjson"}
    streamed = client.request("POST", "/classify/batch", data=lines, headers=headers).text.splitlines()
    identities = [answer["id"] for answer in answers] + [line.split('"id": "')[1][:32] for line in streamed]
    assert [client.give(identity).status_code for identity in identities] == [201] * 5
