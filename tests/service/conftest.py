"""What holds for every test of the service, at the end of them all, and the databases of some."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest

LOADTEST = Path(__file__).parents[2] / "loadtest"


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


@pytest.fixture(scope="session")
def postgresql():
    """A real PostgreSQL; the tests that want one skip where its binaries are missing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(LOADTEST))
        module = import_module("service_bench.postgresql")
    if module.find_binaries() is None:
        pytest.skip("there is no PostgreSQL here: `apt-get install postgresql` brings it")
    with module.postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def new_postgresql_database(postgresql):
    """Create an empty database and return its URL."""
    numbers = itertools.count()
    return lambda: postgresql.create(f"sigmail_{next(numbers)}")
