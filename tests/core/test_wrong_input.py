"""Wrong shapes, dtypes and CSR matrices give an error with both values, and never a crash."""

from __future__ import annotations

import numpy as np
import pytest

from sigmail import _core
from sigmail.errors import InvalidTypeError, InvalidValueError

WEIGHTS = np.array([1.0, 2.0, 3.0])
LAYERS = [(np.ones((3, 2)), np.zeros(2)), (np.ones((2, 1)), np.zeros(1))]


@pytest.fixture(params=["neuron", "network", "logistic_loss_gradient", "network_loss_gradient"])
def read_matrix(request):
    """Each function that takes a matrix of two rows and three columns."""
    return {
        "neuron": lambda X: _core.neuron(X, WEIGHTS),
        "network": lambda X: _core.network(X, LAYERS),
        "logistic_loss_gradient": lambda X: _core.logistic_loss_gradient(X, [0, 1], WEIGHTS, 0.0),
        "network_loss_gradient": lambda X: _core.network_loss_gradient(X, [0, 1], LAYERS),
    }[request.param]


@pytest.mark.parametrize("index_type", [np.int32, np.int64])
@pytest.mark.parametrize(
    ("part", "values", "text"),
    [
        ("indptr", [0, 3, 2], "entry 2 is 2, the one before it is 3"),
        ("indptr", [0, 5, 3], "entry 2 is 3, the one before it is 5"),
        ("indptr", [1, 2, 3], "start at 0"),
        ("indptr", [-1, 2, 3], "start at 0"),
        ("indptr", [0, -2, 3], "entry 1 is -2"),
        ("indptr", [0, 2, 4], "expected 4 column indices.*got 3"),
        ("indptr", [0, 2, 2**31 - 1], "got 3"),
        ("indptr", [0, 3], "expected 3 entries in indptr.*got 2"),
        ("indptr", [0, 1, 2, 3], "expected 3 entries in indptr.*got 4"),
        ("indptr", [], "expected 3 entries in indptr.*got 0"),
        ("indices", [0, 1, 3], "from 0 to 2, got 3 at position 2"),
        ("indices", [0, -1, 2], "got -1 at position 1"),
        ("indices", [0, 2**31 - 1, 2], "got 2147483647 at position 1"),
        ("indices", [-(2**31), 1, 2], "got -2147483648 at position 0"),
        ("indices", [0, 1], "expected 2 values.*got 3"),
        ("indices", [0, 1, 2, 2], "expected 4 values.*got 3"),
        ("indices", [[0, 1, 2]], "1 dimension"),
        ("indptr", [[0, 2, 3]], "1 dimension"),
    ],
)
def test_each_wrong_csr_is_refused(*, read_matrix, make_csr, index_type, part, values, text):
    X = make_csr(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), index_type)
    setattr(X, part, np.array(values, index_type))
    with pytest.raises(InvalidValueError, match=text):
        read_matrix(X)


def test_indices_past_32_bits_are_refused(read_matrix, make_csr):
    X = make_csr(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), np.int64)
    X.indices[1] = 2**32
    with pytest.raises(InvalidValueError, match="got 4294967296 at position 1"):
        read_matrix(X)


