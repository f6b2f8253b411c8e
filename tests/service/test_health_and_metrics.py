"""Liveness, readiness, and figures that are right across workers."""

import re

import requests
from prometheus_client.parser import text_string_to_metric_families

from sigmail import SpamFilter

MESSAGES = 40


def figures(service):
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
        found = figures(service)
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
    assert total(found, "sigmail_model", model=SpamFilter.default().identity) == 1


def test_what_a_caller_sends_makes_no_label(service):
    requests.get(f"{service.url}/made-up-path", timeout=20)
    requests.request("BREW", f"{service.url}/classify", timeout=20)
    text = requests.get(f"{service.url}/metrics", timeout=20).text
    assert not re.search("made-up-path|BREW", text)
    assert 'method="other"' in text
