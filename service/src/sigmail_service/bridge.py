"""Runs the WSGI application under an ASGI server, with the network kept off it.

Under granian's WSGI interface the application reads the body itself, so that one client which sends it
slowly holds the worker's thread, and with it every other client. Here the event loop gathers the bodies,
within their limits, and the application is called when a request is complete: on the loop itself, which saves
a change of threads, or in a thread when the body is large. A batch that is streamed has a thread of its own.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from io import BytesIO
from typing import Any

import structlog
from apiflask import APIFlask

from sigmail_service.access import Gate
from sigmail_service.errors import REFUSAL
from sigmail_service.intake import BodyLimits, BodyMemory, ClientGone, Receive, drain, read_body
from sigmail_service.problems import Problem, overloaded
from sigmail_service.settings import Settings
from sigmail_service.streaming import StreamInput, wait_for
from sigmail_service.tracing import STARTED
from sigmail_service.wsgi import Answer, environ_of

__all__ = ["Bridge"]

Send = Callable[[dict[str, Any]], Awaitable[None]]

# A body up to this size is judged on the event loop; 64 KiB take the core about a millisecond.
_INLINE_BYTES = 64 * 1024
_LARGE_BODY_THREADS = 2
_STREAMED_TYPE = b"application/x-ndjson"

_log = structlog.get_logger("sigmail_service")


class Bridge:
    """An ASGI application around a Flask application; one a worker process."""

    def __init__(self, app: APIFlask, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._gate = Gate(app)
        self._limits = BodyLimits(settings.max_body_bytes, settings.body_timeout)
        self._memory = BodyMemory(settings.max_body_memory)
        self._waiting = 0
        self._streams = 0
        self._threads = ThreadPoolExecutor(_LARGE_BODY_THREADS, thread_name_prefix="large-body")
        self._stream_threads = ThreadPoolExecutor(settings.max_streams, thread_name_prefix="stream")

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request. Nothing is raised to the server, whose log would quote it."""
        headers = dict(scope["headers"])
        try:
            try:
                self._gate.check(scope["method"], scope["path"], headers)
                if headers.get(b"content-type", b"").startswith(_STREAMED_TYPE):
                    await self._serve_stream(scope, receive, send)
                    return
                with self._memory.account() as take:
                    body = await read_body(receive, headers.get(b"content-length"), self._limits, take)
                    await self._serve(scope, body, send)
            except Problem as problem:  # None comes once an answer has begun.
                await self._refuse(scope, problem, receive, send)
        except ClientGone:
            _log.debug("client gone")
        except Exception as error:  # noqa: BLE001
            _log.warning("connection failed", error=type(error).__name__)

    async def _serve(self, scope: dict[str, Any], body: bytes, send: Send) -> None:
        if self._waiting >= self._settings.max_waiting:
            raise overloaded(f"{self._waiting} requests wait already.")
        environ = environ_of(scope) | {
            STARTED: time.perf_counter(),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
        }
        self._waiting += 1
        try:
            if len(body) > _INLINE_BYTES:
                loop = asyncio.get_running_loop()
                answer = await loop.run_in_executor(self._threads, self._call, environ)
            else:
                # Every request that is complete gets to count itself before one of them is worked on.
                await asyncio.sleep(0)
                answer = self._call(environ)
        finally:
            self._waiting -= 1
        await _send_answer(answer, send)

    async def _refuse(self, scope: dict[str, Any], problem: Problem, receive: Receive, send: Send) -> None:
        """Let the application answer with a problem, whatever the route, and hear the client out."""
        environ = environ_of(scope) | {REFUSAL: problem, "CONTENT_LENGTH": "0", "wsgi.input": BytesIO()}
        await _send_answer(self._call(environ), send)
        await drain(receive)

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
        if status >= HTTPStatus.BAD_REQUEST:
            await drain(receive)

    def _call(self, environ: dict[str, Any]) -> Answer:
        """Call the WSGI application; its error handler makes an answer of every exception of a view."""
        waited = time.perf_counter() - environ.get(STARTED, math.inf)
        if waited > self._settings.request_timeout:
            environ[REFUSAL] = overloaded(f"The request has waited {waited:.0f} seconds.")
        with Answer(self._app.wsgi_app, environ) as answer:
            answer.gather()
            return answer

    def _call_stream(self, environ: dict[str, Any], send: Send, loop: asyncio.AbstractEventLoop) -> int:
        seconds = self._settings.body_timeout
        with Answer(self._app.wsgi_app, environ) as answer:
            try:
                wait_for(_send_head(answer, send), loop, seconds)
                for chunk in answer.chunks:
                    wait_for(_send_body(chunk, send, more=True), loop, seconds)
                wait_for(_send_body(b"", send, more=False), loop, seconds)
            except Problem:  # The client has stopped reading: there is nobody to tell.
                raise ClientGone from None
            return answer.status


async def _send_answer(answer: Answer, send: Send) -> None:
    await _send_head(answer, send)
    await _send_body(answer.body, send, more=False)


async def _send_head(answer: Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})


async def _send_body(data: bytes, send: Send, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": more})
