"""The golden vectors, and the twin and the script that made them."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def load_script(name):
    """Import a file of this folder, which is no package."""
    specification = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def twin():
    """The slow form of the file format, which finds its letters beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "letters", load_script("letters"))
        return load_script("twin")


@pytest.fixture(scope="session")
def rebuild(twin):
    """The script that writes the vectors, which finds the twin beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "twin", twin)
        return load_script("rebuild")


@pytest.fixture(scope="session")
def vectors():
    """Read one file of vectors by its name."""
    return lambda name: json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
