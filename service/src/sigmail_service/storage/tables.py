"""The tables.

Times are whole microseconds since 1970 (UTC). Ids are UUIDs of version 7 (RFC 9562) in 32 hexadecimal digits:
they rise with time, so that new rows stand side by side.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

__all__ = ["EVENTS", "IDEMPOTENCY", "LESSONS", "METADATA", "VERDICTS"]

METADATA = MetaData()

VERDICTS = Table(
    "verdicts",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("label", String(6), nullable=False),
    Column("probability", Double, nullable=False),
    Column("model", String(64), nullable=False),
    Column("feature_space", String(64), nullable=False),
    Column("features", LargeBinary),  # None once a lesson from them was withdrawn.
    Column("message", LargeBinary),  # None unless the owner wants bodies to be stored.
    Column("is_mail", Boolean),  # Whether the message is a raw mail, or a text in UTF-8.
    Index("verdicts_by_time", "tenant", "at"),
)
"""The verdicts of the last days."""

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
