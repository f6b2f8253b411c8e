"""How results are written: text that can't harm a terminal, numbers at a fixed width, JSON a line each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sigmail.evaluation import Evaluation

__all__ = ["can_write", "coloured", "echo_json", "figure_lines", "one_line", "printable"]

_COLOURS = {
    "spam": "red",
    "unsure": "yellow",
    "ham": "green",
    "wrong": "red",
    "absent": "yellow",
    "ok": "green",
}


def printable(text: str) -> str:
    r"""Return `text` with control characters and half surrogates escaped.

    File names and words of a message are other people's: an escape sequence among them must not reach the
    terminal.

    >>> printable("red \x1b[31m\n")
    'red \\x1b[31m\\n'
    """
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape", "surrogatepass").decode("ascii")
        for character in text
    )


def one_line(text: str) -> str:
    """Return `text` on one line, safe to print."""
    return printable(" ".join(text.split()))


def coloured(word: str, width: int = 0) -> str:
    """Return a label or a state, padded to `width`, in its colour; click leaves that out off a terminal."""
    return click.style(f"{word:<{width}}", fg=_COLOURS.get(word))


def echo_json(item: Mapping[str, Any]) -> None:
    """Write `item` as one line of JSON, ASCII only."""
    click.echo(json.dumps(item, allow_nan=False))


def can_write(characters: str) -> bool:
    """Tell whether standard output can encode `characters`."""
    try:
        characters.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def figure_lines(figures: Evaluation, without_headers: Evaluation | None = None) -> Iterator[str]:
    """Yield the figures for people, in percent where they are rates; a second column for a second set."""
    yield f"messages            {figures.messages:9d}    {figures.spam} spam, {figures.ham} ham"
    if without_headers is None:
        yield from _one_column(figures)
        return
    yield f"{'':<20}{'as it is':>12}{'headers removed':>18}"
    for left, right in zip(_one_column(figures), _one_column(without_headers), strict=True):
        yield f"{left[:31]:<32}{right[20:31]:>18}{left[31:]}".rstrip()


def _one_column(figures: Evaluation) -> Iterator[str]:
    rows = (
        ("(1-AUC)%", figures.one_minus_auc_percent / 100, "0 is a perfect order, 50 a coin"),
        ("ham called spam", figures.false_positive_rate, f"at {figures.spam_from:.4g} and above"),
        ("spam called ham", figures.false_negative_rate, f"below {figures.ham_below:.4g}"),
        ("ham unsure", figures.ham_unsure_rate, "between the two"),
        ("spam unsure", figures.spam_unsure_rate, "between the two"),
        ("spam missed", figures.spam_missed_at_ham_loss_0_1_percent, "if 0.1 % of the ham may be lost"),
        ("spam missed", figures.spam_missed_at_ham_loss_1_percent, "if 1 % of the ham may be lost"),
        ("lam", figures.logistic_average_misclassification, "mean of both error rates, as logits"),
    )
    for name, rate, remark in rows:
        yield f"{name:<20}{100.0 * rate:9.3f} %  {remark}"
    yield f"F1                  {figures.f1:9.4f}"
    yield f"log-loss            {figures.log_loss:9.4f}"
    yield f"Brier score         {figures.brier_score:9.4f}"
    yield f"calibration error   {figures.expected_calibration_error:9.4f}"
