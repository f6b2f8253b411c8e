"""The body of a request that is read in a thread while the event loop receives it."""

import asyncio
import itertools
import threading

import pytest

from sigmail_service.intake import ClientGone
from sigmail_service.problems import Problem
from sigmail_service.streaming import StreamInput


@pytest.fixture
def loop():
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


class Client:
    """What an ASGI server gives of a client that sends these events, and then nothing."""

    def __init__(self, events):
        self.events = list(events)
        self.received = 0

    async def __call__(self):
        if self.received == len(self.events):
            await asyncio.sleep(3600)
        self.received += 1
        return self.events[self.received - 1]


def body_of(chunks):
    """Return the events that bring some chunks."""
    more = [True] * (len(chunks) - 1) + [False]
    return [
        {"type": "http.request", "body": chunk, "more_body": rest}
        for chunk, rest in zip(chunks, more, strict=True)
    ]


def input_of(client, loop, seconds=5.0):
    async def make():
        return StreamInput(client, loop, seconds)

    return asyncio.run_coroutine_threadsafe(make(), loop).result()


def close(source, loop):
    return asyncio.run_coroutine_threadsafe(source.close(), loop).result()


@pytest.mark.parametrize("size", [-1, 1, 1000, 10**6])
def test_what_is_sent_is_read_in_its_order(loop, size):
    chunks = [bytes([number]) * (number * 37 % 501) for number in range(80)]
    client = Client(body_of(chunks))
    source = input_of(client, loop)
    pieces = list(itertools.takewhile(bool, iter(lambda: source.read(size), None)))
    assert b"".join(pieces) == b"".join(chunks)
    assert size < 0 or max(map(len, pieces)) <= size
    assert source.read(size) == b""
    assert close(source, loop) is False


def test_nothing_is_received_before_it_is_read_and_no_more_than_fits(loop):
    client = Client(body_of([b"x" * 65536] * 1000))
    source = input_of(client, loop)
    assert close(source, loop) is True
    assert client.received == 0
    source = input_of(client, loop)
    seen = 0
    for turn in range(1, 200):
        seen += len(source.read(65536))
        assert seen == turn * 65536
        assert client.received - turn < 20
    assert close(source, loop) is True


def test_a_client_that_sends_nothing_more_is_waited_for_and_then_given_up(loop):
    client = Client(body_of([b"one", b"two"])[:1])
    source = input_of(client, loop, seconds=0.2)
    assert source.read() == b"one"
    with pytest.raises(Problem) as caught:
        source.read()
    assert caught.value.kind.name == "body-timeout"
    assert close(source, loop) is True


def test_a_client_that_goes_away_ends_the_stream_once_all_is_read(loop):
    client = Client([*body_of([b"one", b"two"])[:1], {"type": "http.disconnect"}])
    source = input_of(client, loop)
    assert source.read(2) + source.read(2) == b"one"
    with pytest.raises(ClientGone):
        source.read()
    assert close(source, loop) is False
