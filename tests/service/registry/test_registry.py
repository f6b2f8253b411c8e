"""The registry: models are whole or not there, pointers name whole models, workers follow them."""

import json
import os
import random
import struct
import threading
import time

import pytest

from sigmail import ModelFileError, SpamFilter
from sigmail_service.keys import SHARED
from sigmail_service.registry.loading import COPIES_VARIABLE
from sigmail_service.registry.places import Folder, PlaceError, open_place
from sigmail_service.registry.registry import Registry, UnknownModelError
from sigmail_service.registry.serving import Filters


@pytest.fixture(scope="module")
def other_model():
    taught = SpamFilter.from_bytes(SpamFilter.default().to_bytes())
    taught.learn("zebra crossing", "spam")
    return taught.to_bytes()


@pytest.fixture
def starter():
    return SpamFilter.default()


@pytest.fixture
def other(other_model):
    return SpamFilter.from_bytes(other_model)


@pytest.fixture(params=["folder", "fsspec"])
def registry(request, tmp_path):
    where = tmp_path / "models" if request.param == "folder" else f"file://{tmp_path}/models"
    return Registry(open_place(where))


@pytest.fixture
def filters(registry, starter, monkeypatch, tmp_path):
    (tmp_path / "copies").mkdir()
    monkeypatch.setenv(COPIES_VARIABLE, str(tmp_path / "copies"))
    registry.begin_with(starter, SHARED, by_option=False)
    return Filters(registry, starter, 0.01, 2)


def test_a_model_is_kept_under_its_digest_and_comes_back(registry, other):
    record = registry.give(other, SHARED)
    assert (record.digest, record.id) == (other.digest, other.identity)
    assert registry.load(other.digest, SHARED).to_bytes() == other.to_bytes()
    assert [one.id for one in registry.records(SHARED)] == [other.identity]
    assert registry.records("tenant") == []


def test_the_first_model_judges_and_the_next_start_changes_nothing(registry, starter, other):
    registry.begin_with(starter, SHARED, by_option=False)
    assert registry.pointer(SHARED).digest == starter.digest
    registry.give(other, SHARED)
    registry.activate(SHARED, other.identity, base=starter.digest)
    assert registry.pointer(SHARED).base == other.digest, "a model that was given is its own base"
    registry.begin_with(other, SHARED, by_option=True)
    assert registry.pointer(SHARED).before == starter.digest


@pytest.mark.parametrize("by_option", [True, False])
def test_a_model_that_the_operator_names_takes_over_and_a_new_starter_waits(
    registry, starter, other, by_option
):
    registry.begin_with(starter, SHARED, by_option=False)
    learnt = SpamFilter.from_bytes(starter.to_bytes())
    learnt.learn("yak", "spam")
    record = registry.give(learnt, SHARED)
    place, name = registry.place, f"records/{SHARED}/{learnt.digest}.json"
    place.write(name, json.dumps({**json.loads(place.read(name, 9999)), "verdict": "passed"}).encode())
    registry.activate(SHARED, record.id, base=starter.digest)
    registry.begin_with(other, SHARED, by_option=by_option)
    assert registry.pointer(SHARED).digest == (other if by_option else learnt).digest


@pytest.mark.parametrize("identity", ["", "zz", "0" * 12, "../../etc/passwd", "a" * 64])
def test_a_model_that_is_not_there_is_refused(registry, starter, identity):
    registry.begin_with(starter, SHARED, by_option=False)
    with pytest.raises(UnknownModelError):
        registry.activate(SHARED, identity)


def test_a_worker_follows_the_pointer_and_every_verdict_has_one_model(filters, starter, other):
    assert filters.of(SHARED).digest == starter.digest
    filters.registry.give(other, SHARED)
    filters.registry.activate(SHARED, other.identity)
    before = filters.of(SHARED)
    filters.look()
    assert (before.digest, filters.of(SHARED).digest) == (starter.digest, other.digest)
    filters.registry.activate(SHARED, starter.identity)
    filters.look()
    assert filters.of(SHARED).digest == starter.digest


def test_the_thread_follows_by_itself(filters, other):
    filters.follow()
    filters.registry.give(other, SHARED)
    filters.registry.activate(SHARED, other.identity)
    deadline = time.monotonic() + 20
    while filters.of(SHARED).digest != other.digest and time.monotonic() < deadline:
        time.sleep(0.01)
    filters.close()
    assert filters.of(SHARED).digest == other.digest


