"""``sigmail completion``: what a shell needs to complete our verbs and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["completion"]

_VARIABLE = "_SIGMAIL_COMPLETE"
"""The variable by which click's script asks the command for completions."""


@click.command(
    epilog="\b\nExamples:\n"
    "  sigmail completion bash > ~/.local/share/bash-completion/completions/sigmail\n"
    "  sigmail completion zsh > ~/.zfunc/_sigmail\n"
    "  sigmail completion fish > ~/.config/fish/completions/sigmail.fish"
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="SHELL")
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    SHELL is bash, zsh or fish. Put what is printed where the shell looks for completions; a new shell then
    completes verbs, options and files.
    """
    from sigmail.commands import main  # noqa: PLC0415 - It imports us.

    found = get_completion_class(shell)
    if found is None:
        raise click.ClickException(f"this version of click knows no completion for {shell}")
    click.echo(found(main, {}, "sigmail", _VARIABLE).source())
