"""A registry and a ledger in a folder, and lessons for it."""

from __future__ import annotations

import itertools
import random

import pytest

from sigmail import SpamFilter
from sigmail.filter import Backlog
from sigmail.recipe import Recipe
from sigmail.training import train_filter
from sigmail_service.keys import SHARED
from sigmail_service.learner.run import run_job
from sigmail_service.registry.jobs import Jobs
from sigmail_service.registry.places import open_place
from sigmail_service.registry.registry import Registry
from sigmail_service.settings import Settings
from sigmail_service.storage.blocks import Origin
from sigmail_service.storage.fingerprints import fingerprint
from sigmail_service.storage.moments import new_id, now
from sigmail_service.storage.store import Storage
from sigmail_service.storage.tables import LESSONS
from sigmail_service.storage.verdicts import insert_blocks

_LINES = {
    "spam": "viagra cheap winner prize casino pills offer credit loan click bonus deal",
    "ham": "meeting lunch report patch kernel review tomorrow thanks agenda notes train minutes",
    "": "the and you with this that from have will about house street garden water",
}
WORDS = {label: line.split() for label, line in _LINES.items()}


@pytest.fixture(scope="session")
def draw_messages():
    """Draw texts of a few words and their labels, by turns."""

    def draw(count, seed):
        chooser = random.Random(seed)  # noqa: S311 (test data)
        found = []
        for number in range(count):
            label = "spam" if number % 3 == 0 else "ham"
            words = [*chooser.sample(WORDS[label], 4), *chooser.sample(WORDS[""], 6)]
            chooser.shuffle(words)
            found.append((" ".join(words), label))
        return found

    return draw


@pytest.fixture(scope="session")
def small_model(draw_messages):
    messages, labels = zip(*draw_messages(200, 0), strict=True)
    return train_filter(messages, labels, recipe=Recipe(table_bits=12), seed=1).to_bytes()


class Place:
    """A service's data without the service."""

    def __init__(self, folder, given):
        self.settings = Settings(data_dir=folder)
        self.registry = Registry(open_place(self.settings.models_place))
        self.storage = Storage(self.settings.database_url)
        self.given = given
        self.registry.begin_with(given, SHARED, by_option=True)
        self._times = itertools.count()

    def teach(self, message, label, tenant=SHARED):
        packed = self.given.classify_with_features(message)[1].data
        space, identity = self.given.feature_space, new_id()
        row = {
            "id": identity,
            "tenant": tenant,
            "feature_space": space,
            "fingerprint": fingerprint(space, packed),
            "counted": True,
            "label": label,
            "at": now() + next(self._times),
            "key_id": "k",
            "features": packed,
            "likeness": 1,
        }
        with self.storage.write() as connection:
            connection.execute(LESSONS.insert().values(row))
        return identity

    def forget(self, identity):
        with self.storage.write() as connection:
            connection.execute(LESSONS.delete().where(LESSONS.c.id == identity))

    def judge(self, message, tenant=SHARED):
        verdict, features = self.given.classify_with_features(message)
        backlog, identity = Backlog(64, 1 << 20), new_id()
        origin = Origin(tenant, self.given.identity, self.given.feature_space)
        backlog.put(identity, verdict.label, verdict.probability, features.data, origin)
        with self.storage.write() as connection:
            insert_blocks(connection, backlog.first(1))
        return identity

    def train(self, tenant=SHARED, **changed):
        settings = self.settings.model_copy(update=changed)
        return run_job(
            Jobs(self.registry.place).ask(tenant, "request"), self.registry, self.storage, settings
        )

    def serving(self, tenant=SHARED):
        return self.registry.load(self.registry.pointer(tenant).digest, tenant)


@pytest.fixture
def place(tmp_path, small_model):
    opened = Place(tmp_path, SpamFilter.from_bytes(small_model))
    yield opened
    opened.storage.close()


@pytest.fixture
def place_of_starter(tmp_path):
    opened = Place(tmp_path, SpamFilter.default())
    yield opened
    opened.storage.close()
