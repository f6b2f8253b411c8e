"""`sigmail backup` and `sigmail restore`: the whole database in one file, from and to any kind of it."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from sigmail.errors import InvalidValueError
from sigmail_service.commands.ledger_options import Place, place_options
from sigmail_service.settings import Settings
from sigmail_service.storage.copying import copy_rows, is_empty
from sigmail_service.storage.store import Storage

__all__ = ["backup", "restore"]


@click.command(short_help="Write the history and the ledger into one file.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@place_options
def backup(settings: Settings, file: Path) -> None:
    """Write the whole database into FILE while the service runs: all as it stood at one moment.

    FILE is a database of SQLite, whatever kind the service uses. One that is there is replaced in one step.
    """
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    target = Storage(f"sqlite:///{temporary.absolute()}")
    try:
        with Place(settings).storage.read() as source, target.write() as copy:
            count = copy_rows(source, copy)
        target.erase_traces()  # All of it is in the file itself now, and none in a log beside it.
        target.close()
        temporary.replace(file)
    finally:
        target.close()
        for rest in ("", "-wal", "-shm"):
            Path(f"{temporary}{rest}").unlink(missing_ok=True)
    click.echo(f"{count} rows", err=True)


@click.command(short_help="Take the history and the ledger from a file of `backup`.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Delete what the database holds now.")
@place_options
def restore(settings: Settings, file: Path, replace: bool) -> None:
    """Put what `sigmail backup` wrote to FILE into the database of the service: all of it, or nothing."""
    source, place = Storage(f"sqlite:///{file.absolute()}"), Place(settings)
    try:
        with source.read() as rows, place.storage.write() as copy:
            if not replace and not is_empty(copy):
                raise InvalidValueError(
                    "the database holds feedback or verdicts already; --replace deletes them first"
                )
            count = copy_rows(rows, copy, replace=True)
        if replace:
            place.storage.erase_traces()
    finally:
        source.close()
    click.echo(f"{count} rows", err=True)
