"""Mail that a candidate had better not change its mind about.

It comes from three places: good mail that we wrote, which is made here; the tenant's own recent mail that was
judged with confidence and never corrected; and folders that the operator names. Of the tenant's mail only
the ids are kept, and its features are read from the history: what is deleted there is gone from here too.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from sigmail.corpus import as_message, read_messages
from sigmail.filter import Message, MessageFeatures, SpamFilter
from sigmail_service.registry.places import Place
from sigmail_service.storage.blocks import KeptVerdict
from sigmail_service.storage.store import Storage
from sigmail_service.storage.tables import EVENTS
from sigmail_service.storage.verdicts import find, oldest

__all__ = ["canary_features", "written_mail"]

_OWN_MOST = 500
_OWN_LEAST = 250
_FOLDER_MOST = 2000
_LIST_BYTES = 1 << 20
_CONFIDENT_HAM = 0.01

_SUBJECTS = (
    "Minutes of {day}",
    "The figures for {month}",
    "Lunch on {day}?",
    "Build {number}",
    "Your question",
)
_OPENINGS = ("Hello Grace,", "Dear Mr. Turing,", "Hi all,", "Dear colleagues,", "Good morning,")
_BODIES = (
    "I attach the minutes of {day}'s meeting. Could you look at the second item before we send them out?",
    "the figures for {month} are in the shared folder. Row {number} is still missing; I asked the bank.",
    "the train is late again, so I will join you at half past {number}. Please start without me.",
    "the tests pass on the branch now. I changed the parser in {number} places and would like a review.",
    "thank you for the parcel, it came on {day}. The book is wonderful, and the children love the puzzle.",
    "your appointment is on {day} at {number} o'clock. Please bring the letter of your doctor.",
    "the heating engineer comes on {day}. Somebody should be in between eight and {number}.",
    "we have {number} free places in the course in {month}. Tell me by {day} whether you want one.",
)
_CLOSINGS = ("Best wishes,\nAda", "Thanks,\nCharles", "See you soon\nMary", "Regards,\nKatherine")
_DAYS, _MONTHS = ("Monday", "Tuesday", "Thursday", "Saturday"), ("January", "March", "June", "October")


def written_mail() -> Iterator[Message]:
    """Yield good mail that we wrote: each body once, in changing company."""
    turns = zip(
        itertools.product(_BODIES, _OPENINGS),
        itertools.cycle(_SUBJECTS),
        itertools.cycle(_CLOSINGS),
        itertools.cycle(_DAYS),
        itertools.cycle(_MONTHS),
        itertools.count(3),
        strict=False,
    )
    for (body, opening), subject, closing, day, month, number in turns:
        text = f"{opening}\n\n{body}\n\n{closing}\n"
        mail = f"Subject: {subject}\n\n{text}".format(day=day, month=month, number=number)
        yield mail.encode()


def canary_features(
    spam_filter: SpamFilter, tenant: str, storage: Storage, place: Place, folder: Path | None
) -> list[MessageFeatures]:
    """Return the features of the canary's good mail, as a filter sees them."""
    # Ours says nothing of a base that never knew such mail, as one that has learnt nothing.
    written = [
        one for one in map(spam_filter.classify_with_features, written_mail()) if one[0].label == "ham"
    ]
    named = map(spam_filter.classify_with_features, _folder_mail(folder))
    found = [features for _, features in (*written, *named)]
    return found + _own_mail(spam_filter.feature_space, tenant, storage, place)


def _folder_mail(folder: Path | None) -> Iterator[Message]:
    if folder is not None:
        read = read_messages(str(folder), lambda _source, _reason: None)
        for _, data in itertools.islice(read, _FOLDER_MOST):
            yield as_message(data)


def _own_mail(feature_space: str, tenant: str, storage: Storage, place: Place) -> list[MessageFeatures]:
    """Return the tenant's own, by the ids that were frozen; too few of them left, they are chosen again."""
    name = f"canary/{tenant}.json"
    data = place.read(name, _LIST_BYTES)
    frozen: list[str] = json.loads(data) if data else []
    with storage.read() as connection:
        of_tenant = select(EVENTS.c.verdict).where(EVENTS.c.tenant == tenant, EVENTS.c.verdict.is_not(None))
        corrected = set(connection.execute(of_tenant).scalars())

        def is_usable(one: KeptVerdict) -> bool:
            fits = one.feature_space == feature_space and one.features is not None
            return fits and one.id not in corrected

        known = (find(connection, tenant, identity) for identity in sorted(frozen))
        own = [one for one in known if one is not None and is_usable(one)]
        if len(own) < _OWN_LEAST:
            good = oldest(connection, tenant, label="ham", feature_space=feature_space)
            confident = (one for one in good if one.probability < _CONFIDENT_HAM and is_usable(one))
            own = list(itertools.islice(confident, _OWN_MOST))
            good.close()
    chosen = [one.id for one in own]
    if chosen != frozen:
        place.write(name, json.dumps(chosen).encode())
    return [MessageFeatures(one.features) for one in own if one.features is not None]
