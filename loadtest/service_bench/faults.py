"""Thousands of wrong requests: no answer and no log line holds a trace, a path, or a word of a message."""

from __future__ import annotations

import http.client
import random
import re

from service_bench.figures import Extent, Figure, at_least, exactly
from service_bench.serving import serving

__all__ = ["measure"]

_REQUESTS = 5_000
_CANARY = "zanzibarquux"
_LIMIT = 65_536
_LEAK = re.compile(rf"{_CANARY}|Traceback|File \"|site-packages|/usr/|/home/|\.py\b", re.IGNORECASE)
_LOG_LEAK = re.compile(rf"{_CANARY}|Traceback", re.IGNORECASE)

_TYPES = (
    "text/plain",
    "text/plain; charset=klingon",
    f"text/plain; charset={_CANARY}",
    "message/rfc822",
    "application/json",
    "multipart/form-data",
    "multipart/form-data; boundary=b",
    f"image/{_CANARY}",
    "application/x-www-form-urlencoded",
)
_PART = f'--b\r\nContent-Disposition: form-data; name="{_CANARY} of"; filename="m"\r\n\r\n{_CANARY}\r\n'
_BODIES = (
    b"",
    b"\xff\xfe" + _CANARY.encode(),
    f'{{"text": "{_CANARY}'.encode(),
    f'{{"{_CANARY} of a letter": 1}}'.encode(),
    f'{{"raw": "{_CANARY} !"}}'.encode(),
    f'["{_CANARY}"]'.encode(),
    f"{_PART}--b--\r\n".encode(),
    f'--b\r\nContent-Disposition: form-data; name="message"\r\n\r\n{_CANARY}'.encode(),
    b"[" * 20_000 + _CANARY.encode(),
    _CANARY.encode() * (_LIMIT // len(_CANARY) + 1),
)
_TARGETS = (
    "/classify",
    f"/classify?explain={_CANARY}",
    "/classify?explain=101",
    "/classify/batch",
    f"/{_CANARY}/../settings.py",
    f"/static/../../{_CANARY}",
    "/livez",
)
_METHODS = ("POST", "POST", "POST", "PUT", "BREW")
_KEYS: tuple[dict[str, str], ...] = (
    {},
    {},
    {},
    {"X-API-Key": _CANARY},
    {"Authorization": f"Bearer {_CANARY}"},
)


def measure(extent: Extent) -> list[Figure]:
    """Send wrong requests, chosen by a seed, and search the answers that are errors, and the log."""
    chosen = random.Random(6)
    count, errors, leaks, strange = extent.count(_REQUESTS, least=200), 0, 0, 0
    with serving("--log-level", "debug", "--max-body-bytes", str(_LIMIT)) as server:
        while errors < count:
            status, kind, text = _answer(server.port, chosen)
            if status < 400:
                continue
            errors += 1
            leaks += bool(_LEAK.search(text))
            strange += status >= 500 or kind != "application/problem+json"
        log = server.log_path.read_text(encoding="utf-8")
    return [
        at_least("provoked errors", count, errors, ""),
        exactly("provoked errors: answers with a trace, a path or a word of the message", 0, leaks, ""),
        exactly("provoked errors: answers that are 5xx or no problem document", 0, strange, ""),
        exactly("provoked errors: log lines with a trace or a word", 0, len(_LOG_LEAK.findall(log)), ""),
    ]


def _answer(port: int, chosen: random.Random) -> tuple[int, str | None, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": chosen.choice(_TYPES), **chosen.choice(_KEYS)}
    connection.request(chosen.choice(_METHODS), chosen.choice(_TARGETS), chosen.choice(_BODIES), headers)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace") + "\n".join(map(": ".join, answer.getheaders()))
    connection.close()
    return answer.status, answer.getheader("Content-Type"), text
