"""What the ledger says of feedback: its state, its events, and what waits for a person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from sigmail_service.storage.feedback import FeedbackUnknownError
from sigmail_service.storage.moments import datetime_of
from sigmail_service.storage.tables import EVENTS, LESSONS

__all__ = ["held_feedback", "state_of", "written_moment"]

_MOST = 500


def held_feedback(connection: Connection, tenant: str) -> list[dict[str, Any]]:
    """Return the feedback of a tenant that waits for a person, the latest first, 500 at most."""
    rows = connection.execute(
        select(EVENTS)
        .join(LESSONS, LESSONS.c.id == EVENTS.c.id)
        .where(LESSONS.c.tenant == tenant, LESSONS.c.counted.is_(False))
        .order_by(EVENTS.c.id.desc())
        .limit(_MOST)
    )
    return [
        {
            "id": row.id,
            "label": row.label,
            "verdict": row.verdict,
            "held": row.held,
            "key": row.key_id,
            "at": written_moment(row.at),
        }
        for row in rows
    ]


def state_of(connection: Connection, tenant: str, feedback: str) -> dict[str, Any]:
    """Return what became of feedback, with all its events.

    Raises
    ------
    FeedbackUnknownError
        If the tenant has none of that id.
    """
    events = connection.execute(
        select(EVENTS).where(EVENTS.c.feedback == feedback, EVENTS.c.tenant == tenant).order_by(EVENTS.c.id)
    ).all()
    if not events:
        raise FeedbackUnknownError(f"there is no feedback {feedback!r}")
    lesson = connection.execute(select(LESSONS.c.counted).where(LESSONS.c.id == feedback)).first()
    if lesson is None:
        state = "withdrawn" if any(event.action == "withdrawn" for event in events) else "replaced"
    else:
        state = "counted" if lesson.counted else "held"
    given = events[0]
    return {
        "id": feedback,
        "label": given.label,
        "verdict": given.verdict,
        "state": state,
        "events": [
            {"action": event.action, "key": event.key_id, "at": written_moment(event.at)} for event in events
        ],
    }


def written_moment(microseconds: int) -> str:
    """Return a moment as answers write it (RFC 3339), in UTC."""
    return datetime_of(microseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")
