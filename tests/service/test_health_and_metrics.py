"""Liveness, readiness, and figures that are right across workers."""

import re
import time

import requests
from prometheus_client.parser import text_string_to_metric_families

import sigmail
from sigmail import SpamFilter

MESSAGES = 40
TEXT = {"Content-Type": "text/plain"}


def figures(service, *, of_verdicts=0):
    """Return the figures, when they have so many verdicts: a worker writes them a moment after it answers."""
    end = time.monotonic() + 20.0
    while True:
        found = figures_now(service)
        if total(found, "sigmail_probability_count") >= of_verdicts or time.monotonic() > end:
            return found
        time.sleep(0.02)


def figures_now(service):
    answer = requests.get(f"{service.url}/metrics", timeout=20)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def total(found, name, **labels):
    return sum(
        value for key, value in found.items() if key[0] == name and set(labels.items()) <= set(key[1:])
    )


def test_the_process_lives_and_is_ready(service):
    assert requests.get(f"{service.url}/livez", timeout=20).json() == {"status": "alive"}
    ready = requests.get(f"{service.url}/readyz", timeout=20).json()
    assert ready == {"status": "ready", "model": SpamFilter.default().identity}


def test_the_figures_of_two_workers_add_up(start_service):
    with start_service("--workers", "2") as service:
        labels = []
        for number in range(MESSAGES):  # A connection each, so that both workers get some.
            text = "Win a FREE prize, claim now" if number % 2 else "See you on Tuesday."
            answer = requests.post(
                f"{service.url}/classify", data=text, headers={"Content-Type": "text/plain"}, timeout=20
            )
            labels.append(answer.json()["label"])
        requests.post(f"{service.url}/classify", data="x", timeout=20)
        found = figures(service, of_verdicts=MESSAGES)
        workers = {line["worker"] for line in service.log_lines() if line.get("route") == "/classify"}
    assert len(workers) == 2
    requests_of = {"method": "POST", "route": "/classify"}
    assert total(found, "sigmail_requests_total", status="200", **requests_of) == MESSAGES
    assert total(found, "sigmail_requests_total", status="415", **requests_of) == 1
    assert total(found, "sigmail_rejected_total", reason="unsupported-media-type") == 1
    assert total(found, "sigmail_request_seconds_count", route="/classify") == MESSAGES + 1
    for label in set(labels):
        assert total(found, "sigmail_verdicts_total", label=label) == labels.count(label)
    assert total(found, "sigmail_verdicts_total") == MESSAGES
    assert total(found, "sigmail_probability_count") == MESSAGES
    assert total(found, "sigmail_probability_bucket", le="+Inf") == MESSAGES


def test_the_figures_name_the_model_and_the_build(service):
    build = {"version": sigmail.__version__, "simd": sigmail.build_info()["simd"]}
    found = figures(service)
    assert total(found, "sigmail_model", model=SpamFilter.default().identity, **build) == 1
    assert total(found, "sigmail_model") == 1


def test_a_message_that_is_read_in_part_is_counted(start_service):
    whole, long = "See you on Tuesday.", "See you on Tuesday. " * 200_000
    assert not SpamFilter.default().classify(whole).truncated
    with start_service("--workers", "2") as service:
        for number in range(12):  # A connection each, so that both workers get some.
            text = long if number % 3 == 0 else whole
            answer = requests.post(f"{service.url}/classify", data=text, headers=TEXT, timeout=20)
            assert answer.json()["truncated"] is (number % 3 == 0)
        assert total(figures(service, of_verdicts=12), "sigmail_truncated_total") == 4


def test_the_histogram_shows_where_the_probabilities_lie(start_service):
    with start_service("--workers", "2") as service:
        given = [
            requests.post(f"{service.url}/classify", data=text, headers=TEXT, timeout=20).json()[
                "probability"
            ]
            for text in ("Win a FREE prize, claim now", "See you on Tuesday.", "hello", "cheap pills") * 4
        ]
        found = figures(service, of_verdicts=len(given))
    edges = {
        dict(key[1:])["le"]: value for key, value in found.items() if key[0] == "sigmail_probability_bucket"
    }
    assert len(edges) > 10
    for edge, count in edges.items():
        assert count == sum(probability <= float(edge) for probability in given)


def test_every_reason_of_a_refusal_is_counted_by_its_name(start_service):
    sent = {
        "unsupported-media-type": {"data": b"x", "headers": {"Content-Type": "image/png"}},
        "empty-message": {"data": b"", "headers": TEXT},
        "malformed-json": {"data": b"{", "headers": {"Content-Type": "application/json"}},
        "key-unknown": {"data": b"x", "headers": {**TEXT, "X-API-Key": "wrong"}},
        "body-too-large": {"data": b"x" * 2_000, "headers": TEXT},
    }
    with start_service("--workers", "2", "--max-body-bytes", "1024") as service:
        for _ in range(3):
            for options in sent.values():
                requests.post(f"{service.url}/classify", timeout=20, **options)
        found = figures(service)
    assert {
        reason: total(found, "sigmail_rejected_total", reason=reason) for reason in sent
    } == dict.fromkeys(sent, 3)


def test_what_a_caller_sends_makes_no_label(service):
    requests.get(f"{service.url}/made-up-path", timeout=20)
    assert requests.request("PROPFIND", f"{service.url}/classify", timeout=20).status_code == 405
    assert requests.request("BREW", f"{service.url}/classify", timeout=20).status_code == 400
    text = requests.get(f"{service.url}/metrics", timeout=20).text
    assert not re.search("made-up-path|PROPFIND|BREW", text)
    assert 'method="other"' in text
