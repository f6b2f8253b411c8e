"""`sigmail models` and `sigmail replay`: the registry on the command line, and what a model would change."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from sigmail.errors import SigmailError
from sigmail.filter import Message, SpamFilter
from sigmail_service.keys import SHARED
from sigmail_service.registry.jobs import Jobs
from sigmail_service.registry.places import open_place
from sigmail_service.registry.registry import Registry
from sigmail_service.settings import Settings, load_settings

__all__ = ["models", "replay"]

_POLL_SECONDS = 0.2
_SHOWN = 20

_data_dir = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Where the service keeps its data."
)
_config = click.option(
    "--config", type=click.Path(path_type=Path), envvar="SIGMAIL_CONFIG", help="TOML file of settings."
)
_tenant = click.option("--tenant", default=SHARED, show_default=True, help="Whose models.")


@dataclass(frozen=True, slots=True)
class _Chosen:
    settings: Settings
    registry: Registry
    tenant: str


@click.group(short_help="List, train and activate the models of a service.")
@_data_dir
@_config
@_tenant
@click.pass_context
def models(context: click.Context, data_dir: Path | None, config: Path | None, tenant: str) -> None:
    """List, train and activate models. A running service follows within 2 seconds."""
    context.obj = _chosen(data_dir, config, tenant)


@models.command(name="list")
@click.pass_obj
def show(chosen: _Chosen) -> None:
    """List the models: `*` judges; id, date, verdict of the gate, lessons, reasons."""
    pointer = chosen.registry.pointer(chosen.tenant)
    for record in chosen.registry.records(chosen.tenant):
        mark = "*" if pointer is not None and pointer.digest == record.digest else " "
        counts = record.lessons or {}
        lessons = f"{counts.get('spam', 0)} spam, {counts.get('ham', 0)} ham" if counts else "no lessons"
        reasons = "".join(f"\n    {reason}" for reason in record.reasons)
        click.echo(f"{mark} {record.id}  {record.created}  {record.verdict}  {lessons}{reasons}")


@models.command()
@click.argument("identity", metavar="ID")
@click.pass_obj
def activate(chosen: _Chosen, identity: str) -> None:
    """Let the model of an ID judge."""
    record = chosen.registry.activate(chosen.tenant, identity)
    click.echo(f"{record.id} judges now", err=True)


@models.command()
@click.option("--wait", type=click.FloatRange(0), default=0.0, help="Seconds to wait for a running service.")
@click.pass_obj
def train(chosen: _Chosen, wait: float) -> None:
    """Learn from the feedback now.

    Here, or with --wait by the learner of the running service.
    """
    jobs = Jobs(chosen.registry.place)
    job = jobs.ask(chosen.tenant, "request")
    if wait:
        deadline = time.monotonic() + wait
        while job.is_open and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
            job = jobs.get(chosen.tenant, job.id) or job
        if job.is_open:
            raise click.ClickException(
                f"training {job.id} is {job.state} after {wait:g} s: is the service there?"
            )
    else:
        from sigmail_service.learner.run import run_job  # noqa: PLC0415 - Keeps --help quick.
        from sigmail_service.storage.store import Storage  # noqa: PLC0415

        job = run_job(job, chosen.registry, Storage(chosen.settings.database_url), chosen.settings)
    click.echo(f"{job.state}  {job.model or '-'}")
    for reason in job.reasons:
        click.echo(f"    {reason}", err=True)
    if job.state == "failed":
        raise click.exceptions.Exit(1)


@click.command(short_help="Say what a model would change.")
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--model", metavar="ID|FILE", required=True, help="The candidate: an id, or a model file.")
@click.option(
    "--last", type=click.IntRange(1), default=10_000, show_default=True, help="Verdicts to look at."
)
@_data_dir
@_config
@_tenant
def replay(paths: tuple[str, ...], model: str, last: int, **where: Any) -> None:
    """Say which verdicts of the history another model would change; given PATHs, which of their messages.

    Nothing is switched on.
    """
    from sigmail_service.learner.comparing import compare_history, compare_messages  # noqa: PLC0415
    from sigmail_service.storage.store import Storage  # noqa: PLC0415

    chosen = _chosen(**where)
    candidate = _candidate(chosen, model)
    if paths:
        found = compare_messages(_serving(chosen), candidate, _messages(paths))
    else:
        found = compare_history(candidate, Storage(chosen.settings.database_url), chosen.tenant, last)
    click.echo(f"{len(found.changes)} of {found.compared} verdicts would change under {candidate.identity}")
    for (before, after), count in sorted(found.counts().items()):
        click.echo(f"  {count:6d}  {before} -> {after}")
    for change in found.changes[:_SHOWN]:
        probabilities = f"{change.probability_before:.4f} -> {change.probability_after:.4f}"
        click.echo(f"{change.source!a:.80}  {change.before} -> {change.after}  {probabilities}")
    if len(found.changes) > _SHOWN:
        click.echo(f"and {len(found.changes) - _SHOWN} more")


def _chosen(data_dir: Path | None, config: Path | None, tenant: str) -> _Chosen:
    settings = load_settings({"data_dir": data_dir}, config)
    return _Chosen(settings, Registry(open_place(settings.models_place)), tenant)


def _candidate(chosen: _Chosen, model: str) -> SpamFilter:
    if Path(model).is_file():
        return SpamFilter.load(model)
    return chosen.registry.load(chosen.registry.record(chosen.tenant, model).digest, chosen.tenant)


def _serving(chosen: _Chosen) -> SpamFilter:
    """Return what judges for the tenant now."""
    for tenant in (chosen.tenant, SHARED):
        pointer = chosen.registry.pointer(tenant)
        if pointer is not None:
            return chosen.registry.load(pointer.digest, tenant)
    raise SigmailError("there is no model in the registry: start the service once")


def _messages(paths: tuple[str, ...]) -> Iterator[tuple[str, Message]]:
    from sigmail.corpus import as_message, read_messages  # noqa: PLC0415 - Keeps --help quick.

    for path in paths:
        for source, data in read_messages(path, lambda _source, _reason: None):
            yield source, as_message(data)
