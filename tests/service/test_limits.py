"""The rate of each caller, right across workers, and the address behind trusted proxies."""

import ipaddress
import time

import pytest
import requests

from sigmail_service.callers import address_of
from sigmail_service.limiter import TokenBuckets, whole_seconds

TEXT = {"Content-Type": "text/plain"}


@pytest.fixture
def buckets(tmp_path):
    path = tmp_path / "buckets"
    TokenBuckets.create(path, b"0123456789abcdef")
    return lambda rate, burst: TokenBuckets(path, rate, burst)


def test_a_burst_passes_and_then_the_rate_holds(buckets):
    limited = buckets(2.0, 5.0)
    assert [limited.take("a", now=100.0) for _ in range(6)] == [0.0] * 5 + [0.5]
    assert limited.take("a", now=100.4) == pytest.approx(0.1)
    assert limited.take("a", now=100.5) == 0.0
    assert limited.take("a", now=100.5) == pytest.approx(0.5)
    assert [limited.take("a", now=1000.0) for _ in range(6)] == [0.0] * 5 + [0.5]


def test_a_large_cost_is_paid_back_before_more_is_taken(buckets):
    limited = buckets(10.0, 5.0)
    assert limited.take("a", cost=105.0, now=1.0) == 0.0
    assert limited.take("a", now=1.0) == pytest.approx(10.1)
    assert limited.take("a", now=11.2) == 0.0


def test_callers_have_buckets_of_their_own_and_workers_the_same(buckets):
    one, other = buckets(1.0, 1.0), buckets(1.0, 1.0)
    assert one.take("a", now=1.0) == 0.0
    assert other.take("a", now=1.0) > 0.0
    assert other.take("b", now=1.0) == 0.0


def test_a_wait_is_told_in_whole_seconds():
    assert [whole_seconds(wait) for wait in (0.01, 1.0, 1.2)] == ["1", "1", "2"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.9", "", "192.0.2.9"),
        ("192.0.2.9", "198.51.100.1", "192.0.2.9"),  # A stranger may write what he likes.
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.5, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.8,10.0.0.7", "10.0.0.8"),
        ("10.0.0.1", "nonsense", "nonsense"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_only_a_trusted_proxy_is_believed(peer, forwarded, address):
    assert address_of(peer, forwarded, [ipaddress.ip_network("10.0.0.0/8")]) == address


def test_a_caller_over_the_rate_gets_429_and_when_to_come_back(start_service):
    options = ("--workers", "2", "--rate", "0.01", "--burst", "8")
    with start_service(*options) as service:
        url = f"{service.url}/classify"
        answers = [requests.post(url, data="hello", headers=TEXT, timeout=20) for _ in range(20)]
        statuses = [answer.status_code for answer in answers]
        assert statuses[:8] == [200] * 8
        assert set(statuses[8:]) == {429}
        refused = answers[-1]
        assert 1 <= int(refused.headers["Retry-After"]) <= 100
        assert refused.json()["type"] == "urn:sigmail:problem:too-many-requests"
        batch = requests.post(f"{url}/batch", json={"messages": ["a"]}, timeout=20)
        assert batch.status_code == 429
        forged = requests.post(url, data="a", headers={**TEXT, "X-Forwarded-For": "192.0.2.1"}, timeout=20)
        assert forged.status_code == 429
        assert requests.get(f"{service.url}/livez", timeout=20).status_code == 200


def test_a_batch_costs_what_its_messages_cost(start_service):
    with start_service("--workers", "1", "--rate", "0.01", "--burst", "8") as service:
        batch = requests.post(f"{service.url}/classify/batch", json={"messages": ["a"] * 8}, timeout=20)
        assert batch.status_code == 200
        assert requests.post(f"{service.url}/classify", data="a", headers=TEXT, timeout=20).status_code == 429


def test_a_stream_is_slowed_to_the_rate(start_service):
    with start_service("--workers", "1", "--rate", "20", "--burst", "1") as service:
        headers = {"Content-Type": "application/x-ndjson"}
        started = time.monotonic()
        lines = '{"text": "a"}\n' * 16
        for _ in range(2):
            answer = requests.post(f"{service.url}/classify/batch", data=lines, headers=headers, timeout=20)
            assert len(answer.text.splitlines()) == 16
        # The second stream waits until the first is paid; no machine is slow enough to break this bound.
        assert time.monotonic() - started > 0.5


def test_callers_behind_a_trusted_proxy_are_told_apart(start_service, tmp_path):
    config = tmp_path / "sigmail.toml"
    config.write_text('trusted_proxies = ["127.0.0.0/8"]\nrate = 0.01\nburst = 1\n', encoding="utf-8")
    with start_service("--workers", "1", "--config", str(config)) as service:

        def status(address):
            headers = {**TEXT, "X-Forwarded-For": address}
            return requests.post(f"{service.url}/classify", data="a", headers=headers, timeout=20).status_code

        assert [status("192.0.2.1"), status("192.0.2.1"), status("192.0.2.2")] == [200, 429, 200]
        assert [status("2001:db8::1"), status("2001:db8::2"), status("2001:db8:0:1::1")] == [200, 429, 200]
