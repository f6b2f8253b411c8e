"""What a worker loads: copies that nobody else knows, bases that tenants share, what it had already."""

import os

import pytest
from tests.filter.test_learning import lessons_of

from sigmail import ModelFileError, SpamFilter
from sigmail.learning import improve
from sigmail_service.keys import SHARED
from sigmail_service.registry import loading
from sigmail_service.registry.loading import COPIES_VARIABLE, Loader
from sigmail_service.registry.places import open_place
from sigmail_service.registry.registry import Registry


def taught(spam_filter, word):
    other = SpamFilter.from_bytes(spam_filter.to_bytes())
    other.learn(f"{word} zebra crossing", "spam")
    return other


@pytest.fixture
def registry(tmp_path):
    return Registry(open_place(tmp_path / "models"))


@pytest.fixture
def starter():
    return SpamFilter.default()


@pytest.fixture
def loader(registry, starter, monkeypatch, tmp_path):
    (tmp_path / "copies").mkdir()
    monkeypatch.setenv(COPIES_VARIABLE, str(tmp_path / "copies"))
    return Loader(registry, starter)


def copies(tmp_path):
    return sorted(path.name for path in (tmp_path / "copies").iterdir())


@pytest.mark.parametrize("behind", [False, True])
def test_a_model_is_loaded_from_a_copy_and_stays_loaded(tmp_path, registry, loader, starter, behind):
    other = taught(starter, "one")
    registry.give(other, SHARED)
    loaded = loader.load(other.digest, SHARED, behind=behind)
    assert loaded.to_bytes() == other.to_bytes()
    assert copies(tmp_path) == [f"{other.digest}.sigmail"]
    assert loader.load(other.digest, SHARED) is loaded
    assert loader.load(starter.digest, SHARED) is starter


def test_tenants_share_the_base_that_their_models_are_made_on(tmp_path, registry, loader, starter):
    base = taught(starter, "base")
    registry.give(base, SHARED)
    found = []
    for tenant, label in (("blue", "spam"), ("red", "ham")):
        lessons = lessons_of(base, ["a gazebo in teak", "a parasol"], [label, label])
        moved = improve(base, lessons, shares_table=True)
        registry.give(moved, tenant)
        found.append(loader.load(moved.digest, tenant))
        assert found[-1].digest == moved.digest
        assert registry.load(moved.digest, tenant).base == base.digest
    assert {one.base for one in found} == {base.digest}
    assert copies(tmp_path) == [f"{base.digest}.sigmail"], "only the base is mapped"
    registry.place.delete(f"{base.digest}.sigmail")
    with pytest.raises(ModelFileError, match="gone"):
        registry.load(found[0].digest, "blue")


def test_a_damaged_delta_is_refused(registry, loader, starter):
    moved = improve(starter, lessons_of(starter, ["a gazebo in teak"], ["spam"]), shares_table=True)
    record = registry.give(moved, "blue")
    data = moved.to_delta()
    assert record.size == len(data)
    for damaged in (data[:-1], data[:200] + bytes([data[200] ^ 1]) + data[201:], b""):
        registry.place.write(f"{moved.digest}.sigmail", damaged)
        with pytest.raises(ModelFileError):
            loader.load(moved.digest, "blue")
        with pytest.raises(ModelFileError):
            registry.activate("blue", moved.identity)


def test_only_the_last_models_stay_loaded_and_the_last_copies_on_the_disk(
    tmp_path, registry, loader, starter, monkeypatch
):
    monkeypatch.setattr(loading, "_COPIES", 3)
    models = [taught(starter, f"word{number}") for number in range(6)]
    loaded = []
    for time, model in enumerate(models):
        registry.give(model, SHARED)
        loaded.append(loader.load(model.digest, SHARED))
        os.utime(tmp_path / "copies" / f"{model.digest}.sigmail", (time, time))  # Older than what comes.
    names = [f"{model.digest}.sigmail" for model in models]
    assert copies(tmp_path) == sorted(names[3:])
    # One whose copy was removed judges on, and is loaded again when it is asked for.
    assert loaded[0].to_bytes() == models[0].to_bytes()
    again = loader.load(models[0].digest, SHARED)
    assert again is not loaded[0]
    assert again.digest == models[0].digest
    assert loader.load(models[-1].digest, SHARED) is loaded[-1]


def test_a_file_of_another_model_is_refused_and_leaves_no_copy(tmp_path, registry, loader, starter):
    other = taught(starter, "one")
    registry.place.write(f"{'a' * 64}.sigmail", other.to_bytes())
    with pytest.raises(ModelFileError, match="holds model"):
        loader.load("a" * 64, SHARED)
    assert copies(tmp_path) == []
