"""`CompactWeights`: the same sums with weights in fewer bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmail import _core, _reference
from sigmail.errors import InvalidTypeError, InvalidValueError


def stored(weights, form):
    """What is left of the weights in that format."""
    if form == "int8":
        scale = np.abs(weights).max(initial=0) / np.float32(127) or np.float32(1)
        return np.round(weights / scale) * scale
    if form == "bfloat16":
        bits = weights.view(np.uint32).astype(np.uint64)
        return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16 << 16).astype(np.uint32).view(np.float32)
    return weights


@pytest.mark.parametrize("form", ["float32", "bfloat16", "int8"])
@pytest.mark.parametrize("binary", [False, True])
@given(rows=st.integers(0, 30), columns=st.integers(0, 300), seed=st.integers(0, 99))
def test_sums_are_those_of_the_stored_weights(*, make_matrix, make_csr, form, binary, rows, columns, seed):
    X = make_csr(make_matrix(seed, rows, columns, np.float32), binary=binary)
    weights = np.random.default_rng(seed).normal(size=columns).astype(np.float32)
    table = _core.CompactWeights(weights, form)
    expected = _reference.neuron(X, stored(weights, form), 0.25)
    np.testing.assert_allclose(table.neuron(X, 0.25), expected, rtol=1e-4)
    assert len(table) == columns
    assert table.format == form
    assert table.nbytes == columns * {"float32": 4, "bfloat16": 2, "int8": 1}[form]


def test_wrong_weights_and_matrices_are_refused(make_csr):
    weights = np.ones(3, np.float32)
    with pytest.raises(InvalidValueError, match="got 'int4'"):
        _core.CompactWeights(weights, "int4")
    with pytest.raises(InvalidValueError, match="expected finite weights, got NaN"):
        _core.CompactWeights(np.array([1, np.nan], np.float32), "int8")
    with pytest.raises(InvalidTypeError, match="weights of float32, got float64"):
        _core.CompactWeights(np.ones(3), "int8")
    table = _core.CompactWeights(weights, "int8")
    with pytest.raises(InvalidTypeError, match="CSR format, got a dense array"):
        table.neuron(np.ones((2, 3), np.float32))
    with pytest.raises(InvalidValueError, match=r"expected 4 weights.*got 3"):
        table.neuron(make_csr(np.ones((2, 4), np.float32)))
    X = make_csr(np.ones((2, 3), np.float32))
    X.indices[4] = 3
    with pytest.raises(InvalidValueError, match="from 0 to 2, got 3 at position 4"):
        table.neuron(X)
