//! `sigmoid` and `sigmoid_derivative`.

use numpy::{PyArrayDyn, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt};
use sigmail_core::numeric::sigmoid as kernel;

use super::arrays::{ElementType, Number, as_array, element_type};
use crate::errors::{invalid_type, invalid_value};

/// 1 / (1 + exp(-x)) for each value of `x`.
#[pyfunction]
#[pyo3(signature = (x, out=None))]
pub fn sigmoid<'py>(x: &Bound<'py, PyAny>, out: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    apply(x, out, kernel::sigmoid_f64, kernel::sigmoid_in_place, kernel::sigmoid_in_place)
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
        kernel::sigmoid_derivative_f64,
        kernel::sigmoid_derivative_in_place,
        kernel::sigmoid_derivative_in_place,
    )
}

fn apply<'py>(
    x: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
    scalar: fn(f64) -> f64,
    single: fn(&mut [f32]),
    double: fn(&mut [f64]),
) -> PyResult<Bound<'py, PyAny>> {
    if out.is_none() && (x.is_exact_instance_of::<PyFloat>() || x.is_instance_of::<PyInt>()) {
        return Ok(PyFloat::new(x.py(), scalar(x.extract()?)).into_any());
    }
    let array = match x.getattr_opt(intern!(x.py(), "__array__"))? {
        Some(convert) => convert.call0()?.cast_into::<PyUntypedArray>()?,
        None => as_array(x, "x")?,
    };
    let result = match element_type(&array, "x")? {
        ElementType::Single => apply_to(&array, single)?,
        ElementType::Double => apply_to(&array, double)?,
    };
    deliver(&result, out)
}

/// Computes in a fresh copy, which has the shape and the dtype of the array.
fn apply_to<'py, T: Number>(
    array: &Bound<'py, PyUntypedArray>,
    in_place: fn(&mut [T]),
) -> PyResult<Bound<'py, PyAny>> {
    let copy = array.call_method1(intern!(array.py(), "copy"), ("C",))?;
    in_place(copy.cast::<PyArrayDyn<T>>()?.try_readwrite()?.as_slice_mut()?);
    Ok(copy)
}

/// Writes the result to `out`, if given; a result without dimensions becomes a scalar.
fn deliver<'py>(result: &Bound<'py, PyAny>, out: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    let py = result.py();
    let Some(out) = out else {
        return result.get_item(pyo3::types::PyTuple::empty(py));
    };
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
