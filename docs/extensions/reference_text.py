"""The Markdown of the reference pages, made from click, pydantic, OpenAPI and the core."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import click

from sigmail import _core
from sigmail import errors as error_classes
from sigmail.commands import main
from sigmail_service.app import create_app
from sigmail_service.problems import KINDS
from sigmail_service.settings import PREFIX, Settings

__all__ = ["errors", "limits", "problems", "routes", "settings", "verbs"]

METHODS = ("get", "post", "put", "patch", "delete")


def verbs() -> str:
    """Return a section for each verb of `sigmail`: how it is called, and its options."""
    context = click.Context(main, **main.context_settings)
    return "\n".join(_verb(["sigmail", name], command, context) for name, command in _commands(main))


def settings() -> str:
    """Return a table of the service's settings."""
    lines = ["| setting | variable | default | is |", "| --- | --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = "by the machine" if field.default_factory else f"`{field.default!r}`"
        lines.append(f"| `{name}` | `{(PREFIX + name).upper()}` | {default} | {field.description} |")
    return "\n".join(lines)


def routes() -> str:
    """Return a table of the routes, and what each may answer."""
    lines = ["| route | does | answers |", "| --- | --- | --- |"]
    description: Any = create_app(Settings()).spec
    for path, operations in description["paths"].items():
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                codes = ", ".join(sorted(operation["responses"]))
                summary = _cell(operation.get("summary", ""))
                lines.append(f"| `{method.upper()} {path}` | {summary} | {codes} |")
    return "\n".join(lines)


def problems() -> str:
    """Return a table of the problem documents of the service."""
    lines = ["| type | status | means | remedy |", "| --- | --- | --- | --- |"]
    kinds = sorted(KINDS.values(), key=lambda kind: (kind.status, kind.name))
    lines += [
        f"| `{kind.type}` | {kind.status} | {_cell(kind.title)} | {_cell(kind.remedy)} |" for kind in kinds
    ]
    return "\n".join(lines)


def limits() -> str:
    """Return a table of the caps on what is read of a message."""
    rows = (f"| `{name}` | {value:,} |" for name, value in _core.MESSAGE_LIMITS.items())
    return "\n".join(["| cap | value |", "| --- | ---: |", *rows])


def errors() -> str:
    """Return a table of the library's exceptions."""
    lines = ["| exception | is also a | means |", "| --- | --- | --- |"]
    for name in sorted(error_classes.__all__):
        found = getattr(error_classes, name)
        also = ", ".join(f"`{base.__name__}`" for base in found.__bases__)
        lines.append(f"| `sigmail.errors.{name}` | {also} | {_cell(inspect.getdoc(found) or '')} |")
    return "\n".join(lines)


def _commands(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            yield name, command


def _verb(names: list[str], command: click.Command, parent: click.Context) -> str:
    context = click.Context(command, parent, info_name=" ".join(names))
    usage = " ".join([*names, *command.collect_usage_pieces(context)])
    lines = [f"{'#' * (len(names) + 1)} `{' '.join(names)}`", "", command.get_short_help_str(200), ""]
    lines += ["```text", usage, "```", ""]
    rows = [record for record in _records(command, context) if record is not None]
    if rows:
        lines += ["| option | does |", "| --- | --- |"]
        lines += [f"| `{_cell(option)}` | {_cell(text)} |" for option, text in rows]
    if isinstance(command, click.Group):
        lines += ["", *(_verb([*names, name], inner, context) for name, inner in _commands(command))]
    return "\n".join([*lines, ""])


def _records(command: click.Command, context: click.Context) -> Iterator[tuple[str, str] | None]:
    return (parameter.get_help_record(context) for parameter in command.get_params(context))


def _cell(text: Any) -> str:
    """Return text that keeps within a cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|")
