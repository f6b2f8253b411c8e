"""Time and memory of hostile messages grow no faster than the messages do."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.abuse import families

import sigmail
from sigmail import _core

KIB, MIB = 1 << 10, 1 << 20
# The greatest slope of log time over log size that counts as linear: caches and tables take their share.
SLOPE = 1.15
RUNS = 4
SIZES = dict.fromkeys(families.SMALL, 32 * KIB) | dict.fromkeys(families.LARGE, 128 * KIB)
PEAK = Path(__file__).with_name("peak_memory.py")


@pytest.fixture(scope="module")
def read():
    """Classify a message by the starter model, and by a model of the profile that reads most."""
    starter = sigmail.SpamFilter.default()
    specification = json.loads(starter._model.specification) | {"profile": "site"}
    slots = 1 << specification["table_bits"]
    layer = (np.zeros((slots, 1), np.float32), np.zeros(1, np.float32), "sigmoid")
    site = _core.Model.build(json.dumps(specification), bytes(16), [layer], (1.0, 0.0), (0.2, 0.9), "{}")

    def work(message):
        starter.classify(message)
        site.classify(message)

    return work


def seconds(read, message):
    """The processor time of the fastest of some runs: other work on the machine takes no part in it."""
    taken = []
    for _ in range(RUNS):
        start = time.process_time()
        read(message)
        taken.append(time.process_time() - start)
    return max(min(taken), 1e-6)


def slope(read, family, size):
    """The slope of the line through log time over log size, by least squares, at n, 2n, 4n and 8n."""
    points = []
    for factor in (1, 2, 4, 8):
        message = families.ALL[family](size * factor)
        points.append((math.log(len(message)), math.log(seconds(read, message))))
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread


@pytest.mark.parametrize("family", families.ALL)
def test_time_is_linear(read, family):
    # Noise can only add: of several slopes the least is nearest to the truth. A cache that ends among the
    # sizes looks like growth as well, but not among larger ones, where what does grow goes on growing.
    slopes = []
    while len(slopes) < 6 and min(slopes, default=math.inf) > SLOPE:
        slopes.append(slope(read, family, SIZES[family] * (1 if len(slopes) < 3 else 4)))
    assert min(slopes) <= SLOPE, f"the slopes are {slopes}"


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak is read from Linux's /proc")
def test_memory_is_bounded():
    done = subprocess.run([sys.executable, PEAK], capture_output=True, text=True, check=True, timeout=300)
    peaks = json.loads(done.stdout)
    assert peaks.keys() == families.ALL.keys()
    over = {family: peak for family, (size, peak) in peaks.items() if peak > 64 * MIB + 8 * size}
    assert not over
