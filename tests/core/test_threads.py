"""Arrays that other threads write, and many threads on one: errors or numbers, and never a crash."""

from __future__ import annotations

import os
import threading
import time

import numpy as np

from sigmail import SpamFilter, _core
from sigmail.errors import InvalidValueError

SECONDS = float(os.environ.get("SIGMAIL_HAMMER_SECONDS", "1.5"))  # `make hammer` asks for a minute.


def hammer(*jobs):
    """Run all jobs again and again, each in its thread; return what they raised."""
    raised: list[BaseException] = []
    end = time.monotonic() + SECONDS

    def run(job):
        try:
            while time.monotonic() < end:
                job()
        except BaseException as error:  # noqa: BLE001 - A thread's failure is told to the test.
            raised.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_indices_that_change_give_an_error_or_an_answer(make_matrix, make_csr):
    X = make_csr(make_matrix(1, 2000, 300, np.float32))
    good, wrong = X.indices.copy(), X.indices.copy()
    wrong[::7] = 2**31 - 1
    weights = np.ones(300, np.float32)
    layers = [(np.ones((300, 8), np.float32), np.zeros(8, np.float32))]
    seen = {"answers": 0, "errors": 0}

    def read():
        try:
            assert np.isfinite(_core.neuron(X, weights)).all()
            assert np.isfinite(_core.network(X, layers)).all()
            seen["answers"] += 1
        except InvalidValueError:
            seen["errors"] += 1

    def write():
        X.indices[:] = wrong
        time.sleep(0)
        X.indices[:] = good

    assert hammer(read, write, read, write) == []
    assert seen["answers"] + seen["errors"] > 0


def test_an_array_that_is_resized_gives_an_error_or_an_answer():
    x = np.zeros(1 << 20, np.float32)

    def read():
        try:
            assert (_core.sigmoid(x) == 0.5).all()
        except InvalidValueError as error:
            # It was resized between the making of the result and its use.
            if "output values" not in str(error):
                raise

    def resize():
        x.resize(1 << 10, refcheck=False)
        x.resize(1 << 20, refcheck=False)

    assert hammer(read, resize) == []


def test_weights_that_are_resized_while_the_matrix_is_read_give_an_error_or_an_answer():
    X = np.asfortranarray(np.ones((500, 64), np.float32))  # Its copy in C order is made by NumPy.
    weights = np.zeros(64, np.float32)

    def read():
        try:
            assert (_core.neuron(X, weights) == 0.5).all()
        except InvalidValueError as error:
            if "one a column" not in str(error):
                raise

    def resize():
        weights.resize(1 << 16, refcheck=False)
        weights.resize(64, refcheck=False)

    assert hammer(read, resize, read, resize) == []


def test_eight_threads_on_one_network_all_get_its_answer(make_matrix):
    X = make_matrix(2, 300, 100, np.float32)
    layers = [
        (np.full((100, 32), 0.01, np.float32), np.zeros(32, np.float32)),
        (np.full((32, 1), 0.1, np.float32), np.zeros(1, np.float32)),
    ]
    expected = _core.network(X, layers)

    def ask():
        np.testing.assert_array_equal(_core.network(X, layers), expected)

    assert hammer(*[ask] * 8) == []


def test_eight_threads_on_one_filter_all_get_its_verdict():
    model = SpamFilter.default()
    mails = [b"Subject: %d\n\nCheap watches, %d offers, reply to win" % (i, i) for i in range(20)]
    expected = [model.classify(mail).probability for mail in mails]

    def ask():
        assert [model.classify(mail).probability for mail in mails] == expected

    assert hammer(*[ask] * 8) == []
