"""`sigmail import`: here is my spam, here is my good mail."""

from __future__ import annotations

import click

from sigmail_service.commands.ledger_options import Place, place_options, tenant_option
from sigmail_service.settings import Settings

__all__ = ["import_"]


@click.command(
    "import",
    short_help="Tell the ledger of much mail at once.",
    epilog="\b\nExample:\n  sigmail import --spam ~/Maildir/.Junk --ham ~/Maildir",
)
@click.option("--spam", multiple=True, metavar="PATH", help="Spam; may be repeated.")
@click.option("--ham", multiple=True, metavar="PATH", help="Good mail, likewise.")
@tenant_option
@place_options
def import_(settings: Settings, spam: tuple[str, ...], ham: tuple[str, ...], tenant: str) -> None:
    """Tell the ledger which mail is spam and which is good.

    A PATH is a mail file, an mbox, a Maildir, a folder (searched to the bottom) or a tar archive. A message
    that the ledger knows already is counted once. Interrupted, what was read so far stays.
    """
    if not spam and not ham:
        raise click.UsageError("Give --spam, --ham, or both.")
    place = Place(settings, tenant)
    counts = {"spam": len(place.learn("spam", spam)), "ham": len(place.learn("ham", ham))}
    click.echo(f"{counts['spam']} spam, {counts['ham']} ham", err=True)
