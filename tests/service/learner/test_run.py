"""A training from its lessons to its end: what the gate lets through, and what it keeps back."""

import random

import numpy as np
import pytest

from sigmail.filter import SpamFilter
from sigmail.learning import STRENGTH, Lesson, improve
from sigmail.recipe import Recipe
from sigmail.training import train_filter
from sigmail_service.examples import EXAMPLES
from sigmail_service.keys import SHARED
from sigmail_service.learner.canary import written_mail
from sigmail_service.learner.gate import objections
from sigmail_service.learner.thresholds import HIGHEST_SPAM_FROM
from sigmail_service.learner.training import make_candidate
from sigmail_service.registry.jobs import Jobs
from sigmail_service.storage.tables import LESSONS, VERDICT_BLOCKS

CAMPAIGN = (
    "Dear colleague, the gazebo parasol in teak, order {0}, waits for you in Lower Sidlington since day {0}."
)

OTHERS = (
    "Win a free prize now! Click here to claim your cash bonus before midnight.",
    "Cheap pills without prescription, order today and save",
    "Your loan is approved, no credit check, reply with your bank details",
    b"From: ada@example.org\r\nSubject: Minutes\r\n\r\nI attach the minutes of Tuesday's meeting.\r\n",
    b"Subject: Order 4711\r\n\r\nDear customer, your order waits for you at the counter since Monday.\r\n",
    "order now",
    "free delivery",
    "",
)


def test_without_lessons_nothing_changes(place):
    job = place.train()
    assert (job.state, job.model) == ("unchanged", place.given.identity)


def test_corrections_are_learnt_and_judge_at_once(place_of_starter):
    place = place_of_starter
    messages = [CAMPAIGN.format(number) for number in range(40)]
    others = [*written_mail(), *EXAMPLES.values(), *OTHERS]
    before = [verdict.label for verdict in place.given.classify_many(others)]
    right = "ham" if place.given.classify(messages[0]).label == "spam" else "spam"
    for message in messages[:20]:
        place.teach(message, right)
    job = place.train()
    assert job.state == "activated", job.reasons
    serving = place.serving()
    assert serving.identity == job.model
    assert {verdict.label for verdict in serving.classify_many(messages[20:])} == {right}
    assert [verdict.label for verdict in serving.classify_many(others)] == before
    record = place.registry.record(SHARED, job.model)
    assert (record.verdict, record.parents) == ("passed", [place.given.digest])
    assert sum(record.lessons.values()) == 20
    assert record.gate["right"] == 20
    assert record.canary["messages"] == len(list(written_mail())) > 30
    assert place.train().state == "unchanged"


def test_a_model_that_passed_waits_for_a_person_if_that_is_asked(place):
    place.teach("casino lunch", "ham")
    job = place.train(activate_passed=False)
    assert (job.state, place.serving().digest) == ("passed", place.given.digest)
    place.registry.activate(SHARED, job.model)
    assert place.serving().identity == job.model


def test_a_lesson_taken_back_leaves_no_byte(place):
    for number, (message, label) in enumerate([("casino pills lunch", "ham"), ("notes bonus", "spam")]):
        place.teach(f"{message} {number}", label)
    first = place.train(gate_ham_loss=1.0)
    odd = place.teach("zanzibarquux casino pills", "ham")
    second = place.train(gate_ham_loss=1.0)
    place.forget(odd)
    third = place.train(gate_ham_loss=1.0)
    assert first.model == third.model != second.model
    assert [job.state for job in (first, second, third)] == ["activated"] * 3
    again = place.registry.read_file(place.serving().digest)
    place.registry.place.delete(f"{place.serving().digest}.sigmail")
    place.registry.activate(SHARED, place.given.identity)
    place.train(gate_ham_loss=1.0)
    assert place.registry.read_file(place.serving().digest) == again


@pytest.mark.parametrize(("share", "state"), [(0.0, "activated"), (0.05, "refused"), (0.1, "refused")])
def test_wrong_labels_are_stopped_and_right_ones_pass(place, draw_messages, share, state):
    wrong = set(np.random.default_rng(3).choice(300, round(share * 300), replace=False).tolist())
    for number, (message, label) in enumerate(draw_messages(300, 11)):
        given = {"spam": "ham", "ham": "spam"}[label] if number in wrong else label
        place.teach(message, given)
    job = place.train()
    assert job.state == state, job.reasons
    if state == "refused":
        assert any("labels seem to be wrong" in reason for reason in job.reasons)
        record = place.registry.record(SHARED, job.model)
        assert (record.verdict, tuple(record.reasons)) == ("refused", tuple(job.reasons))
        assert place.serving().digest == place.given.digest


GOOD = [f"Subject: agenda {number}\n\nmeeting lunch report patch kernel" for number in range(30)]


def test_lessons_count_for_less_where_they_would_lose_good_mail_of_the_canary(place, tmp_path):
    """Good mail of the history, and good mail that the operator named, each has to stay."""
    for number in range(400):
        mail = GOOD[number % len(GOOD)]
        if number < len(GOOD):
            place.judge(mail.encode())
        place.teach(f"{mail} {number}".encode(), "spam")
    folder = tmp_path / "canary"
    folder.mkdir()
    for number, mail in enumerate(GOOD):
        (folder / f"{number}.eml").write_text(mail, encoding="utf-8")
    for changed in ({}, {"canary": folder}):
        place.registry.activate(SHARED, place.given.digest, base=place.given.digest)
        job = place.train(**changed)
        assert job.state == "activated", job.reasons
        record = place.registry.record(SHARED, job.model)
        assert record.canary["messages"] >= len(GOOD)
        assert record.canary["lost_after"] <= record.canary["allowed"]
        assert 0.0 < record.gate["strength"] < STRENGTH
        assert record.gate["is_sane"]
        assert record.gate["right"] == 400
        assert "spam" not in {verdict.label for verdict in place.serving().classify_many(GOOD)}
        with place.storage.write() as connection:
            connection.exec_driver_sql("DELETE FROM verdict_blocks")


def test_a_model_that_loses_good_mail_of_the_canary_however_weak_its_lessons_is_stopped(place):
    """Its base is sure that the canary is spam, and what judges has learnt that it is not."""
    serving = place.given
    canary = [features for _, features in serving.classify_many_with_features(GOOD)]
    wrong = [Lesson(one.slots, one.values, is_spam=True) for one in canary]
    base = improve(serving, wrong, strength=1e6)
    lessons = [(base.classify_with_features("free delivery of shoes")[1], "spam")]
    figures = make_candidate(base, serving, lessons, canary, ham_loss=0.001, lessons_right=0.95).figures
    assert figures.lost_before == 0 < figures.lost_after
    assert figures.strength == STRENGTH
    assert any("of the canary for spam" in reason for reason in objections(figures, place.settings))


def test_a_model_that_would_lose_good_mail_asks_for_more_before_it_speaks_of_spam(place):
    for number, mail in enumerate(GOOD):
        place.judge(mail.encode())
        place.teach(f"{mail} {number}".encode(), "spam")
    job = place.train(gate_lessons_right=0.0)
    assert job.state == "activated", job.reasons
    ham_below, spam_from = place.serving().thresholds
    assert ham_below == place.given.thresholds[0]
    assert place.given.thresholds[1] < spam_from <= HIGHEST_SPAM_FROM
    assert "spam" not in {verdict.label for verdict in place.serving().classify_many(GOOD)}
    record = place.registry.record(SHARED, job.model)
    assert record.canary["lost_after"] <= record.canary["allowed"]


def test_an_empty_message_holds_no_model_back(place):
    place.teach("", "spam")
    place.teach("casino lunch", "ham")
    job = place.train()
    assert job.state == "activated", job.reasons
    assert sum(place.registry.record(SHARED, job.model).lessons.values()) == 1


def test_the_canary_of_the_history_is_frozen_and_forgets_what_is_deleted(place):
    first = [place.judge(f"agenda meeting lunch report patch kernel {number}") for number in range(260)]
    place.teach("casino bonus", "ham")
    place.train()
    frozen = place.registry.place.read(f"canary/{SHARED}.json", 1 << 20)
    assert frozen is not None
    later = place.judge("agenda minutes train review thanks")
    place.teach("credit loan", "ham")
    place.train()
    assert place.registry.place.read(f"canary/{SHARED}.json", 1 << 20) == frozen
    assert later.encode() not in frozen
    with place.storage.write() as connection:
        connection.execute(VERDICT_BLOCKS.delete().where(VERDICT_BLOCKS.c.first_id == first[0]))
    place.train()
    assert first[0].encode() not in place.registry.place.read(f"canary/{SHARED}.json", 1 << 20)


