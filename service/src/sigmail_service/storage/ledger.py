"""The ledger: who gave which label when, and the lessons that follow from it.

Events are only ever added. A lesson is what is in force of them: there is one for each message that counts,
and perhaps one that waits for a person. When it is withdrawn or replaced its row is deleted, and its features
with it; the events stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection, bindparam, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from sigmail_service.storage.feedback import (
    FeaturesErasedError,
    FeedbackUnknownError,
    Given,
    Giver,
    Judged,
    Subject,
    VerdictUnknownError,
)
from sigmail_service.storage.fingerprints import fingerprint, likeness
from sigmail_service.storage.history import body_columns
from sigmail_service.storage.holding import Rules, reason_to_hold
from sigmail_service.storage.moments import new_id, now
from sigmail_service.storage.prepared import Prepared
from sigmail_service.storage.repeating import Repetition, earlier_feedback, note_request
from sigmail_service.storage.store import Storage, StorageAwayError
from sigmail_service.storage.tables import EVENTS, LESSONS
from sigmail_service.storage.verdicts import erase, find, verdicts_with

__all__ = ["Ledger"]

_ATTEMPTS = 5
_NEW_LESSON = Prepared(LESSONS.insert(), tuple(LESSONS.columns.keys()))
_NEW_EVENT = Prepared(EVENTS.insert(), tuple(EVENTS.columns.keys()))
_NAMES_OF_MESSAGE = ("tenant", "feature_space", "fingerprint")
_LESSONS_ON = Prepared(
    select(LESSONS.c.id, LESSONS.c.label, LESSONS.c.counted).where(
        *(LESSONS.c[name] == bindparam(name) for name in _NAMES_OF_MESSAGE)
    )
)
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class _Matter:
    """The features of a message as they are stored, with the names that go with them."""

    verdict: str | None
    feature_space: str
    features: bytes
    message: bytes | None
    is_mail: bool | None
    fingerprint: str
    likeness: int

    @classmethod
    def of(
        cls,
        verdict: str | None,
        feature_space: str,
        features: bytes,
        message: bytes | None,
        is_mail: bool | None,
    ) -> _Matter:
        """Return the matter with its names."""
        names = fingerprint(feature_space, features), likeness(features)
        return cls(verdict, feature_space, features, message, is_mail, *names)


class Ledger:
    """The feedback in a database.

    Parameters
    ----------
    storage
        The database.
    rules
        What has to wait for a person.
    store_bodies
        Whether the messages are kept with their lessons.
    """

    def __init__(self, storage: Storage, rules: Rules, *, store_bodies: bool = False) -> None:
        self._storage = storage
        self._rules = rules
        self._store_bodies = store_bodies

    def give(
        self,
        giver: Giver,
        label: Literal["spam", "ham"],
        subject: Subject,
        repetition: Repetition | None = None,
    ) -> Given:
        """Note feedback; it is on disk when this returns.

        Raises
        ------
        VerdictUnknownError, FeaturesErasedError
            If the subject is a verdict without features that could be learnt.
        RepetitionError
            If the Idempotency-Key came with another request before.
        StorageError
            If the database is away or full.
        """
        # Before the turn to write has come: nobody else has to wait for it.
        brought = self._brought(subject) if isinstance(subject, Judged) else None

        def work(connection: Connection) -> Given:
            earlier = earlier_feedback(connection, giver.tenant, giver.key_id, repetition)
            if earlier is not None:
                return self._given_before(connection, earlier)
            matter = brought or self._judged(connection, giver.tenant, str(subject))
            given = self._take(connection, giver, label, matter)
            note_request(connection, giver.tenant, giver.key_id, repetition, given.id)
            return given

        return self._write(work)

    def give_many(self, giver: Giver, lessons: list[tuple[Literal["spam", "ham"], Judged]]) -> list[Given]:
        """Note much feedback in one transaction, as an import does."""
        brought = [(label, self._brought(judged)) for label, judged in lessons]

        def work(connection: Connection) -> list[Given]:
            return [self._take(connection, giver, label, matter) for label, matter in brought]

        return self._write(work)

    def withdraw(self, giver: Giver, feedback: str) -> None:
        """Take feedback back, and erase what its lesson held; once more changes nothing.

        Raises
        ------
        FeedbackUnknownError
            If the tenant has no feedback of that id.
        """
        with self._storage.read() as connection:
            features = connection.execute(
                select(LESSONS.c.features).where(LESSONS.c.tenant == giver.tenant, LESSONS.c.id == feedback)
            ).scalar()
            copies = verdicts_with(connection, giver.tenant, features) if features is not None else {}

        def work(connection: Connection) -> bool:
            event = self._event(connection, giver.tenant, feedback)
            if self._is_withdrawn(connection, feedback):
                return False
            connection.execute(delete(LESSONS).where(LESSONS.c.id == feedback))
            erase(connection, copies)
            self._note(connection, giver, "withdrawn", event)
            return True

        if self._write(work):
            self._storage.erase_traces()

    def release(self, giver: Giver, feedback: str) -> None:
        """Let a lesson count that was held back; `FeedbackUnknownError` if none of that id is."""

        def work(connection: Connection) -> None:
            event = self._event(connection, giver.tenant, feedback)
            held = (
                connection.execute(
                    select(LESSONS).where(LESSONS.c.id == feedback, LESSONS.c.counted.is_(False))
                )
                .mappings()
                .first()
            )
            if held is None:
                raise FeedbackUnknownError(f"no feedback {feedback!r} is held back")
            connection.execute(
                delete(LESSONS).where(*_same_message(giver.tenant, held), LESSONS.c.counted.is_(True))
            )
            connection.execute(update(LESSONS).where(LESSONS.c.id == feedback).values(counted=True, at=now()))
            self._note(connection, giver, "released", event)

        self._write(work)

    def _take(self, connection: Connection, giver: Giver, label: str, matter: _Matter) -> Given:
        """Note one feedback and its lesson."""
        row = self._lesson_row(giver, label, matter)
        earlier = _LESSONS_ON.run(connection, row).all()
        counted = next((lesson for lesson in earlier if lesson.counted), None)
        contradicts = counted is not None and counted.label != label
        held = reason_to_hold(
            connection,
            self._rules,
            giver.tenant,
            trusted=giver.trusted,
            contradicts=contradicts,
            likeness=row["likeness"],
        )
        row["counted"] = held is None
        # One that is held back leaves alone what counts; one that counts settles what was held back.
        gone = [lesson for lesson in earlier if held is None or not lesson.counted]
        if gone:
            connection.execute(delete(LESSONS).where(LESSONS.c.id.in_([lesson.id for lesson in gone])))
        _NEW_LESSON.run(connection, row)
        replaced = counted.id if counted is not None and held is None else None
        given = Given(row["id"], label, matter.verdict, held, replaced, contradicts)
        _NEW_EVENT.run(
            connection,
            {
                "id": given.id,
                "feedback": given.id,
                "action": "given",
                "tenant": giver.tenant,
                "key_id": giver.key_id,
                "at": row["at"],
                "label": label,
                "verdict": given.verdict,
                "replaced": replaced,
                "contradicts": contradicts,
                "held": held,
            },
        )
        return given

    def _lesson_row(self, giver: Giver, label: str, matter: _Matter) -> dict[str, Any]:
        return {
            "id": new_id(),
            "tenant": giver.tenant,
            "feature_space": matter.feature_space,
            "fingerprint": matter.fingerprint,
            "label": label,
            "at": now(),
            "key_id": giver.key_id,
            "features": matter.features,
            "likeness": matter.likeness,
            "message": matter.message,
            "is_mail": matter.is_mail,
        }

    def _brought(self, subject: Judged) -> _Matter:
        """Return the matter of a message that came with its feedback."""
        body, is_mail = body_columns(subject.message) if self._store_bodies else (None, None)
        return _Matter.of(None, subject.feature_space, subject.features.data, body, is_mail)

    def _judged(self, connection: Connection, tenant: str, verdict: str) -> _Matter:
        """Return the matter of a verdict of the history."""
        found = find(connection, tenant, verdict)
        if found is None:
            raise VerdictUnknownError(f"there is no verdict {verdict!r}, or it is too old")
        if found.features is None:
            raise FeaturesErasedError(f"the features of the verdict {verdict!r} have been erased")
        return _Matter.of(found.id, found.feature_space, found.features, found.message, found.is_mail)

    def _given_before(self, connection: Connection, feedback: str) -> Given:
        event = connection.execute(select(EVENTS).where(EVENTS.c.id == feedback)).one()
        state = (event.held, event.replaced, event.contradicts)
        return Given(event.id, event.label, event.verdict, *state, repeated=True)

    def _event(self, connection: Connection, tenant: str, feedback: str) -> Any:
        event = connection.execute(
            select(EVENTS).where(
                EVENTS.c.id == feedback, EVENTS.c.tenant == tenant, EVENTS.c.action == "given"
            )
        ).first()
        if event is None:
            raise FeedbackUnknownError(f"there is no feedback {feedback!r}")
        return event

    def _is_withdrawn(self, connection: Connection, feedback: str) -> bool:
        found = select(func.count()).where(EVENTS.c.feedback == feedback, EVENTS.c.action == "withdrawn")
        return bool(connection.execute(found).scalar_one())

    def _note(self, connection: Connection, giver: Giver, action: str, given: Any) -> None:
        """Add an event about feedback that was given earlier."""
        connection.execute(
            EVENTS.insert().values(
                id=new_id(),
                feedback=given.id,
                action=action,
                tenant=giver.tenant,
                key_id=giver.key_id,
                at=now(),
                label=given.label,
                verdict=given.verdict,
                contradicts=False,
            )
        )

    def _write(self, work: Callable[[Connection], _Result]) -> _Result:
        """Do a work in a transaction; again, if another writer did the same at the same time."""
        for _ in range(_ATTEMPTS):
            try:
                with self._storage.write() as connection:
                    return work(connection)
            except IntegrityError:
                continue
        raise StorageAwayError("other writers change the same rows all the time")


def _same_message(tenant: str, lesson: Any) -> tuple[Any, Any, Any]:
    """Return the conditions that find the lessons on the same message as a lesson, a mapping of columns."""
    return (
        LESSONS.c.tenant == tenant,
        LESSONS.c.feature_space == lesson["feature_space"],
        LESSONS.c.fingerprint == lesson["fingerprint"],
    )
