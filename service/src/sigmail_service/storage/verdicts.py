"""The history in the database: blocks of verdicts are put in, and verdicts found."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, select, update

from sigmail.filter import Backlog
from sigmail_service.storage.blocks import ID, Block, KeptVerdict, row_of
from sigmail_service.storage.prepared import Prepared
from sigmail_service.storage.tables import VERDICT_BLOCKS

__all__ = ["delete_older", "erase", "find", "insert_blocks", "latest", "oldest", "verdicts_with"]

_COLUMNS = VERDICT_BLOCKS.c
_HEAD = [column for column in _COLUMNS if column.name not in {"features", "messages"}]
_WITH_FEATURES = [column for column in _COLUMNS if column.name != "messages"]
_BLOCKS_AT_ONCE = 16
_BLOCKS_DELETED_AT_ONCE = 50
# A block whose ids are around the one that is looked for: one for each worker, or two.
_AROUND = Prepared(
    select(*_HEAD)
    .where(
        _COLUMNS.tenant == bindparam("tenant"),
        _COLUMNS.last_id >= bindparam("identity"),
        _COLUMNS.last_id < bindparam("until"),
        _COLUMNS.first_id <= bindparam("identity"),
    )
    .order_by(_COLUMNS.last_id)
)
_WHOLE = Prepared(select(VERDICT_BLOCKS).where(_COLUMNS.first_id == bindparam("first_id")))


def insert_blocks(connection: Connection, blocks: Iterable[Any]) -> None:
    """Put in blocks of `sigmail.filter.Backlog`; those that are there already are left alone."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert  # noqa: PLC0415 - Each costs time to start.
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]  # noqa: PLC0415
    connection.execute(insert(VERDICT_BLOCKS).on_conflict_do_nothing(), list(map(row_of, blocks)))


def find(connection: Connection, tenant: str, identity: str) -> KeptVerdict | None:
    """Return a verdict of a tenant with all that is kept of it; None if there is none of that id."""
    block = _block_around(connection, tenant, identity)
    if block is None:
        return None
    row = _WHOLE.run(connection, {"first_id": block.first_id}).mappings().first()
    return Block(row).verdict(block.ids.index(identity)) if row else None


def latest(
    connection: Connection,
    tenant: str,
    *,
    label: str = "",
    model: str = "",
    feature_space: str = "",
    beginning: str = "",
    before: str = "",
    with_features: bool = False,
) -> Generator[KeptVerdict]:
    """Yield the verdicts of a tenant, the latest first; an empty text stands for all.

    Parameters
    ----------
    label, model, feature_space
        What they have.
    beginning
        How their ids begin.
    before
        The id that theirs are less than.
    with_features
        Whether their features are read, too.
    """
    conditions = _conditions(tenant, label, model, feature_space)
    if beginning:
        conditions += [_COLUMNS.last_id >= beginning, _COLUMNS.first_id < beginning + "g"]
    if before:
        conditions.append(_COLUMNS.first_id < before)
    waiting: list[KeptVerdict] = []
    for block in _blocks(connection, conditions, _COLUMNS.last_id.desc(), with_features=with_features):
        # Blocks of several workers overlap: what is later than this one is later than all that follow.
        waiting.sort(key=_id_of)
        while waiting and waiting[-1].id > block.last_id:
            yield waiting.pop()
        waiting += [
            one
            for one in block
            if label in {"", one.label} and one.id.startswith(beginning) and (not before or one.id < before)
        ]
    yield from sorted(waiting, key=_id_of, reverse=True)


def oldest(
    connection: Connection, tenant: str, *, label: str = "", feature_space: str = ""
) -> Generator[KeptVerdict]:
    """Yield the verdicts of a tenant with their features, the oldest first; an empty text stands for all."""
    conditions = _conditions(tenant, label, "", feature_space)
    waiting: list[KeptVerdict] = []
    for block in _blocks(connection, conditions, _COLUMNS.first_id, with_features=True):
        waiting.sort(key=_id_of, reverse=True)
        while waiting and waiting[-1].id < block.first_id:
            yield waiting.pop()
        waiting += [one for one in block if label in {"", one.label}]
    yield from sorted(waiting, key=_id_of)


def verdicts_with(connection: Connection, tenant: str, features: bytes) -> dict[str, set[str]]:
    """Return the ids of the verdicts that have these features, by the first id of their block.

    The whole history of the tenant is looked through, but features are read only where some are as long.
    """
    heads = _blocks(connection, [_COLUMNS.tenant == tenant], _COLUMNS.last_id, with_features=False)
    likely = [block.first_id for block in heads if block.may_have(features)]
    found = {}
    for first_id in likely:
        row = _WHOLE.run(connection, {"first_id": first_id}).mappings().first()
        ids = {one.id for one in (Block(row) if row else ()) if one.features == features}
        if ids:
            found[first_id] = ids
    return found


def erase(connection: Connection, verdicts: Mapping[str, set[str]]) -> None:
    """Remove features, and messages if they were kept, from verdicts as `verdicts_with` gives them."""
    for first_id, ids in verdicts.items():
        of_block = _COLUMNS.first_id == first_id
        # Nobody else may change the row between the reading and the writing of it.
        row = connection.execute(select(VERDICT_BLOCKS).where(of_block).with_for_update()).mappings().first()
        if row is not None:
            connection.execute(update(VERDICT_BLOCKS).where(of_block).values(Block(row).without(ids)))


def delete_older(connection: Connection, identity: str) -> bool:
    """Delete some blocks of which all ids are less than one; return whether there may be more."""
    chosen = select(_COLUMNS.first_id).where(_COLUMNS.last_id < identity).limit(_BLOCKS_DELETED_AT_ONCE)
    deleted = connection.execute(delete(VERDICT_BLOCKS).where(_COLUMNS.first_id.in_(chosen))).rowcount
    return deleted == _BLOCKS_DELETED_AT_ONCE


def _conditions(tenant: str, label: str, model: str, feature_space: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [_COLUMNS.tenant == tenant]
    if label:
        conditions.append(_COLUMNS[label] > 0)
    if model:
        conditions.append(_COLUMNS.model == model)
    if feature_space:
        conditions.append(_COLUMNS.feature_space == feature_space)
    return conditions


def _blocks(
    connection: Connection,
    conditions: list[ColumnElement[bool]],
    order: ColumnElement[Any],
    *,
    with_features: bool,
) -> Iterator[Block]:
    """Yield blocks as they are needed: a history may be larger than the memory."""
    chosen = select(*(_WITH_FEATURES if with_features else _HEAD)).where(*conditions).order_by(order)
    found = connection.execute(chosen, execution_options={"yield_per": _BLOCKS_AT_ONCE})
    with found:
        for row in found.mappings():
            yield Block(row)


def _block_around(connection: Connection, tenant: str, identity: str) -> Block | None:
    """Return the block that holds a verdict, without features and messages."""
    if not ID.fullmatch(identity):
        return None
    until = f"{int(identity[:12], 16) + Backlog.MOST_MILLISECONDS + 1:012x}"
    values = {"tenant": tenant, "identity": identity, "until": until}
    for row in _AROUND.run(connection, values).mappings():
        block = Block(row)
        if identity in block.ids:
            return block
    return None


def _id_of(verdict: KeptVerdict) -> str:
    return verdict.id
