"""The main process: a worker that fails has a successor, one that fails at once has not for ever."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from sigmail_service.keys import KeyStore

CRASHING = """
import os
from sigmail_service.supervisor import Supervisor
Supervisor(2, lambda place: os._exit(3)).run()
"""

STUBBORN = """
import signal, sys, time
from sigmail_service import supervisor

def work(place):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("works", flush=True)
    time.sleep(60)

supervisor._SECONDS_TO_STOP = 0.2
keeper = supervisor.Supervisor(1, work)
signal.signal(signal.SIGTERM, keeper.stop)
keeper.run()
"""


def workers_of(process):
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    lines = {child: Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return [int(child) for child, line in lines.items() if b"learner" not in line]


@pytest.mark.skipif(not Path("/proc").exists(), reason="asks /proc")
def test_a_worker_that_was_killed_has_a_successor(start_service):
    with start_service("--workers", "2") as service:
        assert requests.get(f"{service.url}/readyz", timeout=20).status_code == 200
        before = workers_of(service.process.pid)
        assert len(before) == 2
        os.kill(before[0], signal.SIGKILL)
        deadline = time.monotonic() + 20
        while "worker ended" not in service.log():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        while len(workers_of(service.process.pid)) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        for _ in range(20):
            assert requests.get(f"{service.url}/livez", timeout=20).status_code == 200


@pytest.mark.skipif(not Path("/proc").exists(), reason="asks /proc")
def test_a_worker_that_judges_and_is_corrected_has_no_numpy_in_memory(start_service, tmp_path):
    _, key = KeyStore(tmp_path / "keys.json").create("corrector", ("classify", "feedback"), "shared")
    with start_service("--workers", "1", "--data-dir", str(tmp_path)) as service:
        client = requests.Session()
        client.headers["X-API-Key"] = key
        given = client.post(f"{service.url}/classify", json={"text": "See you on Tuesday."}, timeout=20)
        lesson = {"id": given.json()["id"], "label": "ham"}
        assert client.post(f"{service.url}/feedback", json=lesson, timeout=20).status_code == 201
        (worker,) = workers_of(service.process.pid)
        maps = Path(f"/proc/{worker}/maps").read_text()
    assert "_core.abi3" in maps
    assert "numpy" not in maps


def test_workers_that_fail_again_and_again_end_the_service():
    done = subprocess.run(
        [sys.executable, "-c", CRASHING], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "again and again" in done.stdout + done.stderr


def test_a_worker_that_does_not_end_is_ended_by_force():
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "works\n"
        process.terminate()
        output = process.stdout.read()
        assert process.wait(20) == 0
    assert "worker killed" in output


SIGNALLED_ELSEWHERE = """
import signal, threading, time
from sigmail_service.supervisor import Supervisor

def work(place):
    time.sleep(60)

keeper = Supervisor(1, work)
signal.signal(signal.SIGTERM, keeper.stop)

def send():
    time.sleep(0.5)  # By now the main thread waits.
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    time.sleep(60)

threading.Thread(target=send, daemon=True).start()
keeper.run()
"""


def test_a_signal_that_another_thread_receives_is_not_lost():
    done = subprocess.run([sys.executable, "-c", SIGNALLED_ELSEWHERE], timeout=30, check=False)
    assert done.returncode == 0


EARLY = """
import os, signal, socket
from sigmail_service.shares import Shares
from sigmail_service.worker import Worker, new_loop

loop = new_loop()
run = loop.run_until_complete

def signalled(work):
    os.kill(os.getpid(), signal.SIGTERM)
    run(work)

loop.run_until_complete = signalled
listener = socket.create_server(("127.0.0.1", 0))
listener.setblocking(False)
Worker(listener, None, 10.0, Shares(1), 0).run(loop)
"""


def test_a_signal_just_before_the_loop_runs_is_not_lost():
    done = subprocess.run(
        [sys.executable, "-c", EARLY], timeout=10, check=False, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGTERM, done.stderr
