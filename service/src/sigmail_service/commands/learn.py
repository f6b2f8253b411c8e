"""`sigmail learn`: says of messages, or of verdicts that were given, whether they are spam."""

from __future__ import annotations

from typing import Literal

import click

from sigmail_service.commands.ledger_options import Place, place_options, tenant_option
from sigmail_service.settings import Settings

__all__ = ["learn"]


@click.command(
    short_help="Tell the ledger that messages are spam or ham.",
    epilog="\b\nExamples:\n  sigmail learn spam mail.eml\n"
    "  sigmail learn ham --id 019aafe2c1f07d1c8a5e6b3f2d4c5b6a",
)
@click.argument("label", type=click.Choice(["spam", "ham"]))
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@click.option("--id", "verdicts", multiple=True, help="A verdict's id, in place of its message; many times.")
@tenant_option
@place_options
def learn(
    settings: Settings,
    label: Literal["spam", "ham"],
    paths: tuple[str, ...],
    verdicts: tuple[str, ...],
    tenant: str,
) -> None:
    """Tell the ledger that messages are LABEL: spam or ham.

    The models learn it when they are trained the next time. The ids that are printed take it back:
    `sigmail unlearn ID`.
    """
    if not paths and not verdicts:
        raise click.UsageError("Give a PATH, or a verdict with --id.")
    place = Place(settings, tenant)
    for verdict in verdicts:
        click.echo(place.ledger.give(place.giver, label, verdict).id)
    for identity in place.learn(label, paths):
        click.echo(identity)
