"""The ``sigmail`` command: one file a verb, imported when it is called and not before.

Further verbs come from the entry point group ``sigmail.commands``; so does ``serve``, from sigmail-service.
"""

from __future__ import annotations

import os

import click

from sigmail import __version__
from sigmail.commands._group import VerbGroup

__all__ = ["main"]


@click.group(
    cls=VerbGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nBegin here:\n"
    "  sigmail neuron --input 1 --input 0 --weight 7 --weight 3 --bias -2\n"
    "  sigmail classify mail.eml --explain 3\n"
    "  sigmail train --spam Maildir/.Junk --ham Maildir --out my.sigmail\n"
    "  sigmail serve --model my.sigmail\n\n"
    "`sigmail VERB --help` tells what a verb takes, with an example.",
    subcommand_metavar="VERB [ARGUMENTS]...",
)
@click.version_option(__version__, prog_name="sigmail")
@click.pass_context
def main(context: click.Context) -> None:
    """Tell spam from good mail, and say why.

    A filter of your own: it adds up what the words of a message weigh, and shows the sum.
    """
    if os.environ.get("NO_COLOR"):  # https://no-color.org: any value but the empty one.
        context.color = False
