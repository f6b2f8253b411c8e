"""The first tables: verdicts, events, lessons, idempotency."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "verdicts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("label", sa.String(6), nullable=False),
        sa.Column("probability", sa.Double, nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("feature_space", sa.String(64), nullable=False),
        sa.Column("features", sa.LargeBinary),
        sa.Column("message", sa.LargeBinary),
        sa.Column("is_mail", sa.Boolean),
    )
    op.create_index("verdicts_by_time", "verdicts", ["tenant", "at"])
    op.create_table(
        "events",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("feedback", sa.String(32), nullable=False),
        sa.Column("action", sa.String(9), nullable=False),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("label", sa.String(4), nullable=False),
        sa.Column("verdict", sa.String(32)),
        sa.Column("replaced", sa.String(32)),
        sa.Column("contradicts", sa.Boolean, nullable=False),
        sa.Column("held", sa.String(11)),
    )
    op.create_index("events_by_verdict", "events", ["verdict"])
    op.create_index("events_by_feedback", "events", ["feedback"])
    op.create_index("events_by_contradiction", "events", ["tenant", "contradicts", "at"])
    _create_lessons()
    op.create_table(
        "idempotency",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("key_id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("feedback", sa.String(32), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("idempotency_by_time", "idempotency", ["at"])


def _create_lessons() -> None:
    op.create_table(
        "lessons",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("feature_space", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("counted", sa.Boolean, nullable=False),
        sa.Column("label", sa.String(4), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("features", sa.LargeBinary, nullable=False),
        sa.Column("likeness", sa.BigInteger, nullable=False),
        sa.Column("message", sa.LargeBinary),
        sa.Column("is_mail", sa.Boolean),
        sa.UniqueConstraint(
            "tenant", "feature_space", "fingerprint", "counted", name="lessons_one_for_each_message"
        ),
    )
    op.create_index("lessons_by_likeness", "lessons", ["tenant", "likeness", "at"])
    op.create_index("lessons_by_time", "lessons", ["tenant", "at"])


def downgrade() -> None:
    """Drop the tables with all that is in them."""
    for table in ("idempotency", "lessons", "events", "verdicts"):
        op.drop_table(table)
