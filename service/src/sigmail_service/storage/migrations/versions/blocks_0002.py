"""Verdicts stand in blocks, many in a row."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_VERDICTS_A_BLOCK = 64
_MOST_MILLISECONDS = 10_000
_ROWS_AT_ONCE = 500
_ERASED = 0xFFFF_FFFF

_VERDICTS = sa.table(
    "verdicts",
    *map(sa.column, ("id", "tenant", "label", "probability", "model", "feature_space")),
    sa.column("features", sa.LargeBinary),
    sa.column("message", sa.LargeBinary),
    sa.column("is_mail", sa.Boolean),
)


def upgrade() -> None:
    """Put the verdicts that are there into blocks."""
    blocks = op.create_table(
        "verdict_blocks",
        sa.Column("first_id", sa.String(32), primary_key=True),
        sa.Column("last_id", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("feature_space", sa.String(64), nullable=False),
        sa.Column("spam", sa.Integer, nullable=False),
        sa.Column("unsure", sa.Integer, nullable=False),
        sa.Column("ham", sa.Integer, nullable=False),
        sa.Column("ids", sa.LargeBinary, nullable=False),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("probabilities", sa.LargeBinary, nullable=False),
        sa.Column("feature_lengths", sa.LargeBinary, nullable=False),
        sa.Column("message_kinds", sa.Text),
        sa.Column("message_lengths", sa.LargeBinary),
        sa.Column("features", sa.LargeBinary, nullable=False),
        sa.Column("messages", sa.LargeBinary),
    )
    op.create_index("verdict_blocks_by_last", "verdict_blocks", ["tenant", "last_id", "first_id"])
    connection = op.get_bind()
    columns = _VERDICTS.c
    order = (columns.tenant, columns.model, columns.feature_space, columns.id)
    rows = connection.execute(
        sa.select(_VERDICTS).order_by(*order), execution_options={"yield_per": _ROWS_AT_ONCE}
    )
    for block in _blocks(iter(rows)):
        connection.execute(blocks.insert().values(_row_of(block)))
    op.drop_table("verdicts")


def downgrade() -> None:
    """Nothing: what stands in blocks is not taken apart again."""
    raise NotImplementedError("verdicts in blocks are not put back into rows: restore a backup")


def _blocks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    block: list[Any] = []
    for row in rows:
        if block and not _fits(block, row):
            yield block
            block = []
        block.append(row)
    if block:
        yield block


def _fits(block: list[Any], row: Any) -> bool:
    first = block[0]
    return (
        len(block) < _VERDICTS_A_BLOCK
        and (first.tenant, first.model, first.feature_space) == (row.tenant, row.model, row.feature_space)
        and int(row.id[:12], 16) - int(first.id[:12], 16) <= _MOST_MILLISECONDS
    )


def _row_of(block: list[Any]) -> dict[str, Any]:
    labels = "".join(row.label[0] for row in block)
    bodies = any(row.message is not None for row in block)
    return {
        "first_id": block[0].id,
        "last_id": block[-1].id,
        "tenant": block[0].tenant,
        "model": block[0].model,
        "feature_space": block[0].feature_space,
        "spam": labels.count("s"),
        "unsure": labels.count("u"),
        "ham": labels.count("h"),
        "ids": b"".join(bytes.fromhex(row.id) for row in block),
        "labels": labels,
        "probabilities": struct.pack(f"<{len(block)}d", *(row.probability for row in block)),
        "feature_lengths": _lengths(_ERASED if row.features is None else len(row.features) for row in block),
        "features": b"".join(row.features or b"" for row in block),
        "message_kinds": "".join(map(_kind, block)) if bodies else None,
        "message_lengths": _lengths(len(row.message or b"") for row in block) if bodies else None,
        "messages": b"".join(row.message or b"" for row in block) if bodies else None,
    }


def _kind(row: Any) -> str:
    if row.message is None:
        return "-"
    return "m" if row.is_mail else "t"


def _lengths(numbers: Iterator[int]) -> bytes:
    listed = list(numbers)
    return struct.pack(f"<{len(listed)}I", *listed)