def test_a_tenant_has_its_own_model_and_nobody_else_has(filters, starter, other):
    filters.registry.give(other, "blue")
    filters.registry.activate("blue", other.identity)
    digests = [filters.of(tenant).digest for tenant in ("blue", "red", SHARED)]
    assert digests == [other.digest, starter.digest, starter.digest]
    assert len(filters._tenants) == 2
    filters.of("green")
    assert set(filters._tenants) == {"red", "green"}, "the tenant not used for longest is let go"
    assert filters.of("blue").digest == other.digest


def point_at(filters, digest):
    pointer = {"digest": digest, "base": digest, "at": str(time.time_ns())}
    filters.registry.place.write(f"current/{SHARED}.json", json.dumps(pointer).encode())


def damaged_files(whole, draw, count):
    yield "empty", b""
    yield "a header of 100 MB", struct.pack("<Q", 100_000_000) + whole[8:]
    for _ in range(count):
        yield "cut", whole[: draw.randrange(len(whole))]
    for _ in range(count):
        damaged = bytearray(whole)
        # White space in the header carries nothing: a flip there may change no model.
        damaged[draw.randrange(4096, len(whole))] ^= 1 << draw.randrange(8)
        yield "flipped", bytes(damaged)


def test_a_damaged_file_is_refused_and_the_old_model_judges_on(filters, starter, other):
    draw = random.Random(1)  # noqa: S311 (test data)
    place = filters.registry.place
    for kind, data in damaged_files(other.to_bytes(), draw, 10):
        place.write(f"{other.digest}.sigmail", data)
        point_at(filters, other.digest)
        filters.look()
        assert filters.of(SHARED).digest == starter.digest, kind
    with pytest.raises(ModelFileError):
        filters.registry.load(other.digest, SHARED)
    place.write(f"{other.digest}.sigmail", other.to_bytes())
    point_at(filters, other.digest)
    filters.look()
    assert filters.of(SHARED).digest == other.digest


def test_a_whole_file_under_the_name_of_another_is_refused(filters, starter, other):
    filters.registry.place.write(f"{'a' * 64}.sigmail", other.to_bytes())
    point_at(filters, "a" * 64)
    filters.look()
    assert filters.of(SHARED).digest == starter.digest


def test_a_model_that_judges_otherwise_than_it_did_is_refused(registry, other):
    registry.give(other, SHARED)
    name = f"records/{SHARED}/{other.digest}.json"
    record = json.loads(registry.place.read(name, 9999))
    record["probes"][1] = (record["probes"][1] + 0.5) % 1.0
    registry.place.write(name, json.dumps(record).encode())
    with pytest.raises(ModelFileError, match="otherwise than it did"):
        registry.activate(SHARED, other.identity)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"digest": 3}', b'{"digest": "x", "base": "y"}', b"\xff"]
)
def test_a_pointer_that_is_none_changes_nothing(filters, starter, data):
    filters.registry.place.write(f"current/{SHARED}.json", data)
    filters.look()
    assert filters.of(SHARED).digest == starter.digest


def test_a_file_cut_short_in_its_place_cannot_reach_the_model_that_judges(tmp_path, filters, other):
    filters.registry.give(other, SHARED)
    filters.registry.activate(SHARED, other.identity)
    filters.look()
    expected = other.probabilities(["zebra crossing"])
    os.truncate(tmp_path / "models" / f"{other.digest}.sigmail", 100)
    assert filters.of(SHARED).probabilities(["zebra crossing"]) == expected


def test_a_place_that_cannot_be_written_is_told(tmp_path, starter):
    (tmp_path / "file").touch()
    registry = Registry(Folder(tmp_path / "file" / "models"))
    with pytest.raises(PlaceError):
        registry.give(starter, SHARED)
    assert Filters(registry, starter, 1.0, 1).of(SHARED) is starter


def test_writers_at_once_leave_whole_files(tmp_path):
    place = Folder(tmp_path)
    texts = [bytes([65 + number]) * 50_000 for number in range(8)]
    threads = [threading.Thread(target=place.write, args=("a/b.json", text)) for text in texts * 4]
    for thread in threads:
        thread.start()
    seen = {place.read("a/b.json", 60_000) for _ in range(200)}
    for thread in threads:
        thread.join()
    assert seen <= {None, *texts}
    assert place.names("a") == ["b.json"]
    assert list((tmp_path / "a").iterdir()) == [tmp_path / "a" / "b.json"]
