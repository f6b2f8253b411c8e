"""``sigmail explain``: the sum behind a verdict, written out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from sigmail.commands._inputs import Kind, SkipCount, kind_options, load_filter, model_option, read_input
from sigmail.commands._output import coloured, echo_json, printable
from sigmail.errors import MessageError

if TYPE_CHECKING:
    from sigmail.filter import Explanation, Reason

__all__ = ["explain"]

_SHOWN = 25
_WHOLE_MESSAGE = "shape"


@click.command(
    epilog="\b\nExamples:\n  sigmail explain mail.eml\n  echo 'BUY cheap VIAGRA now' | sigmail explain --all"
)
@click.argument("path", default="-", metavar="[PATH | -]")
@model_option
@click.option("--all", "show_all", is_flag=True, help=f"Write out every token, not the {_SHOWN} strongest.")
@click.option("--json", "as_json", is_flag=True, help="Write the whole sum as one object of JSON.")
@kind_options
def explain(path: str, model: str | None, show_all: bool, as_json: bool, kind: Kind | None) -> None:
    """Write out the sum behind a verdict.

    PATH holds one message; without one, standard input is read. Each line of the sum is a token, where it
    stands, and what it adds: its value in the message times its weight. With the bias they add up to the
    logit, whose sigmoid is the probability of spam.
    """
    spam_filter = load_filter(model)
    skips = SkipCount()
    messages = list(itertools.islice(read_input(path, skips, kind), 2))
    skips.report()
    if len(messages) != 1:
        number = "no message" if not messages else "more than one message"
        raise MessageError(f"{path}: {number} in it; `sigmail classify --explain N` takes any number")
    explanation = spam_filter.explain(messages[0][1])
    if as_json:
        echo_json(_as_dict(explanation))
        return
    shown, rest = _strongest(explanation.reasons, len(explanation.reasons) if show_all else _SHOWN)
    for line in _written_out(explanation, shown, rest, spam_filter.thresholds):
        click.echo(line)


def _as_dict(explanation: Explanation) -> dict[str, object]:
    """Return the sum: the bias and all weights add up to the logit, whose sigmoid is the probability."""
    return {
        "label": explanation.verdict.label,
        "probability": explanation.verdict.probability,
        "logit": explanation.logit,
        "bias": explanation.bias,
        "reasons": [
            {"token": reason.token, "field": reason.field, "weight": reason.weight}
            for reason in explanation.reasons
        ],
        "truncated": explanation.verdict.truncated,
    }


def _strongest(reasons: Sequence[Reason], shown: int) -> tuple[list[Reason], list[Reason]]:
    """Part `reasons` into those to show and the rest; what tells of the whole message is always shown."""
    keep = [number < shown or reason.field == _WHOLE_MESSAGE for number, reason in enumerate(reasons)]
    rest = [not kept for kept in keep]
    return list(itertools.compress(reasons, keep)), list(itertools.compress(reasons, rest))


def _written_out(
    explanation: Explanation, shown: Sequence[Reason], rest: Sequence[Reason], thresholds: tuple[float, float]
) -> Iterator[str]:
    """Yield the lines of the sum: a row a token, the rest in one, the bias, the logit and its sigmoid."""
    width = max((len(printable(reason.token)) for reason in shown), default=0)
    yield "  value x weight"
    for reason in shown:
        yield f"  {reason.weight:+14.4f}  {printable(reason.token):<{width}}  {printable(reason.field)}"
    if rest:
        total = math.fsum(reason.weight for reason in rest)
        yield f"  {total:+14.4f}  {len(rest)} weaker tokens together (--all)"
    yield f"  {explanation.bias:+14.4f}  bias"
    yield f"  {'-' * 14}"
    yield f"  {explanation.logit:+14.4f}  logit, the sum of all these"
    verdict, (ham_below, spam_from) = explanation.verdict, thresholds
    yield ""
    yield (
        f"  sigmoid({explanation.logit:.4f}) = {verdict.probability:.4f}: {coloured(verdict.label)} "
        f"(ham is below {ham_below:.4g}, spam from {spam_from:.4g})"
    )
    if verdict.truncated:
        yield "  The message is over a cap: a part of it was not read."
