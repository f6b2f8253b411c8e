"""A connection of a client: HTTP/1.1 read by llhttp, one request answered after the other.

A request whose body is small is answered when it is there, without a task of its own; every other one has a
task from the end of its head on, which reads the body as it arrives.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, cast

import httptools
import structlog

from sigmail_service.connections import Connections
from sigmail_service.exchange import Exchange
from sigmail_service.plain import PlainExchange

__all__ = ["Connection"]

_HEAD_BYTES = 64 * 1024
# Requests that a client may send before the first of them is answered.
_PIPELINED = 64
# A small body that has not followed its head by then has a task wait for it, which knows a deadline and
# counts the memory that it takes; so has one of which so much is there already.
_SECONDS_FOR_SMALL = 0.02
_UNCOUNTED_BYTES = 16 * 1024
# How long a refused client may take to read why.
_LINGER_SECONDS = 1.0
_NEVER = float("inf")
_TOO_LARGE = f"The headers are over {_HEAD_BYTES} bytes."

_log = structlog.get_logger("sigmail_service")


class Connection(asyncio.Protocol):
    """One connection.

    Parameters
    ----------
    shared
        The connections of the worker, which it joins.
    """

    def __init__(self, shared: Connections) -> None:
        self._shared = shared
        self._bridge = shared.bridge
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._parser = httptools.HttpRequestParser(self)
        self.client = self.server = ("", 0)
        # When it is closed unless its state changes.
        self.deadline = shared.loop.time() + shared.header_seconds
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_bytes = 0
        self._in_head = True
        self._between = True  # Whether the next byte begins a request.
        self._large = False  # Whether what is being parsed could hold a head over the limit.
        self._arriving: Exchange | None = None  # Its head is there, and its body is not yet.
        self._small = False  # Whether that one is answered when it is whole,
        self._timer: asyncio.TimerHandle | None = None  # and when that is given up.
        self._active: Exchange | PlainExchange | None = None
        self._pipeline: deque[tuple[Exchange, bool]] = deque()
        self._last = False  # Nothing more is wanted of the client.
        self._paused = False
        self._writable: asyncio.Future[None] | None = None
        self._full = False

    @property
    def closing(self) -> bool:
        """Whether the answer under way is the last one."""
        return (self._shared.closing or self._last) and not self._pipeline

    @property
    def idle(self) -> bool:
        """Whether no request is being received or answered; of one in its head nobody knows yet."""
        return self._active is None and self._arriving is None

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Join the others."""
        self._transport = cast("asyncio.Transport", transport)
        self._shared.join(self)
        self.client = _address(transport.get_extra_info("peername"))
        self.server = _address(transport.get_extra_info("sockname"))

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell the requests that their client is gone."""
        self._shared.leave(self)
        self._last = True
        self._stop_timer()
        for exchange in (self._arriving, self._active, *(each for each, _ in self._pipeline)):
            if exchange is not None:
                exchange.lose()
        self._pipeline.clear()
        self.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived; the parser calls the methods below."""
        if self._last or (self._between and self._take_plain(data)):
            return
        self._between = False
        self._large = self._head_bytes + len(data) > _HEAD_BYTES
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._read_without_upgrade(data[upgrade.args[0] :])
            return
        except httptools.HttpParserError as error:
            # After the last request anything may follow, and nobody reads it.
            if not self._last:
                self._refuse_error(error)
            return
        if self._in_head:
            self._count_head(len(data))
        elif self._small and self._arriving is not None and self._arriving.size > _UNCOUNTED_BYTES:
            self._give_up_waiting()
        elif self._small and self._arriving is not None and self._timer is None:
            self._timer = self._shared.loop.call_later(_SECONDS_FOR_SMALL, self._give_up_waiting)

    def eof_received(self) -> bool:
        """Let a client that has sent all still read its answer."""
        self._last = True
        if self._arriving is not None:
            self._arriving.lose()
            return False
        return self._active is not None or bool(self._pipeline)

    def pause_writing(self) -> None:
        """Take nothing more of a client who does not read his answers: they would pile up."""
        self._full = True
        self.pause()

    def resume_writing(self) -> None:
        """Let the answer go on, or the next request have its turn."""
        self._full = False
        if not self._pipeline:
            self.resume()
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)
        if self._active is None:
            self._go_on()

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._between = False
        self._target, self._headers, self._in_head = b"", [], True
        self._head_bytes = 0

    def on_url(self, target: bytes) -> None:
        """Take a piece of the target."""
        self._target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what follows a chunked body is no header."""
        if self._in_head:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Begin to answer, unless the body is small and is waited for."""
        if self._parser.should_upgrade():
            return
        self._in_head = False
        if self._large and _size_of(self._target, self._headers) > _HEAD_BYTES:
            raise _HeadTooLargeError
        self.deadline = _NEVER
        version = self._parser.get_http_version()
        keep_alive = version == "1.1" and self._parser.should_keep_alive()
        method = self._parser.get_method().decode("latin-1")
        exchange = Exchange(self, method, self._target, self._headers, version, keep_alive=keep_alive)
        self._arriving = exchange
        self._small = self._bridge.waits_for_body(exchange)
        if not self._small:
            self._begin(exchange, whole=False)

    def on_body(self, data: bytes) -> None:
        """Take a piece of the body."""
        if self._arriving is not None:
            self._arriving.add(data)

    def on_message_complete(self) -> None:
        """End the request, and answer it if it was waited for."""
        exchange, self._arriving = self._arriving, None
        self._between = True
        if exchange is None:  # One that asks for another protocol is read again.
            return
        exchange.end()
        if not exchange.keep_alive:
            self._last = True
        if self._small:
            self._small = False
            self._stop_timer()
            self._begin(exchange, whole=True)

    # What the exchange calls.

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if not self._transport.is_closing():
            self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the client has taken most of what was sent."""
        while self._full and not self._transport.is_closing():
            if self._writable is None:
                self._writable = self._shared.loop.create_future()
            await asyncio.shield(self._writable)

    def pause(self) -> None:
        """Read no more for now."""
        if not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on, unless the client is behind."""
        if self._paused and not self._full and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    # The turns of the requests.

    def finish(self, exchange: Exchange | PlainExchange) -> None:
        """Go on after a request whose answer has been sent; close after the last."""
        self._active = None
        if not (exchange.done and exchange.complete and exchange.keep_alive):
            self._end()
        else:
            self._go_on()

    def cut(self) -> None:
        """Close the connection, whatever stands in it; what its client has not read is dropped."""
        if self._transport.is_closing() or self._transport.get_write_buffer_size():
            self._transport.abort()
        else:
            self._transport.close()
        self.deadline = _NEVER

    def _take_plain(self, data: bytes) -> bool:
        """Have the data answered as they are, if they are a plain request and nothing stands before it."""
        if self._active is not None or self._full or self._shared.closing:
            return False
        size = self._bridge.size_of_plain(data)
        if not size:
            return False
        self._active = plain = PlainExchange(self, data, size)
        self.deadline = _NEVER
        self._bridge.take_turn_plainly(plain, self.finish)
        return True

    def _go_on(self) -> None:
        """Answer the next request, or wait for one; a client who has answers to read reads them first."""
        if self._full:
            self.deadline = self._shared.loop.time() + self._shared.header_seconds
        elif self._pipeline:
            self._run(*self._pipeline.popleft())
        elif self._last or self._shared.closing:
            self._end()
        else:
            self.resume()
            self.deadline = self._shared.loop.time() + self._shared.header_seconds

    def _begin(self, exchange: Exchange, *, whole: bool) -> None:
        """Answer a request now, or when those before it have been answered."""
        if self._active is None and not self._full:
            self._run(exchange, whole)
            return
        self._pipeline.append((exchange, whole))
        self.pause()
        if len(self._pipeline) > _PIPELINED:
            self._pipeline.clear()
            self._last = True
            self._transport.abort()

    def _run(self, exchange: Exchange, whole: bool) -> None:
        self._active = exchange
        self.deadline = _NEVER
        if whole:
            self._bridge.take_turn(exchange, self.finish)
            return
        task = self._shared.loop.create_task(self._serve(exchange))
        self._shared.tasks.add(task)
        task.add_done_callback(self._shared.tasks.discard)

    async def _serve(self, exchange: Exchange) -> None:
        try:
            await self._bridge(exchange.scope, exchange.receive, exchange.send)
        finally:
            self.finish(exchange)

    def _give_up_waiting(self) -> None:
        """Let a task wait for a body that does not come at once."""
        self._stop_timer()
        if self._small and self._arriving is not None:
            self._small = False
            self._begin(self._arriving, whole=False)

    def _read_without_upgrade(self, rest: bytes) -> None:
        """Read a request that asks for another protocol as if it did not, which it has to bear.

        The parser leaves the body of such a request unread, and will not read on.
        """
        method = self._parser.get_method()
        if method == b"CONNECT":
            self._refuse("The service is no proxy.")
            return
        head = method + b" " + self._target + b" HTTP/" + self._parser.get_http_version().encode()
        for name, value in self._headers:
            if name == b"connection":
                kept = [token for token in value.split(b",") if token.strip().lower() == b"close"]
                head += b"\r\nconnection: close" if kept else b""
            elif name != b"upgrade":
                head += b"\r\n" + name + b": " + value
        self._parser = httptools.HttpRequestParser(self)
        self.data_received(head + b"\r\n\r\n" + rest)

    def _count_head(self, size: int) -> None:
        """See that a head which is still arriving stays within its limits of size and time."""
        if not self._head_bytes and self.idle:
            self.deadline = min(self.deadline, self._shared.loop.time() + self._shared.header_seconds)
        self._head_bytes += size
        if self._head_bytes > _HEAD_BYTES:
            self._refuse(_TOO_LARGE)

    def _refuse_error(self, error: httptools.HttpParserError) -> None:
        cause = error.__context__
        if isinstance(cause, _HeadTooLargeError):
            self._refuse(_TOO_LARGE)
            return
        if isinstance(error, httptools.HttpParserCallbackError):
            _log.warning("connection failed", error=type(cause).__name__)
        self._refuse("The request is not HTTP/1.1.")

    def _refuse(self, detail: str) -> None:
        """Answer what is no request, and close."""
        self._last = True
        if self._active is not None:  # Its answer is the last.
            if self._arriving is not None:
                self._arriving.lose()
            return
        exchange = Exchange(self, "GET", b"", [], "1.1", keep_alive=False)
        exchange.answer(self._bridge.refuse_malformed(detail))
        self._end()

    def _end(self) -> None:
        """Close once the client has read its answer, or has had the time to."""
        self._last = True
        if self._transport.is_closing():
            return
        if self._arriving is None or not self._transport.can_write_eof():
            # It ends when the client has read the answer, which he may take some time for, and not for ever.
            self.deadline = self._shared.loop.time() + self._shared.header_seconds
            self._transport.close()
            return
        # A client that still sends would lose the answer if its bytes met a closed socket.
        self._transport.write_eof()
        self.resume()
        self.deadline = self._shared.loop.time() + _LINGER_SECONDS

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _HeadTooLargeError(Exception):
    """Ends the parsing of a head that arrived in one piece and is over the limit."""


def _size_of(target: bytes, headers: list[tuple[bytes, bytes]]) -> int:
    return len(target) + sum(len(name) + len(value) for name, value in headers)


def _address(name: Any) -> tuple[str, int]:
    return (name[0], name[1]) if isinstance(name, tuple) else ("", 0)
