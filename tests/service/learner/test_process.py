"""The learner's process ends with the service, however that ends, and is started again should it fail."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest


def learners():
    found = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return {
        int(line.split()[0]): int(line.split()[-1])
        for line in found.splitlines()
        if "sigmail_service.learner.process" in line and line.split()[-1].isdigit()
    }


def learner_of(parent):
    return [process for process, told in learners().items() if told == parent]


def group_of(leader):
    found = subprocess.run(["ps", "-eo", "pgid,stat"], capture_output=True, text=True, check=True).stdout
    return [line for line in found.splitlines() if line.split()[0] == str(leader) and "Z" not in line]


def wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert condition()


@pytest.mark.skipif(not Path("/proc").exists(), reason="asks ps")
@pytest.mark.parametrize("seconds", [0.0, 1.5])
def test_the_learner_ends_with_a_killed_service(sigmail_command, free_port, tmp_path, seconds):
    command = [*sigmail_command, "serve", "--port", str(free_port()), "--workers", "1"]
    with (tmp_path / "log").open("wb") as log:
        service = subprocess.Popen(
            [*command, "--data-dir", str(tmp_path)], stderr=log, start_new_session=True
        )
    wait_for(lambda: learner_of(service.pid))
    (learner,) = learner_of(service.pid)
    time.sleep(seconds)
    os.kill(service.pid, signal.SIGKILL)
    service.wait()
    wait_for(lambda: learner not in learners())
    wait_for(lambda: not group_of(service.pid))  # Its workers see that too, and end.


def test_a_learner_that_fails_is_started_again(start_service):
    with start_service("--workers", "1") as service:
        wait_for(lambda: learner_of(service.process.pid))
        (first,) = learner_of(service.process.pid)
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: learner_of(service.process.pid) not in ([], [first]))
    wait_for(lambda: not learner_of(service.process.pid))
