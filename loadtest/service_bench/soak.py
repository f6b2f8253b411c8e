"""A million requests of all kinds: memory, open files and threads have to stay as they were at first."""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from messages import raw_mails, short_texts
from service_bench.client import closed_loop, post
from service_bench.figures import Extent, Figure, at_least, at_most, exactly
from service_bench.rivals.processes import resident_bytes
from service_bench.serving import Server, serving

__all__ = ["measure"]

_REQUESTS = 1_000_000
_FIRST = 50_000
_CONNECTIONS = 8
_SLICE_SECONDS = 3.0
# Sockets of the slice before may take a moment to be closed.
_REST_SECONDS = 0.2
_VARIETY = 2_000
_MEBIBYTE = 1024 * 1024
_EXPECTED = frozenset({200, 400, 415, 422})


@dataclass(frozen=True, slots=True)
class Look:
    """What a worker holds at a moment, the largest of all workers."""

    requests: int
    resident: int
    descriptors: int
    threads: int


def measure(extent: Extent) -> list[Figure]:
    """Send requests in slices, and look at the workers between them."""
    requests, first = extent.count(_REQUESTS), extent.count(_FIRST)
    with serving("--log-level", "warning") as server:
        looks, unexpected = _soak(server, requests, first)
    begin, end = looks[: max(1, len(looks) // 10)], looks[-max(1, len(looks) // 10) :]
    growth = statistics.median(look.resident for look in end) - statistics.median(
        look.resident for look in begin
    )
    note = f"{looks[-1].requests} requests, {end[-1].resident / _MEBIBYTE:.0f} MiB at the end"
    return [
        at_least("soak: requests answered", requests, looks[-1].requests, ""),
        exactly("soak: answers that nobody expects, and broken connections", 0, unexpected, ""),
        at_most("soak: growth of the resident memory", 1, growth / _MEBIBYTE, "MiB", note),
        at_most("soak: more open files than at first", 0, end[-1].descriptors - begin[0].descriptors, ""),
        at_most("soak: more threads than at first", 0, end[-1].threads - begin[0].threads, ""),
    ]


def _soak(server: Server, requests: int, first: int) -> tuple[list[Look], int]:
    mixed = _mixed()
    looks: list[Look] = []
    count = unexpected = 0
    while count < requests or not looks:
        outcome = asyncio.run(closed_loop(server.port, mixed, _CONNECTIONS, _SLICE_SECONDS, 0))
        counts = outcome.counts()
        count += sum(counts.values())
        unexpected += outcome.broken + sum(counts[status] for status in counts if status not in _EXPECTED)
        if count >= first:
            time.sleep(_REST_SECONDS)
            looks.append(_look(server, count))
    return looks, unexpected


def _look(server: Server, requests: int) -> Look:
    workers = [Path(f"/proc/{worker}") for worker in server.workers()]
    return Look(
        requests,
        resident_bytes(server.process.pid),
        max(len(list((worker / "fd").iterdir())) for worker in workers),
        max(len(list((worker / "task").iterdir())) for worker in workers),
    )


def _mixed() -> Iterator[bytes]:
    """Return requests without end: mails, texts, JSON, reasons, batches, and some that are wrong."""
    random, mails, texts = Random(0), raw_mails(0), short_texts(0)
    made = []
    for _ in range(_VARIETY):
        text, mail = next(texts), next(mails)
        messages = json.dumps({"messages": list(itertools.islice(texts, 20))})
        made += random.choices(
            [
                post(mail, headers="Content-Type: message/rfc822\r\n"),
                post(text.encode()),
                post(json.dumps({"text": text}).encode(), headers="Content-Type: application/json\r\n"),
                post(mail, "/classify?explain=5", "Content-Type: message/rfc822\r\n"),
                post(messages.encode(), "/classify/batch", "Content-Type: application/json\r\n"),
                post(b'{"text":', headers="Content-Type: application/json\r\n"),
                post(b"x", "/classify?why=1"),
                post(b"x", headers="Content-Type: image/png\r\n"),
            ],
            weights=[40, 20, 20, 10, 2, 2, 2, 2],
        )
    return itertools.cycle(made)
