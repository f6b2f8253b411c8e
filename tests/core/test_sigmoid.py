"""`sigmoid` and its derivative, beside the reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from sigmail import _core, _reference
from sigmail.errors import InvalidTypeError, InvalidValueError

DTYPES = [np.float32, np.float64]


def any_floats(dtype):
    width = np.dtype(dtype).itemsize * 8
    return st.floats(width=width, allow_nan=True, allow_infinity=True, allow_subnormal=True)


def assert_close(actual, x, reference, ulp):
    expected = reference(x).astype(x.dtype)
    assert actual.dtype == x.dtype
    assert actual.shape == x.shape
    np.testing.assert_array_equal(np.isnan(actual), np.isnan(x))
    known = ~np.isnan(x)
    np.testing.assert_array_max_ulp(actual[known], expected[known], ulp)


@pytest.mark.parametrize("dtype", DTYPES)
@given(data=st.data())
def test_any_array_is_within_an_ulp_of_the_reference(dtype, data):
    x = data.draw(
        arrays(dtype, array_shapes(min_dims=1, max_dims=3, max_side=20), elements=any_floats(dtype))
    )
    assert_close(_core.sigmoid(x), x, _reference.sigmoid, 1 if dtype == np.float32 else 3)


@pytest.mark.parametrize("dtype", DTYPES)
@given(data=st.data())
def test_any_derivative_is_within_a_few_ulp_of_the_reference(dtype, data):
    x = data.draw(arrays(dtype, st.integers(0, 300), elements=st.floats(-80, 80, width=32)))
    assert_close(_core.sigmoid_derivative(x), x, _reference.sigmoid_derivative, 8)


@pytest.mark.parametrize("dtype", DTYPES)
@given(length=st.integers(0, 300), offset=st.integers(0, 17), stride=st.sampled_from([1, 2, 3, -1, -2]))
def test_offsets_and_strides_do_not_change_the_values(dtype, length, offset, stride):
    base = np.random.default_rng(length).normal(scale=8, size=1000).astype(dtype)
    x = base[offset : offset + length * abs(stride)][::stride]
    np.testing.assert_array_equal(_core.sigmoid(x), _core.sigmoid(np.ascontiguousarray(x)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_of_a_transposed_array_keep_their_places(dtype):
    x = np.arange(-6, 6, dtype=dtype).reshape(3, 4).T
    np.testing.assert_allclose(_core.sigmoid(x), _reference.sigmoid(x), rtol=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
def test_long_arrays_agree_with_short_ones(dtype):
    x = np.random.default_rng(1).normal(scale=30, size=300_001).astype(dtype)
    whole = _core.sigmoid(x)
    pieces = [_core.sigmoid(piece) for piece in np.array_split(x, 1000)]
    np.testing.assert_array_equal(whole, np.concatenate(pieces))


@pytest.mark.parametrize(
    ("dtype", "smallest"), [(np.float32, -103.0), (np.float64, -744.0)], ids=["float32", "float64"]
)
def test_the_tail_is_still_a_number(dtype, smallest):
    value = _core.sigmoid(np.array([smallest], dtype))[0]
    assert value == np.exp(np.array([smallest], np.longdouble)).astype(dtype)[0] > 0


@pytest.mark.parametrize("dtype", DTYPES)
def test_special_values_follow_ieee(dtype):
    tiny = np.finfo(dtype).smallest_subnormal
    x = np.array([-np.inf, np.inf, -0.0, 0.0, tiny, -tiny, np.nan], dtype)
    np.testing.assert_array_equal(_core.sigmoid(x), np.array([0, 1, 0.5, 0.5, 0.5, 0.5, np.nan], dtype))
    np.testing.assert_array_equal(
        _core.sigmoid_derivative(x), np.array([0, 0, 0.25, 0.25, 0.25, 0.25, np.nan], dtype)
    )


def test_numbers_and_lists():
    assert _core.sigmoid(5) == pytest.approx(0.9933071490757153)
    assert isinstance(_core.sigmoid(1.5), float)
    assert isinstance(_core.sigmoid(np.float32(1.5)), np.float32)
    assert isinstance(_core.sigmoid(np.float64(1.5)), np.float64)
    np.testing.assert_allclose(_core.sigmoid([0, 1]), [0.5, 0.7310585786300049])


def test_no_dimension_gives_a_scalar():
    value = _core.sigmoid(np.array(0.0, np.float32))
    assert value == 0.5
    assert isinstance(value, np.float32)


@pytest.mark.parametrize("dtype", DTYPES)
def test_out_is_written_and_returned(dtype):
    x = np.linspace(-3, 3, 40, dtype=dtype)
    expected = _core.sigmoid(x)
    out = np.empty_like(x)
    assert _core.sigmoid(x, out=out) is out
    np.testing.assert_array_equal(out, expected)
    strided = np.empty(80, dtype)[::2]
    assert _core.sigmoid(x, out=strided) is strided
    np.testing.assert_array_equal(strided, expected)


@pytest.mark.parametrize("shift", [0, 1, 5, -3])
def test_out_may_overlap_x(shift):
    base = np.linspace(-9, 9, 5000)
    x = base[10:4000]
    expected = _core.sigmoid(x)
    out = base[10 + shift : 4000 + shift]
    _core.sigmoid(x, out=out)
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize(
    "x", [np.arange(3), np.zeros(3, bool), np.zeros(3, complex), np.zeros(3, np.float16)]
)
def test_other_dtypes_are_refused_with_both_values(x):
    with pytest.raises(InvalidTypeError, match=f"float32 or float64, got {x.dtype}"):
        _core.sigmoid(x)


def test_a_foreign_byte_order_is_refused():
    with pytest.raises(InvalidTypeError, match="got >f8"):
        _core.sigmoid(np.zeros(3, ">f8"))


def test_text_is_refused():
    with pytest.raises(InvalidTypeError, match="str"):
        _core.sigmoid("five")


def test_out_of_another_shape_or_dtype_is_refused():
    x = np.zeros((2, 3))
    with pytest.raises(InvalidValueError, match=r"\[2, 3\], got \[3, 2\]"):
        _core.sigmoid(x, out=np.empty((3, 2)))
    with pytest.raises(InvalidTypeError, match="float64, got float32"):
        _core.sigmoid(x, out=np.empty((2, 3), np.float32))
    with pytest.raises(InvalidTypeError, match="out"):
        _core.sigmoid(x, out=[0.0])


def test_out_that_is_read_only_is_refused():
    out = np.empty(3)
    out.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        _core.sigmoid(np.zeros(3), out=out)
