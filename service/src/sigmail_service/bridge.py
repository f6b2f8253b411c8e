"""Runs the WSGI application under granian's asynchronous interface (RSGI), with the network kept off it.

Under granian's own WSGI interface the application reads the body itself, so that one client which sends it
slowly holds the worker's thread, and with it every other client. Here the event loop gathers the bodies,
within their limits, and the application is called when a request is complete: on the loop itself, which saves
a change of threads, or in a thread when the body is large.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import structlog
from flask import Flask
from prometheus_client import multiprocess

from sigmail_service.errors import REFUSAL
from sigmail_service.intake import drain, read_body
from sigmail_service.metrics import DIRECTORY_VARIABLE
from sigmail_service.problems import Problem
from sigmail_service.settings import Settings
from sigmail_service.tracing import STARTED

__all__ = ["Bridge"]

# A body up to this size is judged on the event loop; 64 KiB take the core about a millisecond.
_INLINE_BYTES = 64 * 1024
_LARGE_BODY_THREADS = 2
_RETRY_AFTER_SECONDS = 1

_log = structlog.get_logger("sigmail_service")


@dataclass(slots=True)
class _Answer:
    status: int = 500
    headers: list[tuple[str, str]] | None = None
    body: bytes = b""


class Bridge:
    """An RSGI application around a Flask application."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._waiting = 0
        self._threads = ThreadPoolExecutor(_LARGE_BODY_THREADS, thread_name_prefix="large-body")

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        """End the threads, and leave the gauges of this worker."""
        self._threads.shutdown()
        if DIRECTORY_VARIABLE in os.environ:
            multiprocess.mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request. Nothing is raised to the server, whose log would quote it."""
        body, refusal = b"", None
        try:
            body = await read_body(
                scope, protocol, self._settings.max_body_bytes, self._settings.body_timeout
            )
        except Problem as problem:
            refusal = problem
        except Exception as error:  # noqa: BLE001 - The client went away, or sent what is no HTTP.
            _log.debug("body not received", error=type(error).__name__)
            return
        started = time.perf_counter()
        if refusal is None and self._waiting >= self._settings.max_waiting:
            refusal = Problem(
                "overloaded",
                f"{self._waiting} requests wait already.",
                headers={"Retry-After": str(_RETRY_AFTER_SECONDS)},
            )
        environ = _environ(scope, b"" if refusal else body)
        environ[STARTED] = started
        if refusal is not None:
            environ[REFUSAL] = refusal
        answer = await self._answer(environ, len(body))
        protocol.response_bytes(answer.status, answer.headers or [], answer.body)
        if refusal is not None:
            await drain(protocol)

    async def _answer(self, environ: dict[str, Any], size: int) -> _Answer:
        self._waiting += 1
        try:
            if size > _INLINE_BYTES:
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._call, environ)
            # Every request that is complete gets to count itself before one of them is worked on.
            await asyncio.sleep(0)
            return self._call(environ)
        finally:
            self._waiting -= 1

    def _call(self, environ: dict[str, Any]) -> _Answer:
        """Call the WSGI application; its error handler makes an answer of every exception of a view."""
        answer = _Answer()

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None, /) -> Any:
            answer.status = int(status[:3])
            answer.headers = [(name.lower(), value) for name, value in headers]

        chunks = self._app.wsgi_app(environ, start_response)
        try:
            answer.body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()
        return answer


def _environ(scope: Any, body: bytes) -> dict[str, Any]:
    """Return the WSGI environment (PEP 3333) of an RSGI scope and a body that has arrived."""
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host or "localhost",
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name not in {"content-length", "transfer-encoding"}:
            key = "HTTP_" + name.upper().replace("-", "_")
            environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ
