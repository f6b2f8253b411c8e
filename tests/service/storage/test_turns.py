"""Writers of one database take turns, in one process and in several, and none waits for ever."""

import multiprocessing
import os
import signal
import threading
import time

import pytest

from sigmail_service.storage.turns import Turns


def add_lines(path, count):
    """Add to a number in a file, so that it comes out right only if nobody else is at it."""
    turns = Turns(path.with_name("turn"))
    for _ in range(count):
        with turns.turn(20.0) as came:
            assert came
            number = int(path.read_text())
            path.write_text(str(number + 1))


def hold(path):
    with Turns(path.with_name("turn")).turn(5.0):
        path.write_text("held")
        time.sleep(60)


def test_threads_and_processes_keep_out_of_each_others_way(tmp_path):
    path = tmp_path / "number"
    path.write_text("0")
    starter = multiprocessing.get_context("spawn")
    processes = [starter.Process(target=add_lines, args=(path, 50)) for _ in range(2)]
    threads = [threading.Thread(target=add_lines, args=(path, 50)) for _ in range(3)]
    for one in (*processes, *threads):
        one.start()
    for one in (*processes, *threads):
        one.join()
    assert int(path.read_text()) == 250


def test_who_waits_too_long_is_told_and_a_killed_holder_holds_no_longer(tmp_path):
    path = tmp_path / "state"
    path.write_text("")
    holder = multiprocessing.get_context("spawn").Process(target=hold, args=(path,))
    holder.start()
    deadline = time.monotonic() + 20
    while path.read_text() != "held" and time.monotonic() < deadline:
        time.sleep(0.01)
    turns = Turns(tmp_path / "turn")
    with turns.turn(0.05) as came:
        assert not came
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    with turns.turn(5.0) as came:
        assert came


def test_threads_of_one_process_wait_no_longer_than_they_say(tmp_path):
    turns = Turns(tmp_path / "turn")
    with turns.turn(1.0) as came, turns.turn(0.05) as second:
        assert came
        assert not second
    with pytest.raises(ValueError, match="mine"), turns.turn(1.0):
        raise ValueError("mine")
    with turns.turn(1.0) as came:
        assert came


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path):
    with Turns(tmp_path / "missing" / "turn").turn(1.0) as came:
        assert came
