"""The group of verbs: loaded one at a time, and every expected failure turned into one clear line."""

from __future__ import annotations

import errno
import importlib
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NoReturn

import click

from sigmail.commands._output import one_line
from sigmail.errors import SigmailError

__all__ = ["SECTIONS", "VERBS", "VerbGroup"]

VERBS = {
    "classify": "Say whether messages are spam.",
    "explain": "Write out the sum behind a verdict.",
    "train": "Train a filter on your own mail.",
    "evaluate": "Measure a filter on labelled mail.",
    "neuron": "Draw and compute one neuron.",
    "compare": "Set our classifiers beside scikit-learn's.",
    "bench": "Set the kernels beside their peers.",
    "serve": "Answer POST /classify over HTTP.",
    "doctor": "Look whether this installation is sound.",
    "completion": "Print the completion script of a shell.",
    "man": "Print the manual page.",
}
"""Each verb and its line in the overview: the same line as in its own file, known here without loading it."""

SECTIONS = {
    "Judge mail": ("classify", "explain"),
    "Make a filter, and measure it": ("train", "evaluate", "compare"),
    "Serve it": ("serve", "keys"),
    "Teach the service": ("learn", "unlearn", "import", "export", "backup", "restore"),
    "Look closer": ("neuron", "bench", "doctor"),
    "For your shell": ("completion", "man"),
}
"""The overview: what one wants to do, and the verbs that do it."""

_VERBS_OF_SERVICE = {
    "backup": "Write the service's history and ledger into one file.",
    "export": "Write the service's ledger as lines of JSON.",
    "import": "Tell the service's ledger of much mail at once.",
    "keys": "Create, list and revoke API keys.",
    "learn": "Tell the service's ledger that messages are spam or ham.",
    "models": "List, train and activate the models of a service.",
    "replay": "Say what a model would change.",
    "restore": "Take the history and the ledger from a backup.",
    "unlearn": "Take back what the service's ledger was told.",
}
"""Verbs that are listed where the service is installed, and their lines."""

_ENTRY_POINT_GROUP = "sigmail.commands"
_SERVICE_VERB, _SERVICE = "serve", "sigmail-service"
_TRAIN_EXTRA = frozenset({"sklearn", "scipy", "matplotlib", "joblib", "threadpoolctl"})


class VerbGroup(click.Group):
    """A click group that imports a verb when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature.
        """Return our verbs in the order of their table, then those of other packages."""
        return [*VERBS, *sorted(set(_installed()) - set(VERBS))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the verb, imported now; None if there is none of that name."""
        if cmd_name in VERBS and cmd_name != _SERVICE_VERB:
            command = getattr(importlib.import_module(f"sigmail.commands.{cmd_name}"), cmd_name)
        elif (entry := _installed().get(cmd_name)) is not None:
            command = _load(entry)
        else:
            command = _without_service if cmd_name == _SERVICE_VERB else None
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview from the table, by what one wants to do, so that `--help` imports no verb."""
        installed = _installed()
        listed = self.list_commands(ctx)
        known = {name for names in SECTIONS.values() for name in names}
        rest = tuple(name for name in listed if name not in known)
        width = max(map(len, listed))
        for title, names in {**SECTIONS, "Verbs of other packages": rest}.items():
            rows = [(f"{name:<{width}}", _line(name, installed)) for name in names if name in listed]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; an error that can be expected becomes one line on standard error and exit code 1."""
        try:
            return super().invoke(ctx)
        except SigmailError as error:
            raise click.ClickException(one_line(str(error))) from error
        except ModuleNotFoundError as error:
            _explain_missing(error)
        except MemoryError as error:
            raise click.ClickException("the memory is not enough; try fewer messages at a time") from error
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # click ends quietly when nobody reads on.
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(one_line(f"{where}{error.strerror or error}")) from error


def _installed() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=_ENTRY_POINT_GROUP)}


def _line(name: str, installed: dict[str, EntryPoint]) -> str:
    """Return the line of a verb in the overview; for a verb of a stranger's package its origin."""
    if name in VERBS:
        return VERBS[name]
    entry = installed[name]
    ours = entry.dist is not None and entry.dist.name == _SERVICE
    return (ours and _VERBS_OF_SERVICE.get(name)) or _origin(entry)


def _origin(entry: EntryPoint) -> str:
    return f"From {entry.dist.name if entry.dist else entry.module}."


def _load(entry: EntryPoint) -> object:
    try:
        return entry.load()
    except ImportError as error:
        package = entry.dist.name if entry.dist else entry.module
        raise click.ClickException(
            one_line(f"`sigmail {entry.name}` comes from {package}, which can't be loaded: {error}")
        ) from error


def _explain_missing(error: ModuleNotFoundError) -> NoReturn:
    """Say how to install what is missing, if it is one of our extras; else let the error out."""
    if (error.name or "").partition(".")[0] not in _TRAIN_EXTRA:
        raise error
    raise click.ClickException(
        f"this needs the package {error.name}, which is not installed; "
        'get all that training needs by: pip install "sigmail[train]"'
    ) from error


@click.command(
    _SERVICE_VERB,
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def _without_service(arguments: tuple[str, ...]) -> None:  # noqa: ARG001 - any option is taken, to say the same.
    """Say where the service is, when it is not installed."""
    raise click.ClickException(
        f"`sigmail serve` comes with {_SERVICE}; install it by: pip install {_SERVICE}"
    )
