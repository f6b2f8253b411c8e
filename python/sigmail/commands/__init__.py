"""The ``sigmail`` command: one file a verb, imported when it is called and not before.

Further verbs come from the entry point group ``sigmail.commands``; so does ``serve``, from sigmail-service.
"""

from __future__ import annotations

import click

from sigmail import __version__
from sigmail.commands._group import VerbGroup

__all__ = ["main"]


@click.group(
    cls=VerbGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`sigmail VERB --help` tells what a verb takes, with an example.",
)
@click.version_option(__version__, prog_name="sigmail")
def main() -> None:
    """Tell spam from good mail, and say why."""
