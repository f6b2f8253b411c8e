"""What an answer must hold, and what a whole run must reach."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from messages import Sample
from offline import Offline

__all__ = ["Objectives", "fault_of", "fault_of_batch", "fault_of_problem"]

_MEMBERS = {"id", "label", "probability", "thresholds", "model", "reasons", "truncated"}


def fault_of(sample: Sample, status: int, answer: Any, seen: set[str]) -> str | None:
    """Return what is wrong with an answer, or None; `seen` gathers the ids of the answers before it."""
    if status != 200:
        return f"status {status}"
    if not isinstance(answer, dict) or not set(answer) >= _MEMBERS:
        return "members are missing"
    return (
        _fault_of_verdict(answer)
        or _fault_of_reasons(sample, answer["reasons"])
        or _fault_of_id(answer["id"], seen)
    )


def fault_of_batch(
    mails: list[bytes], status: int, text: str, seen: set[str], offline: Offline | None
) -> str | None:
    """Return what is wrong with the answers to a batch of mails, or None."""
    if status != 200:
        return f"status {status}"
    try:
        answers = [json.loads(line) for line in text.splitlines()]
    except ValueError:
        return "a line of the answer is no JSON"
    if len(answers) != len(mails):
        return f"{len(answers)} answers to {len(mails)} mails"
    for index, (mail, answer) in enumerate(zip(mails, answers, strict=True)):
        if not isinstance(answer, dict) or answer.get("index") != index:
            return "the answers are not in order"
        fault = fault_of(Sample("", "", mail, 0, has_words=False), status, answer, seen)
        if fault is None and offline is not None:
            fault = offline.fault_of(mail, answer["model"], answer["probability"], answer["label"])
        if fault is not None:
            return fault
    return None


def fault_of_problem(expected: int, status: int, answer: Any) -> str | None:
    """Return what is wrong with the answer to a wrong request, which has to be a problem document."""
    if status != expected:
        return f"status {status}, not {expected}"
    if not isinstance(answer, dict) or not {"type", "title", "status", "detail"} <= set(answer):
        return "the answer is no problem document"
    return None if answer["status"] == status else "the document names another status"


def _fault_of_verdict(answer: dict[str, Any]) -> str | None:
    probability = answer["probability"]
    if not isinstance(probability, float) or not 0.0 <= probability <= 1.0:
        return "the probability is no number from 0 to 1"
    ham_below, spam_from = answer["thresholds"]["ham"], answer["thresholds"]["spam"]
    label = "spam" if probability >= spam_from else "ham" if probability < ham_below else "unsure"
    return None if answer["label"] == label else "the label does not agree with the probability"


def _fault_of_reasons(sample: Sample, reasons: list[dict[str, Any]]) -> str | None:
    if len(reasons) > sample.explain:
        return "more reasons than were asked for"
    if sample.explain and sample.has_words and not reasons:
        return "reasons were asked for and none came"
    weights = [abs(reason["weight"]) for reason in reasons if reason["token"] and reason["field"]]
    if len(weights) != len(reasons):
        return "a reason names no token or no field"
    return None if weights == sorted(weights, reverse=True) else "the strongest reason does not come first"


def _fault_of_id(identity: str, seen: set[str]) -> str | None:
    if identity in seen:
        return "the id came before"
    seen.add(identity)
    return None


@dataclass(frozen=True, slots=True)
class Objectives:
    """What a run must reach: latencies in milliseconds, the share of failures, the requests a second."""

    p50: float
    p95: float
    p99: float
    failure_share: float
    requests_per_second: float

    @classmethod
    def load(cls, path: Path) -> Objectives:
        """Return the objectives of a TOML file; a name that is missing or unknown is an error."""
        with path.open("rb") as file:
            values = tomllib.load(file)
        names = {field.name for field in fields(cls)}
        if set(values) != names:
            raise ValueError(f"{path} has to set {', '.join(sorted(names))} and nothing else")
        return cls(**{name: float(value) for name, value in values.items()})

    def missed(self, measured: dict[str, float]) -> list[str]:
        """Return one line for each objective that the measured figures do not reach."""
        lines = [
            f"{name}: {measured[name]:g}, at most {getattr(self, name):g} wanted"
            for name in ("p50", "p95", "p99", "failure_share")
            if measured[name] > getattr(self, name)
        ]
        if measured["requests_per_second"] < self.requests_per_second:
            rate = measured["requests_per_second"]
            lines.append(f"requests_per_second: {rate:g}, at least {self.requests_per_second:g} wanted")
        return lines
