"""`sigmail keys`: creates, lists and revokes API keys."""

from __future__ import annotations

from pathlib import Path

import click

from sigmail_service.keys import SCOPES, SHARED, KeyStore
from sigmail_service.settings import load_settings

__all__ = ["keys"]


@click.group(short_help="Create, list and revoke API keys.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the keys are.")
@click.option(
    "--config", type=click.Path(path_type=Path), envvar="SIGMAIL_CONFIG", help="TOML file of settings."
)
@click.pass_context
def keys(context: click.Context, data_dir: Path | None, config: Path | None) -> None:
    """Create, list and revoke API keys. A running service sees a change at once."""
    context.obj = KeyStore(load_settings({"data_dir": data_dir}, config).keys_file)


@keys.command()
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(SCOPES), default=("classify",), show_default=True
)
@click.option("--tenant", default=SHARED, show_default=True, help="Whose history, lessons and model it uses.")
@click.pass_obj
def create(store: KeyStore, name: str, scopes: tuple[str, ...], tenant: str) -> None:
    """Create a key and print its token, which cannot be shown again."""
    key, token = store.create(name, scopes, tenant)
    whose = "" if tenant == SHARED else f" of {tenant}"
    click.echo(
        f"key {key.id} ({', '.join(key.scopes)}) for {name}{whose}; its token, shown this once:", err=True
    )
    click.echo(token)


@keys.command(name="list")
@click.pass_obj
def show(store: KeyStore) -> None:
    """List the keys: id, date, scopes, name, and the tenant of those who have one."""
    for key in store.keys().values():
        whose = "" if key.tenant == SHARED else f"  of {key.tenant}"
        click.echo(f"{key.id}  {key.created}  {','.join(key.scopes)}  {key.name}{whose}")


@keys.command()
@click.argument("identity", metavar="ID")
@click.pass_obj
def revoke(store: KeyStore, identity: str) -> None:
    """Revoke the key of an ID."""
    store.revoke(identity)
    click.echo(f"revoked {identity}", err=True)
