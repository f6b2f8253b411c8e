"""The page of one neuron at `/neuron`: the tutorial's numbers, with sliders."""

from __future__ import annotations

from itertools import zip_longest

from apiflask import APIBlueprint
from flask import Response, request

import sigmail
from sigmail_service.drawing import Term, draw_neuron, sigmoid_zones
from sigmail_service.pages import page

__all__ = ["blueprint"]

blueprint = APIBlueprint("neuron", __name__, enable_openapi=False)

_INPUTS, _WEIGHTS, _BIAS = (1.0, 0.0), (7.0, 3.0), -2.0
_MEANINGS = ("more than one word in capitals", "contains the word viagra")
_MOST_INPUTS = 6
_LARGEST = 100.0
_ROUNDED = (("ham", "0: no spam"), ("spam", "1: spam"))


@blueprint.get("/neuron")
def neuron() -> Response:
    """Show one neuron with sliders; the query sets its numbers."""
    inputs, weights = _numbers("input"), _numbers("weight")
    bias = (_numbers("bias") or [_BIAS])[0]
    if not inputs and not weights:
        inputs, weights = list(_INPUTS), list(_WEIGHTS)
    pairs = list(zip_longest(inputs, weights, fillvalue=0.0))
    terms = [
        Term(f"input {number}", f"{value:g} × {weight:g}", value * weight)  # noqa: RUF001 - It multiplies.
        for number, (value, weight) in enumerate(pairs, 1)
    ]
    terms.append(Term("bias", "", bias))
    total = sum(term.weight for term in terms)
    drawing = draw_neuron(terms, total, float(sigmail.sigmoid(total)), sigmoid_zones(_ROUNDED, [0.5]))
    meanings = _MEANINGS if len(pairs) == len(_MEANINGS) else ()
    return page("neuron.html", pairs=pairs, bias=bias, meanings=meanings, drawing=drawing)


def _numbers(name: str) -> list[float]:
    """Return the numbers of the query under a name, each within bounds; what is no number counts as 0."""
    return [_number(text) for text in request.args.getlist(name)[:_MOST_INPUTS]]


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    if value != value:  # noqa: PLR0124 - NaN is not itself.
        return 0.0
    return max(-_LARGEST, min(_LARGEST, value))
