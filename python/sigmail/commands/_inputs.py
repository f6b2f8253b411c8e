"""What the verbs read: messages from paths or standard input, labelled ones, the model."""

from __future__ import annotations

import functools
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import click

from sigmail.commands._output import one_line, printable
from sigmail.errors import MessageError

if TYPE_CHECKING:
    from sigmail.corpus import LabelledMessage
    from sigmail.filter import SpamFilter

__all__ = [
    "Kind",
    "LabelledInput",
    "SkipCount",
    "labelled_options",
    "load_filter",
    "model_option",
    "read_input",
]

Kind = Literal["mail", "text"]


@dataclass(slots=True)
class SkipCount:
    """Counts what was passed over, by reason, and says so in a line a reason on standard error."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def __call__(self, source: str, reason: str) -> None:
        self.counts[reason] += 1
        self.first.setdefault(reason, source)

    def report(self) -> None:
        """Write the counts, if there are any."""
        for reason, count in self.counts.items():
            where = printable(self.first[reason]) + (", the first of them" if count > 1 else "")
            click.echo(f"Warning: skipped {count} ({one_line(reason)}): {where}", err=True)


def read_input(path: str, skips: SkipCount, kind: Kind | None) -> Iterator[tuple[str, bytes | str]]:
    """Yield source and message of all that `path` holds; ``-`` is standard input.

    `kind` forces what is else told from the content: a raw mail (bytes) or a plain text (str).
    """
    from sigmail.corpus import as_message, read_messages, read_stream  # noqa: PLC0415 - Keeps --help quick.

    if path == "-":
        if sys.stdin.isatty():
            click.echo("Reading a message from standard input; Ctrl-D ends it.", err=True)
        messages = read_stream("-", sys.stdin.buffer, skips)
    else:
        messages = read_messages(path, skips)
    for source, data in messages:
        if path == "-" and not data:
            raise MessageError("standard input is empty: no message to read")
        if kind is None:
            yield source, as_message(data)
        else:
            yield source, data if kind == "mail" else data.decode("utf-8-sig", "replace")


def kind_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--mail`` and ``--text`` to a verb, as its parameter `kind`."""
    command = click.option("--text", "kind", flag_value="text", help="Take every message for plain text.")(
        command
    )
    return click.option(
        "--mail",
        "kind",
        flag_value="mail",
        help="Take every message for a raw mail.  [default: by its header]",
    )(command)


def model_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--model`` to a verb."""
    return click.option(
        "--model", metavar="FILE", help="A model that `sigmail train` wrote.  [default: the starter model]"
    )(command)


def load_filter(model: str | None) -> SpamFilter:
    """Return the filter of a model file, or the starter model."""
    from sigmail.filter import SpamFilter  # noqa: PLC0415 - Keeps --help quick.

    return SpamFilter.default() if model is None else SpamFilter.load(model)


@dataclass(frozen=True, slots=True)
class LabelledInput:
    """The labelled messages that a command line names."""

    spam: tuple[str, ...]
    ham: tuple[str, ...]
    table: tuple[str, ...]
    label_column: str | None
    text_column: str | None
    index: tuple[str, ...] = ()

    def stream(
        self, on_message: Callable[[int], None], *, by_date: bool = False, report_skips: bool = True
    ) -> Iterator[LabelledMessage]:
        """Yield them as they are read; `on_message` hears the count so far.

        What was passed over is reported at the end, which who reads them once more does not want.
        ``by_date`` orders what has no order of its own: tables and indices stay as they are.
        """
        from sigmail.corpus import in_date_order, read_labelled  # noqa: PLC0415 - Keeps --help quick.

        skips = SkipCount()
        messages = read_labelled(
            self.spam,
            self.ham,
            self.table,
            indices=self.index,
            label_column=self.label_column,
            text_column=self.text_column,
            on_skip=skips,
        )
        if by_date and (self.spam or self.ham):
            messages = in_date_order(messages, skips)
        for count, message in enumerate(messages, start=1):
            on_message(count)
            yield message
        if report_skips:
            skips.report()

    def read(self, on_message: Callable[[int], None]) -> list[LabelledMessage]:
        """Return them all in a list, as :meth:`stream` gives them."""
        return list(self.stream(on_message))


def labelled_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that name labelled messages to a verb, as its first parameter, a `LabelledInput`."""

    @functools.wraps(command)
    def with_input(
        *,
        spam: tuple[str, ...],
        ham: tuple[str, ...],
        table: tuple[str, ...],
        label_column: str | None,
        text_column: str | None,
        index: tuple[str, ...],
        **options: Any,
    ) -> None:
        if not (table or index) and not (spam and ham):
            missing = " and ".join(name for name, given in (("--spam", spam), ("--ham", ham)) if not given)
            raise click.UsageError(
                f"Messages of both labels are needed: give {missing}, or a --table, or an --index."
            )
        command(LabelledInput(spam, ham, table, label_column, text_column, index), **options)

    options: Iterable[Callable[[Any], Any]] = (  # The last one stands first in the help.
        click.option("--text-column", metavar="NAME", help="The text column, likewise."),
        click.option("--label-column", metavar="NAME", help="The label column, if its name is unusual."),
        click.option(
            "--index",
            multiple=True,
            metavar="FILE",
            help="Lines of a label and a path, in their order; may be repeated.",
        ),
        click.option(
            "--table",
            multiple=True,
            metavar="FILE",
            help="CSV, TSV or JSON Lines with a label and a text; may be repeated.",
        ),
        click.option("--ham", multiple=True, metavar="PATH", help="Good mail, likewise."),
        click.option(
            "--spam",
            multiple=True,
            metavar="PATH",
            help="Spam: a mail, mbox, Maildir, folder or tar archive; may be repeated.",
        ),
    )
    return functools.reduce(lambda decorated, option: option(decorated), options, with_input)
