"""What holds for every test of the service, at the end of them all."""

from concurrent.futures import ThreadPoolExecutor

import pytest


@pytest.fixture(scope="session", autouse=True)
def no_log_holds_a_word_of_a_message(tmp_path_factory, canary):
    """Search the logs of every server that the session started; the tests send the word in many places."""
    yield
    logs = list(tmp_path_factory.getbasetemp().glob("service*/log"))
    leaking = [path.name for path in logs if canary in path.read_text(encoding="utf-8", errors="replace")]
    assert leaking == []


@pytest.fixture
def apart():
    """Call a function in a thread of its own: the browser of other tests has its event loop in this one."""

    def call(function, *arguments):
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(function, *arguments).result()

    return call
