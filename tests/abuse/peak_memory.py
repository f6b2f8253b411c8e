"""Print what memory each family takes at its peak, beside the message: JSON, family to [size, bytes]."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import sigmail

SIZE = 4 << 20


def load_families():
    """The families, which stand beside this file in a folder that is no package."""
    path = Path(__file__).with_name("families.py")
    specification = importlib.util.spec_from_file_location("families", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def status(name):
    """A figure of /proc/self/status, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def peak_of(starter, message):
    """The most resident memory while the message is classified and explained, over that before."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # Forgets the peak so far.
    before = status("VmRSS:")
    starter.classify(message)
    starter.explain(message)
    return status("VmHWM:") - before


def main():
    starter = sigmail.SpamFilter.default()
    peaks = {}
    for name, family in load_families().ALL.items():
        message = family(SIZE)
        peaks[name] = [len(message), peak_of(starter, message)]
    json.dump(peaks, sys.stdout)


if __name__ == "__main__":
    main()
