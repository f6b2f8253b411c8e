"""More than the service can do: a problem that says when to come back, and soon everything as before."""

import asyncio
import json
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

TEXT = {"Content-Type": "text/plain"}
CONNECTIONS = 64


@pytest.fixture
def client(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "loadtest"))
    from service_bench import client  # noqa: PLC0415 - Found by the path set here.

    return client


def figure(service, name, **labels):
    families = text_string_to_metric_families(requests.get(f"{service.url}/metrics", timeout=20).text)
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def test_a_standing_queue_is_refused_and_nobody_is_later(client, start_service, apart):
    request = client.post(b"See you on Tuesday, and bring the maps. " * 50)
    with start_service("--workers", "1") as service:
        outcome = apart(lambda: asyncio.run(client.closed_loop(service.port, request, CONNECTIONS, 3.0, 0)))
        counts = outcome.counts()
        assert set(counts) == {200, 503}
        assert outcome.broken == 0
        rejected = figure(service, "sigmail_rejected_total", reason="overloaded")
        # The client leaves at the end without reading the answer that each connection may still get.
        assert counts[503] <= rejected <= counts[503] + CONNECTIONS
        refused = {"route": "/classify", "method": "POST", "status": "503"}
        assert figure(service, "sigmail_requests_total", **refused) == rejected
        for _ in range(50):
            answer = requests.post(f"{service.url}/classify", data="hello", headers=TEXT, timeout=20)
            assert answer.status_code == 200
        lines = [line for line in service.log_lines() if "count" in line]
        assert 0 < sum(line["count"] for line in lines) <= rejected
        assert len(lines) < rejected


@pytest.fixture
def hurried(start_service, monkeypatch):
    """A service whose requests must not wait for longer than a moment that always passes."""
    monkeypatch.setenv("SIGMAIL_REQUEST_TIMEOUT", "0.0000001")
    with start_service("--workers", "1") as service:
        yield service


@pytest.mark.parametrize("size", [5, 100_000])
def test_a_request_that_has_waited_too_long_is_refused(hurried, size):
    headers = {**TEXT, "X-Request-ID": "late-1"}
    answer = requests.post(f"{hurried.url}/classify", data=b"x" * size, headers=headers, timeout=20)
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["X-Request-ID"] == "late-1"
    problem = answer.json()
    assert problem["type"] == "urn:sigmail:problem:overloaded"
    assert "has waited" in problem["detail"]
    assert problem["request_id"] == "late-1"


def test_probes_and_figures_are_answered_however_late(hurried):
    for path in ("/livez", "/readyz", "/metrics"):
        assert requests.get(hurried.url + path, timeout=20).status_code == 200


def test_a_refusal_shows_no_path_that_is_not_ours(hurried, canary):
    answer = requests.post(f"{hurried.url}/{canary}", headers={"X-Request-ID": f"{canary} !"}, timeout=20)
    assert answer.status_code == 503
    assert canary not in answer.text + json.dumps(dict(answer.headers))
    metrics = requests.get(f"{hurried.url}/metrics", timeout=20).text
    assert canary not in metrics
    assert figure(hurried, "sigmail_requests_total", route="unmatched", status="503") == 1
