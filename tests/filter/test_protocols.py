"""The protocols run from end to end, on small archives made up for the purpose."""

from __future__ import annotations

import io
import tarfile

import pytest
from recipes import large_archive, lessons, peers, protocols
from recipes.corpora import read_items

from sigmail.recipe import Recipe

LABELS = ("spam", "ham")
FILES_A_LABEL = 40
APART = {"on-line", "little data", "learning curve"}


def text_of(label, number, corpus):
    words = "cheap casino prize viagra" if label == "spam" else "kernel patch meeting notes"
    letters = " ".join(chr(97 + number % 26) * 3 + corpus + chr(97 + number // 26) for _ in range(2))
    return f"{words} {letters} house street"


def write_archive(folder, name, files):
    with tarfile.open(folder / f"{name}.tar.xz", "w:xz") as archive:
        for path, text in files.items():
            data = text.encode()
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


@pytest.fixture
def corpora(tmp_path, monkeypatch):
    """Archives of the layout of the public corpora."""
    numbers = range(FILES_A_LABEL)
    mails = {
        f"{first if number % 4 else later}/{number:03}.eml": (
            f"X-Keywords: {label}\nSubject: s\n\n{text_of(label, number, 'sa')}\n"
        )
        for first, later, label in (("spam", "spam_2", "spam"), ("easy_ham", "easy_ham_2", "ham"))
        for number in numbers
    }
    write_archive(tmp_path, "spamassassin", mails)
    enron = {
        f"enron{box}/{label}/{number:04}.2001-01-{number % 28 + 1:02}.x.{label}.txt": (
            f"Subject: s\n{text_of(label, number, 'xyz'[box] + 'q')}\n"
        )
        for box in (1, 2)
        for label in LABELS
        for number in numbers
    }
    write_archive(tmp_path, "enron-spam", enron)
    modern = {
        f"modern-mail/{label}/{n}.eml": f"Subject: s\n\n{text_of(label, n, 'mm')}\n"
        for label in LABELS
        for n in numbers
    }
    write_archive(tmp_path, "modern-mail", modern)
    lines = [f"{label}\t{text_of(label, number, 'sms')}" for label in LABELS for number in numbers]
    write_archive(tmp_path, "sms-spam", {"SMSSpamCollection": "\n".join(lines)})
    monkeypatch.setenv("SIGMAIL_CORPORA", str(tmp_path))


@pytest.fixture
def recipe():
    return Recipe(table_bits=10)


@pytest.mark.usefixtures("corpora")
@pytest.mark.parametrize("name", sorted(protocols.PROTOCOLS.keys() - APART))
def test_each_contestant_is_measured_on_the_same_messages(recipe, name):
    record = protocols.PROTOCOLS[name](recipe, 1.0)
    if name == "random split":
        assert set(record) == {"sigmail", *peers.PEERS}
        assert len({found["messages"] for found in record.values()}) == 1
    elif name == "one corpus out":
        assert set(record) == {"spamassassin -> enron-spam", "enron-spam -> spamassassin"}
        assert record["spamassassin -> enron-spam"]["sigmail"]["one_minus_auc_percent"] < 5.0
    elif name == "headers":
        other = ", trained on other mail too"
        assert set(record) == {"content", "portable", f"content{other}", f"portable{other}"}
        assert {found["messages"] for found in record.values()} == {20}
    elif name == "calibration":
        within = [found for found in record.values() if isinstance(found, dict)]
        across = [found for found in record.values() if not isinstance(found, dict)]
        assert (len(within), len(across)) == (4, 2)
        assert all(0.0 < found["by_chance"] < 0.5 for found in within)
        assert all(0.0 <= error < 0.5 for error in [*across, *(found["error"] for found in within)])
    else:
        assert set(record) == {"sigmail", peers.CHOSEN, *peers.PEERS}
        assert record[peers.CHOSEN]["f1" if name == "SMS" else "mean"] > 0.9


@pytest.mark.usefixtures("corpora")
def test_mailboxes_are_learnt_in_the_order_of_their_dates(recipe):
    record = lessons.on_line(recipe, 1.0)
    assert set(record) == {"enron1", "enron2"}
    for learners in record.values():
        assert set(learners) - {"bogofilter"} == {"sigmail", "sigmail, single steps", "SGDClassifier"}
        for found in learners.values():
            assert found["messages"] == 2 * FILES_A_LABEL
            assert found["stages"][-1]["one_minus_auc_percent"] < 5.0


@pytest.mark.usefixtures("corpora")
def test_lessons_are_taken_from_what_is_tested_no_more(recipe, monkeypatch):
    monkeypatch.setattr(lessons, "LITTLE", (10,))
    record = lessons.little_data(recipe, 1.0)
    assert set(record) == {"enron1, 10 messages", "enron2, 10 messages"}
    for found in record.values():
        assert {len(found), found["starter alone"]["messages"]} == {6 + 2 * len(peers.PEERS), 70}


@pytest.mark.usefixtures("corpora")
def test_the_curve_has_a_point_for_each_part(recipe):
    record = protocols.learning_curve(recipe, 1.0)
    counts = [int(count) for count in record]
    assert counts == sorted(counts)
    assert counts[-1] == max(counts) > 50


@pytest.mark.usefixtures("corpora")
def test_noise_makes_copies_that_differ_and_keep_their_header():
    twice = list(large_archive.noisy(2, None))
    half = len(twice) // 2
    assert half == sum(1 for corpus in large_archive.CORPORA for _ in read_items(corpus))
    first, second = twice[:half], twice[half:]
    assert [label for _, label in first] == [label for _, label in second]
    same = sum(a == b for (a, _), (b, _) in zip(first, second, strict=True))
    assert same < 0.9 * half
    assert all(message.startswith((b"X-Keywords", b"Subject")) for message, _ in twice)
    assert len(list(large_archive.noisy(5, 7))) == 7


def test_peers_read_the_decoded_content_alone():
    mail = b"X-Keywords: secret\nSubject: deal\nContent-Type: text/html\n\n<p>buy <b>now</b></p>"
    assert peers.content_text(mail).split() == ["deal", "buy", "now"]
