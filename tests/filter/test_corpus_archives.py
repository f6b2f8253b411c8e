"""Tar archives: read forward, as they come, hostile ones included."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import tarfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigmail import corpus
from sigmail.errors import MessageError

MAIL = b"Subject: lunch\n\nAt noon?\n"
SEPARATOR = b"From a@example.org Sat Jan  3 01:05:34 1996\n"


def read(path, skipped=None):
    skipped = [] if skipped is None else skipped
    return list(corpus.read_messages(path, lambda source, reason: skipped.append((source, reason))))


def member(name, data=b"", **fields):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def write_archive(path, members, mode="w", **options):
    with tarfile.open(path, mode, **options) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_compression_and_form_is_read_in_the_archives_order(tmp_path, mode, form):
    long_name = (
        "/".join(["folder-of-thirty-characters-ab"] * (8 if form != tarfile.USTAR_FORMAT else 4)) + "/ü"
    )
    path = write_archive(
        tmp_path / "mail.archive",
        [
            member("z/", type=tarfile.DIRTYPE),
            member("z/2", MAIL),
            member("./a", b""),
            member(long_name, b"x" * 1500),
            member("../../etc/passwd", b"only a name"),
        ],
        mode,
        format=form,
    )
    assert read(path) == [
        (f"{path}/z/2", MAIL),
        (f"{path}/./a", b""),
        (f"{path}/{long_name}", b"x" * 1500),
        (f"{path}/../../etc/passwd", b"only a name"),
    ]
    assert list(tmp_path.iterdir()) == [path]  # Nothing was unpacked.


def test_a_member_may_be_an_mbox_and_hidden_ones_are_left_out(tmp_path):
    box = SEPARATOR + b"1\n\n" + SEPARATOR + b"2\n"
    path = write_archive(tmp_path / "a.tar", [member("box", box), member(".git/x", MAIL), member("b", MAIL)])
    assert read(path) == [(f"{path}/box#1", b"1\n"), (f"{path}/box#2", b"2\n"), (f"{path}/b", MAIL)]


def test_links_devices_and_nested_archives_are_passed_over(tmp_path):
    inner = write_archive(tmp_path / "inner.tar", [member("x", MAIL)]).read_bytes()
    kinds = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
    members = [member(f"n{number}", type=kind, linkname="/etc/passwd") for number, kind in enumerate(kinds)]
    path = write_archive(tmp_path / "a.tar", [*members, member("inner", inner), member("mail", MAIL)])
    skipped = []
    assert read(path, skipped) == [(f"{path}/mail", MAIL)]
    assert Counter(reason for _, reason in skipped) == {
        "not a regular file": len(kinds),
        "an archive within an archive": 1,
    }


@pytest.mark.parametrize("form", ["gnu", "posix"])
def test_a_sparse_member_is_passed_over_though_it_costs_its_author_nothing(tmp_path, form):
    holes = tmp_path / "holes"
    with holes.open("wb") as stream:
        for position in range(30):  # More holes than the first header has room for.
            stream.seek(position * 1024**3)
            stream.write(b"data")
    (tmp_path / "mail").write_bytes(MAIL)
    path = tmp_path / "a.tar"
    subprocess.run(
        ["tar", f"--format={form}", "--sparse", "-cf", path, "-C", tmp_path, "holes", "mail"], check=True
    )
    skipped = []
    assert [message for _, message in read(path, skipped)] == [MAIL]
    assert skipped == [(f"{path}/holes", "not a regular file")]


def test_a_member_above_the_cap_is_passed_over_and_the_rest_read(tmp_path):
    huge = bytes(corpus.MAX_MESSAGE_BYTES + 1)
    path = write_archive(tmp_path / "a.tgz", [member("huge", b"x" + huge), member("mail", MAIL)], "w:gz")
    skipped = []
    assert read(path, skipped) == [(f"{path}/mail", MAIL)]
    assert skipped == [(f"{path}/huge", "above the 32 MiB a message may have")]


def test_an_empty_archive_holds_no_message(tmp_path):
    with pytest.raises(MessageError, match="no message in it"):
        read(write_archive(tmp_path / "a.tar", []))


@pytest.mark.parametrize("length", [512 + 10, 512 + 512 + 100])
def test_an_archive_cut_short_is_an_error(tmp_path, length):
    path = write_archive(tmp_path / "a.tar", [member("one", MAIL), member("two", MAIL)])
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(MessageError, match=r"a\.tar: the archive is (cut short|damaged)"):
        read(path)


def test_a_damaged_header_is_an_error_and_not_a_silent_end(tmp_path):
    path = write_archive(tmp_path / "a.tar", [member("one", MAIL), member("two", MAIL)])
    data = bytearray(path.read_bytes())
    data[1024 + 50] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(MessageError, match="damaged"):
        read(path)


def raw_header(size, kind=b"0", name=b"x"):
    """A header with any size field, and a checksum that fits."""
    block = bytearray(tarfile.TarInfo("x").tobuf(tarfile.USTAR_FORMAT))
    block[: len(name)] = name
    block[124:136], block[156:157] = size, kind
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


HUGE_SIZE = b"\x80" + bytes(4) + b"\x7f" + b"\xff" * 6
NEGATIVE_SIZE = b"\xff" * 8 + b"\xff\xff\xfc\x00"


@pytest.mark.parametrize("kind", [b"0", b"L", b"x", b"g", b"S", b"9"])
@pytest.mark.parametrize("size", [HUGE_SIZE, NEGATIVE_SIZE])
def test_a_lying_size_neither_loops_nor_fills_the_memory(tmp_path, kind, size):
    path = tmp_path / "a.tar"
    path.write_bytes(
        raw_header(b"%011o\0" % len(MAIL)) + MAIL.ljust(512, b"\0") + raw_header(size, kind) + MAIL
    )
    with pytest.raises(MessageError, match=r"a\.tar: the archive is (cut short|damaged)"):
        read(path)


@pytest.mark.parametrize(
    "records",
    [
        b"9" * 60_000,
        b"0 a=b\n" * 5_000,
        b"999999999 path=x\n",
        b"11 path=x",
        b"4011 size=" + b"9" * 4000 + b"\n",
        b"12 size=-512\n",
    ],
)
def test_hostile_extended_headers_are_read_past(tmp_path, records):
    padded = records.ljust(-(-len(records) // 512) * 512, b"\0")
    path = tmp_path / "a.tar"
    path.write_bytes(
        raw_header(b"%011o\0" % len(records), b"x")
        + padded
        + raw_header(b"%011o\0" % len(MAIL))
        + MAIL.ljust(512, b"\0")
        + bytes(1024)
    )
    assert [message for _, message in read(path)] == [MAIL]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 4095), st.integers(0, 255)), max_size=8), st.integers(0, 6000))
def test_any_damage_gives_messages_or_a_message_error(tmp_path, changes, length):
    path = write_archive(
        tmp_path / "a.tar", [member("one", MAIL), member("x" * 200, MAIL), member("two", MAIL)]
    )
    data = bytearray(path.read_bytes())
    for position, value in changes:
        data[position] = value
    path.write_bytes(data[:length])
    with contextlib.suppress(MessageError):
        assert all(isinstance(message, bytes) for _, message in read(path))


@pytest.mark.corpus
@pytest.mark.parametrize(("name", "messages"), [("spamassassin", 6046), ("modern-mail", 3438)])
def test_the_public_corpora_are_read_whole_from_their_archives(name, messages):
    folder = os.environ.get("SIGMAIL_CORPORA")
    if not folder:
        pytest.skip("SIGMAIL_CORPORA names no folder of corpora")
    skipped = []
    found = read(Path(folder) / f"{name}.tar.xz", skipped)
    assert (len(found), skipped) == (messages, [])
    assert all(corpus.looks_like_mail(message) for _, message in found)
