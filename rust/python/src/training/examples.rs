//! `Examples`: rows copied once, then learnt by a neuron without the GIL.

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use sigmail_core::error::Result as CoreResult;
use sigmail_core::numeric::{ForwardRows, Rows};
use sigmail_core::training;
use sigmail_core::training::descent::{Descent, Progress};
use sigmail_core::training::dual::{Dual, DualState};
use sigmail_core::training::ftrl::{Ftrl, Memory};

use super::LEARNING;
use crate::errors::{raise, run};
use crate::numeric::arrays::{self, ElementType, Number};
use crate::numeric::matrix::{Matrix, RowsVisitor};

type Vector<'py> = Bound<'py, PyArray1<f64>>;

/// Coordinates, weights, multiplier, balance, and the sums of loss, gap and residual.
type DualPassed<'py> = (Vector<'py>, Vector<'py>, f64, f64, (f64, f64, f64));

/// Rows to learn from, with their targets and weights: a checked copy that no one else can change.
#[pyclass(frozen, module = "sigmail._core")]
pub struct Examples(pub(super) Kept);

/// The rows in the element type that they came in.
pub(super) enum Kept {
    Single(training::Examples<f32>),
    Double(training::Examples<f64>),
}

#[pymethods]
impl Examples {
    #[new]
    #[allow(non_snake_case, reason = "X is the field's name for a feature matrix")]
    fn new(X: &Bound<'_, PyAny>, y: &Bound<'_, PyAny>, sample_weight: &Bound<'_, PyAny>) -> PyResult<Self> {
        let matrix = Matrix::read(X)?;
        let copy = Copy {
            targets: arrays::vector_of_float64(y, "y")?,
            weights: arrays::vector_of_float64(sample_weight, "sample_weight")?,
        };
        Ok(Self(match matrix.element_type()? {
            Some(ElementType::Double) => Kept::Double(matrix.accept::<f64, _>(copy)?),
            _ => Kept::Single(matrix.accept::<f32, _>(copy)?),
        }))
    }

    #[getter]
    fn n_rows(&self) -> usize {
        match &self.0 {
            Kept::Single(examples) => examples.rows(),
            Kept::Double(examples) => examples.rows(),
        }
    }

