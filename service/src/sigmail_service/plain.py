"""A request that came whole and in the usual form: it is answered as it came, by the core in one step.

`Connection` asks the core whether what has arrived is such a request before it asks the parser. Where the
answer cannot be given that way after all, the parser reads the same bytes, and all goes the longer way.
"""

from __future__ import annotations

import time

import httptools

from sigmail_service.exchange import Exchange, Line

__all__ = ["PlainExchange"]


class PlainExchange:
    """A plain request, from its arrival to its answer.

    Parameters
    ----------
    line
        The connection.
    data
        The whole request.
    size
        The size of its body.

    Attributes
    ----------
    started : float
        What `time.perf_counter` said when it had arrived.
    complete, done, keep_alive : bool
        As `Exchange` has them.
    """

    __slots__ = ("complete", "data", "done", "keep_alive", "line", "size", "started")

    def __init__(self, line: Line, data: bytes, size: int) -> None:
        self.line = line
        self.data = data
        self.size = size
        self.started = time.perf_counter()
        self.complete = self.keep_alive = True
        self.done = False

    def lose(self) -> None:
        """Hear that the client is gone, who gets no answer then: the connection sees to that."""

    def reply(self, data: bytes) -> None:
        """Send the answer."""
        self.done = True
        self.line.write(data)

    def parsed(self) -> Exchange:
        """Return the same request as the parser reads it, whole."""
        reader = _Reader()
        parser = httptools.HttpRequestParser(reader)
        parser.feed_data(self.data)
        exchange = Exchange(self.line, "POST", reader.target, reader.headers, "1.1", keep_alive=True)
        exchange.add(reader.body)
        exchange.end()
        return exchange

    def follow(self, exchange: Exchange) -> None:
        """Take over how the answer to the parsed request ended."""
        self.done, self.keep_alive = exchange.done, exchange.keep_alive


class _Reader:
    """What the parser finds."""

    def __init__(self) -> None:
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    def on_url(self, target: bytes) -> None:
        self.target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_body(self, data: bytes) -> None:
        self.body += data
