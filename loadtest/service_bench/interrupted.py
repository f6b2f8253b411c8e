"""The server killed while models are trained and swapped: the old model or the new one judges, and whole."""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from service_bench.figures import Extent, Figure, at_least, at_most, exactly
from service_bench.models import POLL_SECONDS, TEXTS, Prepared, activate, prepare, scores_of, start
from service_bench.online import Teacher
from service_bench.serving import Server
from sigmail.errors import SigmailError
from sigmail_service.keys import SHARED
from sigmail_service.registry.jobs import Job, Jobs

__all__ = ["measure"]

_KILLS = 50
_MODELS = 4
# So many that a training takes a while, most of which a kill may fall into.
_LESSONS, _LESSONS_BETWEEN = 400, 3
_WORDS = ("invoice", "zebra", "minutes", "casino", "harbour", "pills", "review", "heron", "budget", "train")
_SECONDS_TO_TRAIN = 60.0
_TOLERANCE = 1e-6


@dataclass(slots=True)
class _Trial:
    """What the starts after the kills found."""

    prepared: Prepared
    draw: random.Random
    allowed: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    lessons: int = 0
    broken: int = 0
    strangers: int = 0
    wrong: int = 0
    new: int = 0
    cut_off: int = 0
    ready: list[float] = field(default_factory=list)

    def start(self) -> tuple[Server, Teacher]:
        """Start the service, and look at what judges."""
        server = start(self.prepared.folder)
        self.ready.append(server.seconds_to_ready)
        client = Teacher(server.port, self.prepared.token)
        self._look(client)
        return server, client

    def teach(self, client: Teacher, count: int) -> None:
        """Give corrections that nobody has given before, so that the next training makes another model."""
        for _ in range(count):
            words = " ".join(self.draw.choices(_WORDS, k=12))
            message = f"Subject: note {self.lessons}\n\n{words}\n".encode()
            label = "spam" if "casino" in words or "pills" in words else "ham"
            client.post("/feedback", {"raw": base64.b64encode(message).decode(), "label": label})
            self.lessons += 1

    def train(self, client: Teacher) -> Job:
        """Ask for a training, and return it once it runs."""
        asked, jobs = client.post("/models/train", {}), Jobs(self.prepared.registry.place)
        deadline = time.monotonic() + _SECONDS_TO_TRAIN
        while time.monotonic() < deadline:
            job = jobs.get(SHARED, asked["id"])
            if job is not None and job.state != "waiting":
                return job
            time.sleep(0.002)
        raise RuntimeError("the learner does not begin")

    def _look(self, client: Teacher) -> None:
        """Read all files of the registry, and compare what judges with the file of the model it names."""
        registry, scores = self.prepared.registry, {}
        records = registry.records(SHARED)
        for record in records:
            try:
                scores[record.id] = scores_of(registry.load(record.digest, SHARED))[1]
            except SigmailError:
                self.broken += 1
        verdict = client.classify(TEXTS[1])
        judges, learnt = verdict["model"], {record.id for record in records if record.verdict == "passed"}
        if self.allowed:
            self.strangers += judges not in self.allowed | (learnt - self.known)
            self.new += judges not in self.known
        self.wrong += not abs(verdict["probability"] - scores.get(judges, -1.0)) <= _TOLERANCE
        self.allowed, self.known = {judges}, learnt | {model.identity for model in self.prepared.models}


def measure(extent: Extent) -> list[Figure]:
    """Kill by turns in a training that ends by its activation, and in one while others are activated too."""
    count = extent.count(_KILLS, least=2)
    with tempfile.TemporaryDirectory() as folder:
        trial = _Trial(prepare(Path(folder), _MODELS), random.Random(7))
        seconds = _seconds_of_training(trial)
        for number in range(count):
            _kill_once(trial, seconds, swapping=bool(number % 2))
        server, client = trial.start()
        client.close()
        server.stop()
    note = f"{count} kills, {trial.cut_off} of them cut a training off, which takes {seconds:.2f} s; "
    note += f"{trial.new} starts found a model that had just been learnt"
    return [
        exactly("interrupted: files of models that are not whole", 0, trial.broken, "", note),
        exactly("interrupted: starts on neither the old model nor the new one", 0, trial.strangers, ""),
        exactly("interrupted: verdicts unlike the score of the file of the model", 0, trial.wrong, ""),
        at_least("interrupted: trainings that were cut off", 1, trial.cut_off, ""),
        at_most("interrupted: start to ready, slowest", 3, max(trial.ready), "s"),
    ]


def _seconds_of_training(trial: _Trial) -> float:
    """Let a model be learnt without a kill, and return how long the training ran."""
    server, client = trial.start()
    try:
        trial.teach(client, _LESSONS)
        job, begun, jobs = trial.train(client), time.perf_counter(), Jobs(trial.prepared.registry.place)
        while job.is_open:
            job = jobs.get(SHARED, job.id) or job
            time.sleep(0.002)
        seconds = time.perf_counter() - begun
    finally:
        client.close()
        server.stop()
    if job.state != "activated":
        raise RuntimeError(f"a training among no kills was {job.state}: {job.reasons}")
    trial.allowed = set()
    return seconds


def _kill_once(trial: _Trial, seconds: float, *, swapping: bool) -> None:
    server, client = trial.start()
    trial.teach(client, _LESSONS_BETWEEN)
    job = trial.train(client)
    with _swapping(trial, server) if swapping else contextlib.nullcontext():
        time.sleep(trial.draw.uniform(0.0, 1.3 * seconds))
        _kill(server, with_learner=trial.draw.random() < 0.5)
    client.close()
    found = Jobs(trial.prepared.registry.place).get(SHARED, job.id)
    trial.cut_off += found is None or found.is_open


@contextlib.contextmanager
def _swapping(trial: _Trial, server: Server) -> Iterator[None]:
    """Activate one of the given models after another while the block runs; any may judge afterwards."""
    identities = [model.identity for model in trial.prepared.models]
    trial.allowed |= set(identities)

    def swap() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            while True:
                activate(server.port, trial.prepared.token, trial.draw.choice(identities))
                time.sleep(POLL_SECONDS)

    thread = threading.Thread(target=swap)
    thread.start()
    yield
    thread.join()


def _kill(server: Server, *, with_learner: bool) -> None:
    """End the server at once (SIGKILL), its parent first; the learner too, or it sees that by itself."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    workers = server.workers()
    others = [int(child) for child in children if int(child) not in workers]
    for process in (server.process.pid, *workers, *(others if with_learner else ())):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    server.process.wait()
