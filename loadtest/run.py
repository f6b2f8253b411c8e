"""Starts the service on loopback, puts it under load with Locust, stops it, and leaves the reports.

The exit code is 0 when every objective was reached and the service ended cleanly, else 1.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

_FOLDER = Path(__file__).parent
_SECONDS_TO_START = 20.0
_SECONDS_TO_STOP = 30.0


def main() -> int:
    """Run the load test with the options of the command line."""
    options = _options()
    options.results.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    log_path = options.results / "service.log"
    with log_path.open("wb") as log, tempfile.TemporaryDirectory() as data:
        command = [str(_command("sigmail")), "serve", "--port", str(port), "--data-dir", data]
        service = subprocess.Popen(  # noqa: S603 - Our own command.
            [*command, "--workers", str(options.workers)], stderr=log
        )
        try:
            _wait_until_ready(service, url)
            environment = {**os.environ, "LOADTEST_KEY": _key(url, data)}
            command = _locust(options, url)
            code = subprocess.run(command, env=environment, check=False).returncode  # noqa: S603
        finally:
            service.terminate()
            ended = service.wait(_SECONDS_TO_STOP)
    if ended != 0:
        print(f"the service ended with exit code {ended}; see {log_path}", file=sys.stderr)
    print(f"report: {options.results / 'report.html'}")
    return 1 if code or ended else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    environment = os.environ.get
    parser.add_argument("--users", type=int, default=int(environment("LOADTEST_USERS", "10")))
    parser.add_argument("--seconds", type=int, default=int(environment("LOADTEST_SECONDS", "60")))
    parser.add_argument("--workers", type=int, default=int(environment("LOADTEST_WORKERS", "2")))
    parser.add_argument("--shape", default=environment("LOADTEST_SHAPE", "steady"))
    parser.add_argument("--requests", type=int, default=int(environment("LOADTEST_REQUESTS", "0")))
    parser.add_argument("--processes", type=int, default=int(environment("LOADTEST_PROCESSES", "1")))
    parser.add_argument("--mails", type=Path, default=environment("LOADTEST_MAILS"))
    objectives = environment("LOADTEST_OBJECTIVES") or _FOLDER / "objectives.toml"
    parser.add_argument("--objectives", type=Path, default=objectives)
    parser.add_argument("--results", type=Path, default=_FOLDER / "results")
    return parser.parse_args()


def _locust(options: argparse.Namespace, url: str) -> list[str]:
    settings = {
        "locustfile": _FOLDER / "locustfile.py",
        "users": options.users,
        "shape": options.shape,
        "run-time": f"{options.seconds}s",
        "requests": options.requests,
        "host": url,
        "objectives": options.objectives,
        "loglevel": "WARNING",
        "html": options.results / "report.html",
        "csv": options.results / "report",
    }
    if options.mails:
        settings["mails"] = options.mails
    if options.processes > 1:
        settings["processes"] = options.processes
    arguments = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
    return [sys.executable, "-m", "locust", "--headless", "--only-summary", *arguments]


def _key(url: str, data: str) -> str:
    """Return a new key for the users who correct verdicts, or none if the service takes no corrections."""
    with urllib.request.urlopen(f"{url}/openapi.json", timeout=10) as answer:  # noqa: S310 - Loopback.
        if "/feedback" not in json.load(answer)["paths"]:
            return ""
    scopes = ["--scope", "classify", "--scope", "feedback"]
    create = [str(_command("sigmail")), "keys", "--data-dir", data, "create", "load test", *scopes]
    return subprocess.run(create, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603


def _command(name: str) -> Path:
    """Return a command of the environment whose Python runs this script."""
    return Path(sys.executable).with_name(name)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until_ready(service: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline:
        if service.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=1):  # noqa: S310 - Loopback.
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise SystemExit("the service did not become ready; see its log")


if __name__ == "__main__":
    sys.exit(main())
