"""The verbs that reach the ledger beside the service: learn, unlearn, import, export, backup, restore."""

import json
import mailbox
import subprocess

import pytest

from sigmail.filter import SpamFilter
from sigmail_service.storage.lessons import current_lessons
from sigmail_service.storage.store import Storage

SPACE = SpamFilter.default().feature_space


@pytest.fixture
def run(sigmail_command, tmp_path):
    def call(*arguments, folder="data", status=0):
        verb, *rest = map(str, arguments)
        command = [*sigmail_command, verb, "--data-dir", str(tmp_path / folder), *rest]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
        return done.stdout if status == 0 else done.stderr

    return call


@pytest.fixture
def lessons(tmp_path):
    def read(folder="data", tenant="shared"):
        storage = Storage(f"sqlite:///{tmp_path / folder / 'sigmail.db'}")
        with storage.read():
            found = list(current_lessons(storage.engine, tenant, SPACE))
        storage.close()
        return {(lesson.label, tuple(lesson.features.slots.tolist())) for lesson in found}

    return read


@pytest.fixture
def mails(tmp_path):
    """A mbox of three spams, a Maildir of two good mails, and one mail in a file."""
    box = mailbox.mbox(tmp_path / "spam.mbox")
    for number in range(3):
        box.add(f"Subject: prize {number}\n\nfree pills {number}\n")
    box.close()
    folder = mailbox.Maildir(tmp_path / "Maildir")
    for number in range(2):
        folder.add(f"Subject: notes {number}\n\nthe meeting {number}\n")
    (tmp_path / "mail.eml").write_text("Subject: one\n\nclick now\n", encoding="utf-8")
    return tmp_path


def test_import_takes_an_mbox_and_a_maildir_once(run, lessons, mails):
    for _ in range(2):
        run("import", "--spam", mails / "spam.mbox", "--ham", mails / "Maildir")
        assert sorted(label for label, _ in lessons()) == ["ham", "ham", "spam", "spam", "spam"]
    run("import", "--ham", mails / "Maildir", "--tenant", "other")
    assert len(lessons()) == 5
    assert len(lessons(tenant="other")) == 2


def test_what_is_learnt_can_be_taken_back_by_id_and_by_message(run, lessons, mails):
    identity = run("learn", "spam", mails / "mail.eml").strip()
    assert {label for label, _ in lessons()} == {"spam"}
    run("unlearn", identity)
    assert lessons() == set()
    run("learn", "ham", mails / "mail.eml")
    assert {label for label, _ in lessons()} == {"ham"}
    run("unlearn", "--message", mails / "mail.eml")
    assert lessons() == set()
    assert "no lesson" in run("unlearn", "--message", mails / "mail.eml", status=1)
    assert "no feedback" in run("unlearn", "0" * 32, status=1)
    assert "no verdict" in run("learn", "spam", "--id", "0" * 32, status=1)


def test_export_writes_events_and_lessons(run, mails):
    run("learn", "spam", mails / "mail.eml")
    rows = [json.loads(line) for line in run("export").splitlines()]
    assert [row["table"] for row in rows] == ["events", "lessons"]
    assert (rows[0]["action"], rows[0]["key_id"]) == ("given", "command-line")
    assert rows[1]["id"] == rows[0]["id"]
    assert run("export", "--tenant", "other") == ""


def test_a_backup_is_restored_whole(run, lessons, mails):
    run("import", "--spam", mails / "spam.mbox")
    run("backup", mails / "copy.db")
    assert sorted(path.name for path in mails.glob("copy.db*")) == ["copy.db"]
    before, exported = lessons(), run("export")
    run("learn", "spam", mails / "mail.eml")
    assert "--replace" in run("restore", mails / "copy.db", status=1)
    assert len(lessons()) == 4
    run("restore", "--replace", mails / "copy.db")
    assert lessons() == before
    run("restore", mails / "copy.db", folder="new")
    assert run("export", folder="new") == exported


def test_a_backup_of_postgresql_is_restored_to_sqlite(
    run, lessons, mails, monkeypatch, new_postgresql_database
):
    monkeypatch.setenv("SIGMAIL_DATABASE", new_postgresql_database())
    run("import", "--spam", mails / "spam.mbox", "--ham", mails / "Maildir")
    exported = run("export")
    run("backup", mails / "copy.db")
    monkeypatch.delenv("SIGMAIL_DATABASE")
    run("restore", mails / "copy.db")
    assert len(lessons()) == 5
    assert run("export") == exported
