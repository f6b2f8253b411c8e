"""The page for people at `/`: paste a message, see the verdict, the words that decided, and the neuron."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

from sigmail.filter import Explanation, Message, SpamFilter
from sigmail_service.access import admit
from sigmail_service.callers import charge
from sigmail_service.classifier import current_filter, verdict_answer
from sigmail_service.drawing import Drawing, Term, draw_neuron, sigmoid_zones
from sigmail_service.examples import EXAMPLES
from sigmail_service.marking import looks_like_mail, mark_passages
from sigmail_service.pages import page, percent
from sigmail_service.problems import Problem
from sigmail_service.recording import remember

__all__ = ["blueprint"]

blueprint = APIBlueprint("home", __name__, enable_openapi=False)

_TERMS_DRAWN = 7
_REASONS_SHOWN = 25
# A word with less than this share of the strongest one's weight did not decide, and is not marked.
_SHARE_MARKED = 0.2
_CHARACTERS_SHOWN = 20_000
_LABELS = (("ham", "ham"), ("unsure", "unsure"), ("spam", "spam"))


@blueprint.get("/")
def form() -> Response:
    """Show the form."""
    return page("home.html", examples=EXAMPLES)


@blueprint.post("/")
def verdict() -> Response:
    """Show the verdict on the message of the form."""
    text = _text()
    try:
        admit("classify", request.form.get("key") or None)
        charge()
        message, file_name = _message(text)
    except Problem as problem:
        status, headers = problem.kind.status, problem.headers
        return page("home.html", status, headers, problem=problem, text=text, examples=EXAMPLES)
    spam_filter = current_filter()
    result = _result(spam_filter, message)
    remember(result["answer"]["id"], message, spam_filter)
    shown = "" if file_name else text
    return page("home.html", examples=EXAMPLES, text=shown, file_name=file_name, **result)


def _text() -> str:
    """Return what was pasted, or the example whose button was pressed."""
    example = request.form.get("example")
    return EXAMPLES.get(example, "") if example else request.form.get("text", "")


def _message(text: str) -> tuple[Message, str]:
    """Return the message, and the name of its file; an example goes before a file, a file before a text."""
    upload = request.files.get("message")
    data = upload.stream.read() if upload and "example" not in request.form else b""
    if upload and data:
        return data, upload.filename or "a file"
    if not text.strip():
        raise Problem("empty-message", "There is no message.", remedy="Paste a message, or choose a file.")
    return (text.encode() if looks_like_mail(text) else text), ""


def _result(spam_filter: SpamFilter, message: Message) -> dict[str, Any]:
    """Return what the template shows of a verdict."""
    explanation = spam_filter.explain(message)
    passages = spam_filter.passages(message)
    answer = verdict_answer(explanation.verdict, spam_filter)
    reasons = explanation.reasons[:_REASONS_SHOWN]
    strongest = max((abs(reason.weight) for reason in reasons), default=0.0)
    marked = [reason for reason in reasons if abs(reason.weight) >= _SHARE_MARKED * strongest]
    return {
        "answer": answer,
        "percent": {
            "probability": percent(explanation.verdict.probability),
            **{name: percent(value) for name, value in answer["thresholds"].items()},
        },
        "reasons": reasons,
        "strongest": strongest,
        "drawing": _draw(explanation, spam_filter.thresholds),
        "passages": mark_passages(passages, marked, _CHARACTERS_SHOWN),
        "cut": sum(len(passage.text) for passage in passages) > _CHARACTERS_SHOWN,
    }


def _draw(explanation: Explanation, thresholds: tuple[float, float]) -> Drawing:
    """Draw the strongest reasons, and all the others as one term, so that the sum is right."""
    strongest, others = explanation.reasons[:_TERMS_DRAWN], explanation.reasons[_TERMS_DRAWN:]
    terms = [Term(reason.token, reason.field, reason.weight) for reason in strongest]
    if others:
        weight = sum(reason.weight for reason in others)
        terms.append(Term(f"{len(others)} others", "weaker ones, together", weight))
    terms.append(Term("bias", "where every message starts", explanation.bias))
    zones = sigmoid_zones(_LABELS, thresholds)
    return draw_neuron(terms, explanation.logit, explanation.verdict.probability, zones)
