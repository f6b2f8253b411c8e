"""A lesson that is taken back is gone: from the database's files, from the log, and from the models."""

import contextlib
import time
import uuid

import psycopg
import pytest
import requests
from tests.service.learner.test_training_over_http import train, wait_until

from sigmail import SpamFilter
from sigmail_service.keys import SHARED, KeyStore
from sigmail_service.registry.places import open_place
from sigmail_service.registry.registry import Registry

TEXTS = (("a note on the gazebo in teak", "spam"), ("minutes of the parasol committee", "ham"))


class Ledger:
    """A running service, one key, and the bytes of its database's files."""

    def __init__(self, service, header, folder, read):
        self.service, self.header, self.folder, self.read = service, header, folder, read
        self.registry = Registry(open_place(folder / "models"))

    def send(self, method, path, **options):
        answer = requests.request(method, self.service.url + path, headers=self.header, timeout=30, **options)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def correct(self, text, label):
        """Have a text judged, and correct the verdict by its id."""
        identity = self.send("POST", "/classify", json={"text": text})["id"]
        return self.send("POST", "/feedback", json={"id": identity, "label": label})["id"]

    def train(self):
        """Train, and return the digest of the model that judges then."""
        job = train(self.service, self.header)
        assert job["state"] in {"activated", "unchanged"}, job
        return self.registry.pointer(SHARED).digest


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request, start_service, tmp_path):
    options, database = ["--workers", "1", "--data-dir", str(tmp_path)], None
    settings = "gate_ham_loss = 1.0\n"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        database = request.getfixturevalue("new_postgresql_database")()
        settings += f'database = "{database}"\n'
    (tmp_path / "settings.toml").write_text(settings, encoding="utf-8")
    options += ["--config", str(tmp_path / "settings.toml")]
    token = KeyStore(tmp_path / "keys.json").create("admin", ("admin",))[1]

    def read():
        if database is None:
            return b"".join(path.read_bytes() for path in tmp_path.glob("sigmail.db*"))
        return b"".join(path.read_bytes() for path in files_of_tables(server, database))

    with start_service(*options) as service:
        yield Ledger(service, {"X-API-Key": token}, tmp_path, read)


def files_of_tables(server, url):
    """Return the files of our tables in PostgreSQL, and of what is too long for them, as on the disk."""
    with contextlib.closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("CHECKPOINT")
        rows = connection.execute(
            "WITH ours AS (SELECT oid, reltoastrelid FROM pg_class"
            " WHERE relname IN ('lessons', 'verdict_blocks'))"
            " SELECT pg_relation_filepath(oid) FROM ours UNION SELECT pg_relation_filepath(reltoastrelid)"
            " FROM ours WHERE reltoastrelid <> 0 UNION SELECT pg_relation_filepath(indexrelid)"
            " FROM pg_index WHERE indrelid IN (SELECT oid FROM ours)"
        ).fetchall()
    return [server.folder / row[0] for row in rows]


def test_a_model_trained_again_is_the_one_that_never_saw_it(ledger):
    for text, label in TEXTS:
        ledger.correct(text, label)
    without = ledger.train()
    expected = ledger.registry.read_file(without)
    word = f"word{uuid.uuid4().hex}"
    features = SpamFilter.default().classify_with_features(word)[1].data
    given = ledger.correct(word, "spam")
    assert features in ledger.read(), "the control: the features can be found in the files"
    seen = ledger.train()
    assert seen != without
    assert ledger.registry.load(seen, SHARED).classify(word).probability > 0.5

    ledger.send("DELETE", f"/feedback/{given}")
    assert ledger.train() == without
    assert ledger.registry.read_file(without) == expected
    deadline = time.monotonic() + 10
    while features in ledger.read() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert features not in ledger.read()
    # The model that had learnt it can be activated no more.
    wait_until(lambda: not (ledger.folder / "models" / f"{seen}.sigmail").exists())
    wait_until(lambda: seen[:12] not in {one["id"] for one in ledger.send("GET", "/models")["models"]})
