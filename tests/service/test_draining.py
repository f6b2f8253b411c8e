"""SIGTERM: the service says that it is not ready, serves on for a while, ends its work, and exits with 0."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import requests

HEAD = b"POST /classify HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"
TEXT = {"Content-Type": "text/plain"}


def wait_for_event(service, event):
    while event not in service.log():
        assert service.process.poll() is None


def test_readiness_turns_while_requests_are_served_and_work_is_ended(start_service):
    # Longer than any test takes: the second signal ends the delay.
    with start_service("--workers", "2", "--drain-seconds", "600") as service, service.connect() as begun:
        begun.sendall(HEAD + b"he")
        assert requests.get(f"{service.url}/readyz", timeout=20).status_code == 200
        with requests.Session() as session:
            assert "Connection" not in session.get(f"{service.url}/livez", timeout=20).headers
            service.process.send_signal(signal.SIGTERM)
            wait_for_event(service, "draining")
            for _ in range(10):  # A connection each, so that every worker is asked.
                ready = requests.get(f"{service.url}/readyz", timeout=20)
                assert ready.status_code == 503
                assert ready.json()["type"] == "urn:sigmail:problem:draining"
            assert requests.get(f"{service.url}/livez", timeout=20).status_code == 200
            served = session.post(f"{service.url}/classify", data="hello", headers=TEXT, timeout=20)
            assert (served.status_code, served.headers["Connection"]) == (200, "close")
        service.process.send_signal(signal.SIGTERM)
        begun.sendall(b"llo")
        assert begun.recv(4096).startswith(b"HTTP/1.1 200")
        assert service.process.wait(20) == 0
        assert service.log_lines()[-1]["event"] == "stopped"


def test_the_delay_ends_by_itself(start_service):
    with start_service("--workers", "1", "--drain-seconds", "0.1") as service:
        assert service.stop() == 0
        events = [line["event"] for line in service.log_lines()]
        assert events[-2:] == ["draining", "stopped"]


def test_clients_that_watch_readiness_lose_no_request(start_service):
    answers, stopped = [], threading.Event()

    def send(url):
        while not stopped.is_set():
            answers.append(
                requests.post(f"{url}/classify", data="hello", headers=TEXT, timeout=20).status_code
            )

    with start_service("--workers", "2", "--drain-seconds", "1") as service, ThreadPoolExecutor(4) as clients:
        sent = [clients.submit(send, service.url) for _ in range(4)]
        while len(answers) < 100:
            requests.get(f"{service.url}/livez", timeout=20)
        service.process.send_signal(signal.SIGTERM)
        while requests.get(f"{service.url}/readyz", timeout=20).status_code == 200:
            pass
        stopped.set()
        for future in sent:
            future.result()  # A connection that broke off would be raised here.
    assert set(answers) == {200}
