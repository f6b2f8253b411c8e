"""Models that are swapped under load: what each verdict says, and how long it takes.

The client is a process of its own, and so is the administrator who swaps: what each of them does costs the
other nothing but processor time.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from service_bench.client import Connection, connected
from service_bench.client import post as request_of
from service_bench.figures import Extent, Figure, at_least, at_most, exactly, found
from service_bench.models import POLL_SECONDS, TEXTS, Prepared, activate, prepare, scores_of, start

__all__ = ["measure"]

_SWAPS = 1_000
_CLIENTS = 4
_PAUSE_SECONDS = 0.002
_SWAPS_AT_A_TURN, _SECONDS_OF_CALM = 25, 2.0
# More models than a worker keeps loaded, so that each swap reads and checks a file.
_MODELS = 8
_TOLERANCE = 1e-6


class _Load:
    """Clients that have the same texts judged again and again, and what they were told."""

    def __init__(self, port: int) -> None:
        self.answers: list[tuple[int, bytes]] = []
        self.seconds: list[float] = []
        self.p99_of_turns: list[float] = []
        self.failed = 0
        self._port = port
        self._requests = [request_of(text.encode()) for text in TEXTS]

    async def run(self, is_over: Callable[[], bool]) -> None:
        """Send on each connection a text after each answer, with a pause, until it is over."""
        loop, turns, before = asyncio.get_running_loop(), dict[Connection, int](), len(self.seconds)

        def send(connection: Connection) -> None:
            turns[connection] = (turns[connection] + 1) % len(TEXTS)
            connection.send(self._requests[turns[connection]])

        def answered(connection: Connection, status: int, seconds: float) -> None:
            self.seconds.append(seconds)
            self.failed += status != 200
            self.answers.append((turns[connection], connection.body))
            loop.call_later(_PAUSE_SECONDS, send, connection)

        async with connected(self._port, _CLIENTS, answered, self._broke) as opened:
            for number, connection in enumerate(opened):
                turns[connection] = number
                send(connection)
            while not is_over():
                await asyncio.sleep(POLL_SECONDS)
        self.p99_of_turns.append(_p99(self.seconds[before:]))

    def verdicts(self) -> list[tuple[int, str, float]]:
        """Return for each answer the number of the text, and the model and probability that it was told."""
        read = ((turn, json.loads(body)) for turn, body in self.answers)
        return [(turn, body["model"], body["probability"]) for turn, body in read if "model" in body]

    def p99(self) -> float:
        """Return the seconds that 99 of 100 answers took at most."""
        return _p99(self.seconds)

    def median(self) -> float:
        """Return the seconds that half of the answers took at most."""
        return statistics.median(self.seconds)

    def _broke(self) -> None:
        self.failed += 1


def measure(extent: Extent) -> list[Figure]:
    """Send with and without swaps, by turns, so that what else the machine does falls on both alike."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare(Path(folder), _MODELS)
        server = start(prepared.folder)
        calm, load = _Load(server.port), _Load(server.port)
        begun = time.perf_counter()
        try:
            statuses = asyncio.run(_by_turns(prepared, server.port, calm, load, extent))
            seconds = time.perf_counter() - begun
        finally:
            server.stop()
        return _figures(prepared, calm, load, statuses, seconds)


async def _by_turns(prepared: Prepared, port: int, calm: _Load, load: _Load, extent: Extent) -> list[int]:
    count, statuses, loop = extent.count(_SWAPS, least=20), list[int](), asyncio.get_running_loop()
    identities = [model.identity for model in prepared.models]
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as administrator:
        await loop.run_in_executor(administrator, _swap, port, prepared.token, [])  # Its process starts now.
        while len(statuses) < count:
            end = time.perf_counter() + _SECONDS_OF_CALM
            await calm.run(lambda end=end: time.perf_counter() >= end)  # type: ignore[misc]
            numbers = range(len(statuses) + 1, 1 + min(count, len(statuses) + _SWAPS_AT_A_TURN))
            some = [identities[number % len(identities)] for number in numbers]
            swapped = loop.run_in_executor(administrator, _swap, port, prepared.token, some)
            await load.run(swapped.done)
            statuses += await swapped
    return statuses


def _swap(port: int, token: str, identities: list[str]) -> list[int]:
    """Let one model judge after another, each long enough for all workers to take it up."""
    statuses = []
    for identity in identities:
        statuses.append(activate(port, token, identity))
        time.sleep(3 * POLL_SECONDS)
    return statuses


def _figures(
    prepared: Prepared, calm: _Load, load: _Load, statuses: list[int], seconds: float
) -> list[Figure]:
    scores, verdicts = {model.identity: scores_of(model) for model in prepared.models}, load.verdicts()
    wrong = sum(abs(scores[name][turn] - value) > _TOLERANCE for turn, name, value in verdicts)
    seen = sum(one[1] != other[1] for one, other in itertools.pairwise(verdicts))
    times = f"{1e3 * load.p99():.2f} and {1e3 * calm.p99():.2f} ms; medians {1e3 * load.median():.2f} and "
    times += f"{1e3 * calm.median():.2f} ms"
    note = f"{len(verdicts)} verdicts, {len(statuses)} swaps in {seconds:.0f} s"
    ratios = [one / other for one, other in zip(load.p99_of_turns, calm.p99_of_turns, strict=True)]
    return [
        exactly("swaps: verdicts unlike the score of the model that they name", 0, wrong, "", note),
        exactly("swaps: answers but 200", 0, load.failed + calm.failed, ""),
        exactly("swaps: activations but 200", 0, sum(status != 200 for status in statuses), ""),
        at_least("swaps: changes of model that clients saw", len(statuses) // 2, seen, ""),
        at_most("swaps: p99 beside none", 1.2, load.p99() / calm.p99(), "times", times),
        found("swaps: p99 of a turn beside none, median", statistics.median(ratios), "times"),
    ]


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(0.99 * len(seconds))]
