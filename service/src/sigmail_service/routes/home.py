"""The page for people at `/`: paste a message, see the verdict, the words that decided, and the neuron."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

import sigmail
from sigmail.filter import Explanation
from sigmail_service.access import check
from sigmail_service.callers import charge
from sigmail_service.classifier import current_filter, verdict_answer
from sigmail_service.drawing import draw_neuron
from sigmail_service.marking import looks_like_mail, mark_words
from sigmail_service.pages import page
from sigmail_service.problems import Problem

__all__ = ["blueprint"]

blueprint = APIBlueprint("home", __name__, enable_openapi=False)

_REASONS_DRAWN = 7
_REASONS_LISTED = 20
_CHARACTERS_SHOWN = 20_000
_TUTORIAL_INPUTS, _TUTORIAL_WEIGHTS, _TUTORIAL_BIAS = (1.0, 0.0), (7.0, 3.0), -2.0
_MOST_INPUTS = 6


@blueprint.get("/")
def form() -> Response:
    """Show the form."""
    return page("home.html")


@blueprint.post("/")
def verdict() -> Response:
    """Show the verdict on the message of the form."""
    try:
        check("classify", request.form.get("key") or None)
        charge()
        message = _message()
    except Problem as problem:
        values = {"problem": problem, "text": request.form.get("text", "")}
        return page("home.html", problem.kind.status, **values)
    spam_filter = current_filter()
    explanation = spam_filter.explain(message)
    answer = verdict_answer(explanation.verdict, spam_filter)
    shown = message if isinstance(message, str) else message.decode("utf-8", "replace")
    reasons = explanation.reasons[:_REASONS_LISTED]
    return page(
        "home.html",
        answer=answer,
        reasons=reasons,
        drawing=_draw(explanation),
        pieces=mark_words(shown[:_CHARACTERS_SHOWN], [(reason.token, reason.weight) for reason in reasons]),
        cut=len(shown) > _CHARACTERS_SHOWN,
        text=request.form.get("text", ""),
    )


@blueprint.get("/neuron")
def neuron() -> Response:
    """Show one neuron with sliders, as the tutorial has it."""
    inputs, weights = _numbers("input"), _numbers("weight")
    bias = (_numbers("bias") or [_TUTORIAL_BIAS])[0]
    if not inputs and not weights:
        inputs, weights = list(_TUTORIAL_INPUTS), list(_TUTORIAL_WEIGHTS)
    pairs = list(zip_longest(inputs, weights, fillvalue=0.0))[:_MOST_INPUTS]
    products = [value * weight for value, weight in pairs]
    texts = [
        f"input {number}: {value:g} \u00d7 {weight:g}" for number, (value, weight) in enumerate(pairs, 1)
    ]
    terms = list(zip(texts, products, strict=True))
    total = sum(products) + bias
    probability = float(sigmail.sigmoid(total))
    drawing = draw_neuron(terms, bias, total, probability)
    return page("neuron.html", pairs=pairs, bias=bias, drawing=drawing)


def _message() -> bytes | str:
    upload = request.files.get("message")
    data = upload.stream.read() if upload else b""
    if data:
        return data
    text = request.form.get("text", "")
    if not text.strip():
        raise Problem("empty-message", "There is no message.", remedy="Paste a message, or choose a file.")
    return text.encode() if looks_like_mail(text) else text


def _draw(explanation: Explanation) -> Any:
    """Draw the strongest reasons, and all the others as one input, so that the sum is right."""
    strongest = explanation.reasons[:_REASONS_DRAWN]
    others = explanation.reasons[_REASONS_DRAWN:]
    terms = [(f"{reason.token} ({reason.field})", reason.weight) for reason in strongest]
    if others:
        terms.append((f"{len(others)} others", sum(reason.weight for reason in others)))
    return draw_neuron(terms, explanation.bias, explanation.logit, explanation.verdict.probability)


def _numbers(name: str) -> list[float]:
    """Return the numbers of the query under a name, each from -100 to 100; what is no number counts as 0."""
    return [_number(text) for text in request.args.getlist(name)[:_MOST_INPUTS]]


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return max(-100.0, min(100.0, value)) if value == value else 0.0  # noqa: PLR0124 - NaN is not itself.
