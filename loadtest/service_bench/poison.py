"""Ledgers that somebody tampers with: wrong labels, dictionary attacks, copies of a mail that is to be lost.

The base has learnt two mailboxes of Enron's; the ledgers are of two others, each that of a tenant of one real
server, which began with that base. Then they change places; less than half of the measurement does without
that. The rules of the gate were chosen on mailboxes that do not occur here.
"""

from __future__ import annotations

import base64
import contextlib
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service_bench.figures import Extent, Figure, at_least, at_most, exactly
from service_bench.online import Teacher, mail_of
from service_bench.serving import Server, free_port
from sigmail.training import train_filter
from sigmail_service.keys import KeyStore

__all__ = ["measure"]

_PAIRS = (("enron5", "enron6"), ("enron3", "enron4"))
_SEEDS, _FIRST_SEED = 20, 1_000
_LESSONS, _CANARY, _ASKED_HAM = 300, 300, 1_000
_COPIES = 50
_SHARES = (0.0, 0.05, 0.1)
_OTHER = {"spam": "ham", "ham": "spam"}

Stream = list[tuple[Any, str]]


def measure(extent: Extent) -> list[Figure]:
    """Train on each tampered ledger over HTTP, and see what the gate says and what judges afterwards."""
    if not os.environ.get("SIGMAIL_CORPORA"):
        return []
    pairs = [{box: mail_of(box) for box in pair} for pair in _PAIRS]
    seeds, turns = extent.count(_SEEDS), pairs if extent.share >= 0.5 else pairs[:1]
    passed, figures = Counter[float](), list[Figure]()
    for turn, known in enumerate(turns):
        held_out = pairs[1 - turn]
        with _tenants(known) as tenants:
            passed += _passed_ledgers(tenants, list(held_out.values()), range(turn, seeds, len(turns)))
            figures += [*_dictionaries(tenants, held_out), *_copies(tenants, held_out)]
    return [*_figures_of_labels(passed, seeds), *figures]


@contextlib.contextmanager
def _tenants(known: dict[str, Stream]) -> Iterator[_Tenants]:
    """Serve a base that has learnt some mailboxes while the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        data, mail = Path(folder), [one for box in known.values() for one in box]
        base = train_filter([message for message, _ in mail], [label for _, label in mail])
        base.save(data / "base.sigmail")
        os.environ["SIGMAIL_FEEDBACK_BURST"] = "0"
        os.environ["SIGMAIL_FEEDBACK_NEEDS_TRUST"] = "true"
        options = ("--workers", "1", "--model", str(data / "base.sigmail"), "--data-dir", str(data))
        server = Server(free_port(), (*options, "--log-level", "error"), data / "log")
        try:
            server.wait_until_ready()
            yield _Tenants(KeyStore(data / "keys.json"), server.port)
        finally:
            server.stop()


class _Tenants:
    """Clients of tenants that have a ledger, a history and a canary of their own."""

    def __init__(self, keys: KeyStore, port: int) -> None:
        self._keys = keys
        self._port = port
        self._count = 0

    def new(self) -> tuple[Teacher, str]:
        """Return a client that may do all, and its tenant."""
        self._count += 1
        tenant = f"tenant-{self._count}"
        return self.client(tenant, ("admin",)), tenant

    def client(self, tenant: str, scopes: tuple[str, ...]) -> Teacher:
        """Return a client of a tenant."""
        _, token = self._keys.create("bench", scopes, tenant)
        return Teacher(self._port, token)


def _passed_ledgers(tenants: _Tenants, boxes: list[Stream], numbers: range) -> Counter[float]:
    """Return how many ledgers passed the gate, by the share of their labels that was turned around."""
    passed = Counter[float]()
    for number in numbers:
        for share in _SHARES:
            client, _ = tenants.new()
            draw = random.Random(_FIRST_SEED + number)
            lessons, others = _ledger(boxes[number // len(_PAIRS) % len(boxes)], draw)
            wrong = set(draw.sample(range(len(lessons)), round(share * len(lessons))))
            for message, _ in others[:_CANARY]:
                client.classify(message)
            for row, (message, label) in enumerate(lessons):
                _teach(client, message, _OTHER[label] if row in wrong else label)
            passed[share] += client.train()["state"] == "activated"
    return passed


def _figures_of_labels(passed: Counter[float], seeds: int) -> list[Figure]:
    name, note = "poison: ledgers with {:.0%} wrong labels that pass", f"of {seeds}, {_LESSONS} lessons each"
    return [
        at_least(name.format(0.0), seeds - max(1, seeds // 20), passed[0.0], "", note),
        *(exactly(name.format(share), 0, passed[share], "", note) for share in _SHARES[1:]),
    ]


def _dictionaries(tenants: _Tenants, boxes: dict[str, Stream]) -> list[Figure]:
    figures = []
    for name, box in boxes.items():
        lost = {}
        for share in (0.0, 0.01, 0.05):
            draw = random.Random(_FIRST_SEED)
            lessons, others = _ledger(box, draw)
            good = [message for message, label in others if label == "ham"]
            words = sorted({word for message in good for word in _text(message).split() if word.isalpha()})
            client, _ = tenants.new()
            for message in good[-_CANARY:]:
                client.classify(message)
            for message, label in lessons:
                _teach(client, message, label)
            for number in range(round(share * len(lessons))):
                draw.shuffle(words)
                _teach(client, f"Subject: list {number}\n\n{' '.join(words)}".encode(), "spam")
            client.train()
            asked = good[:_ASKED_HAM]
            lost[share] = sum(client.classify(message)["label"] == "spam" for message in asked) / len(asked)
        for share in (0.01, 0.05):
            more = 100 * (lost[share] - lost[0.0])
            note = f"{100 * lost[share]:.2f} % and {100 * lost[0.0]:.2f} %"
            what = f"poison: good mail lost more by a dictionary attack of {share:.0%}, {name}"
            figures.append(at_most(what, 0.2, more, "points", note))
    return figures


def _copies(tenants: _Tenants, boxes: dict[str, Stream]) -> list[Figure]:
    client, tenant = tenants.new()
    name, box = next(iter(boxes.items()))
    lessons, others = _ledger(box, random.Random(_FIRST_SEED))
    for message, label in lessons:
        _teach(client, message, label)
    client.train()
    target = next(message for message, label in others if label == "ham")
    before = client.classify(target)["probability"]
    stranger = tenants.client(tenant, ("classify", "feedback"))
    for number in range(_COPIES):
        _teach(stranger, target + f"\ncopy {number}".encode(), "spam")
    client.train()
    moved = abs(client.classify(target)["probability"] - before)
    what = f"poison: change of a mail's probability by copies from an untrusted key, {name}"
    return [at_most(what, 0.05, moved, "", f"{_COPIES}")]


def _ledger(box: Stream, draw: random.Random) -> tuple[Stream, Stream]:
    """Return the lessons, and the rest of a mailbox in a random order."""
    mixed = draw.sample(box, len(box))
    return mixed[:_LESSONS], mixed[_LESSONS:]


def _teach(client: Teacher, message: bytes, label: str) -> None:
    client.post("/feedback", {"raw": base64.b64encode(message).decode(), "label": label})


def _text(message: bytes) -> str:
    return message.decode("utf-8", "replace")
