"""One request on a connection, and the answer to it."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol
from urllib.parse import unquote

from sigmail_service.heads import head_of
from sigmail_service.intake import ClientGone
from sigmail_service.wsgi import Answer

__all__ = ["Exchange", "Line"]

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# From so many bytes that nobody has read yet, the client is let wait.
_HIGH_BYTES = 256 * 1024
_NO_BODY_STATUSES = frozenset({204, 304})


class Line(Protocol):
    """What an exchange needs of its connection."""

    client: tuple[str, int]
    server: tuple[str, int]

    @property
    def closing(self) -> bool:
        """Whether no request can follow on the connection."""

    def write(self, data: bytes) -> None:
        """Send bytes."""

    async def drain(self) -> None:
        """Wait until the client has taken most of what was sent."""

    def pause(self) -> None:
        """Read no more for now."""

    def resume(self) -> None:
        """Read on."""


class Exchange:
    """A request whose head has arrived; the two sides of an ASGI application's call.

    Parameters
    ----------
    line
        The connection.
    method, target
        From the first line.
    headers
        All, their names in lower case.
    version
        ``"1.0"`` or ``"1.1"``.
    keep_alive
        Whether the client wants another request on the same connection.

    Attributes
    ----------
    scope : dict
        As an ASGI application gets it.
    fields : dict
        The headers by their names; of those that came twice the last.
    complete : bool
        Whether the whole body has arrived.
    size : int
        How many bytes of the body have arrived and have not been taken.
    begun, done : bool
        Whether an answer has been begun, and whether it has been sent to its end.
    gone : bool
        Whether the client went away.
    """

    __slots__ = (
        "_chunked",
        "_head",
        "_line",
        "_pieces",
        "_waiter",
        "_wants_continue",
        "begun",
        "complete",
        "done",
        "fields",
        "gone",
        "keep_alive",
        "scope",
        "size",
    )

    def __init__(
        self,
        line: Line,
        method: str,
        target: bytes,
        headers: list[tuple[bytes, bytes]],
        version: str,
        *,
        keep_alive: bool,
    ) -> None:
        self._line = line
        path, _, query = target.partition(b"?")
        self.scope: dict[str, Any] = {
            "type": "http",
            "http_version": version,
            "method": method,
            "scheme": "http",
            "path": unquote(path.decode("latin-1")) if b"%" in path else path.decode("latin-1"),
            "query_string": query,
            "headers": headers,
            "server": line.server,
            "client": line.client,
        }
        self.fields = dict(headers)
        self.keep_alive = keep_alive
        self.complete = self.begun = self.done = self.gone = False
        self._wants_continue = self.fields.get(b"expect", b"").lower() == b"100-continue"
        self._pieces: list[bytes] = []
        self.size = 0
        self._waiter: asyncio.Future[None] | None = None
        self._head: tuple[int, list[tuple[bytes, bytes]]] | None = None
        self._chunked = False

    def add(self, data: bytes) -> None:
        """Take a piece of the body off the network."""
        self._pieces.append(data)
        self.size += len(data)
        if self.size >= _HIGH_BYTES:
            self._line.pause()
        self._wake()

    def end(self) -> None:
        """Note that the body is complete."""
        self.complete = True
        self._wake()

    def lose(self) -> None:
        """Note that the client is gone."""
        self.gone = True
        self._wake()

    def take_body(self) -> bytes:
        """Return what has arrived of the body and has not been taken yet."""
        pieces, self._pieces, self.size = self._pieces, [], 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def receive(self) -> dict[str, Any]:
        """Return the next event of the request, as ASGI has them."""
        if self._wants_continue and not (self.begun or self.complete or self._pieces):
            self._line.write(_CONTINUE)
        self._wants_continue = False
        while not (self._pieces or self.complete or self.gone):
            self._line.resume()
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self.gone:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": self.take_body(), "more_body": not self.complete}

    async def send(self, event: dict[str, Any]) -> None:
        """Take an event of the answer; the head goes out with the first piece of the body.

        Raises
        ------
        ClientGone
            If there is nobody to send it to.
        """
        if event["type"] == "http.response.start":
            self._head = (event["status"], event["headers"])
            return
        data, more = event.get("body", b""), event.get("more_body", False)
        if self._head is not None:
            status, headers = self._head
            self._head = None
            if not more:
                self.answer(Answer(status, headers, data))
                return
            self._begin(status, headers, data)
        else:
            self._send_piece(data, more)
        await self._line.drain()
        if self.gone:
            raise ClientGone

    def answer(self, answer: Answer) -> None:
        """Send a whole answer."""
        self.begun = self.done = True
        if self.gone:
            return
        status, body = answer.status, answer.body
        if not self.complete or self._line.closing:
            # What is left of a body is not waited for by another request.
            self.keep_alive = False
        length = None if status in _NO_BODY_STATUSES else len(body)
        head = head_of(status, answer.headers, length, keep_alive=self.keep_alive, fixed=answer.fixed)
        if head.closes:
            self.keep_alive = False
        bare = length is None or self.scope["method"] == "HEAD"
        self._line.write(head.data if bare else head.data + body)

    def _begin(self, status: int, headers: list[tuple[bytes, bytes]], data: bytes) -> None:
        """Send the head of an answer whose length nobody knows yet, and its first piece."""
        self.begun = True
        if self._line.closing:
            self.keep_alive = False
        self._chunked = self.scope["http_version"] == "1.1"
        framing = [(b"transfer-encoding", b"chunked")] if self._chunked else []
        head = head_of(status, [*headers, *framing], None, keep_alive=self.keep_alive)
        if head.closes:
            self.keep_alive = False
        self._line.write(head.data)
        self._send_piece(data, more=True)

    def _send_piece(self, data: bytes, more: bool) -> None:
        if not self._chunked:
            self._line.write(data)
        elif data:
            self._line.write(b"%x\r\n%b\r\n" % (len(data), data))
        if not more:
            if self._chunked:
                self._line.write(b"0\r\n\r\n")
            self.done = True

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
