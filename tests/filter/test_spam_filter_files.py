"""Model files: written whole or not at all, and read whole and unaltered or not at all."""

from __future__ import annotations

import json
import os
import pickle
import random
import stat
import struct
import subprocess
import sys

import pytest

from sigmail import ModelFileError, SpamFilter
from sigmail.errors import InvalidTypeError

MESSAGES = ["casino prize", "kernel patch", b"Subject: hi\n\nlunch tomorrow", ""]


def test_a_filter_survives_its_file(any_filter, tmp_path):
    path = tmp_path / "my.sigmail"
    any_filter.save(path)
    for again in (
        SpamFilter.load(path),
        SpamFilter.load(str(path)),
        SpamFilter.from_bytes(path.read_bytes()),
    ):
        assert again.classify_many(MESSAGES) == any_filter.classify_many(MESSAGES)
        assert [again.explain(message) for message in MESSAGES] == [any_filter.explain(m) for m in MESSAGES]
        assert (again.identity, again.thresholds) == (any_filter.identity, any_filter.thresholds)
        assert again.facts == any_filter.facts
        assert again.to_bytes() == path.read_bytes() == any_filter.to_bytes()


def test_what_was_learnt_is_saved(neuron_filter, tmp_path):
    before = neuron_filter.identity
    neuron_filter.learn("a lesson", "spam")
    neuron_filter.save(tmp_path / "learnt")
    again = SpamFilter.load(tmp_path / "learnt")
    assert again.identity == neuron_filter.identity != before
    assert again.classify("a lesson") == neuron_filter.classify("a lesson")


def test_a_file_is_replaced_in_one_step(any_filter, tmp_path):
    path = tmp_path / "my.sigmail"
    path.write_bytes(b"old")
    with path.open("rb") as reader:
        any_filter.save(path)
        assert reader.read() == b"old", "who reads the old file reads on in it"
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o007])
def test_a_new_file_has_the_permissions_that_the_user_gives_new_files(any_filter, tmp_path, mask):
    command = (
        "import os, sys, sigmail; os.umask(int(sys.argv[1]));"
        "sigmail.SpamFilter.from_bytes(sys.stdin.buffer.read()).save(sys.argv[2])"
    )
    path = tmp_path / "my.sigmail"
    subprocess.run([sys.executable, "-c", command, str(mask), path], input=any_filter.to_bytes(), check=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_a_failed_save_leaves_nothing_behind(any_filter, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    with pytest.raises(OSError, match="folder"):
        any_filter.save(tmp_path / "folder")
    with pytest.raises(OSError, match="missing"):
        any_filter.save(tmp_path / "missing" / "my.sigmail")
    assert [tmp_path / "folder"] == list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["missing.sigmail", ".", "missing/my.sigmail", "with\0nul", "x" * 300])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    with pytest.raises(ModelFileError, match="cannot read the model file") as caught:
        SpamFilter.load(tmp_path / name)
    assert repr(str(tmp_path / name)) in str(caught.value)


def test_a_damaged_file_is_named(tmp_path, trained):
    path = tmp_path / "cut.sigmail"
    path.write_bytes(trained["logistic"][:-1])
    with pytest.raises(ModelFileError, match=r"cut\.sigmail.*not a usable model file"):
        SpamFilter.load(path)


@pytest.mark.parametrize("wrong", ["text", bytearray(b"x"), None, 3])
def test_a_model_is_read_from_bytes(wrong):
    with pytest.raises(InvalidTypeError, match=f"got {type(wrong).__name__}"):
        SpamFilter.from_bytes(wrong)


def container(header, length=None):
    """A container with this header; a dict is its JSON."""
    header = json.dumps(header).encode() if isinstance(header, dict) else header
    return struct.pack("<Q", len(header) if length is None else length) + header + bytes(8)


def tensor(shape, end):
    return {"dtype": "F32", "shape": shape, "data_offsets": [0, end]}


FOREIGN = {
    "empty": b"",
    "short": b"\0" * 7,
    "zeros": bytes(1000),
    "text": b"From: me\n\nThis is a mail and no model.\n" * 10,
    "a pickle": pickle.dumps({"weights": [1, 2, 3]}),
    "a zip archive": b"PK\x03\x04" + bytes(100),
    "a header of 2^63 bytes": container(b"{}", 2**63),
    "a header of 100 MB": container(b"{" * 1000, 100_000_000),
    "a header of nothing": container(b""),
    "no JSON": container(b"{{{{{{{{"),
    "deep JSON": container(b"[" * 100_000),
    "no tensors": container({}),
    "overlapping tensors": container({"a": tensor([2], 8), "b": tensor([2], 8)}),
    "a tensor past the end": container({"a": tensor([2**40], 2**42)}),
    "a shape that overflows": container({"a": tensor([2**33, 2**33], 8)}),
}


@pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN.keys())
def test_what_is_no_model_is_refused(data):
    with pytest.raises(ModelFileError, match="not a usable model file"):
        SpamFilter.from_bytes(data)


def test_every_kind_of_truncation_is_refused(trained):
    for whole in trained.values():
        header = 8 + struct.unpack("<Q", whole[:8])[0]
        lengths = {*range(64), header - 1, header, header + 1, *range(0, len(whole), 997), len(whole) - 1}
        for length in lengths:
            with pytest.raises(ModelFileError):
                SpamFilter.from_bytes(whole[:length])


def test_bytes_behind_the_end_are_refused(trained):
    with pytest.raises(ModelFileError):
        SpamFilter.from_bytes(trained["logistic"] + b"\0")


def test_every_flipped_bit_of_the_weights_is_noticed(trained):
    draw = random.Random(1)  # noqa: S311 (test data)
    for whole in trained.values():
        header = 8 + struct.unpack("<Q", whole[:8])[0]
        for place in draw.sample(range(header, len(whole)), 200):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << draw.randrange(8)
            with pytest.raises(ModelFileError):
                SpamFilter.from_bytes(bytes(damaged))


def test_a_flipped_bit_of_the_header_never_gives_another_model(trained):
    draw = random.Random(2)  # noqa: S311 (test data)
    whole = trained["network"]
    header = 8 + struct.unpack("<Q", whole[:8])[0]
    refused = 0
    for place in draw.sample(range(header), min(header, 400)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << draw.randrange(8)
        try:
            same = SpamFilter.from_bytes(bytes(damaged))
        except ModelFileError:
            refused += 1
        else:
            assert same.to_bytes() == whole, "only what carries nothing may change"
    assert refused > 350
