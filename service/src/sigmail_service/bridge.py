"""Runs the WSGI application with the network kept off it.

An application that reads the body itself is held up by a client which sends it slowly, and with it every
other client. Here the event loop gathers the bodies, within their limits, and the application is called when
a request is complete: on the loop itself, which saves a change of threads, or in a thread when the body is
large or the view waits for a disk. A batch that is streamed has a thread of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from io import BytesIO
from typing import Any

import structlog
from apiflask import APIFlask

from sigmail.errors import SigmailError
from sigmail.filter import size_of_plain_request
from sigmail_service.access import Gate
from sigmail_service.admission import Admission
from sigmail_service.direct import DirectClassify
from sigmail_service.errors import REFUSAL
from sigmail_service.exchange import Exchange
from sigmail_service.intake import BodyLimits, BodyMemory, ClientGone, Receive, drain, read_body
from sigmail_service.keys import Key
from sigmail_service.off_loop import OffLoop
from sigmail_service.plain import PlainExchange
from sigmail_service.problems import OVERLOADED, Problem, overloaded
from sigmail_service.refusals import Refusals
from sigmail_service.settings import Settings
from sigmail_service.streaming import StreamInput, wait_for
from sigmail_service.tracing import STARTED
from sigmail_service.wsgi import Answer, Call, environ_of

__all__ = ["Bridge"]

Send = Callable[[dict[str, Any]], Awaitable[None]]
Finish = Callable[[Any], None]
"""Is told of a request whose answer has been sent."""

_Turn = tuple[Callable[[], None], int, Callable[[], None]]
"""What answers a request, the size of its body, and what is called when the answer has been sent."""

# A body up to this size is judged on the event loop; 64 KiB take the core about a millisecond.
_INLINE_BYTES = 64 * 1024
# So many are answered before their answers are sent and the network is looked at again.
_TURNS_AT_ONCE = 2
_LARGE_BODY_THREADS = 2
# How many may wait while a queue stands: an answer then takes a few times as long as on an idle server, and
# clients who keep a handful of connections busy are all served.
_FEW_WAITING = 10
_FEW_LARGE_WAITING = 2 * _LARGE_BODY_THREADS
# Those wait for the disk more than they work, and share its turns.
_OFF_LOOP_THREADS = 16
_FEW_OFF_LOOP_WAITING = 4 * _OFF_LOOP_THREADS
# Probes and figures, which nobody needs more than when the service is overloaded.
_ALWAYS_TAKEN = frozenset({"/livez", "/readyz", "/metrics"})
# Figures are written so much later, for many requests at once.
_SECONDS_BEFORE_COUNTING = 0.01
_STREAMED_TYPE = b"application/x-ndjson"

_log = structlog.get_logger("sigmail_service")


@dataclass(slots=True)
class _Request:
    """A request on its way: what the server says of it, and what has been found out."""

    scope: dict[str, Any]
    headers: dict[bytes, bytes]
    body: bytes = b""
    key: Key | None = None
    in_order: bool = True
    problem: Problem | None = None
    started: float = 0.0

    def environ(self) -> dict[str, Any]:
        """Return its WSGI environment."""
        return environ_of(self.scope) | {
            STARTED: self.started,
            REFUSAL: self.problem,
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.input": BytesIO(self.body),
        }


class Bridge:
    """Answers what a worker process receives, by its Flask application or without it.

    Called as ASGI has it, the bridge reads the body itself; `take_turn` is the shorter way for what is whole.
    """

    def __init__(self, app: APIFlask, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._gate = Gate(app)
        self._direct = DirectClassify(app)
        self._refusals = Refusals(app)
        self._limits = BodyLimits(settings.max_body_bytes, settings.body_timeout)
        self._small_bytes = min(_INLINE_BYTES, settings.max_body_bytes)
        self._memory = BodyMemory(settings.max_body_memory)
        self._queue = Admission(settings.max_waiting, _FEW_WAITING)
        self._large_queue = Admission(settings.max_waiting, _FEW_LARGE_WAITING)
        self._off_loop = OffLoop(app)
        self._off_loop_queue = Admission(settings.max_waiting, _FEW_OFF_LOOP_WAITING)
        self._off_loop_threads = ThreadPoolExecutor(_OFF_LOOP_THREADS, thread_name_prefix="off-loop")
        self._turns: deque[_Turn] = deque()
        self._replies: bool | None = None
        self._counting = False
        self._coming = False
        self._streams = 0
        self._threads = ThreadPoolExecutor(_LARGE_BODY_THREADS, thread_name_prefix="large-body")
        self._stream_threads = ThreadPoolExecutor(settings.max_streams, thread_name_prefix="stream")

    def waits_for_body(self, exchange: Exchange) -> bool:
        """Return whether a request is for `take_turn`, once its small body is there, and not for a call."""
        fields = exchange.fields
        if b"transfer-encoding" in fields or b"expect" in fields:
            return False
        return (
            int(fields.get(b"content-length", b"0")) <= self._small_bytes
            and not fields.get(b"content-type", b"").startswith(_STREAMED_TYPE)
            and exchange.scope["path"] not in self._off_loop
        )

    def size_of_plain(self, data: bytes) -> int:
        """Return the size of the body if the data are a request for `take_turn_plainly`, else 0."""
        if self._replies is None:
            self._replies = self._direct.replies
        size = size_of_plain_request(data) if self._replies else 0
        return size if size <= self._small_bytes else 0

    def take_turn_plainly(self, plain: PlainExchange, finish: Finish) -> None:
        """Do what `take_turn` does, with a plain request."""
        refusal = self._place_for(plain.size, always=False)
        if refusal is None:
            self._turns.append((partial(self._answer_plain, plain), plain.size, partial(finish, plain)))
            self._come_back()
            return
        exchange = plain.parsed()
        exchange.answer(self._refuse(_Request(exchange.scope, exchange.fields), refusal))
        plain.follow(exchange)
        finish(plain)

    def take_turn(self, exchange: Exchange, finish: Finish) -> None:
        """Answer a whole request on the loop, when all that have arrived by now have been counted."""
        request = _Request(exchange.scope, exchange.fields, exchange.take_body(), started=time.perf_counter())
        always = exchange.scope["path"] in _ALWAYS_TAKEN
        refusal = self._place_for(len(request.body), always=always)
        if refusal is None:
            answer = partial(self._answer_parsed, exchange, request, always=always)
            self._turns.append((answer, len(request.body), partial(finish, exchange)))
            self._come_back()
            return
        exchange.answer(self._refuse(request, refusal))
        finish(exchange)

    def _place_for(self, size: int, *, always: bool) -> Problem | None:
        """Take a place in the queue and memory for a body, or return why there is none."""
        try:
            self._memory.take(size)
        except Problem as refusal:
            return refusal
        try:
            self._queue.enter(always=always)
        except Problem as refusal:
            self._memory.give_back(size)
            return refusal
        return None

    def _come_back(self) -> None:
        if self._turns and not self._coming:
            self._coming = True
            asyncio.get_running_loop().call_soon(self._take_turns)

    def _take_turns(self) -> None:
        """Answer some of those that wait; what they are sent goes out before the next."""
        self._coming = False
        for _ in range(min(len(self._turns), _TURNS_AT_ONCE)):
            answer, size, finish = self._turns.popleft()
            try:
                answer()
            except Exception as error:  # noqa: BLE001 - Nothing may be raised to the loop, whose log would quote it.
                _log.warning("connection failed", error=type(error).__name__)
            finally:
                self._memory.give_back(size)
                self._queue.leave()
                finish()
        self._come_back()
        if not self._counting and self._direct.has_uncounted:
            self._counting = True
            asyncio.get_running_loop().call_later(_SECONDS_BEFORE_COUNTING, self._count)

    def _count(self) -> None:
        self._counting = False
        self._direct.count()

    def _answer_plain(self, plain: PlainExchange) -> None:
        """Answer a plain request by the core in one step, or as any other one where that cannot be."""
        if not plain.line.closing and time.perf_counter() - plain.started <= self._settings.request_timeout:
            reply = self._direct.reply(plain.data, plain.started)
            if reply is not None:
                plain.reply(reply)
                return
        exchange = plain.parsed()
        request = _Request(exchange.scope, exchange.fields, exchange.take_body(), started=plain.started)
        self._answer_parsed(exchange, request, always=False)
        plain.follow(exchange)

    def _answer_parsed(self, exchange: Exchange, request: _Request, *, always: bool) -> None:
        exchange.answer(self._answer_whole(request, always=always))

    def _answer_whole(self, request: _Request, *, always: bool) -> Answer:
        try:
            self._check_key(request)
        except Problem as problem:
            request.problem = problem
        try:
            if always:  # What is asked for may be the figures.
                self._direct.count()
            return self._call(request) if always else self._call_in_time(request)
        except Problem as refusal:
            return self._refuse(request, refusal)

    def refuse_malformed(self, detail: str) -> Answer:
        """Return the answer to what is no request of HTTP."""
        return self._refusals.malformed(detail)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, whose body is received meanwhile. Nothing is raised to the server."""
        request = _Request(scope, dict(scope["headers"]))
        try:
            try:
                if scope["path"] not in _ALWAYS_TAKEN:
                    self._queue.check()
                self._check_key(request)
                if request.headers.get(b"content-type", b"").startswith(_STREAMED_TYPE):
                    await self._serve_stream(scope, receive, send)
                    return
                with self._memory.account() as take:
                    declared = request.headers.get(b"content-length")
                    request.body = await read_body(receive, declared, self._limits, take)
                    await _send_answer(await self._answer(request), send)
            except Problem as problem:  # None comes once an answer has begun, or the body has been read.
                request.problem = problem
                await _send_answer(await self._answer(request), send)
                await drain(receive)
        except ClientGone:
            _log.debug("client gone")
        except Exception as error:  # noqa: BLE001
            _log.warning("connection failed", error=type(error).__name__)

    def _check_key(self, request: _Request) -> None:
        """Raise `Problem` if the caller may not use the route, before its body is waited for."""
        try:
            request.key = self._gate.check(request.scope["method"], request.scope["path"], request.headers)
        except (SigmailError, OSError):
            # A store of keys that cannot be read is met again by the view, which makes an answer of it.
            request.in_order = False

    def _refuse(self, request: _Request, refusal: Problem) -> Answer:
        scope = request.scope
        return self._refusals.answer(scope["method"], scope["path"], request.headers, refusal)

    async def _answer(self, request: _Request) -> Answer:
        """Return the answer to a request whose body is there, or that has a problem without it."""
        try:
            if request.problem is not None and request.problem.kind is OVERLOADED:
                raise request.problem
            request.started = time.perf_counter()
            if request.scope["path"] in self._off_loop:
                return await self._call_in_thread(request, self._off_loop_queue, self._off_loop_threads)
            if len(request.body) > _INLINE_BYTES:
                return await self._call_in_thread(request, self._large_queue, self._threads)
            return await self._call_in_turn(request, always=request.scope["path"] in _ALWAYS_TAKEN)
        except Problem as refusal:
            return self._refuse(request, refusal)

    async def _call_in_turn(self, request: _Request, *, always: bool) -> Answer:
        """Answer on the loop, when all that have arrived by now have been counted."""
        with self._queue.place(always=always):
            await asyncio.sleep(0)
            answer = self._call(request) if always else self._call_in_time(request)
            self._direct.count()
            return answer

    async def _call_in_thread(
        self, request: _Request, queue: Admission, threads: ThreadPoolExecutor
    ) -> Answer:
        with queue.place():
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(threads, self._call_in_time, request)
            self._direct.count()
            return answer

    async def _serve_stream(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request whose body is judged while it arrives, in a thread of its own."""
        if self._streams >= self._settings.max_streams:
            raise overloaded(f"{self._streams} streams are open already.")
        loop = asyncio.get_running_loop()
        source = StreamInput(receive, loop, self._settings.body_timeout)
        environ = environ_of(scope) | {"wsgi.input": source, "wsgi.input_terminated": True}
        self._streams += 1
        try:
            status = await loop.run_in_executor(self._stream_threads, self._call_stream, environ, send, loop)
        finally:
            self._streams -= 1
            may_send_more = await source.close()
        if status >= HTTPStatus.BAD_REQUEST and may_send_more:
            await drain(receive)

    def _call_in_time(self, request: _Request) -> Answer:
        """Answer, unless the request has waited too long for anybody to want the answer."""
        waited = time.perf_counter() - request.started
        if waited > self._settings.request_timeout:
            raise overloaded(f"The request has waited {waited:.3g} seconds.")
        return self._call(request)

    def _call(self, request: _Request) -> Answer:
        """Answer directly what can be; else call the application, which makes an answer of every error."""
        if request.in_order and request.problem is None:
            try:
                answer = self._direct.answer(
                    request.scope, request.headers, request.body, request.key, request.started
                )
            except Problem as problem:
                request.problem = problem
            else:
                if answer is not None:
                    return answer
        with Call(self._app.wsgi_app, request.environ()) as call:
            return call.answer()

    def _call_stream(self, environ: dict[str, Any], send: Send, loop: asyncio.AbstractEventLoop) -> int:
        seconds = self._settings.body_timeout
        with Call(self._app.wsgi_app, environ) as call:
            try:
                wait_for(_send_head(call.status, call.headers, send), loop, seconds)
                for chunk in call.chunks:
                    wait_for(_send_body(chunk, send, more=True), loop, seconds)
                wait_for(_send_body(b"", send, more=False), loop, seconds)
            except Problem:  # The client has stopped reading: there is nobody to tell.
                raise ClientGone from None
            return call.status


async def _send_answer(answer: Answer, send: Send) -> None:
    await _send_head(answer.status, answer.all_headers(), send)
    await _send_body(answer.body, send, more=False)


async def _send_head(status: int, headers: list[tuple[bytes, bytes]], send: Send) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _send_body(data: bytes, send: Send, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": more})
