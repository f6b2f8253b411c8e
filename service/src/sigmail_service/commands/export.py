"""`sigmail export`: the ledger as lines of JSON."""

from __future__ import annotations

import base64
import json
from typing import Any, TextIO

import click
from sqlalchemy import select

from sigmail_service.commands.ledger_options import Place, place_options
from sigmail_service.settings import Settings
from sigmail_service.storage.tables import EVENTS, LESSONS
from sigmail_service.storage.trail import written_moment

__all__ = ["export"]

_AT_ONCE = 500


@click.command(short_help="Write the ledger as lines of JSON.")
@click.option("--out", type=click.File("w", encoding="utf-8"), default="-", help="[default: standard output]")
@click.option("--tenant", help="The ledger of one tenant alone.  [default: of all]")
@place_options
def export(settings: Settings, out: TextIO, tenant: str | None) -> None:
    """Write who gave which label when, and the lessons in force with their hashed features.

    A line is an object with the member `table`, `events` or `lessons`, and the columns of the row.
    """
    with Place(settings).storage.read() as connection:
        for table in (EVENTS, LESSONS):
            rows = select(table).order_by(table.c.id)
            if tenant is not None:
                rows = rows.where(table.c.tenant == tenant)
            for row in connection.execution_options(yield_per=_AT_ONCE).execute(rows).mappings():
                members = {name: _plain(name, value) for name, value in row.items()}
                out.write(json.dumps({"table": table.name, **members}) + "\n")


def _plain(name: str, value: Any) -> Any:
    """Return a column's value as JSON has it: bytes in base64, moments written out."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return written_moment(value) if name == "at" else value
