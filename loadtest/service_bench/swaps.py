"""Models that are swapped under load, killed while they are made, and damaged on the disk."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import statistics
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from service_bench.figures import Extent, Figure, at_least, at_most, exactly
from service_bench.serving import Server, free_port
from sigmail.errors import SigmailError
from sigmail.filter import SpamFilter
from sigmail_service.keys import SHARED, KeyStore
from sigmail_service.registry.places import open_place
from sigmail_service.registry.registry import Registry

__all__ = ["measure"]

_SWAPS, _KILLS, _CUTS, _FLIPS = 1_000, 50, 1_000, 10_000
_CLIENTS = 4
_TEXTS = ("Win a free prize now", "The zebra crosses at noon", "I attach the minutes of Tuesday's meeting")
_POLL_SECONDS = 0.02
_SWAPS_AT_A_TURN, _SECONDS_OF_CALM = 25, 2.0
# More models than a worker keeps loaded, so that each swap reads and checks a file.
_MODELS = 8
_TOLERANCE = 1e-6


class _Load:
    """Clients that judge the same texts again and again while a block runs, and what they were told."""

    def __init__(self, port: int) -> None:
        self.verdicts: list[tuple[int, str, float]] = []
        self.seconds: list[float] = []
        self.failed = 0
        self._port = port
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> _Load:
        self._ended.clear()
        self._threads = [threading.Thread(target=self._send, args=(one,)) for one in range(_CLIENTS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def p99(self) -> float:
        """Return the seconds that 99 of 100 answers took at most."""
        return sorted(self.seconds)[int(0.99 * len(self.seconds))]

    def median(self) -> float:
        """Return the seconds that half of the answers took at most."""
        return statistics.median(self.seconds)

    def _send(self, turn: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        while not self._ended.is_set():
            turn = (turn + 1) % len(_TEXTS)
            begun = time.perf_counter()
            connection.request("POST", "/classify", _TEXTS[turn].encode(), {"Content-Type": "text/plain"})
            answer = connection.getresponse()
            body = json.loads(answer.read())
            self.seconds.append(time.perf_counter() - begun)
            if answer.status == 200:
                self.verdicts.append((turn, body["model"], body["probability"]))
            else:
                self.failed += 1
            time.sleep(0.002)
        connection.close()


def measure(extent: Extent) -> list[Figure]:
    """Swap under load, then kill, then damage."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        models = [SpamFilter.default()]
        while len(models) < _MODELS:
            # Each says something else of the second text.
            taught = SpamFilter.from_bytes(models[-1].to_bytes())
            taught.learn("The zebra crosses at noon", "spam")
            models.append(taught)
        registry = Registry(open_place(data / "models"))
        registry.begin_with(models[0], SHARED, by_option=False)
        for model in models:
            registry.give(model, SHARED)
        _, token = KeyStore(data / "keys.json").create("bench", ("admin",))
        return [
            *_swaps(extent, data, models, token),
            *_kills(extent, data, models, token),
            *_damage(extent, registry, models[1]),
        ]


def _start(data: Path) -> Server:
    options = ("--workers", "2", "--drain-seconds", "0", "--log-level", "warning", "--data-dir", str(data))
    os.environ["SIGMAIL_MODEL_POLL_SECONDS"] = str(_POLL_SECONDS)
    server = Server(free_port(), options, data / "log")
    server.wait_until_ready()
    return server


def _activate(port: int, token: str, identity: str) -> int:
    return _post(port, token, f"/models/{identity}/activate")


