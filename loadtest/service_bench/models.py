"""Models for a server to swap, and the requests of an administrator who swaps them."""

from __future__ import annotations

import http.client
import os
from dataclasses import dataclass
from pathlib import Path

from service_bench.serving import Server, free_port
from sigmail.filter import SpamFilter
from sigmail_service.keys import SHARED, KeyStore
from sigmail_service.registry.places import open_place
from sigmail_service.registry.registry import Registry

__all__ = ["POLL_SECONDS", "TEXTS", "Prepared", "activate", "post", "prepare", "scores_of", "start"]

TEXTS = ("Win a free prize now", "The zebra crosses at noon", "I attach the minutes of Tuesday's meeting")
POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Prepared:
    """A data folder with models in its registry, the first of which judges, and an administrator's token."""

    folder: Path
    registry: Registry
    models: list[SpamFilter]
    token: str


def prepare(folder: Path, count: int) -> Prepared:
    """Put the starter model and what it becomes by one lesson after another into a new registry.

    Each says something else of the second text.
    """
    models = [SpamFilter.default()]
    while len(models) < count:
        taught = SpamFilter.from_bytes(models[-1].to_bytes())
        taught.learn(TEXTS[1], "spam")
        models.append(taught)
    registry = Registry(open_place(folder / "models"))
    registry.begin_with(models[0], SHARED, by_option=False)
    for model in models:
        registry.give(model, SHARED)
    _, token = KeyStore(folder / "keys.json").create("bench", ("admin",))
    return Prepared(folder, registry, models, token)


def start(folder: Path, workers: int = 2) -> Server:
    """Start a server whose workers look at the pointer very often, and wait until it is ready."""
    options = ("--workers", str(workers), "--drain-seconds", "0", "--log-level", "warning")
    os.environ["SIGMAIL_MODEL_POLL_SECONDS"] = str(POLL_SECONDS)
    server = Server(free_port(), (*options, "--data-dir", str(folder)), folder / "log")
    server.wait_until_ready()
    return server


def scores_of(model: SpamFilter) -> list[float]:
    """Return the probabilities that a model gives to the texts."""
    return [model.classify(text).probability for text in TEXTS]


def activate(port: int, token: str, identity: str) -> int:
    """Let a model judge, and return the status of the answer."""
    return post(port, token, f"/models/{identity}/activate")


def post(port: int, token: str, path: str) -> int:
    """Post nothing to a path, and return the status of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", path, headers={"X-API-Key": token})
        return connection.getresponse().status
    finally:
        connection.close()
