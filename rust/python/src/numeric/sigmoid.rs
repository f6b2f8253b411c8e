//! `sigmoid` and `sigmoid_derivative`.

use numpy::{PyArray1, PyArrayDyn, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyTuple};
use sigmail_core::error::Result as CoreResult;
use sigmail_core::numeric::sigmoid as kernel;

use super::arrays::{self, ElementType, Number, as_array};
use crate::errors::{invalid_type, invalid_value, raise};

/// So few values are copied twice: that takes less time than to lend the arrays to Rust and to give them back.
const TINY: usize = 16;

/// Results of at most this many values are made without a call back into Python.
const SMALL: usize = 4096;

/// 1 / (1 + exp(-x)) for each value of `x`.
#[pyfunction]
#[pyo3(signature = (x, out=None))]
pub fn sigmoid<'py>(x: &Bound<'py, PyAny>, out: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    apply(
        x,
        out,
        &Kernels {
            number: kernel::sigmoid_one,
            single: (kernel::sigmoid_to, kernel::sigmoid_in_place),
            double: (kernel::sigmoid_to, kernel::sigmoid_in_place),
        },
    )
}

/// The derivative of the sigmoid at each value of `x`.
#[pyfunction]
#[pyo3(signature = (x, out=None))]
pub fn sigmoid_derivative<'py>(
    x: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    apply(
        x,
        out,
        &Kernels {
            number: kernel::sigmoid_derivative_one,
            single: (kernel::sigmoid_derivative_to, kernel::sigmoid_derivative_in_place),
            double: (kernel::sigmoid_derivative_to, kernel::sigmoid_derivative_in_place),
        },
    )
}

/// A function of one number, from slice to slice and in place.
type Forms<T> = (fn(&[T], &mut [T]) -> CoreResult<()>, fn(&mut [T]));

struct Kernels {
    number: fn(f64) -> f64,
    single: Forms<f32>,
    double: Forms<f64>,
}

fn apply<'py>(
    x: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
    kernels: &Kernels,
) -> PyResult<Bound<'py, PyAny>> {
    if out.is_none() {
        // A Python number, and an array in C order, take the shortest way: their calls are the most frequent.
        if x.is_exact_instance_of::<PyFloat>() || x.is_exact_instance_of::<PyInt>() {
            return Ok(PyFloat::new(x.py(), (kernels.number)(x.extract()?)).into_any());
        }
        if let Ok(array) = x.cast_exact::<PyArrayDyn<f32>>()
            && let Some(result) = to_fresh(array, kernels.single.0)?
        {
            return Ok(result);
        }
        if let Ok(array) = x.cast_exact::<PyArrayDyn<f64>>()
            && let Some(result) = to_fresh(array, kernels.double.0)?
        {
            return Ok(result);
        }
        // NumPy's float64 is a Python float too.
        if x.is_instance_of::<PyFloat>() {
            return x.get_type().call1(((kernels.number)(x.extract()?),));
        }
    }
    if let Some(out) = out
        && (to_given(x, out, &kernels.single)? || to_given(x, out, &kernels.double)?)
    {
        return Ok(out.clone());
    }
    let array = match x.cast::<PyUntypedArray>() {
        Ok(array) => array.clone(),
        Err(_) => scalar_or_list(x)?,
    };
    let result = match arrays::element_type(&array, "x")? {
        ElementType::Single => to_copy(&array, kernels.single.1)?,
        ElementType::Double => to_copy(&array, kernels.double.1)?,
    };
    match out {
        Some(out) => deliver(&result, out),
        None => result.get_item(PyTuple::empty(x.py())),
    }
}

/// A NumPy scalar keeps its dtype; a list of numbers becomes float64.
fn scalar_or_list<'py>(x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
    match x.getattr_opt(intern!(x.py(), "__array__"))? {
        Some(convert) => Ok(convert.call0()?.cast_into::<PyUntypedArray>()?),
        None => as_array(x, "x"),
    }
}

/// Computes from an array in C order, of one dimension or more, to a fresh one; none if it is another.
fn to_fresh<'py, T: Number>(
    array: &Bound<'py, PyArrayDyn<T>>,
    kernel: fn(&[T], &mut [T]) -> CoreResult<()>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    if array.ndim() == 0 || !array.is_c_contiguous() || !array.is_aligned() {
        return Ok(None);
    }
    let py = array.py();
    if array.ndim() == 1 && array.len() <= TINY {
        let values = array.to_vec()?;
        let mut results = [T::default(); TINY];
        kernel(&values, &mut results[..values.len()]).map_err(raise)?;
        return Ok(Some(PyArray1::from_slice(py, &results[..values.len()]).into_any()));
    }
    let result = if array.len() <= SMALL {
        PyArrayDyn::<T>::zeros(py, array.shape(), false)
    } else {
        // Zeros would cost a pass over the memory; the kernel writes each value.
        let empty = py.import(intern!(py, "numpy"))?.call_method1(intern!(py, "empty_like"), (array,))?;
        empty.cast_into::<PyArrayDyn<T>>()?
    };
    kernel(array.try_readonly()?.as_slice()?, result.try_readwrite()?.as_slice_mut()?).map_err(raise)?;
    Ok(Some(result.into_any()))
}

/// Computes from one array in C order into another, or in place; says no where a copy has to stand between.
fn to_given<T: Number>(x: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>, forms: &Forms<T>) -> PyResult<bool> {
    let (Ok(x), Ok(out)) = (x.cast::<PyArrayDyn<T>>(), out.cast::<PyArrayDyn<T>>()) else {
        return Ok(false);
    };
    let plain = |array: &Bound<'_, PyArrayDyn<T>>| array.is_c_contiguous() && array.is_aligned();
    if !plain(x) || !plain(out) || x.shape() != out.shape() {
        return Ok(false);
    }
    if x.is(out) {
        let Ok(mut values) = out.try_readwrite() else { return Ok(false) };
        (forms.1)(values.as_slice_mut()?);
        return Ok(true);
    }
    // Lending both fails where they overlap.
    let (Ok(input), Ok(mut output)) = (x.try_readonly(), out.try_readwrite()) else {
        return Ok(false);
    };
    (forms.0)(input.as_slice()?, output.as_slice_mut()?).map_err(raise)?;
    Ok(true)
}

/// Computes in a fresh copy, which has the shape and the dtype of the array.
fn to_copy<'py, T: Number>(
    array: &Bound<'py, PyUntypedArray>,
    in_place: fn(&mut [T]),
) -> PyResult<Bound<'py, PyAny>> {
    let copy = array.call_method1(intern!(array.py(), "copy"), ("C",))?;
    in_place(copy.cast::<PyArrayDyn<T>>()?.try_readwrite()?.as_slice_mut()?);
    Ok(copy)
}

/// Writes the result to `out`, which NumPy does for any layout and overlap.
fn deliver<'py>(result: &Bound<'py, PyAny>, out: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = result.py();
    let array = result.cast::<PyUntypedArray>()?;
    let Ok(target) = out.cast::<PyUntypedArray>() else {
        return Err(invalid_type("expected an array for out".to_owned()));
    };
    if target.shape() != array.shape() {
        return Err(invalid_value(format!(
            "expected out of shape {:?}, got {:?}",
            array.shape(),
            target.shape()
        )));
    }
    if !target.dtype().is(array.dtype()) {
        return Err(invalid_type(format!("expected out of {}, got {}", array.dtype(), target.dtype())));
    }
    py.import(intern!(py, "numpy"))?.call_method1("copyto", (out, result))?;
    Ok(out.clone())
}
