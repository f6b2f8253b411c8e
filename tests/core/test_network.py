"""`network` and its loss and gradient, beside the reference and finite differences."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmail import _core, _reference

DTYPES = [np.float32, np.float64]


def draw_layers(seed, sizes, dtype, activation="sigmoid"):
    random = np.random.default_rng(seed)
    layers = []
    for inputs, outputs in pairwise(sizes):
        weights = random.normal(scale=inputs**-0.5 if inputs else 1, size=(inputs, outputs)).astype(dtype)
        layers.append((weights, random.normal(size=outputs).astype(dtype), activation))
    return [*layers[:-1], layers[-1][:2]]


@pytest.mark.parametrize("layout", ["dense", "csr", "binary"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", list(_reference.ACTIVATIONS))
@given(
    rows=st.integers(0, 20),
    sizes=st.lists(st.integers(1, 80), min_size=2, max_size=4),
    seed=st.integers(0, 99),
)
def test_forward_is_the_reference(*, make_matrix, make_csr, layout, dtype, activation, rows, sizes, seed):
    X = make_matrix(seed, rows, sizes[0], dtype)
    if layout != "dense":
        X = make_csr(X, binary=layout == "binary")
    layers = draw_layers(seed, sizes, dtype, activation)
    actual = _core.network(X, layers)
    assert actual.dtype == dtype
    assert actual.shape == (rows, sizes[-1])
    tolerance = 1e-4 if dtype == np.float32 else 1e-11
    np.testing.assert_allclose(actual, _reference.network(X, layers), rtol=tolerance, atol=tolerance / 10)


def test_one_row_of_one_dimension_gives_one_dimension():
    layers = draw_layers(1, [5, 3, 2], np.float64)
    x = np.arange(5.0)
    assert _core.network(x, layers).shape == (2,)
    np.testing.assert_array_equal(_core.network(x, layers), _core.network(x[None], layers)[0])


def test_many_rows_give_what_each_row_gives(make_matrix):
    X = make_matrix(3, 3001, 100, np.float32)
    layers = draw_layers(3, [100, 64, 1], np.float32)
    whole = _core.network(X, layers)
    np.testing.assert_array_equal(whole[::97], [_core.network(row, layers) for row in X[::97]])


@pytest.mark.parametrize("layout", ["dense", "csr"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "identity", "relu"])
@pytest.mark.parametrize("sizes", [[6, 1], [6, 4, 1], [6, 5, 3, 1]])
def test_gradient_is_the_slope_of_the_reference_loss(make_matrix, make_csr, layout, activation, sizes):
    X = make_matrix(8, 12, 6, np.float64)
    y, shares = np.arange(12) % 2, np.linspace(0.5, 2, 12)
    layers = draw_layers(8, sizes, np.float64, activation)
    loss, gradients = _core.network_loss_gradient(X if layout == "dense" else make_csr(X), y, layers, shares)
    assert loss == pytest.approx(_reference.network_loss(X, y, layers, shares), rel=1e-12)
    for (weights, bias, *_), (by_weights, by_bias) in zip(layers, gradients, strict=True):
        for parameters, gradient in ((weights, by_weights), (bias, by_bias)):
            assert gradient.shape == parameters.shape
            for place in np.ndindex(*parameters.shape):
                slope = slope_at(parameters, place, lambda: _reference.network_loss(X, y, layers, shares))
                assert gradient[place] == pytest.approx(slope, rel=1e-5, abs=1e-8)


def slope_at(parameters, place, loss, step=1e-6):
    """The central difference of the loss when one parameter moves."""
    value = parameters[place]
    parameters[place] = value + step
    above = loss()
    parameters[place] = value - step
    below = loss()
    parameters[place] = value
    return (above - below) / (2 * step)


def test_gradient_has_the_same_bits_each_time(make_matrix):
    X, y = make_matrix(4, 2000, 50, np.float32), np.arange(2000) % 2
    layers = draw_layers(4, [50, 20, 1], np.float32)
    first = _core.network_loss_gradient(X, y, layers)
    for _ in range(5):
        again = _core.network_loss_gradient(X, y, layers)
        assert again[0] == first[0]
        for ours, theirs in zip(again[1], first[1], strict=True):
            assert ours[0].tobytes() == theirs[0].tobytes()
            assert ours[1].tobytes() == theirs[1].tobytes()
