"""`sigmail serve`: a start that is refused says why in one line; a signal ends it when its work is done."""

import os
import signal
import subprocess
import time

import pytest


@pytest.fixture
def run_serve(sigmail_command, free_port):
    def run(*options, **variables):
        command = [*sigmail_command, "serve", *options]
        if not any(option.startswith("--port") for option in options) and "SIGMAIL_PORT" not in variables:
            command += ["--port", str(free_port())]
        environment = {**os.environ, **variables}
        return subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=30, check=False
        )

    return run


def refused(result, *words):
    assert result.returncode == 1
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert all(word in result.stderr for word in words), result.stderr


def test_a_file_that_is_no_model_is_refused(run_serve, tmp_path):
    path = tmp_path / "no.sigmail"
    path.write_bytes(b"this is no model")
    refused(run_serve("--model", str(path)), "no.sigmail")


def test_a_model_that_is_not_there_is_refused(run_serve, tmp_path):
    refused(run_serve("--model", str(tmp_path / "none.sigmail")), "none.sigmail", "No such file")


def test_a_port_in_use_is_refused(run_serve, service):
    refused(run_serve("--port", str(service.port)), str(service.port), "in use")


def test_an_address_that_is_not_ours_is_refused(run_serve):
    refused(run_serve("--host", "192.0.2.1"), "192.0.2.1")


def test_a_wrong_variable_is_refused_with_its_name_and_what_is_allowed(run_serve):
    refused(run_serve(SIGMAIL_PORT="99999"), "SIGMAIL_PORT", "99999", "65535")


def test_a_wrong_file_is_refused(run_serve, tmp_path):
    path = tmp_path / "sigmail.toml"
    path.write_text("workers = 0\nwrokers = 2\n", encoding="utf-8")
    refused(run_serve("--config", str(path)), "workers = 0", "configuration file", "wrokers is no setting")
    path.write_text("workers = ", encoding="utf-8")
    refused(run_serve("--config", str(path)), "not TOML")


def test_a_wrong_option_is_a_wrong_call(run_serve):
    result = run_serve("--workers", "none")
    assert result.returncode == 2
    assert "--workers" in result.stderr


def test_check_prints_each_setting_and_where_it_comes_from(run_serve, tmp_path):
    path = tmp_path / "sigmail.toml"
    path.write_text('log_level = "debug"\nworkers = 7\nmax_waiting = 99\n', encoding="utf-8")
    result = run_serve("--check", "--port", "8123", SIGMAIL_CONFIG=str(path), SIGMAIL_WORKERS="3")
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert "port = 8123    # option --port" in lines
    assert "workers = 3    # environment SIGMAIL_WORKERS" in lines
    assert "max_waiting = 99    # configuration file" in lines
    assert "host = 127.0.0.1    # default" in lines


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.05, 0.1, 0.2])
def test_a_stop_while_the_workers_start_is_not_lost(sigmail_command, free_port, tmp_path, seconds):
    log_path = tmp_path / "log"
    options = ("--port", str(free_port()), "--workers", "4", "--drain-seconds", "0")
    command = [*sigmail_command, "serve", *options]
    with log_path.open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        while b"serving" not in log_path.read_bytes():
            assert process.poll() is None
            time.sleep(0.005)
        time.sleep(seconds)
        process.terminate()
        assert process.wait(20) == 0
    assert "refused to gracefully stop" not in log_path.read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_service_when_its_work_is_done(start_service, number):
    with start_service("--workers", "1") as service, service.connect() as connection:
        head = b"POST /classify HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"
        connection.sendall(head + b"he")
        with service.connect() as other:  # Its answer shows that the first request has arrived too.
            other.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert other.recv(4096).startswith(b"HTTP/1.1 200")
        service.process.send_signal(number)
        with pytest.raises(subprocess.TimeoutExpired):
            service.process.wait(0.5)
        connection.sendall(b"llo")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        assert service.process.wait(20) == 0
        assert service.log_lines()[-1]["event"] == "stopped"
