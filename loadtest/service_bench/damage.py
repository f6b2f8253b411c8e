"""Model files that are damaged: none comes to judge, asked for or pointed to; the old one serves on."""

from __future__ import annotations

import contextlib
import random
import re
import struct
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from service_bench.figures import Extent, Figure, at_least, at_most, exactly
from service_bench.models import TEXTS, Prepared, activate, prepare, scores_of, start
from service_bench.online import Teacher
from service_bench.serving import Server
from sigmail_service.keys import SHARED
from sigmail_service.registry.records import Pointer

__all__ = ["measure"]

_CUTS, _FLIPS = 1_000, 10_000
_LONG_HEADER = 100_000_000
# One flip in so many goes into the header, which is a small part of the file and the most intricate one.
_FLIPS_TO_ONE_IN_THE_HEADER = 10
# To one of so many files the pointer is turned too, as another host might do that shares the folder.
_FILES_TO_A_POINTER = 50
_UNUSABLE = 409
_POINTER = f"current/{SHARED}.json"
_SECONDS = 5.0
_PAUSE = 0.002
_TOLERANCE = 1e-6
_REFUSED = re.compile(rb"^sigmail_model_refused_total (\S+)", re.MULTILINE)


@dataclass(slots=True)
class _Trial:
    """A server, and what came of the damaged files that were put before it."""

    prepared: Prepared
    server: Server
    client: Teacher
    files: int = 0
    taken: int = 0
    pointers: int = 0
    pointers_taken: int = 0
    verdicts_of_others: int = 0
    seconds: list[float] = field(default_factory=list)
    seconds_of_pointers: list[float] = field(default_factory=list)

    def put(self, data: bytes) -> None:
        """Put a file in the place of the second model's, ask for that model, and have a message judged."""
        new = self.prepared.models[1]
        path = self.prepared.folder / "models" / f"{new.digest}.sigmail"
        beside = path.with_name(".damaged")
        beside.write_bytes(data)
        beside.replace(path)
        begun = time.perf_counter()
        self.taken += activate(self.server.port, self.prepared.token, new.identity) != _UNUSABLE
        self.seconds.append(time.perf_counter() - begun)
        if self.files % _FILES_TO_A_POINTER == 0:
            self._point()
        self.files += 1
        self.verdicts_of_others += not self._old_judges()

    def _point(self) -> None:
        """Let the pointer name the damaged file until it is refused, and then the old model again."""
        old, new = (model.digest for model in self.prepared.models)
        before, begun = self._refused(), time.perf_counter()
        self.prepared.registry.place.write(_POINTER, Pointer(new, old).to_bytes())
        while self._refused() == before and time.perf_counter() - begun < _SECONDS:
            time.sleep(_PAUSE)
        self.seconds_of_pointers.append(time.perf_counter() - begun)
        self.pointers += 1
        self.pointers_taken += not self._old_judges()
        self.prepared.registry.place.write(_POINTER, Pointer(old, old).to_bytes())

    def _old_judges(self) -> bool:
        old, verdict = self.prepared.models[0], self.client.classify(TEXTS[1])
        right = abs(float(verdict["probability"]) - scores_of(old)[1]) <= _TOLERANCE
        return bool(verdict["model"] == old.identity and right)

    def _refused(self) -> float:
        """Return how many models the worker has refused."""
        headers = {"X-API-Key": self.prepared.token}
        request = urllib.request.Request(f"{self.server.url}/metrics", headers=headers)  # noqa: S310 - Loopback.
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            found = _REFUSED.search(answer.read())
        return float(found[1]) if found else 0.0


def measure(extent: Extent) -> list[Figure]:
    """Put one damaged file after another under the name of a model, and ask for that model."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare(Path(folder), 2)
        server = start(prepared.folder, workers=1)
        try:
            with contextlib.closing(Teacher(server.port, prepared.token)) as client:
                trial = _Trial(prepared, server, client)
                for data in _damaged(prepared.models[1].to_bytes(), extent):
                    trial.put(data)
        finally:
            server.stop()
    note = (
        f"{trial.files} files: {extent.count(_CUTS)} cut short, {extent.count(_FLIPS)} with a bit flipped, "
    )
    note += f"one with a header of {_LONG_HEADER // 1_000_000} MB"
    slowest = max(trial.seconds_of_pointers)
    return [
        exactly("damage: files that were not refused", 0, trial.taken, "", note),
        at_most("damage: seconds to the refusal, slowest", 1, max(trial.seconds), "s"),
        exactly("damage: pointers to such a file that were followed", 0, trial.pointers_taken, ""),
        at_most("damage: seconds until a pointer is refused, slowest", 1, slowest, "s"),
        at_least("damage: pointers to such a file", 1, trial.pointers, ""),
        exactly("damage: verdicts but of the old model", 0, trial.verdicts_of_others, ""),
    ]


def _damaged(whole: bytes, extent: Extent) -> Iterator[bytes]:
    chosen = random.Random(8)
    header = 8 + struct.unpack("<Q", whole[:8])[0]
    yield struct.pack("<Q", _LONG_HEADER) + bytes(_LONG_HEADER)
    for _ in range(extent.count(_CUTS)):
        yield whole[: chosen.randrange(len(whole))]
    for number in range(extent.count(_FLIPS)):
        end = len(whole) if number % _FLIPS_TO_ONE_IN_THE_HEADER else header
        flipped = bytearray(whole)
        flipped[chosen.randrange(end)] ^= 1 << chosen.randrange(8)
        yield bytes(flipped)
