"""`neuron` and its loss and gradient, beside the reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmail import _core, _reference

SIZES = {"rows": st.integers(0, 20), "columns": st.integers(0, 300), "seed": st.integers(0, 99)}
LAYOUTS = ["dense", "fortran", "csr32", "csr64", "mixed", "binary"]
DTYPES = [np.float32, np.float64]


def lay_out(matrix, layout, make_csr):
    if layout == "dense":
        return matrix
    if layout == "fortran":
        return np.asfortranarray(matrix)
    if layout == "mixed":
        csr = make_csr(matrix, np.int32)
        csr.indptr = csr.indptr.astype(np.int64)
        return csr
    return make_csr(matrix, np.int64 if layout == "csr64" else np.int32, binary=layout == "binary")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
@given(**SIZES)
def test_forward_is_the_reference(*, make_matrix, make_csr, layout, dtype, rows, columns, seed):
    X = lay_out(make_matrix(seed, rows, columns, dtype), layout, make_csr)
    weights = np.random.default_rng(seed).normal(size=columns).astype(dtype)
    actual = _core.neuron(X, weights, 0.25)
    assert actual.dtype == dtype
    assert actual.shape == (rows,)
    np.testing.assert_allclose(
        actual, _reference.neuron(X, weights, 0.25), rtol=3e-5 if dtype == np.float32 else 1e-12
    )


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
@given(rows=st.integers(1, 20), columns=st.integers(0, 100), seed=st.integers(0, 99))
def test_loss_and_gradient_are_the_reference(*, make_matrix, make_csr, layout, dtype, rows, columns, seed):
    X = lay_out(make_matrix(seed, rows, columns, dtype), layout, make_csr)
    random = np.random.default_rng(seed)
    weights, y, shares = random.normal(size=columns), random.integers(0, 2, rows), random.random(rows) + 0.1
    loss, by_weights, by_bias = _core.logistic_loss_gradient(X, y, weights, 0.5, shares)
    expected = _reference.logistic_loss_gradient(X, y, weights, 0.5, shares)
    assert loss == pytest.approx(expected[0], rel=1e-12)
    assert by_weights.dtype == np.float64
    np.testing.assert_allclose(by_weights, expected[1], rtol=1e-9, atol=1e-12)
    assert by_bias == pytest.approx(expected[2], rel=1e-9, abs=1e-13)


def test_the_first_neuron():
    assert _core.neuron(np.array([1.0, 0.0]), np.array([7.0, 3.0]), -2) == pytest.approx(0.9933071490757153)
    assert _core.neuron([1, 0], [7, 3], -2) == pytest.approx(0.9933071490757153)
    assert isinstance(_core.neuron(np.ones(2, np.float32), np.ones(2, np.float32)), np.float32)


def test_scipy_matrices_and_arrays_are_read():
    sparse = pytest.importorskip("scipy.sparse")
    dense = np.array([[0, 2.0, 0], [1, 0, -1], [0, 0, 0]])
    weights = np.array([0.5, -1, 2])
    for kind in (sparse.csr_matrix, sparse.csr_array):
        np.testing.assert_allclose(
            _core.neuron(kind(dense), weights), _core.neuron(dense, weights), rtol=1e-14
        )


def test_repeated_entries_add_up(make_csr):
    X = make_csr(np.array([[1.0, 2.0]]))
    X.indices[:] = 1
    np.testing.assert_allclose(_core.neuron(X, np.array([0.0, 1.0])), [_reference.sigmoid(3.0)])


def test_nan_and_infinity_follow_ieee():
    X = np.array([[np.inf, 0], [-np.inf, 0], [np.nan, 0], [np.inf, -np.inf]])
    np.testing.assert_array_equal(_core.neuron(X, np.ones(2)), [1, 0, np.nan, np.nan])


@pytest.mark.parametrize("layout", ["dense", "csr32"])
def test_many_rows_give_what_each_row_gives(make_matrix, make_csr, layout):
    dense = make_matrix(5, 20_000, 64, np.float32)
    weights = np.random.default_rng(6).normal(size=64).astype(np.float32)
    whole = _core.neuron(lay_out(dense, layout, make_csr), weights)
    np.testing.assert_array_equal(whole[::997], [_core.neuron(lay_out(row, layout, make_csr), weights)[0]
                                                 for row in dense[::997, None]])  # fmt: skip


def test_gradient_has_the_same_bits_each_time(make_matrix, make_csr):
    X = make_csr(make_matrix(7, 5000, 300, np.float32))
    y = np.arange(5000) % 2
    first = _core.logistic_loss_gradient(X, y, np.full(300, 0.1), 0.0)
    for _ in range(5):
        again = _core.logistic_loss_gradient(X, y, np.full(300, 0.1), 0.0)
        assert again[0] == first[0]
        assert again[1].tobytes() == first[1].tobytes()


def test_gradient_of_single_weights_is_single():
    gradient = _core.logistic_loss_gradient(np.ones((2, 3)), [0, 1], np.zeros(3, np.float32), 0.0)[1]
    assert gradient.dtype == np.float32