    /// The mean logistic loss of a neuron, and its gradient by the weights and the bias.
    fn loss_gradient<'py>(
        &self,
        py: Python<'py>,
        weights: PyReadonlyArray1<'py, f64>,
        bias: f64,
    ) -> PyResult<(f64, Vector<'py>, f64)> {
        let weights = weights.as_array().to_vec();
        let found = run(py, LEARNING, || match &self.0 {
            Kept::Single(examples) => examples.loss_gradient(&weights, bias),
            Kept::Double(examples) => examples.loss_gradient(&weights, bias),
        })?;
        let found = found.map_err(raise)?;
        Ok((found.loss, PyArray1::from_vec(py, found.weights), found.bias))
    }

    /// One pass of FTRL-Proximal: the mean loss, and the two sums of each weight, the bias's last.
    #[pyo3(signature = (z, squares, order, *, learning_rate, smoothing, l1, l2, max_weight))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python: the state, the order, the constants")]
    fn ftrl_pass<'py>(
        &self,
        py: Python<'py>,
        z: PyReadonlyArray1<'py, f64>,
        squares: PyReadonlyArray1<'py, f64>,
        order: PyReadonlyArray1<'py, i64>,
        learning_rate: f64,
        smoothing: f64,
        l1: f64,
        l2: f64,
        max_weight: f64,
    ) -> PyResult<(f64, Vector<'py>, Vector<'py>)> {
        let ftrl = Ftrl { learning_rate, smoothing, l1, l2, max_weight };
        let pairs = z.as_array().into_iter().zip(squares.as_array());
        let mut memories: Vec<Memory> =
            pairs.map(|(z, squares)| Memory { z: *z, squares: *squares }).collect();
        let order = positions(&order);
        let loss = run(py, LEARNING, || match &self.0 {
            Kept::Single(examples) => ftrl.learn(&mut memories, examples, &order),
            Kept::Double(examples) => ftrl.learn(&mut memories, examples, &order),
        })?;
        let loss = loss.map_err(raise)?;
        let z = PyArray1::from_iter(py, memories.iter().map(|memory| memory.z));
        let squares = PyArray1::from_iter(py, memories.iter().map(|memory| memory.squares));
        Ok((loss, z, squares))
    }

    /// One pass of stochastic gradient descent: the mean loss, the weights, the bias and the steps so far.
    #[pyo3(signature = (weights, bias, steps, order, *, learning_rate, l2, max_weight))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python: the state, the order, the constants")]
    fn descent_pass<'py>(
        &self,
        py: Python<'py>,
        weights: PyReadonlyArray1<'py, f64>,
        bias: f64,
        steps: u64,
        order: PyReadonlyArray1<'py, i64>,
        learning_rate: f64,
        l2: f64,
        max_weight: f64,
    ) -> PyResult<(f64, Vector<'py>, f64, u64)> {
        let descent = Descent { learning_rate, l2, max_weight };
        let mut progress = Progress { weights: weights.as_array().to_vec(), bias, steps };
        let order = positions(&order);
        let loss = run(py, LEARNING, || match &self.0 {
            Kept::Single(examples) => descent.learn(&mut progress, examples, &order),
            Kept::Double(examples) => descent.learn(&mut progress, examples, &order),
        })?;
        let loss = loss.map_err(raise)?;
        Ok((loss, PyArray1::from_vec(py, progress.weights), progress.bias, progress.steps))
    }

    /// One pass of dual coordinate descent: the coordinates, the weights, the multiplier, the balance, and
    /// the sums of loss, gap and residual over the rows, each before it was learnt.
    #[pyo3(signature = (coordinates, weights, multiplier, balance, order, *, c, rho))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python: the state, the order, the constants")]
    fn dual_pass<'py>(
        &self,
        py: Python<'py>,
        coordinates: PyReadonlyArray1<'py, f64>,
        weights: PyReadonlyArray1<'py, f64>,
        multiplier: f64,
        balance: f64,
        order: PyReadonlyArray1<'py, i64>,
        c: f64,
        rho: f64,
    ) -> PyResult<DualPassed<'py>> {
        let dual = Dual { c, rho };
        let (coordinates, weights) = (coordinates.as_array().to_vec(), weights.as_array().to_vec());
        let mut state = DualState { coordinates, weights, multiplier, balance };
        let order = positions(&order);
        let passed = run(py, LEARNING, || match &self.0 {
            Kept::Single(examples) => dual.pass(&mut state, examples, &order),
            Kept::Double(examples) => dual.pass(&mut state, examples, &order),
        })?;
        let figures = passed.map_err(raise)?;
        let (coordinates, weights) = (state.coordinates, state.weights);
        let weights = PyArray1::from_vec(py, weights);
        let figures = (figures.loss, figures.gap, figures.residual);
        Ok((PyArray1::from_vec(py, coordinates), weights, state.multiplier, state.balance, figures))
    }
}

struct Copy {
    targets: Vec<f64>,
    weights: Vec<f64>,
}

impl<T: Number> RowsVisitor<T> for Copy {
    type Output = training::Examples<T>;

    fn visit(self, rows: &impl ForwardRows<T>) -> PyResult<Self::Output> {
        let examples: CoreResult<_> = training::Examples::new(rows, self.targets, self.weights);
        examples.map_err(raise)
    }
}

/// The order as positions; a negative entry becomes one past every row, which the core refuses.
pub(super) fn positions(order: &PyReadonlyArray1<'_, i64>) -> Vec<usize> {
    order.as_array().iter().map(|row| usize::try_from(*row).unwrap_or(usize::MAX)).collect()
}
