"""Settings that must stand before the first test module is imported, the real service, and small mails."""

import contextlib
import json
import os
import random
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# SciPy reads it once, at its import; without it scikit-learn skips its checks of array API input.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

CANARY = "zanzibarquux"
_SECONDS = 20.0


@dataclass(frozen=True)
class Service:
    """A running `sigmail serve`: where it listens, its process, and its log."""

    port: int
    process: subprocess.Popen[bytes]
    log_path: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8")

    def log_lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log().splitlines()]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=_SECONDS)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(_SECONDS)


StartService = Callable[..., contextlib.AbstractContextManager[Service]]


@pytest.fixture(scope="session")
def sigmail_command() -> list[str]:
    """The installed command, of the environment that runs the tests."""
    return [str(Path(sys.executable).with_name("sigmail"))]


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    # Below the ports that the system gives to clients: one that tries again and again to reach a port of
    # theirs, before the service listens there, may be given that port itself, and be connected with itself.
    def find() -> int:
        while True:
            port = secrets.choice(range(20_000, 32_000))
            with contextlib.suppress(OSError), socket.socket() as listener:
                listener.bind(("127.0.0.1", port))
                return port

    return find


@pytest.fixture(scope="session")
def start_service(
    tmp_path_factory: pytest.TempPathFactory, sigmail_command: list[str], free_port: Callable[[], int]
) -> StartService:
    """Start the real service; at its end, see that it ended well and that its log holds no message."""

    @contextlib.contextmanager
    def start(*options: str) -> Iterator[Service]:
        port = free_port()
        log_path = tmp_path_factory.mktemp("service") / "log"
        usual = ("--port", str(port), "--log-format", "json", "--drain-seconds", "0")
        command = [*sigmail_command, "serve", *usual, *options]
        # What a test does not place elsewhere goes to a folder of its own, and not into that of the user.
        variables = {**os.environ, "XDG_DATA_HOME": str(log_path.parent)}
        with log_path.open("wb") as log, subprocess.Popen(command, stderr=log, env=variables) as process:
            service = Service(port, process, log_path)
            try:
                _wait_until_it_listens(service)
                yield service
            finally:
                if process.poll() is None:
                    process.terminate()
                code = process.wait(_SECONDS)
        assert code == 0
        assert "Traceback" not in service.log()
        assert CANARY not in service.log()

    return start


@pytest.fixture(scope="session")
def service(start_service: StartService) -> Iterator[Service]:
    """The service that most tests share: two workers, a limit of 256 KiB, and two seconds for a body."""
    options = ("--workers", "2", "--max-body-bytes", str(256 * 1024), "--body-timeout", "2")
    with start_service(*options, "--log-level", "debug") as running:
        yield running


@pytest.fixture(scope="session")
def canary() -> str:
    """A word for messages that must never stand in a log or in a problem document."""
    return CANARY


def _wait_until_it_listens(service: Service) -> None:
    deadline = time.monotonic() + _SECONDS
    while service.process.poll() is None and time.monotonic() < deadline:
        try:
            service.connect().close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail(f"the service did not start: {service.log()}")


WORDS = """
viagra cheap winner prize money casino pills offer credit loan click free bonus deal
meeting lunch report patch kernel review tomorrow thanks project agenda notes train schedule minutes
the and you with this that from have will about house street garden music water bread
"""
SPAM_WORDS, HAM_WORDS, COMMON_WORDS = (line.split() for line in WORDS.strip().splitlines())
MAILS_OF_A_LABEL = 40


def make_mail(words: list[str], number: int, seed: str) -> bytes:
    """Write a mail whose text no other number has."""
    generator = random.Random(f"{seed} {number}")  # noqa: S311 - The same mails each time.
    text = " ".join(generator.choices(words, k=6) + generator.choices(COMMON_WORDS, k=12))
    subject = " ".join(generator.sample(words, 2))
    return f"From: a@example.org\r\nSubject: {subject}\r\n\r\n{text}\r\n".encode()


@dataclass(frozen=True)
class Mails:
    """Folders of mails: to train on, and others to measure with."""

    spam: Path
    ham: Path
    other_spam: Path
    other_ham: Path


@pytest.fixture(scope="session")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Mails:
    """Small mails that words tell apart, and four whose words belong to the other side."""
    root = tmp_path_factory.mktemp("mails")
    folders = Mails(*(root / name for name in ("spam", "ham", "other-spam", "other-ham")))
    for folder, words in (
        (folders.spam, SPAM_WORDS),
        (folders.ham, HAM_WORDS),
        (folders.other_spam, SPAM_WORDS),
        (folders.other_ham, HAM_WORDS),
    ):
        folder.mkdir()
        for number in range(MAILS_OF_A_LABEL):
            (folder / f"{number:03}.eml").write_bytes(make_mail(words, number, folder.name))
    for number in (900, 901):
        (folders.other_spam / f"{number}.eml").write_bytes(make_mail(HAM_WORDS, number, "swapped"))
        (folders.other_ham / f"{number}.eml").write_bytes(make_mail(SPAM_WORDS, number, "swapped"))
    return folders
