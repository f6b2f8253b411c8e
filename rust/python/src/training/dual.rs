//! `DualTraining`: rows and a neuron that learns them by dual coordinate descent, on up to two threads.

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use sigmail_core::numeric::ForwardRows;
use sigmail_core::training::lanes;
use sigmail_core::training::ranked::RankedExamples;

use super::LEARNING;
use super::examples::positions;
use crate::errors::{raise, run};
use crate::numeric::arrays::{self, ElementType, Number};
use crate::numeric::matrix::{Matrix, RowsVisitor};

type Vector<'py> = Bound<'py, PyArray1<f64>>;

/// A neuron in training, with its own copy of the rows.
#[pyclass(module = "sigmail._core")]
pub struct DualTraining(Training);

enum Training {
    Single(lanes::DualTraining<f32>),
    Double(lanes::DualTraining<f64>),
}

#[pymethods]
impl DualTraining {
    #[new]
    #[pyo3(signature = (X, y, sample_weight, *, c, stiffness))]
    #[allow(non_snake_case, reason = "X is the field's name for a feature matrix")]
    fn new(
        X: &Bound<'_, PyAny>,
        y: &Bound<'_, PyAny>,
        sample_weight: &Bound<'_, PyAny>,
        c: f64,
        stiffness: f64,
    ) -> PyResult<Self> {
        let matrix = Matrix::read(X)?;
        let copy = Copy {
            targets: arrays::vector_of_float64(y, "y")?,
            weights: arrays::vector_of_float64(sample_weight, "sample_weight")?,
        };
        Ok(Self(match matrix.element_type()? {
            Some(ElementType::Double) => {
                Training::Double(lanes::DualTraining::new(matrix.accept::<f64, _>(copy)?, c, stiffness))
            }
            _ => Training::Single(lanes::DualTraining::new(matrix.accept::<f32, _>(copy)?, c, stiffness)),
        }))
    }

    /// One pass over the rows in the order: the sums of loss, gap and residual, each before its row was learnt.
    #[pyo3(signature = (order, *, steps, push))]
    fn learn(
        &mut self,
        py: Python<'_>,
        order: PyReadonlyArray1<'_, i64>,
        steps: usize,
        push: f64,
    ) -> PyResult<(f64, f64, f64)> {
        let order = positions(&order);
        let figures = run(py, LEARNING, || match &mut self.0 {
            Training::Single(training) => training.pass(&order, steps, push),
            Training::Double(training) => training.pass(&order, steps, push),
        })?;
        let figures = figures.map_err(raise)?;
        Ok((figures.loss, figures.gap, figures.residual))
    }

    /// The mean loss, the steepest slopes by the weights and by the bias, and the sums of squared gradients.
    fn slopes<'py>(&self, py: Python<'py>) -> PyResult<(f64, f64, f64, Vector<'py>)> {
        let found = run(py, LEARNING, || match &self.0 {
            Training::Single(training) => training.slopes(),
            Training::Double(training) => training.slopes(),
        })?;
        Ok((found.loss, found.weights, found.bias, PyArray1::from_vec(py, found.squares)))
    }

    /// The weights and the bias so far.
    fn solution<'py>(&self, py: Python<'py>) -> PyResult<(Vector<'py>, f64)> {
        let (weights, bias) = run(py, LEARNING, || match &self.0 {
            Training::Single(training) => training.solution(),
            Training::Double(training) => training.solution(),
        })?;
        Ok((PyArray1::from_vec(py, weights), bias))
    }
}

struct Copy {
    targets: Vec<f64>,
    weights: Vec<f64>,
}

impl<T: Number> RowsVisitor<T> for Copy {
    type Output = RankedExamples<T>;

    fn visit(self, rows: &impl ForwardRows<T>) -> PyResult<Self::Output> {
        RankedExamples::new(rows, self.targets, self.weights).map_err(raise)
    }
}