def _post(port: int, token: str, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", path, headers={"X-API-Key": token})
        return connection.getresponse().status
    finally:
        connection.close()


def _swaps(extent: Extent, data: Path, models: list[SpamFilter], token: str) -> list[Figure]:
    count, server = extent.count(_SWAPS, least=20), _start(data)
    calm, load = _Load(server.port), _Load(server.port)
    statuses: list[int] = []
    begun = time.perf_counter()
    try:
        # By turns, so that what else the machine does falls on both alike.
        while len(statuses) < count:
            with calm:
                time.sleep(_SECONDS_OF_CALM)
            with load:
                for _ in range(min(_SWAPS_AT_A_TURN, count - len(statuses))):
                    identity = models[(len(statuses) + 1) % len(models)].identity
                    statuses.append(_activate(server.port, token, identity))
                    time.sleep(3 * _POLL_SECONDS)
        seconds = time.perf_counter() - begun
    finally:
        server.stop()
    scores = {model.identity: [model.classify(text).probability for text in _TEXTS] for model in models}
    wrong = sum(abs(scores[name][turn] - value) > _TOLERANCE for turn, name, value in load.verdicts)
    seen = sum(one[1] != other[1] for one, other in zip(load.verdicts, load.verdicts[1:], strict=False))
    times = f"{1e3 * load.p99():.2f} and {1e3 * calm.p99():.2f} ms; medians {1e3 * load.median():.2f} and "
    times += f"{1e3 * calm.median():.2f} ms"
    note = f"{len(load.verdicts)} verdicts, {count} swaps in {seconds:.0f} s"
    return [
        exactly("swaps: verdicts unlike the score of the model that they name", 0, wrong, "", note),
        exactly("swaps: answers but 200", 0, load.failed + calm.failed, ""),
        exactly("swaps: activations but 200", 0, sum(status != 200 for status in statuses), ""),
        at_least("swaps: changes of model that clients saw", count // 2, seen, ""),
        at_most("swaps: p99 beside none", 1.2, load.p99() / calm.p99(), "times", times),
    ]


def _kills(extent: Extent, data: Path, models: list[SpamFilter], token: str) -> list[Figure]:
    count, chosen = extent.count(_KILLS, least=2), random.Random(7)
    known, broken, slow = {model.identity for model in models}, 0, 0.0
    for number in range(count):
        server = _start(data)
        slow = max(slow, server.seconds_to_ready)
        registry = Registry(open_place(data / "models"))
        pointer = registry.pointer(SHARED)
        try:
            whole = pointer is not None and registry.load(pointer.digest, SHARED).identity in known
        except SigmailError:
            whole = False
        broken += not whole
        _post(server.port, token, "/models/train")
        _activate(server.port, token, models[number % len(models)].identity)
        time.sleep(chosen.uniform(0.0, 0.3))
        for process in (server.process.pid, *server.workers()):
            os.kill(process, signal.SIGKILL)
        server.process.wait()
    return [
        exactly("kills: starts on a model that is not whole", 0, broken, "", f"{count} kills"),
        at_most("kills: seconds to ready afterwards", 3, slow, "s"),
    ]


def _damaged(whole: bytes, extent: Extent) -> Iterator[bytes]:
    chosen = random.Random(8)
    header = 8 + struct.unpack("<Q", whole[:8])[0]
    yield struct.pack("<Q", 100_000_000) + bytes(100_000_000)
    for _ in range(extent.count(_CUTS)):
        yield whole[: chosen.randrange(len(whole))]
    for _ in range(extent.count(_FLIPS)):
        damaged = bytearray(whole)
        damaged[chosen.randrange(header, len(whole))] ^= 1 << chosen.randrange(8)
        yield bytes(damaged)


def _damage(extent: Extent, registry: Registry, model: SpamFilter) -> list[Figure]:
    whole, taken, longest, count = model.to_bytes(), 0, 0.0, 0
    for data in _damaged(whole, extent):
        registry.place.write(f"{model.digest}.sigmail", data)
        begun = time.perf_counter()
        try:
            registry.activate(SHARED, model.identity)
            taken += 1
        except SigmailError:
            pass
        longest, count = max(longest, time.perf_counter() - begun), count + 1
    return [
        exactly("damage: files that were taken", 0, taken, "", f"{count} files"),
        at_most("damage: seconds to the refusal", 1, longest, "s"),
    ]
