//! `neuron` and `logistic_loss_gradient`.

use numpy::{PyArray1, PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;
use sigmail_core::numeric::{CsrParts, ForwardRows, Index, neuron as kernel};

use super::arrays::{self, ElementType, Number};
use super::matrix::{Matrix, RowsVisitor};
use crate::errors::raise;

/// sigmoid(X @ weights + bias).
#[pyfunction]
#[pyo3(signature = (X, weights, bias=0.0))]
#[allow(non_snake_case, reason = "X is the field's name for a feature matrix")]
pub fn neuron<'py>(
    X: &Bound<'py, PyAny>,
    weights: &Bound<'py, PyAny>,
    bias: f64,
) -> PyResult<Bound<'py, PyAny>> {
    let matrix = Matrix::read(X)?;
    let element_type = match matrix.element_type()? {
        Some(element_type) => element_type,
        None => arrays::element_type(&arrays::as_array(weights, "weights")?, "weights")?,
    };
    match element_type {
        ElementType::Single => neuron_of::<f32>(&matrix, weights, bias),
        ElementType::Double => neuron_of::<f64>(&matrix, weights, bias),
    }
}

fn neuron_of<'py, T: Number>(
    matrix: &Matrix<'py>,
    weights: &Bound<'py, PyAny>,
    bias: f64,
) -> PyResult<Bound<'py, PyAny>> {
    let py = weights.py();
    let weights = arrays::vector::<T>(weights, "weights")?;
    let output = PyArray1::<T>::zeros(py, matrix.rows().unwrap_or(1), false);
    {
        let mut target = output.try_readwrite()?;
        matrix.accept(Forward { weights: &weights, bias, output: target.as_slice_mut()? })?;
    }
    if matrix.rows().is_none() { output.get_item(0) } else { Ok(output.into_any()) }
}

struct Forward<'a, 'py, T: Number> {
    weights: &'a Bound<'py, PyArrayDyn<T>>,
    bias: f64,
    output: &'a mut [T],
}

impl<T: Number> RowsVisitor<T> for Forward<'_, '_, T> {
    type Output = ();

    fn visit(self, rows: &impl ForwardRows<T>) -> PyResult<()> {
        kernel::neuron(rows, self.weights.try_readonly()?.as_slice()?, self.bias, self.output).map_err(raise)
    }

    fn visit_parts<I: Index>(self, parts: CsrParts<'_, T, I>) -> PyResult<()> {
        let weights = self.weights.try_readonly()?;
        kernel::neuron_sparse(&parts, weights.as_slice()?, self.bias, self.output).map_err(raise)
    }
}

/// The weighted mean logistic loss of a neuron, and its gradient.
#[pyfunction]
#[pyo3(signature = (X, y, weights, bias, sample_weight=None))]
#[allow(non_snake_case, reason = "X is the field's name for a feature matrix")]
pub fn logistic_loss_gradient<'py>(
    X: &Bound<'py, PyAny>,
    y: &Bound<'py, PyAny>,
    weights: &Bound<'py, PyAny>,
    bias: f64,
    sample_weight: Option<&Bound<'py, PyAny>>,
) -> PyResult<(f64, Bound<'py, PyAny>, f64)> {
    let matrix = Matrix::read(X)?;
    let weights_array = arrays::as_array(weights, "weights")?;
    let weights_type = arrays::element_type(&weights_array, "weights")?;
    let loss = Loss {
        targets: arrays::vector_of_float64(y, "y")?,
        weights: arrays::vector_of_float64(weights, "weights")?,
        bias,
        sample_weights: sample_weight
            .map(|sample_weight| arrays::vector_of_float64(sample_weight, "sample_weight"))
            .transpose()?,
    };
    let gradient = match matrix.element_type()?.unwrap_or(weights_type) {
        ElementType::Single => matrix.accept::<f32, _>(loss)?,
        ElementType::Double => matrix.accept::<f64, _>(loss)?,
    };
    let gradient_weights = arrays::from_float64(weights.py(), gradient.weights, weights_type);
    Ok((gradient.loss, gradient_weights, gradient.bias))
}

struct Loss {
    targets: Vec<f64>,
    weights: Vec<f64>,
    bias: f64,
    sample_weights: Option<Vec<f64>>,
}

impl<T: Number> RowsVisitor<T> for Loss {
    type Output = kernel::LogisticGradient;

    fn visit(self, rows: &impl ForwardRows<T>) -> PyResult<Self::Output> {
        let sample_weights = self.sample_weights.as_deref();
        kernel::logistic_loss_gradient(rows, &self.targets, &self.weights, self.bias, sample_weights)
            .map_err(raise)
    }
}
