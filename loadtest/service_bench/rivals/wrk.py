"""Drives a server with `wrk`, which costs the processors that it shares with the server very little."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Load", "drive", "find_wrk", "write_mails"]

_SECONDS_BEYOND = 30.0

# The mails are read once, each as one request; then they are sent in turn.
_SCRIPT = """
local requests, place = {}, 0
function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = args[2]
  local file = io.open(args[1], "rb")
  while true do
    local size = file:read("*l")
    if not size then break end
    requests[#requests + 1] = wrk.format(nil, nil, nil, file:read(tonumber(size)))
    file:read(1)
  end
  file:close()
end
function request()
  place = place % #requests + 1
  return requests[place]
end
function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "p50": %f, "p99": %f, "wrong": %d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failed))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a run: answers a second, latencies in milliseconds, and what was no answer of 2xx."""

    requests: int
    rate: float
    p50: float
    p99: float
    wrong: int


def find_wrk() -> str:
    """Return the path of wrk, or stop with the name of the package that brings it."""
    path = shutil.which("wrk")
    if path is None:
        raise SystemExit("wrk is not installed: `apt-get install wrk` brings it")
    return path


def write_mails(folder: Path, mails: list[bytes]) -> Path:
    """Write mails in the form that the script reads: the length on a line, the mail, a line's end."""
    path = folder / "mails"
    path.write_bytes(b"".join(b"%d\n%s\n" % (len(mail), mail) for mail in mails))
    (folder / "mails.lua").write_text(_SCRIPT)
    return path


def drive(url: str, mails: Path, content_type: str, connections: int, seconds: float) -> Load:
    """Send mails on some connections, each as soon as the answer before it is there."""
    command = [find_wrk(), "--threads", "1", "--connections", str(connections)]
    command += ["--duration", str(max(1, round(seconds))), "--script", str(mails.with_name("mails.lua"))]
    command += [url, "--", str(mails), content_type]
    done = subprocess.run(  # noqa: S603 - Our own command.
        command, capture_output=True, text=True, check=True, timeout=seconds + _SECONDS_BEYOND
    )
    values = json.loads(done.stdout[done.stdout.rindex("{") :])
    rate = values["requests"] / (values["microseconds"] / 1e6)
    return Load(values["requests"], rate, values["p50"] / 1000, values["p99"] / 1000, values["wrong"])
