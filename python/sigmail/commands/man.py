"""``sigmail man``: the manual page, in the language of man, from the same data as ``--help``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from sigmail import __version__

__all__ = ["man", "manual_page"]

_EXIT_CODES = (
    ("0", "Done, whatever the verdict."),
    ("1", "A failure: one line on standard error says what, and what to do."),
    ("2", "A wrong call: the usage, and what is wrong with it."),
    ("130", "train was interrupted by Ctrl-C."),
)
_VARIABLES = (
    ("NO_COLOR", "Any value but the empty one: no colours, on a terminal either."),
    ("TMPDIR", "Where train keeps features that do not fit in memory."),
)


@click.command(
    epilog="\b\nExamples:\n  sigmail man | man -l -\n  sigmail man > ~/.local/share/man/man1/sigmail.1"
)
def man() -> None:
    """Print the manual page.

    It is written from the command itself, with every verb that is installed, in the language of man.
    """
    from sigmail.commands import main  # noqa: PLC0415 - It imports us.

    click.echo(manual_page(main, main.list_commands(click.Context(main))), nl=False)


def manual_page(group: click.Group, verbs: Iterable[str]) -> str:
    """Return the page of the command and of these verbs, as input of groff's man macros."""
    return "".join(f"{line}\n" for line in _lines(group, verbs))


def _lines(group: click.Group, verbs: Iterable[str]) -> Iterator[str]:
    context = click.Context(group, info_name="sigmail", **group.context_settings)
    yield f'.TH SIGMAIL 1 "" "Sigmail {__version__}" "User Commands"'
    yield ".SH NAME"
    yield "sigmail \\- tell spam from good mail, and say why"
    yield ".SH SYNOPSIS"
    yield ".B sigmail"
    yield "[OPTIONS] VERB [ARGUMENTS]"
    yield ".SH DESCRIPTION"
    yield from _paragraphs(group.help or "")
    yield ".SH VERBS"
    for name in verbs:
        command = group.get_command(context, name)
        if command is not None:
            yield from _verb(command, f"sigmail {name}", context)
    yield from _table("EXIT STATUS", _EXIT_CODES)
    yield from _table("ENVIRONMENT", _VARIABLES)


def _verb(command: click.Command, name: str, parent: click.Context) -> Iterator[str]:
    context = click.Context(command, parent, info_name=name)
    yield f".SS {_plain(' '.join([name, *command.collect_usage_pieces(context)]))}"
    yield from _paragraphs(command.help or command.get_short_help_str(200))
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and isinstance(parameter, click.Option):
            yield ".TP"
            yield f".B {_plain(record[0])}"
            yield _plain(record[1])
    if command.epilog:
        yield ".PP"
        yield ".nf"
        yield from (_plain(line) for line in command.epilog.replace("\b\n", "").splitlines())
        yield ".fi"
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _verb(found, f"{name} {inner}", context)


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.replace("\b\n", "").split("\n\n"):
        yield ".PP"
        yield _plain(" ".join(paragraph.split()))


def _table(title: str, rows: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield f".SH {title}"
    for name, text in rows:
        yield ".TP"
        yield f".B {name}"
        yield _plain(text)


def _plain(text: str) -> str:
    r"""Return `text` so that man takes nothing in it for a request of its own.

    >>> _plain(".dot and back\\slash, a-b")
    '\\&.dot and back\\eslash, a\\-b'
    """
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
