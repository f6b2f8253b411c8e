"""`sigmail unlearn`: takes lessons back."""

from __future__ import annotations

import click

from sigmail.errors import InvalidValueError
from sigmail_service.commands.ledger_options import Place, place_options, tenant_option
from sigmail_service.settings import Settings
from sigmail_service.storage.lessons import lessons_on

__all__ = ["unlearn"]


@click.command(
    short_help="Take back what the ledger was told.",
    epilog="\b\nExamples:\n"
    "  sigmail unlearn 019aafe2c1f07d1c8a5e6b3f2d4c5b6a\n  sigmail unlearn --message mail.eml",
)
@click.argument("identities", nargs=-1, metavar="[ID...]")
@click.option("--message", "paths", multiple=True, metavar="PATH", help="Messages, in place of ids.")
@tenant_option
@place_options
def unlearn(settings: Settings, identities: tuple[str, ...], paths: tuple[str, ...], tenant: str) -> None:
    """Take feedback back, by the ID that it was given or by its message.

    The lesson is erased with all that the database holds of the message; that it was given stays on record.
    The models forget it when they are trained the next time.
    """
    if not identities and not paths:
        raise click.UsageError("Give an ID, or a message with --message.")
    place = Place(settings, tenant)
    found = list(identities)
    if paths:
        with place.storage.read() as connection:
            judged = place.judge(place.messages(paths))
            found += [one for each in judged for one in lessons_on(connection, tenant, each)]
        if not found:
            raise InvalidValueError(f"no lesson of the tenant {tenant} is about these messages")
    for identity in found:
        place.ledger.withdraw(place.giver, identity)
        click.echo(f"took back {identity}", err=True)
