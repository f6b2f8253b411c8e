//! `CompactWeights`.

use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use sigmail_core::numeric::{CompactWeights as Weights, CsrParts, Format, ForwardRows, Index};

use super::arrays;
use super::matrix::{Matrix, RowsVisitor};
use crate::errors::{invalid_type, raise};

/// The weights of a neuron, stored as float32, bfloat16 or int8 with a scale; nothing changes them later.
#[pyclass(frozen, module = "sigmail._core")]
pub struct CompactWeights(Weights);

#[pymethods]
impl CompactWeights {
    #[new]
    fn new(weights: &Bound<'_, PyAny>, format: &str) -> PyResult<Self> {
        let format = Format::from_name(format).map_err(raise)?;
        let weights = arrays::vector::<f32>(weights, "weights")?.try_readonly()?;
        Weights::new(weights.as_slice()?, format).map(Self).map_err(raise)
    }

    /// sigmoid(X @ weights + bias) for a CSR matrix of float32, with the weights as they are stored.
    #[pyo3(signature = (X, bias=0.0))]
    #[allow(non_snake_case, reason = "X is the field's name for a feature matrix")]
    fn neuron<'py>(&self, X: &Bound<'py, PyAny>, bias: f64) -> PyResult<Bound<'py, PyAny>> {
        let matrix = Matrix::read(X)?;
        let output = PyArray1::<f32>::zeros(X.py(), matrix.rows().unwrap_or(1), false);
        matrix.accept(Forward { weights: &self.0, bias, output: output.try_readwrite()?.as_slice_mut()? })?;
        Ok(output.into_any())
    }

    /// "float32", "bfloat16" or "int8".
    #[getter]
    fn format(&self) -> &'static str {
        self.0.format().name()
    }

    /// The bytes that the weights take.
    #[getter]
    fn nbytes(&self) -> usize {
        self.0.size_in_bytes()
    }

    fn __len__(&self) -> usize {
        self.0.count()
    }
}

struct Forward<'a> {
    weights: &'a Weights,
    bias: f64,
    output: &'a mut [f32],
}

impl RowsVisitor<f32> for Forward<'_> {
    type Output = ();

    fn visit(self, _rows: &impl ForwardRows<f32>) -> PyResult<()> {
        Err(invalid_type("expected X in CSR format, got a dense array: use sigmail.neuron for it".to_owned()))
    }

    fn visit_parts<I: Index>(self, parts: CsrParts<'_, f32, I>) -> PyResult<()> {
        self.weights.neuron(&parts, self.bias, self.output).map_err(raise)
    }
}
