"""Reading mails, mboxes, Maildirs and folders; what they may hold; what must not happen."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import mailbox
import os
import socket

import pytest

from sigmail import corpus
from sigmail.corpus import streams
from sigmail.errors import MessageError

MAIL = b"From: a@example.org\r\nSubject: lunch\r\n\r\nAt noon?\r\n"
SEPARATOR = b"From a@example.org Sat Jan  3 01:05:34 1996\n"


@pytest.fixture
def skipped():
    """A list that collects what a reader passed over, callable as `on_skip`."""

    class Skipped(list):
        def __call__(self, source, reason):
            self.append((os.path.basename(source), reason))  # noqa: PTH119 - sources are text.

    return Skipped()


def contents(path, on_skip):
    return [message for _, message in corpus.read_messages(path, on_skip)]


def test_a_file_is_one_mail_byte_for_byte(tmp_path, skipped):
    path = tmp_path / "mail.eml"
    path.write_bytes(MAIL)
    assert list(corpus.read_messages(path, skipped)) == [(str(path), MAIL)]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_compression_is_seen_by_content_whatever_the_name(tmp_path, skipped, compress):
    path = tmp_path / "mail.eml"
    path.write_bytes(compress(MAIL))
    assert contents(path, skipped) == [MAIL]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("damage", [lambda data: data[:-12], lambda data: data[:20] + b"XX" + data[22:]])
def test_damaged_compression_is_an_error_that_names_the_file(tmp_path, skipped, compress, damage):
    path = tmp_path / "mail.gz"
    path.write_bytes(damage(compress(os.urandom(9000))))
    with pytest.raises(MessageError, match=r"mail\.gz: "):
        contents(path, skipped)


def test_an_mbox_is_split_at_its_separators_and_unquoted(tmp_path, skipped):
    path = tmp_path / "inbox"
    path.write_bytes(
        SEPARATOR
        + b"Subject: 1\n\nFrom the desk of a colleague\n>From me\n>>From you\n\nFrom now on, at 10:00\n\n"
        b"From - Mon Jul  8 12:08:34 2024\nSubject: 2\n\nlast line without an end"
    )
    assert list(corpus.read_messages(path, skipped)) == [
        (
            f"{path}#1",
            b"Subject: 1\n\nFrom the desk of a colleague\nFrom me\n>From you\n\nFrom now on, at 10:00\n",
        ),
        (f"{path}#2", b"Subject: 2\n\nlast line without an end"),
    ]


def test_an_mbox_by_the_standard_library_comes_back_whole(tmp_path, skipped):
    path = tmp_path / "box"
    box = mailbox.mbox(path)
    bodies = [f"Subject: {number}\n\nbody {number}\nFrom here on\n".encode() for number in range(20)]
    for body in bodies:
        box.add(body)
    box.close()
    assert contents(path, skipped) == bodies


def test_an_mbox_of_one_mail_is_named_by_its_file_alone(tmp_path, skipped):
    path = tmp_path / "mail"
    path.write_bytes(SEPARATOR + MAIL)
    assert list(corpus.read_messages(path, skipped)) == [(str(path), MAIL)]


def test_an_mbox_may_end_with_an_empty_message(tmp_path, skipped):
    path = tmp_path / "box"
    path.write_bytes(SEPARATOR + b"Subject: 1\n\nx\n\n" + SEPARATOR)
    assert contents(path, skipped) == [b"Subject: 1\n\nx\n", b""]


def test_a_text_that_begins_like_a_separator_is_no_mbox(tmp_path, skipped):
    path = tmp_path / "letter.txt"
    path.write_bytes(b"From the desk of Dr. A. Body\n\nDear friend")
    assert contents(path, skipped) == [b"From the desk of Dr. A. Body\n\nDear friend"]


def test_a_message_above_the_cap_in_an_mbox_is_passed_over_and_the_rest_read(tmp_path, skipped):
    path = tmp_path / "box"
    with path.open("wb") as stream:
        stream.write(SEPARATOR + b"Subject: 1\n\nx\n\n" + SEPARATOR)
        for _ in range(corpus.MAX_MESSAGE_BYTES // 1024**2 + 1):
            stream.write(b"y" * 1024**2)
        stream.write(b"\n\n" + SEPARATOR + b"Subject: 3\n\nz\n")
    assert contents(path, skipped) == [b"Subject: 1\n\nx\n", b"Subject: 3\n\nz\n"]
    assert skipped == [("box#2", "above the 32 MiB a message may have")]


def test_a_file_above_the_cap_is_an_error_by_name_and_passed_over_in_a_folder(tmp_path, skipped):
    path = tmp_path / "huge"
    with path.open("wb") as stream:
        stream.write(b"Subject: zeros\n\n")
        stream.truncate(corpus.MAX_MESSAGE_BYTES + 1)
    with pytest.raises(MessageError, match="huge: above the 32 MiB"):
        contents(path, skipped)
    (tmp_path / "small").write_bytes(MAIL)
    assert contents(tmp_path, skipped) == [MAIL]
    assert skipped == [("huge", "above the 32 MiB a message may have")]


def test_a_file_exactly_at_the_cap_is_read(tmp_path, skipped):
    path = tmp_path / "large"
    with path.open("wb") as stream:
        stream.write(b"Subject: zeros\n\n")
        stream.truncate(corpus.MAX_MESSAGE_BYTES)
    assert len(contents(path, skipped)[0]) == corpus.MAX_MESSAGE_BYTES


def test_a_maildir_gives_its_own_mail_and_no_other_mailboxs(tmp_path, skipped):
    for name in ("cur", "new", "tmp", ".Junk/cur", ".Junk/new", "Sent/cur", "Sent/new"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "1.host:2,S").write_bytes(name.encode())
    assert contents(tmp_path, skipped) == [b"cur", b"new"]
    assert skipped == []


def test_a_folder_is_searched_to_the_bottom_in_the_order_of_the_names(tmp_path, skipped):
    deep = tmp_path / "b" / "c" / "d"
    deep.mkdir(parents=True)
    (tmp_path / ".hidden").write_bytes(b"no")
    for path, text in (
        (tmp_path / "z", b"6"),
        (tmp_path / "a", b"1"),
        (tmp_path / "b" / "1", b"2"),
        (deep / "2", b"4"),
        (deep / "10", b"3"),
    ):
        path.write_bytes(text)
    (tmp_path / "box").write_bytes(SEPARATOR + b"5\n\n" + SEPARATOR + b"5\n")
    assert contents(tmp_path, skipped) == [b"1", b"2", b"3", b"4", b"5\n", b"5\n", b"6"]


def test_links_in_a_circle_are_passed_over_with_a_warning(tmp_path, skipped):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mail").write_bytes(MAIL)
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to("b")
    (tmp_path / "c").symlink_to("nowhere")
    assert contents(tmp_path, skipped) == [MAIL]
    assert [name for name, _ in skipped] == ["up", "b", "c"]
    assert "read already" in skipped[0][1]


def test_what_is_no_regular_file_is_passed_over_in_a_folder(tmp_path, skipped):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(tmp_path, os.O_RDONLY)  # A socket's path may have some 100 bytes only.
        server.bind(f"/proc/self/fd/{here}/socket")
        os.close(here)
        (tmp_path / "mail").write_bytes(MAIL)
        assert contents(tmp_path, skipped) == [MAIL]
    assert skipped == [(name, "not a regular file") for name in ("pipe", "socket", "zero")]


def test_an_unreadable_file_is_passed_over_in_a_folder_and_an_error_by_name(tmp_path, skipped):
    (tmp_path / "mail").write_bytes(MAIL)
    (tmp_path / "secret").symlink_to(
        "/proc/self/mem"
    )  # Its first page can't be read, not even by the superuser.
    assert contents(tmp_path, skipped) == [MAIL]
    assert skipped == [("secret", "Input/output error")]
    with pytest.raises(MessageError, match="secret: Input/output error"):
        contents(tmp_path / "secret", skipped)


def test_a_path_that_is_missing_or_empty_is_a_clear_error(tmp_path, skipped):
    with pytest.raises(MessageError, match="nothing: No such file or directory"):
        contents(tmp_path / "nothing", skipped)
    with pytest.raises(MessageError, match="no message in it"):
        contents(tmp_path, skipped)
    with pytest.raises(MessageError, match="zero: no message in it"):
        contents("/dev/zero", skipped)  # Zeros are an empty tar archive; nothing reads them to the end.


def test_a_named_device_without_end_stops_at_the_cap(skipped):
    with pytest.raises(MessageError, match="above the 32 MiB"):
        contents("/dev/urandom", skipped)


def test_a_stream_that_expands_like_a_bomb_is_refused(tmp_path, skipped, monkeypatch):
    monkeypatch.setattr(streams, "MAX_FREE_EXPANSION", 1024**2)
    box = (SEPARATOR + b"Subject: 1\n\nx\n\n") * 100_000
    path = tmp_path / "box.xz"
    path.write_bytes(lzma.compress(box))
    assert len(box) > streams.MAX_EXPANSION_RATIO * path.stat().st_size
    with pytest.raises(MessageError, match=r"box\.xz: it expands more than 200 times"):
        contents(path, skipped)


def test_a_stream_without_a_position_is_read_too(skipped):
    class Pipe(io.RawIOBase):
        def __init__(self, data):
            self.rest = data

        def readable(self):
            return True

        def readinto(self, buffer):
            piece, self.rest = self.rest[:7], self.rest[7:]
            buffer[: len(piece)] = piece
            return len(piece)

    pipe = io.BufferedReader(Pipe(gzip.compress(SEPARATOR + MAIL)))
    assert list(corpus.read_stream("-", pipe, skipped)) == [("-", MAIL)]
