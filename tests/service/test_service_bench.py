"""The measurement of what the service promises, in small: what no busy machine can change has to hold."""

import asyncio
import contextlib
import math
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "loadtest"

# How much of each part is done here, and the start of the names of figures that are times or hang on them.
PARTS = {
    "footprint": (0.1, ("start to ready",)),
    "bodies": (0.1, ("body of cap + 1 byte, ",)),
    "crowd": (0.02, ("crowd of",)),
    "overload": (0.02, ("overload: accepted p99", "overload: requests refused", "overload: median")),
    "restarts": (0.1, ()),
    "stops": (0.03, ("stops: slowest",)),
    "faults": (0.04, ()),
    "stream": (0.05, ()),
    "kills": (0.02, ("kills: start to ready",)),
    "databases": (0.1, ("PostgreSQL back",)),
    "disks": (0.2, ()),
    "writers": (0.1, ("eight writers: corrections a second", "eight writers: longest wait")),
    "history": (0.1, ("history: ",)),
    "swaps": (0.01, ("swaps: p99",)),
    "interrupted": (0.04, ("interrupted: start to ready", "interrupted: trainings that were cut off")),
    "damage": (0.005, ("damage: seconds",)),
}


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    return lambda name: import_module(f"service_bench.{name}")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_holds_what_no_busy_machine_can_change(bench, apart, part):
    share, timed = PARTS[part]
    if part == "databases" and bench("postgresql").find_binaries() is None:
        pytest.skip("there is no PostgreSQL here: `apt-get install postgresql` brings it")
    if part == "disks" and not bench("disks").can_mount():
        pytest.skip("this user may not mount a small disk")
    figures = apart(bench(part).measure, bench("figures").Extent(share))
    missed = [figure.line() for figure in figures if not figure.held and not figure.name.startswith(timed)]
    assert missed == []
    assert all(math.isfinite(figure.measured) for figure in figures)
    assert sum(figure.name.startswith(timed) for figure in figures) >= len(timed)


def test_a_figure_beyond_its_bound_or_without_a_value_is_missed(bench):
    figures = bench("figures")
    assert figures.at_most("a", 5, 5.0, "ms").held
    missed = figures.at_most("a", 5, 5.1, "ms")
    assert not missed.held
    assert missed.line().startswith("MISSED a: 5.1 ms, at most 5 asked")
    assert not figures.at_most("a", 5, math.nan, "ms").held
    assert not figures.at_least("a", 5, 4.9, "").held
    assert not figures.exactly("a", 0, 1, "").held
    assert missed.members()["held"] is False


def test_the_command_writes_its_record_and_its_exit_code(tmp_path):
    command = [sys.executable, "-m", "service_bench", "bodies", "--share", "0.05", "--record", str(tmp_path)]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False)
    (record,) = tmp_path.glob("service-*.json")
    missed = done.stdout.count("MISSED")
    assert done.returncode == (1 if missed else 0)
    assert f"{missed} missed" in done.stdout
    assert record.read_text(encoding="utf-8").count('"held": false') == missed


@pytest.mark.corpus
def test_the_service_takes_turns_with_an_empty_route(bench, apart):
    if not os.environ.get("SIGMAIL_CORPORA"):
        pytest.skip("SIGMAIL_CORPORA is not set")
    if shutil.which("wrk") is None:
        pytest.skip("wrk is not installed")
    measure, extent = bench("rivals.measure"), bench("figures").Extent(0.1)
    figures = {figure.name: figure for figure in apart(measure.compare, extent, ("empty-route",))}
    assert figures["rivals: wrong answers of ours"].held
    assert all(math.isfinite(figure.measured) and figure.measured >= 0 for figure in figures.values())
    assert sum(name.endswith("CPU a request") for name in figures) == 4


def test_mails_are_chosen_by_a_seed_and_of_the_mean_size(bench):
    mails = bench("rivals.mails")
    some = [mails.Labelled(b"x" * (size * 37 % 12_000), False) for size in range(2_000)]
    chosen = mails.choose(some, 200)
    assert chosen == mails.choose(some, 200)
    assert chosen != mails.choose(some, 200, seed=1)
    assert abs(sum(map(len, chosen)) / 200 - 4_800) <= 50


def test_a_stall_shows_in_all_the_requests_that_it_holds_up(bench, apart):
    """A server that sleeps once: a closed loop would count one late answer, a timetable counts many."""
    client, stall, rate = bench("client"), 0.5, 100

    async def run():
        stalled = asyncio.Event()

        async def serve(reader, writer):
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while await reader.readuntil(b"end"):
                    if not stalled.is_set():
                        stalled.set()
                        await asyncio.sleep(stall)
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            writer.close()
            ended.set()

        ended = asyncio.Event()
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            outcome = await client.timetable(port, client.post(b"end"), 1, 2.0, rate)
            await asyncio.wait_for(ended.wait(), 20)
        return outcome

    outcome = apart(lambda: asyncio.run(run()))
    late = [seconds for seconds in outcome.latencies[200] if seconds > stall / 5]
    assert len(late) > stall * rate / 2
    assert max(late) >= stall