@pytest.mark.parametrize("part", ["indptr", "indices"])
@pytest.mark.parametrize("dtype", [np.float64, np.uint32, np.int16])
def test_index_dtypes_other_than_int32_and_int64_are_refused(read_matrix, make_csr, part, dtype):
    X = make_csr(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    setattr(X, part, getattr(X, part).astype(dtype))
    with pytest.raises(InvalidTypeError, match=f"int32 or int64, got {np.dtype(dtype)}"):
        read_matrix(X)


def test_values_of_another_length_are_refused(read_matrix, make_csr):
    X = make_csr(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    X.data = X.data[:2]
    with pytest.raises(InvalidValueError, match=r"expected 3 values.*got 2"):
        read_matrix(X)


@pytest.mark.parametrize("shape", [(2,), (2, 3, 1), "wide", (-1, 3), None])
def test_a_csr_shape_that_is_none_is_refused(read_matrix, make_csr, shape):
    X = make_csr(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    X.shape = shape
    with pytest.raises(InvalidValueError, match="shape of two whole numbers"):
        read_matrix(X)


def test_other_sparse_formats_are_refused_with_the_remedy(read_matrix):
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(InvalidTypeError, match=r"got csc: convert it by X.tocsr\(\)"):
        read_matrix(sparse.csc_matrix(np.ones((2, 3))))
    with pytest.raises(InvalidTypeError, match=r"got bsr"):
        read_matrix(sparse.bsr_matrix(np.ones((2, 3))))


def test_another_number_of_columns_is_refused(read_matrix, make_csr):
    for X in (np.ones((2, 4)), make_csr(np.ones((2, 4)))):
        with pytest.raises(InvalidValueError, match=r"(expected 4 .*got 3)|(expected 3 .*got 4)"):
            read_matrix(X)


def test_more_than_two_dimensions_are_refused(read_matrix):
    with pytest.raises(InvalidValueError, match=r"1 or 2 dimensions, got shape \[2, 3, 1\]"):
        read_matrix(np.ones((2, 3, 1)))


def test_integers_in_an_array_are_refused(read_matrix):
    with pytest.raises(InvalidTypeError, match="float32 or float64, got int64"):
        read_matrix(np.ones((2, 3), np.int64))


def test_dtypes_that_differ_are_refused():
    single = np.ones((2, 3), np.float32)
    with pytest.raises(InvalidTypeError, match="weights of float32, got float64"):
        _core.neuron(single, WEIGHTS)
    with pytest.raises(InvalidTypeError, match="weights of layer 0 of float32, got float64"):
        _core.network(single, LAYERS)


@pytest.mark.parametrize(
    ("layers", "text"),
    [
        ([], "at least 1 layer"),
        ([(np.ones((3, 2)), np.zeros(3))], r"expected 2 bias value\(s\) in layer 0.*got 3"),
        (
            [(np.ones((3, 2)), np.zeros(2)), (np.ones((3, 1)), np.zeros(1))],
            "expected 2 rows of weights.*got 3",
        ),
        ([(np.ones(3), np.zeros(1))], r"2 dimension\(s\), got shape \[3\]"),
        ([(np.ones((3, 1)), np.zeros(1), "softmax")], "got 'softmax'"),
    ],
)
def test_layers_that_do_not_fit_are_refused(layers, text):
    with pytest.raises(InvalidValueError, match=text):
        _core.network(np.ones((2, 3)), layers)


@pytest.mark.parametrize("layer", [(np.ones((3, 1)),), 7, (np.ones((3, 1)), np.zeros(1), 5)])
def test_a_layer_that_is_none_is_refused(layer):
    with pytest.raises(InvalidTypeError, match=r"layer 0 as \(W, b\)"):
        _core.network(np.ones((2, 3)), [layer])


@pytest.mark.parametrize(
    ("y", "sample_weight", "text"),
    [
        ([0], None, "expected 2 targets.*got 1"),
        ([0, 2], None, "from 0 to 1, got 2"),
        ([0, np.nan], None, "got NaN"),
        ([0, 1], [1], "expected 2 sample weights.*got 1"),
        ([0, 1], [1, -3], "got -3"),
        ([0, 1], [1, np.inf], "got inf"),
        ([0, 1], [0, 0], "sum of 0"),
        ([[0], [1]], None, r"1 dimension\(s\), got shape \[2, 1\]"),
    ],
)
def test_wrong_targets_and_sample_weights_are_refused(y, sample_weight, text):
    with pytest.raises(InvalidValueError, match=text):
        _core.logistic_loss_gradient(np.ones((2, 3)), y, WEIGHTS, 0.0, sample_weight)
    with pytest.raises(InvalidValueError, match=text):
        _core.network_loss_gradient(np.ones((2, 3)), y, LAYERS, sample_weight)


def test_a_loss_needs_one_sigmoid_at_the_end():
    with pytest.raises(InvalidValueError, match=r"expected 1 neurons in the last layer.*got 2"):
        _core.network_loss_gradient(np.ones((2, 3)), [0, 1], LAYERS[:1])
    with pytest.raises(InvalidValueError, match=r"expected 'sigmoid'.*got 'tanh'"):
        _core.network_loss_gradient(np.ones((2, 3)), [0, 1], [LAYERS[0], (*LAYERS[1], "tanh")])


def test_no_rows_have_no_loss():
    with pytest.raises(InvalidValueError, match="at least 1 row, got 0"):
        _core.logistic_loss_gradient(np.ones((0, 3)), [], WEIGHTS, 0.0)
