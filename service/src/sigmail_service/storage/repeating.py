"""Requests that are sent again with the same Idempotency-Key lead to the feedback of the first one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from sigmail.errors import SigmailError
from sigmail_service.storage.moments import now
from sigmail_service.storage.prepared import Prepared
from sigmail_service.storage.tables import IDEMPOTENCY

__all__ = ["Repetition", "RepetitionError", "earlier_feedback", "note_request"]


_EARLIER = Prepared(
    select(IDEMPOTENCY.c.request, IDEMPOTENCY.c.feedback).where(
        *(IDEMPOTENCY.c[name] == bindparam(name) for name in ("tenant", "key_id", "name"))
    )
)
_NEW_REQUEST = Prepared(IDEMPOTENCY.insert(), tuple(IDEMPOTENCY.columns.keys()))


class RepetitionError(SigmailError):
    """The Idempotency-Key came with another request before."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """What tells a repetition: digests of the Idempotency-Key and of the request."""

    name: str
    request: str

    @classmethod
    def of(cls, key: str, *request: bytes) -> Repetition:
        """Return that of a header's value and the parts of a request, in their order."""
        digest = hashlib.blake2b(digest_size=32)
        for part in request:
            digest.update(len(part).to_bytes(8, "little") + part)
        name = hashlib.blake2b(key.encode("utf-8", "surrogateescape"), digest_size=32)
        return cls(name.hexdigest(), digest.hexdigest())


def earlier_feedback(
    connection: Connection, tenant: str, key_id: str, repetition: Repetition | None
) -> str | None:
    """Return the feedback that the same request led to before, if it did.

    Raises
    ------
    RepetitionError
        If it was another request.
    """
    if repetition is None:
        return None
    asked = {"tenant": tenant, "key_id": key_id, "name": repetition.name}
    found = _EARLIER.run(connection, asked).first()
    if found is None:
        return None
    if found.request != repetition.request:
        raise RepetitionError("the Idempotency-Key came with another request before")
    return str(found.feedback)


def note_request(
    connection: Connection, tenant: str, key_id: str, repetition: Repetition | None, feedback: str
) -> None:
    """Note which feedback a request led to."""
    if repetition is not None:
        _NEW_REQUEST.run(
            connection,
            {
                "tenant": tenant,
                "key_id": key_id,
                "name": repetition.name,
                "request": repetition.request,
                "feedback": feedback,
                "at": now(),
            },
        )
