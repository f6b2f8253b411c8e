"""Both type checkers are content with a file that uses every public name, and none is missing from it."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sigmail

ROOT = Path(__file__).parents[2]
USES = Path(__file__).with_name("every_public_name.py")
APART = {"commands", "benchmark"}
"""What is no interface: the command line and the measurements."""
MODULES = [
    module.name
    for module in pkgutil.iter_modules(sigmail.__path__)
    if not module.name.startswith("_") and module.name not in APART
]


@pytest.mark.parametrize("module", ["", *MODULES])
def test_every_public_name_is_used(module: str) -> None:
    prefix = f"sigmail.{module}".rstrip(".")
    names = importlib.import_module(prefix).__all__
    text = USES.read_text(encoding="utf-8")
    missing = [name for name in names if not re.search(rf"\b{name}\b", text)]
    assert not missing, f"add the names {missing} of {prefix} to {USES.name}"


def test_mypy_is_content() -> None:
    command = [sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", USES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_pyright_is_content() -> None:
    tool = Path(sys.executable).with_name("pyright")
    if not tool.exists() and shutil.which("pyright") is None:
        pytest.skip("pyright is not installed")
    command = [str(tool), "--project", str(ROOT), "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        told = json.loads(done.stdout)
    except ValueError:
        pytest.skip("pyright could not fetch the Node.js that it runs on")
    found = [f"{one['range']['start']['line'] + 1}: {one['message']}" for one in told["generalDiagnostics"]]
    assert not found
