"""What a few corrections change: the verdicts on messages alike, and no verdict on a canary of good mail."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from service_bench.figures import Extent, Figure, exactly, found
from service_bench.online import Teacher, mail_of
from service_bench.serving import Server, free_port
from sigmail_service.keys import KeyStore

__all__ = ["measure"]

_CORRECTIONS, _ASKED = 20, 50
_CANARY = 1_000
_BOX = "enron4"
_SUBJECTS = (
    "Your summer garden",
    "A quiet place outside",
    "Offer {0} of the season",
    "Gazebos for colleagues",
)
_OPENINGS = ("Dear colleague,", "Good morning,", "Hello,", "Dear Sir or Madam,")
_BODIES = (
    "the gazebo parasol in teak, order {0}, is ready in Lower Sidlington. We set it up in {1} days.",
    "this week a gazebo in teak comes with a parasol of {1} feet. Call Lower Sidlington {0} and say so.",
    "gardens of {1} yards need a teak gazebo and its parasol. The workshop in Lower Sidlington has {0}.",
)
_CLOSINGS = ("Lower Sidlington Gazebos", "The teak workshop", "Your parasol makers of Lower Sidlington")


def measure(extent: Extent) -> list[Figure]:
    """Correct some of a campaign that was seldom called spam, train, and look at the rest and a canary."""
    if not os.environ.get("SIGMAIL_CORPORA"):
        return []
    canary = [message for message, label in mail_of(_BOX) if label == "ham"][: extent.count(_CANARY)]
    with tempfile.TemporaryDirectory() as folder:
        _, token = KeyStore(Path(folder) / "keys.json").create("bench", ("admin",))
        os.environ["SIGMAIL_MODEL_POLL_SECONDS"] = "0.02"
        options = ("--workers", "1", "--log-level", "error", "--data-dir", folder)
        server = Server(free_port(), options, Path(folder) / "log")
        try:
            server.wait_until_ready()
            with contextlib.closing(Teacher(server.port, token)) as client:
                before = [client.classify(message)["label"] for message in canary]
                passed = [client.classify(_message(number))["label"] for number in range(_ASKED)]
                for number in range(_ASKED, _ASKED + _CORRECTIONS):
                    verdict = client.classify(_message(number))
                    client.post("/feedback", {"id": verdict["id"], "label": "spam"})
                state = client.train()["state"]
                alike = [client.classify(_message(number))["label"] for number in range(_ASKED)]
                after = [client.classify(message)["label"] for message in canary]
        finally:
            server.stop()
    kept = sum(one == other != "spam" for one, other in zip(passed, alike, strict=True))
    changed = sum(one != other for one, other in zip(before, after, strict=True))
    note = f"{_ASKED - passed.count('spam')} of {_ASKED}, {_CORRECTIONS} others corrected, training {state}"
    return [
        exactly("alike: verdicts on messages alike that do not change, of those but spam", 0, kept, "", note),
        found(
            "alike: messages alike that are spam now",
            alike.count("spam"),
            "",
            f"of {_ASKED}",
        ),
        exactly("alike: messages alike that pass for ham now", 0, alike.count("ham"), ""),
        exactly(
            "alike: verdicts that change on a canary", 0, changed, "", f"{len(canary)} good mails of {_BOX}"
        ),
    ]


def _message(number: int) -> bytes:
    """Return one of the campaign: each of its parts in changing company."""
    parts = (_SUBJECTS, _OPENINGS, _BODIES, _CLOSINGS)
    chosen, rest = [], number
    for some in parts:
        chosen.append(some[rest % len(some)].format(number * 37 % 1000, 3 + number % 19))
        rest = rest // len(some) + number
    subject, opening, body, closing = chosen
    return f"Subject: {subject}\r\n\r\n{opening}\r\n\r\n{body}\r\n\r\n{closing}\r\n".encode()
