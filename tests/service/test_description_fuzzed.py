"""The description, taken at its word by schemathesis: the real server keeps to it, with a key and without.

`make fuzz-api` runs it with 1,000 examples for each operation.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sigmail_service.keys import KeyStore

EXAMPLES = os.environ.get("SIGMAIL_FUZZ_EXAMPLES", "15")
HOOKS = """
import json

import schemathesis


@schemathesis.serializer("message/rfc822")
def mail(context, value):
    # What is no text has no form as raw bytes; the empty body stands for it, which is as wrong.
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else b""


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    return value if isinstance(value, bytes) else f"{json.dumps(value)}\\n".encode()
"""


@pytest.fixture
def fuzz(tmp_path):
    """Run every check in every phase against a service; return the exit code and what was found."""
    (tmp_path / "fuzz_hooks.py").write_text(HOOKS, encoding="utf-8")
    variables = {"SCHEMATHESIS_HOOKS": "fuzz_hooks", "PYTHONPATH": str(tmp_path), "NO_COLOR": "1"}

    def run(service, *options):
        command = [Path(sys.executable).with_name("st"), "run", f"{service.url}/openapi.json"]
        bounds = ["--checks", "all", "--max-examples", EXAMPLES, "--seed", "1", "--generation-deterministic"]
        done = subprocess.run(
            [*command, *bounds, *options],
            cwd=tmp_path,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_an_open_service_keeps_to_its_description(start_service, fuzz):
    with start_service("--workers", "1", "--log-level", "error") as service:
        code, found = fuzz(service)
    assert code == 0, found


@pytest.mark.parametrize("with_key", [False, True])
def test_a_service_that_asks_for_keys_keeps_to_its_description(start_service, fuzz, tmp_path, with_key):
    _, token = KeyStore(tmp_path / "keys.json").create("fuzz", ("admin",))
    options = ("--header", f"X-API-Key: {token}") if with_key else ()
    with start_service("--workers", "1", "--require-key", "--data-dir", str(tmp_path)) as service:
        code, found = fuzz(service, *options)
    assert code == 0, found
