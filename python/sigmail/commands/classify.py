"""``sigmail classify``: a line for each message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from sigmail.commands._inputs import Kind, SkipCount, kind_options, load_filter, model_option, read_input
from sigmail.commands._output import coloured, echo_json, one_line, printable
from sigmail.errors import MessageError

if TYPE_CHECKING:
    from sigmail.filter import SpamFilter, Verdict

__all__ = ["classify"]

Sourced = tuple[str, bytes | str]

_BATCH_MESSAGES = 256
_BATCH_SIZE = 32 * 1024 * 1024
"""A batch keeps all cores busy, and holds no more than this and one message in memory."""


@click.command(
    epilog="\b\nExamples:\n"
    "  sigmail classify mail.eml --explain 3\n"
    "  sigmail classify Maildir/ mails.tar.gz --json\n"
    "  echo 'Cheap viagra, CLICK NOW' | sigmail classify"
)
@click.argument("paths", nargs=-1, metavar="[PATH... | -]")
@model_option
@click.option(
    "--explain", type=click.IntRange(0), default=0, metavar="N", help="Give the N strongest reasons too."
)
@click.option("--json", "as_json", is_flag=True, help="Write an object of JSON on each line.")
@kind_options
def classify(
    paths: tuple[str, ...], model: str | None, explain: int, as_json: bool, kind: Kind | None
) -> None:
    """Say whether messages are spam.

    A PATH is a mail file, an mbox, a Maildir, a folder (searched to the bottom) or a tar archive; without
    one, standard input is read. Each message gets a line: its verdict, the probability of spam, and where it
    stands. A PATH that can't be read makes exit code 1, after the others were classified.
    """
    spam_filter = load_filter(model)
    skips = SkipCount()
    failures: list[str] = []
    for batch in _batches(_read_all(paths or ("-",), skips, kind, failures)):
        verdicts = spam_filter.classify_many([message for _, message in batch], explain)
        for (source, _), verdict in zip(batch, verdicts, strict=True):
            if as_json:
                echo_json(_as_dict(source, verdict, spam_filter))
            else:
                _echo(source, verdict)
    skips.report()
    if failures:
        raise click.exceptions.Exit(1)


def _read_all(
    paths: Iterable[str], skips: SkipCount, kind: Kind | None, failures: list[str]
) -> Iterator[Sourced]:
    """Yield the messages of all paths; one that fails gets a line on standard error, and the next a turn."""
    for path in paths:
        try:
            yield from read_input(path, skips, kind)
        except MessageError as error:
            failures.append(path)
            click.echo(f"Error: {one_line(str(error))}", err=True)


def _batches(messages: Iterable[Sourced]) -> Iterator[list[Sourced]]:
    batch: list[Sourced] = []
    size = 0
    for item in messages:
        batch.append(item)
        size += len(item[1])
        if len(batch) >= _BATCH_MESSAGES or size >= _BATCH_SIZE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _echo(source: str, verdict: Verdict) -> None:
    click.echo(f"{coloured(verdict.label, 6)} {verdict.probability:.4f}  {printable(source)}")
    for reason in verdict.reasons:
        click.echo(f"       {reason.weight:+9.4f}  {printable(reason.token)} ({printable(reason.field)})")


def _as_dict(source: str, verdict: Verdict, spam_filter: SpamFilter) -> dict[str, object]:
    """Return the verdict in the words of the HTTP interface, with its source."""
    ham_below, spam_from = spam_filter.thresholds
    return {
        "source": printable(source),
        "label": verdict.label,
        "probability": verdict.probability,
        "thresholds": {"ham": ham_below, "spam": spam_from},
        "model": spam_filter.identity,
        "reasons": [
            {"token": reason.token, "field": reason.field, "weight": reason.weight}
            for reason in verdict.reasons
        ],
        "truncated": verdict.truncated,
    }
