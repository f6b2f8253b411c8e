"""The tables.

Times are whole microseconds since 1970 (UTC). Ids are UUIDs of version 7 (RFC 9562) in 32 hexadecimal digits:
they rise with time, so that new rows stand side by side.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = ["EVENTS", "IDEMPOTENCY", "LESSONS", "METADATA", "VERDICT_BLOCKS"]

METADATA = MetaData()

VERDICT_BLOCKS = Table(
    "verdict_blocks",
    METADATA,
    Column("first_id", String(32), primary_key=True),  # The least of the ids, and the greatest.
    Column("last_id", String(32), nullable=False),
    Column("tenant", String(64), nullable=False),
    Column("model", String(64), nullable=False),
    Column("feature_space", String(64), nullable=False),
    Column("spam", Integer, nullable=False),  # How many verdicts have the label.
    Column("unsure", Integer, nullable=False),
    Column("ham", Integer, nullable=False),
    Column("ids", LargeBinary, nullable=False),
    Column("labels", Text, nullable=False),
    Column("probabilities", LargeBinary, nullable=False),
    Column("feature_lengths", LargeBinary, nullable=False),
    Column("message_kinds", Text),  # None, as the other two of messages, unless bodies are stored.
    Column("message_lengths", LargeBinary),
    Column("features", LargeBinary, nullable=False),
    Column("messages", LargeBinary),
    Index("verdict_blocks_by_last", "tenant", "last_id", "first_id"),
)
"""The verdicts of the last days, many in a row; `sigmail_service.storage.blocks` says how."""

EVENTS = Table(
    "events",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("feedback", String(32), nullable=False),  # The id of the event that gave it: its own, for that.
    Column("action", String(9), nullable=False),  # given, withdrawn or released
    Column("tenant", String(64), nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("label", String(4), nullable=False),
    Column("verdict", String(32)),  # None if the feedback brought its message.
    Column("replaced", String(32)),  # The feedback whose lesson this one took the place of.
    Column("contradicts", Boolean, nullable=False),  # Whether that one had the other label.
    Column("held", String(11)),  # Why it did not count at once: needs-trust or burst.
    Index("events_by_verdict", "verdict"),
    Index("events_by_feedback", "feedback"),
    Index("events_by_contradiction", "tenant", "contradicts", "at"),
)
"""Who gave which label when. Rows are added, and never changed or deleted. They hold nothing of a message."""

LESSONS = Table(
    "lessons",
    METADATA,
    Column("id", String(32), primary_key=True),  # That of the feedback that it comes from.
    Column("tenant", String(64), nullable=False),
    Column("feature_space", String(64), nullable=False),
    Column("fingerprint", String(32), nullable=False),
    Column("counted", Boolean, nullable=False),  # Whether models learn it, or it waits for a person.
    Column("label", String(4), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("features", LargeBinary, nullable=False),
    Column("likeness", BigInteger, nullable=False),
    Column("message", LargeBinary),
    Column("is_mail", Boolean),
    UniqueConstraint(
        "tenant", "feature_space", "fingerprint", "counted", name="lessons_one_for_each_message"
    ),
    Index("lessons_by_likeness", "tenant", "likeness", "at"),
    Index("lessons_by_time", "tenant", "at"),
)
"""The feedback in force. A lesson that is withdrawn or replaced is deleted, features and all."""

IDEMPOTENCY = Table(
    "idempotency",
    METADATA,
    Column("tenant", String(64), primary_key=True),
    Column("key_id", String(64), primary_key=True),
    Column("name", String(64), primary_key=True),  # A digest of the header Idempotency-Key.
    Column("request", String(64), nullable=False),  # A digest of the request that came with it.
    Column("feedback", String(32), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("idempotency_by_time", "at"),
)
"""Which feedback a request led to, so that its repetition leads to the same one."""
