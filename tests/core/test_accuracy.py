"""How right the sigmoid is, beside extended precision; and each instruction set beside the portable one."""

from __future__ import annotations

import decimal
import os
import subprocess
import sys

import numpy as np
import pytest

from sigmail import _core

pytestmark = pytest.mark.skipif(
    np.finfo(np.longdouble).nmant < 63, reason="needs an extended precision of 64 bits as the reference"
)


def ulps(actual, exact):
    """The distance from the exact value in units of the last place, also for subnormal values."""
    facts = np.finfo(actual.dtype)
    exponent = np.frexp(exact)[1] - 1
    unit = np.ldexp(np.longdouble(1), np.maximum(exponent, facts.minexp) - facts.nmant)
    return np.abs(actual.astype(np.longdouble) - exact) / unit


def exact_sigmoid(x):
    e = np.exp(-np.abs(x.astype(np.longdouble)))
    return np.where(x < 0, e, 1) / (1 + e)


def test_a_million_float64_are_within_one_ulp():
    random = np.random.default_rng(1)
    x = np.concatenate([random.uniform(-745, 40, 500_000), random.normal(scale=5, size=500_000)])
    assert ulps(_core.sigmoid(x), exact_sigmoid(x)).max() <= 1.0


def test_float64_is_within_one_ulp_of_decimal_with_40_digits():
    # 40 digits are 133 bits; `make sigmoid-exhaustive` asks for a million points.
    count = int(os.environ.get("SIGMAIL_ACCURACY_POINTS", "4000"))
    random = np.random.default_rng(2)
    x = np.concatenate(
        [random.uniform(-745.13, 40, count // 2), random.normal(scale=5, size=count - count // 2 - 3)]
    )
    x = np.concatenate([x, [-745.13, -708.4, 0.0]])
    y = _core.sigmoid(x)
    worst, worst_at = decimal.Decimal(0), 0.0
    with decimal.localcontext(decimal.Context(prec=40, Emin=-9999, Emax=9999)):
        for each, answer in zip(x.tolist(), y.tolist(), strict=True):
            power = decimal.Decimal(-abs(each)).exp()
            exact = (power if each < 0 else 1) / (1 + power)
            below = float(exact)
            if decimal.Decimal(below) > exact:
                below = np.nextafter(below, 0)
            exponent = max(np.frexp(below)[1] - 1, -1022)
            error = abs(decimal.Decimal(answer) - exact) / decimal.Decimal(2) ** (int(exponent) - 52)
            if error > worst:
                worst, worst_at = error, each
    sys.stdout.write(f"{count:,} points: worst {worst:.4f} ULP at x = {worst_at!r}\n")
    assert worst <= 1
    assert _core.sigmoid(-745.13) == 5e-324


def test_a_stride_of_all_float32_is_within_one_ulp_and_monotone():
    bits = np.arange(0, 0x7F80_0000, 997, dtype=np.uint32)
    positive = bits.view(np.float32)
    x = np.concatenate([-positive[::-1], positive])
    y = _core.sigmoid(x)
    assert ulps(y, exact_sigmoid(x)).max() <= 1.0
    assert (np.diff(y) >= 0).all()


def test_neighbours_are_monotone_at_the_seams_of_the_table():
    seams = np.arange(-400, 400, dtype=np.float64) * np.log(2) / 32
    for dtype in (np.float32, np.float64):
        steps = np.arange(-200, 200) * np.finfo(dtype).eps
        x = np.sort((seams[:, None] * (1 + steps)).astype(dtype).ravel())
        assert (np.diff(_core.sigmoid(x)) >= 0).all()


PROBE = """
import sys
import numpy as np
from sigmail import _core
random = np.random.default_rng(3)
x = random.normal(scale=30, size=100_001)
X, weights = random.normal(size=(500, 70)), random.normal(size=70)
hidden = (random.normal(size=(70, 50)) / 8, random.normal(size=50), "tanh")
layers = [hidden, (random.normal(size=(50, 3)), np.zeros(3))]
for dtype in (np.float32, np.float64):
    typed = [(W.astype(dtype), b.astype(dtype), *name) for W, b, *name in layers]
    for answer in (
        _core.sigmoid(x.astype(dtype)),
        _core.neuron(X.astype(dtype), weights.astype(dtype), 0.5),
        _core.network(X.astype(dtype), typed),
    ):
        np.save(sys.stdout.buffer, answer)
sys.stderr.write(_core.build_info()["simd"])
"""


def answers(simd):
    """The kernels' answers in a process that is told which instruction set to use, and what it said."""
    environment = {**os.environ, "SIGMAIL_SIMD": simd}
    done = subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True, check=False)
    return done.stdout, done.stderr.decode()


@pytest.mark.parametrize("simd", ["avx512f", "avx2", "neon", "portable"])
def test_each_instruction_set_can_be_forced_and_answers_alike(simd, tmp_path):
    output, said = answers(simd)
    if "expected an instruction set of this processor" in said:
        pytest.skip(f"this processor has no {simd}")
    assert said == simd
    reference, _ = answers("portable")
    (tmp_path / "ours").write_bytes(output)
    (tmp_path / "portable").write_bytes(reference)
    with (tmp_path / "ours").open("rb") as ours, (tmp_path / "portable").open("rb") as portable:
        for _ in range(6):
            np.testing.assert_allclose(np.load(ours), np.load(portable), rtol=2e-4, atol=1e-6)


def test_a_wrong_instruction_set_fails_the_import_by_name():
    _, said = answers("mmx")
    assert "SIGMAIL_SIMD: expected an instruction set of this processor" in said
    assert "got 'mmx'" in said
