//! Reading NumPy arrays: which element type, which shape, in which order.
//!
//! What comes out is not lent to Rust yet: reading may run Python code, and with it other threads, which may resize
//! an array. Callers read all that they need, then lend it, and run no Python code until they have given it back.

use numpy::{
    Element, PyArray1, PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods,
};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use sigmail_core::numeric::Float;

use crate::errors::{invalid_type, invalid_value};

/// The element types of the kernels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ElementType {
    Single,
    Double,
}

/// An element type of the kernels that NumPy knows too.
pub trait Number: Float + Element {}
impl Number for f32 {}
impl Number for f64 {}

/// The element type of an array; `what` names the argument in the error.
pub fn element_type(array: &Bound<'_, PyUntypedArray>, what: &str) -> PyResult<ElementType> {
    let dtype = array.dtype();
    match (dtype.num(), dtype.is_native_byteorder()) {
        (11, Some(true)) => Ok(ElementType::Single),
        (12, Some(true)) => Ok(ElementType::Double),
        _ => Err(invalid_type(format!("expected {what} of float32 or float64, got {dtype}"))),
    }
}

/// The object as an array; lists and numbers become arrays of float64.
pub fn as_array<'py>(object: &Bound<'py, PyAny>, what: &str) -> PyResult<Bound<'py, PyUntypedArray>> {
    if let Ok(array) = object.cast::<PyUntypedArray>() {
        return Ok(array.clone());
    }
    as_float64(object, what)
}

/// The object as an array of float64, converted if need be.
pub fn as_float64<'py>(object: &Bound<'py, PyAny>, what: &str) -> PyResult<Bound<'py, PyUntypedArray>> {
    let numpy = object.py().import(intern!(object.py(), "numpy"))?;
    let keywords = PyDict::new(object.py());
    keywords.set_item(intern!(object.py(), "dtype"), "float64")?;
    let array = numpy.call_method("asarray", (object,), Some(&keywords)).map_err(|failure| {
        invalid_type(format!("expected numbers for {what}, got {}: {failure}", type_name(object)))
    })?;
    Ok(array.cast_into::<PyUntypedArray>()?)
}

/// The array as one of `T` in C order, copied only where its layout asks for it.
pub fn contiguous<'py, T: Number>(
    array: &Bound<'py, PyUntypedArray>,
    what: &str,
) -> PyResult<Bound<'py, PyArrayDyn<T>>> {
    let Ok(typed) = array.cast::<PyArrayDyn<T>>() else {
        return Err(invalid_type(format!("expected {what} of {}, got {}", T::NAME, array.dtype())));
    };
    in_c_order(typed)
}

/// The array itself if it is aligned and in C order, else a copy that is.
pub fn in_c_order<'py, T: Element>(array: &Bound<'py, PyArrayDyn<T>>) -> PyResult<Bound<'py, PyArrayDyn<T>>> {
    if array.is_c_contiguous() && array.is_aligned() {
        return Ok(array.clone());
    }
    let copy = array.call_method1(intern!(array.py(), "copy"), ("C",))?;
    Ok(copy.cast_into::<PyArrayDyn<T>>()?)
}

/// The object as a vector of `T`.
pub fn vector<'py, T: Number>(object: &Bound<'py, PyAny>, what: &str) -> PyResult<Bound<'py, PyArrayDyn<T>>> {
    let array = if object.is_instance_of::<PyUntypedArray>() {
        contiguous::<T>(object.cast()?, what)?
    } else {
        contiguous::<T>(as_float64(object, what)?.call_method1("astype", (T::NAME,))?.cast()?, what)?
    };
    expect_dimensions(array.shape(), 1, what)?;
    Ok(array)
}

/// The object as a vector of float64, converted if need be.
pub fn vector_of_float64(object: &Bound<'_, PyAny>, what: &str) -> PyResult<Vec<f64>> {
    let array = contiguous::<f64>(&as_float64(object, what)?, what)?;
    expect_dimensions(array.shape(), 1, what)?;
    Ok(array.try_readonly()?.as_slice()?.to_vec())
}

/// An error unless the shape has that many dimensions.
pub fn expect_dimensions(shape: &[usize], expected: usize, what: &str) -> PyResult<()> {
    if shape.len() == expected {
        return Ok(());
    }
    Err(invalid_value(format!("expected {what} with {expected} dimension(s), got shape {shape:?}")))
}

/// The name of the object's type, for an error text.
pub fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "an object".to_owned(), |name| name.to_string())
}

/// A new vector with those values, rounded to the element type.
pub fn from_float64(py: Python<'_>, values: Vec<f64>, element_type: ElementType) -> Bound<'_, PyAny> {
    match element_type {
        ElementType::Single => {
            let rounded = values.into_iter().map(f32::from_f64).collect();
            PyArray1::<f32>::from_vec(py, rounded).into_any()
        }
        ElementType::Double => PyArray1::<f64>::from_vec(py, values).into_any(),
    }
}
