"""The two sides of WSGI (PEP 3333): the environment of a request, and the answer of an application."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

__all__ = ["Answer", "Call", "environ_of"]

_OWN_KEYS = {b"content-type": "CONTENT_TYPE", b"content-length": "", b"transfer-encoding": ""}


def environ_of(scope: dict[str, Any]) -> dict[str, Any]:
    """Return the environment of an ASGI scope; the body and its length are for the caller to add."""
    host, port = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        key = _OWN_KEYS.get(name)
        if key is None:
            key = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        if key:
            text = value.decode("latin-1")
            environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, its headers as ASGI wants them; `fixed` are further ones as they are sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    fixed: bytes = b""

    def all_headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers, the fixed ones among them."""
        return [*self.headers, *_headers_of(self.fixed)]

    @classmethod
    def of(cls, status: int, content_type: str, body: bytes, fields: Mapping[str, str]) -> Answer:
        """Return an answer with the headers of its body and further ones, whose names may have capitals."""
        named = {"content-type": content_type, "content-length": str(len(body)), **fields}
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
        return cls(status, headers, body)


class Call:
    """A call of a WSGI application; a context manager that closes its answer.

    Attributes
    ----------
    status : int
    headers : list of (bytes, bytes)
    chunks : iterable of bytes
        The body as the application gives it.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]], environ: dict[str, Any]) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.chunks = application(environ, self._start_response)

    def answer(self) -> Answer:
        """Gather the chunks, and return the whole answer."""
        body = b"".join(self.chunks)
        return Answer(self.status, self.headers, body)

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], _exc_info: Any = None, /
    ) -> Callable[[bytes], object]:
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return _no_write

    def __enter__(self) -> Call:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        close = getattr(self.chunks, "close", None)
        if close:
            close()


def _no_write(_data: bytes) -> None:
    raise NotImplementedError("the application returns its body")


@functools.lru_cache(maxsize=64)
def _headers_of(lines: bytes) -> tuple[tuple[bytes, bytes], ...]:
    named = (line.partition(b": ") for line in lines.split(b"\r\n") if line)
    return tuple((name, value) for name, _, value in named)
