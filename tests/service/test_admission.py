"""Bursts may wait; while a queue stands only a few may, and everybody again when it is over."""

import contextlib

import pytest

from sigmail_service.admission import Admission
from sigmail_service.problems import Problem

MOST, FEW = 64, 4


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def queue(clock):
    return Admission(MOST, FEW, clock)


def batch(queue, size):
    """Let so many requests arrive at once, serve those that are taken, and return their number."""
    taken = 0
    with contextlib.ExitStack() as places:
        for _ in range(size):
            with contextlib.suppress(Problem):
                places.enter_context(queue.place())
                taken += 1
    return taken


def run(queue, clock, size, seconds):
    """Let batches come every 10 ms; return how many requests of each were taken."""
    taken = []
    for _ in range(round(seconds / 0.01)):
        clock.now += 0.01
        taken.append(batch(queue, size))
    return taken


def test_a_burst_may_fill_the_queue_and_no_more(queue, clock):
    assert batch(queue, MOST + 1) == MOST
    clock.now += 0.5
    assert batch(queue, MOST) == MOST


def test_a_refusal_says_when_to_come_back(queue):
    with contextlib.ExitStack() as places:
        for _ in range(MOST):
            places.enter_context(queue.place())
        with pytest.raises(Problem) as refused, queue.place():
            pass
        assert refused.value.kind.status == 503
        assert int(refused.value.headers["Retry-After"]) >= 1
        with queue.place(always=True):
            pass


def test_while_a_queue_stands_only_a_few_may_wait(queue, clock):
    taken = run(queue, clock, 20, 3.0)
    assert taken[:5] == [20] * 5
    assert set(taken[50:]) == {FEW}


def test_short_queues_are_left_alone_however_long_they_last(queue, clock):
    assert set(run(queue, clock, FEW, 3.0)) == {FEW}


@pytest.mark.parametrize("idle", [False, True])
def test_all_may_wait_again_soon_after(queue, clock, idle):
    run(queue, clock, 20, 3.0)
    clock.now += 2.0 if idle else 0.0
    if not idle:
        run(queue, clock, 1, 2.0)
    assert batch(queue, MOST) == MOST


def test_a_failure_gives_its_place_back(queue):
    for _ in range(2 * MOST):
        with pytest.raises(ValueError, match="work"), queue.place():
            raise ValueError("work")
    assert batch(queue, MOST) == MOST
