"""The users of the load test, each by how it behaves."""

from __future__ import annotations

import itertools
import json
from base64 import b64encode
from typing import Any

from locust import FastHttpUser, between, constant, events, task
from locust.env import Environment

from checks import fault_of, fault_of_batch, fault_of_problem
from messages import Sample, raw_mails, samples, short_texts
from offline import Offline

__all__ = ["BulkScanner", "Corrector", "FormPoster", "MailGateway", "Misbehaver", "Sender"]

_numbers = itertools.count()
_seen_ids: set[str] = set()
_offline: list[Offline] = []

_MAIL, _JSON, _NDJSON = "message/rfc822", "application/json", "application/x-ndjson"
_BATCH = 100

# Each is wrong in a way of its own, beside the status that says so.
_WRONG: tuple[tuple[str, str, bytes, dict[str, str], int], ...] = (
    ("empty body", "/classify", b"", {"Content-Type": "text/plain"}, 422),
    ("no such type", "/classify", b"x", {"Content-Type": "image/png"}, 415),
    ("no JSON", "/classify", b'{"text":', {"Content-Type": _JSON}, 400),
    ("no such field", "/classify", b'{"body": "x"}', {"Content-Type": _JSON}, 422),
    ("no such query", "/classify?why=1", b"x", {"Content-Type": "text/plain"}, 422),
    ("wrong key", "/classify", b"x", {"Content-Type": "text/plain", "X-API-Key": "none-such"}, 401),
    ("no such path", "/clasify", b"x", {"Content-Type": "text/plain"}, 404),
)


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def read_models(environment: Environment, **_options: Any) -> None:
    """Read what answers are checked against, once a process."""
    options: Any = environment.parsed_options
    _offline[:] = [Offline(options.model_files or [])]


class _User(FastHttpUser):
    """What all users share: a seed of their own, and the check of a verdict."""

    abstract = True

    def on_start(self) -> None:
        """Give each user messages of its own."""
        options = self.environment.parsed_options
        self.seed = options.seed * 100_000 + next(_numbers)
        self.key = {"X-API-Key": options.key} if options.key else {}
        self.prepare()

    def prepare(self) -> None:
        """Make what the user sends."""

    def classify(self, sample: Sample, name: str) -> dict[str, Any] | None:
        """Post a message and return its verdict, or None if the answer is at fault."""
        path = f"/classify?explain={sample.explain}" if sample.explain else "/classify"
        with self.client.post(
            path,
            data=sample.body,  # type: ignore[arg-type] # It takes bytes.
            headers={"Content-Type": sample.content_type, **self.key},
            name=name,
            catch_response=True,
        ) as response:
            answer = _json_of(response)
            fault = fault_of(sample, response.status_code, answer, _seen_ids)
            if fault is None and sample.message is not None and _offline:
                version, probability, label = answer["model"], answer["probability"], answer["label"]
                fault = _offline[0].fault_of(sample.message, version, probability, label)
            if fault is None:
                return dict(answer)
            response.failure(fault)
            return None


class MailGateway(_User):
    """A mail server that has each mail judged as it comes."""

    weight = 10
    wait_time = between(0.0, 0.05)

    def prepare(self) -> None:
        """Take the mails of the folder that was named, or made ones."""
        self._mails = raw_mails(self.seed, self.environment.parsed_options.mails)

    @task
    def send_mail(self) -> None:
        """Post a raw mail."""
        mail = next(self._mails)
        self.classify(Sample(_MAIL, _MAIL, mail, 0, has_words=False, message=mail), "mail gateway")


class Sender(_User):
    """A program that uses all content types in turn, and asks for reasons."""

    weight = 5
    wait_time = between(0.0, 0.05)

    def prepare(self) -> None:
        """Make messages in all content types."""
        self._samples = samples(self.seed)

    @task
    def send_message(self) -> None:
        """Post one message in the next content type."""
        sample = next(self._samples)
        self.classify(sample, sample.media_type)


class FormPoster(_User):
    """A web form that has each comment judged: a short JSON object."""

    weight = 5
    wait_time = between(0.0, 0.05)

    def prepare(self) -> None:
        """Make short texts."""
        self._texts = short_texts(self.seed)

    @task
    def post_form(self) -> None:
        """Post a comment."""
        text = next(self._texts)
        body = json.dumps({"text": text}, ensure_ascii=False).encode()
        self.classify(Sample(_JSON, _JSON, body, 0, has_words=True, message=text), "form")


class BulkScanner(_User):
    """A program that has a mailbox judged, a hundred mails at a time."""

    weight = 1
    wait_time = between(0.1, 0.5)

    def prepare(self) -> None:
        """Take the mails of the folder that was named, or made ones."""
        self._mails = raw_mails(self.seed, self.environment.parsed_options.mails)

    @task
    def scan(self) -> None:
        """Post a batch, and check each of its verdicts."""
        mails = list(itertools.islice(self._mails, _BATCH))
        body = b"".join(b'{"raw": "%s"}\n' % b64encode(mail) for mail in mails)
        with self.client.post(
            "/classify/batch",
            data=body,  # type: ignore[arg-type] # It takes bytes.
            headers={"Content-Type": _NDJSON, **self.key},
            name=f"batch of {_BATCH}",
            catch_response=True,
        ) as response:
            offline = _offline[0] if _offline else None
            fault = fault_of_batch(mails, response.status_code, response.text or "", _seen_ids, offline)
            if fault is not None:
                response.failure(fault)


class Corrector(_User):
    """A person who looks at verdicts and corrects some: it needs a key, and rests without one."""

    weight = 1
    wait_time = between(0.2, 1.0)

    def prepare(self) -> None:
        """Make short texts."""
        self._texts = short_texts(self.seed)

    @task
    def correct(self) -> None:
        """Have a text judged, say that the verdict was wrong, and take half of that back."""
        text = next(self._texts)
        body = json.dumps({"text": text}, ensure_ascii=False).encode()
        verdict = self.classify(
            Sample(_JSON, _JSON, body, 0, has_words=True, message=text), "verdict to correct"
        )
        if verdict is None or not self.key:
            return
        label = "ham" if verdict["label"] == "spam" else "spam"
        with self.client.post(
            "/feedback",
            json={"id": verdict["id"], "label": label},
            headers=self.key,
            name="feedback",
            catch_response=True,
        ) as response:
            answer = _json_of(response)
            if response.status_code != 201 or not isinstance(answer, dict) or "id" not in answer:
                response.failure(f"status {response.status_code}")
                return
        if len(text) % 2:
            self.client.delete(f"/feedback/{answer['id']}", headers=self.key, name="feedback taken back")


class Misbehaver(_User):
    """A client that sends what is wrong: each request has to get its own problem, and nothing worse."""

    weight = 1
    wait_time = constant(0.1)

    def prepare(self) -> None:
        """Begin with the first fault."""
        self._wrong = itertools.cycle(_WRONG)

    @task
    def send_nonsense(self) -> None:
        """Send a wrong request, and check that its answer says so."""
        name, path, body, headers, status = next(self._wrong)
        with self.client.post(
            path,
            data=body,  # type: ignore[arg-type] # It takes bytes.
            headers=headers,
            name=f"wrong: {name}",
            catch_response=True,
        ) as response:
            fault = fault_of_problem(status, response.status_code, _json_of(response))
            if fault is None:
                response.success()
            else:
                response.failure(fault)


def _json_of(response: Any) -> Any:
    try:
        return response.json()
    except (TypeError, ValueError):
        return None
