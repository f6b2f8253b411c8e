"""``sigmail train``: labelled messages in, a model file out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from sigmail.commands._inputs import LabelledInput, labelled_options
from sigmail.commands._output import echo_json, figure_lines, one_line, printable
from sigmail.commands._progress import progress_bar
from sigmail.errors import InvalidValueError

if TYPE_CHECKING:
    from sigmail.filter import Message, SpamFilter

__all__ = ["train"]

_KINDS = {"mail": ("mail",), "short": ("short",), "either": ("mail", "short")}
"""The kinds of messages that can be named, and the recipes that are tried for each."""

_INTERRUPTED = 130
"""What a shell says of a program that Ctrl-C ended: 128 and the number of the signal."""


@click.command(
    epilog="\b\nExamples:\n"
    "  sigmail train --spam Maildir/.Junk --ham Maildir --out my.sigmail\n"
    "  sigmail train --table SMSSpamCollection --kind short --out sms.sigmail"
)
@labelled_options
@click.option(
    "--out", required=True, metavar="FILE", help="Where the model goes; replaced in one step if it is there."
)
@click.option(
    "--algorithm",
    type=click.Choice(["logistic", "network"]),
    default="logistic",
    show_default=True,
    help="One neuron, or a small neural network.",
)
@click.option(
    "--kind",
    type=click.Choice(list(_KINDS)),
    default="mail",
    show_default=True,
    help="What the messages are: mail; short texts of a line or two (SMS, chats, comments); or either, which "
    "reads and trains twice, and keeps what judges the held-out messages better.",
)
@click.option(
    "--max-ham-lost",
    type=click.FloatRange(0.0, 1.0, min_open=True, max_open=True),
    metavar="SHARE",
    help="Share of held-out ham that may be called spam; sets the upper threshold.  [default: 0.001]",
)
@click.option(
    "--max-spam-missed",
    type=click.FloatRange(0.0, 1.0, min_open=True, max_open=True),
    metavar="SHARE",
    help="Share of held-out spam that may be called ham; sets the lower threshold.  [default: 0.01]",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    metavar="NUMBER",
    help="Makes the model the same each time; without it its hash function is a secret of its own.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Write the facts of the training as one object of JSON."
)
def train(
    labelled: LabelledInput,
    *,
    out: str,
    as_json: bool,
    algorithm: Literal["logistic", "network"],
    kind: str,
    max_ham_lost: float | None,
    max_spam_missed: float | None,
    seed: int | None,
) -> None:
    """Train a filter on your own mail.

    Some hundred messages of each label are a beginning. The figures shown are of messages held out while the
    model was judged; the model itself has learnt from all of them. An archive may be of any size: what does
    not fit in memory lies in a temporary folder meanwhile. Ctrl-C keeps what was learnt so far.
    """
    _check_writable(Path(out))
    from sigmail.recipe import Recipe  # noqa: PLC0415 - Keeps --help quick.
    from sigmail.selection import train_best_from  # noqa: PLC0415

    asked: dict[str, Any] = {"max_false_positive_rate": max_ham_lost, "max_miss_rate": max_spam_missed}
    given = {name: rate for name, rate in asked.items() if rate is not None}
    of_kind = {"mail": Recipe(), "short": Recipe.short_texts()}
    recipes = {name: replace(of_kind[name], algorithm=algorithm, **given) for name in _KINDS[kind]}
    readings = count()

    def read() -> Iterator[tuple[Message, object]]:
        first = next(readings) == 0
        stream = labelled.stream(lambda done: progress(done, 0, "reading the messages"), report_skips=first)
        return ((item.message, item.label) for item in stream)

    try:
        with progress_bar() as progress:
            spam_filter = train_best_from(read, recipes=tuple(recipes.values()), seed=seed, progress=progress)
    except KeyboardInterrupt:
        click.echo("Interrupted before anything was learnt: no model was written.", err=True)
        raise click.exceptions.Exit(_INTERRUPTED) from None
    spam_filter.save(out)
    if as_json:
        echo_json({"model": spam_filter.identity, "file": printable(out), "facts": spam_filter.facts})
    else:
        _tell(spam_filter, out)
        if len(recipes) > 1:
            lengths = spam_filter.facts["recipe"]["gram_lengths"]
            chosen = next(name for name in recipes if list(recipes[name].gram_lengths) == lengths)
            click.echo(f"Chosen as --kind {chosen}, by the messages held out.")
    if "interrupted" in spam_filter.facts:
        click.echo("Interrupted: the model is what was learnt so far.", err=True)
        raise click.exceptions.Exit(_INTERRUPTED)


def _tell(spam_filter: SpamFilter, out: str) -> None:
    """Write what the model was trained on, and its figures."""
    from sigmail.evaluation import Evaluation  # noqa: PLC0415 - Keeps --help quick.

    facts: dict[str, Any] = spam_filter.facts
    figures = Evaluation(**facts["held_out"])
    click.echo(
        f"Trained by {facts['algorithm']} on {figures.messages} messages "
        f"with {facts['groups']} different texts."
    )
    click.echo("Held out while it was judged:")
    for line in figure_lines(figures):
        click.echo(f"  {line}")
    size = Path(out).stat().st_size / 1e6
    click.echo(f"Model {spam_filter.identity}, {size:.1f} MB: {one_line(out)}")


def _check_writable(out: Path) -> None:
    """Refuse a place that can't be written to, before the training and not after it."""
    if out.is_dir():
        raise InvalidValueError(f"--out {out} is a folder; name a file in it")
    if not out.parent.is_dir():
        raise InvalidValueError(f"--out {out}: there is no folder {out.parent}; make it first")
    if not os.access(out.parent, os.W_OK):
        raise InvalidValueError(f"--out {out}: the folder {out.parent} can't be written to")