def test_a_tenant_learns_on_top_of_what_all_share(place):
    place.teach("casino lunch", "ham", tenant="blue")
    job = place.train(tenant="blue")
    assert job.state == "activated", job.reasons
    assert place.registry.record("blue", job.model).parents == [place.given.digest]
    assert place.serving().digest == place.given.digest
    assert place.registry.records(SHARED)[0].digest == place.given.digest
    assert Jobs(place.registry.place).get(SHARED, job.id) is None


def test_a_tenant_s_model_is_a_small_file_on_top_of_the_shared_one(place_of_starter):
    place, whole = place_of_starter, len(place_of_starter.given.to_bytes())
    messages = [CAMPAIGN.format(number) for number in range(40)]
    right = "ham" if place.given.classify(messages[0]).label == "spam" else "spam"
    for message in messages[:20]:
        place.teach(message, right, tenant="blue")
    job = place.train(tenant="blue")
    assert job.state == "activated", job.reasons
    serving = place.serving("blue")
    assert serving.base == place.given.digest
    data = place.registry.read_file(serving.digest)
    assert len(data) == place.registry.record("blue", job.model).size < whole / 100
    assert {verdict.label for verdict in serving.classify_many(messages[20:])} == {right}
    # A file of its own would hold the same model.
    own = SpamFilter.from_bytes(serving.to_bytes())
    assert (own.digest, own.base) == (serving.digest, None)
    close = np.abs(own.probabilities(messages) - serving.probabilities(messages))
    assert close.max() < 1e-6


def test_lessons_for_other_features_are_learnt_where_the_message_was_kept(place, draw_messages):
    """A new base sees other features: what can be read again is, and the rest is counted."""
    (first, label), (second, _) = draw_messages(2, 21)
    kept, lost = place.teach(first, label), place.teach(second, label)
    with place.storage.write() as connection:
        change = LESSONS.update().where(LESSONS.c.id == kept)
        connection.execute(change.values(message=first.encode(), is_mail=False))
    messages, labels = zip(*draw_messages(60, 4), strict=True)
    other = train_filter(messages, labels, recipe=Recipe(table_bits=12), seed=2)
    assert other.feature_space != place.given.feature_space
    place.registry.begin_with(other, SHARED, by_option=True)
    job = place.train(gate_ham_loss=1.0, gate_lessons_right=0.0)
    assert job.state == "activated", job.reasons
    record = place.registry.record(SHARED, job.model)
    assert record.gate["foreign"] == 1
    assert record.lessons == {"spam": 0, "ham": 0, label: 1}
    # The same message, said to be otherwise in the new features, counts once, and as it was said last.
    place.given = other
    place.teach(first, {"spam": "ham", "ham": "spam"}[label])
    again = place.registry.record(SHARED, place.train(gate_ham_loss=1.0, gate_lessons_right=0.0).model)
    assert again.lessons == {"spam": 1, "ham": 1, label: 0}
    assert lost != kept


def test_a_training_that_cannot_be_done_says_why(place):
    place.registry.place.delete(f"{place.given.digest}.sigmail")
    job = place.train()
    assert job.state == "failed"
    assert "gone" in job.reasons[0]


def test_a_job_that_waits_stands_for_the_next(place):
    jobs = Jobs(place.registry.place)
    assert jobs.ask(SHARED, "request").id == jobs.ask(SHARED, "schedule").id
    assert jobs.ask("blue", "request").id != jobs.ask(SHARED, "request").id
    assert jobs.get(SHARED, "../current/shared") is None


def test_the_mail_that_we_wrote_is_good_in_the_eyes_of_the_starter():
    verdicts = SpamFilter.default().classify_many(written_mail())
    assert [verdict.label for verdict in verdicts].count("spam") == 0
    draw = random.Random(1)  # noqa: S311 (test data)
    assert len(set(draw.sample(list(written_mail()), 30))) == 30
