"""Trainings that nobody asks for: by the clock, and after so many corrections."""

from datetime import UTC, datetime, timedelta

import pytest

from sigmail_service.keys import SHARED, KeyStore
from sigmail_service.learner.process import Learner
from sigmail_service.registry.jobs import Jobs


@pytest.fixture
def learner(place):
    """Make a learner with other settings, and have it look at the ledger now."""

    def turn(**changed):
        one = Learner(place.settings.model_copy(update={"gate_ham_loss": 1.0, **changed}))
        count = one.turn()
        one._storage.close()
        return count

    return turn


def asked_by(place, tenant=SHARED):
    return [job.asked_by for job in Jobs(place.registry.place).all() if job.tenant == tenant]


def put_back(place, hours):
    """Let the first model have come in so many hours ago."""
    record = place.registry.record(SHARED, place.given.digest)
    created = datetime.fromisoformat(record.created) - timedelta(hours=hours)
    name = f"records/{SHARED}/{record.digest}.json"
    data = place.registry.place.read(name, 1 << 20)
    place.registry.place.write(name, data.replace(record.created.encode(), created.isoformat().encode()))


def test_nothing_is_trained_unasked_unless_it_is_set(place, learner):
    place.teach("casino lunch", "ham")
    assert learner() == 0
    assert asked_by(place) == []


def test_so_many_corrections_are_learnt_and_then_as_many_again(place, learner):
    place.teach("casino lunch", "ham")
    assert learner(train_corrections=2) == 0
    place.teach("pills report", "ham")
    assert learner(train_corrections=2) == 1
    assert asked_by(place) == ["corrections"]
    assert place.serving().digest != place.given.digest
    assert learner(train_corrections=2) == 0
    for text in ("bonus notes", "credit agenda"):
        place.teach(text, "ham")
    assert learner(train_corrections=2) == 1
    assert asked_by(place) == ["corrections", "corrections"]


def test_the_clock_asks_where_there_is_something_to_learn(place, learner):
    put_back(place, hours=3)
    assert learner(train_hours=2.0) == 0
    place.teach("casino lunch", "ham")
    assert learner(train_hours=4.0) == 0
    assert learner(train_hours=2.0) == 1
    assert asked_by(place) == ["schedule"]
    place.teach("pills report", "ham")
    assert learner(train_hours=2.0) == 0, "the last training was a moment ago"


def test_the_last_training_of_each_tenant_is_remembered_among_many_others(place):
    jobs = Jobs(place.registry.place)
    quiet = jobs.ask("quiet", "request")
    jobs.end(quiet, "unchanged")
    for _ in range(60):
        last = jobs.ask("busy", "request")
        jobs.end(last, "unchanged")
    kept = jobs.all()
    assert len(kept) == 51
    assert kept[0].id == quiet.id
    assert kept[-1].id == last.id


def test_each_tenant_is_counted_by_itself(place, learner):
    KeyStore(place.settings.keys_file).create("k", ("classify",), "blue")
    for text in ("casino lunch", "pills report"):
        place.teach(text, "ham", tenant="blue")
    place.teach("bonus notes", "ham")
    assert learner(train_corrections=2) == 1
    assert (asked_by(place), asked_by(place, "blue")) == ([], ["corrections"])
    assert datetime.fromisoformat(Jobs(place.registry.place).all()[0].asked) <= datetime.now(UTC)
