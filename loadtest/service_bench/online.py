"""Learning as a person teaches: mail in its order, and corrections of mistakes alone, over HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from service_bench.figures import Extent, Figure, at_most
from service_bench.serving import Server, free_port
from sigmail.evaluation import learn_on_line, spam_missed_at_ham_loss
from sigmail.training import new_filter
from sigmail_service.keys import KeyStore

__all__ = ["Teacher", "mail_of", "measure"]

_BOXES = ("enron1", "enron2", "enron3")
_CORRECTIONS = 5
_LOSS = 0.001
_SEED = 0
_WAIT_SECONDS = 60.0


def measure(extent: Extent) -> list[Figure]:
    """Judge each mailbox of Enron by a service that began with nothing, beside the library on its own."""
    if not os.environ.get("SIGMAIL_CORPORA"):
        return []
    figures, boxes = [], _BOXES[: extent.count(len(_BOXES))]
    # A third of the measurement is the whole of one mailbox.
    step = max(1, round(len(boxes) / (len(_BOXES) * extent.share)))
    for box in boxes:
        stream = mail_of(box)[::step]
        labels = [label == "spam" for _, label in stream]
        alone = learn_on_line(new_filter(seed=_SEED), stream).scores
        scores, corrections = _taught(stream)
        bound = spam_missed_at_ham_loss(labels, alone, _LOSS)
        missed = spam_missed_at_ham_loss(labels, scores, _LOSS)
        note = f"{100 * missed:.2f} %, {100 * bound:.2f} % by the library; {corrections} corrections"
        name = f"online: spam missed at 0.1 % ham loss beside the library, {box}"
        figures.append(at_most(name, 1.5, missed / bound if bound else float(missed > 0), "times", note))
    return figures


def mail_of(box: str) -> list[tuple[Any, str]]:
    """Return the messages of a mailbox of Enron's and their labels, in the order of their dates."""
    from recipes.corpora import read_items  # noqa: PLC0415 - Only where there are corpora.

    from sigmail.corpus import LabelledMessage, in_date_order  # noqa: PLC0415

    items = (item for item in read_items("enron-spam") if item.mailbox == box)
    found = (LabelledMessage(one.message, "spam" if one.is_spam else "ham", one.source) for one in items)
    return [(one.message, one.label) for one in in_date_order(found)]


def _taught(stream: list[tuple[Any, str]]) -> tuple[list[float], int]:
    """Return the probability that each message got, and how many corrections there were."""
    scores, corrections = [], 0
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        new_filter(seed=_SEED).save(data / "empty.sigmail")
        _, token = KeyStore(data / "keys.json").create("teacher", ("admin",))
        os.environ["SIGMAIL_MODEL_POLL_SECONDS"] = "0.02"
        os.environ["SIGMAIL_FEEDBACK_BURST"] = "0"
        options = ("--workers", "1", "--model", str(data / "empty.sigmail"), "--data-dir", str(data))
        server = Server(free_port(), (*options, "--log-level", "error"), data / "log")
        try:
            server.wait_until_ready()
            with contextlib.closing(Teacher(server.port, token)) as client:
                for message, label in stream:
                    verdict = client.classify(message)
                    scores.append(float(verdict["probability"]))
                    if verdict["label"] != label:
                        client.post("/feedback", {"id": verdict["id"], "label": label})
                        corrections += 1
                        if corrections % _CORRECTIONS == 0:
                            client.train()
        finally:
            server.stop()
    return scores, corrections


class Teacher:
    """One kept connection with a key."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._key = {"X-API-Key": token}

    def classify(self, message: Any) -> dict[str, Any]:
        """Return the verdict on a message."""
        mail = isinstance(message, bytes)
        body = message if mail else message.encode()
        return self._ask("POST", "/classify", body, "message/rfc822" if mail else "text/plain")

    def post(self, path: str, members: dict[str, Any]) -> dict[str, Any]:
        """Post an object."""
        return self._ask("POST", path, json.dumps(members).encode(), "application/json")

    def train(self) -> dict[str, Any]:
        """Have a model trained, wait until it judges, if it passed, and return the job."""
        job = self._ask("POST", "/models/train", b"", "application/json")
        deadline = time.monotonic() + _WAIT_SECONDS
        while not job["ended"] and time.monotonic() < deadline:
            time.sleep(0.05)
            job = self._ask("GET", f"/models/train/{job['id']}", b"", "application/json")
        while job["state"] == "activated" and time.monotonic() < deadline:
            if self.classify("?")["model"] == job["model"]:
                break
            time.sleep(0.02)
        return job

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: bytes, kind: str) -> dict[str, Any]:
        self._connection.request(method, path, body, {**self._key, "Content-Type": kind})
        answer = self._connection.getresponse()
        found: dict[str, Any] = json.loads(answer.read())
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {found}")
        return found
