//! `NetworkTraining`: a network that learns passes over rows, without the GIL.

use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use sigmail_core::numeric::Activation;
use sigmail_core::training;
use sigmail_core::training::network::{Settings, TrainedLayer};
use sigmail_core::training::optimizer::{Optimizer, Parameters, Real};

use super::LEARNING;
use super::examples::{Examples, Kept, positions};
use crate::errors::{invalid_type, invalid_value, raise, run};
use crate::numeric::arrays::{self, ElementType, Number};

/// A network in training, with what the optimizer remembers; it can be pickled.
#[pyclass(module = "sigmail._core")]
pub struct NetworkTraining(State);

enum State {
    Single(training::network::NetworkTraining<f32>),
    Double(training::network::NetworkTraining<f64>),
}

#[pymethods]
impl NetworkTraining {
    /// Layers as (W, b, activation); moments as one (mean, square) for each W and b, none for a new network.
    #[new]
    #[pyo3(signature = (layers, moments=None, steps=0))]
    fn new(layers: &Bound<'_, PyList>, moments: Option<&Bound<'_, PyList>>, steps: u64) -> PyResult<Self> {
        let first = layers.get_item(0).and_then(|layer| layer.get_item(0))?;
        let state = match arrays::element_type(&arrays::as_array(&first, "weights")?, "weights")? {
            ElementType::Single => State::Single(build(layers, moments, steps)?),
            ElementType::Double => State::Double(build(layers, moments, steps)?),
        };
        Ok(Self(state))
    }

    /// Learns the rows once in the order; their mean loss, each batch before it was learnt.
    #[pyo3(signature = (examples, order, *, optimizer, learning_rate, momentum, batch_size, alpha, dropout, seed))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python: the constants of the method")]
    fn learn(
        &mut self,
        py: Python<'_>,
        examples: &Examples,
        order: PyReadonlyArray1<'_, i64>,
        optimizer: &str,
        learning_rate: f64,
        momentum: f64,
        batch_size: usize,
        alpha: f64,
        dropout: f64,
        seed: u64,
    ) -> PyResult<f64> {
        let optimizer = match optimizer {
            "adam" => Optimizer::Adam { learning_rate },
            "sgd" => Optimizer::Momentum { learning_rate, momentum },
            other => {
                return Err(invalid_value(format!(
                    "expected an optimizer of 'adam' or 'sgd', got '{other}'"
                )));
            }
        };
        let settings = Settings { optimizer, batch_size, alpha, dropout, seed };
        let order = positions(&order);
        match (&mut self.0, &examples.0) {
            (State::Single(state), Kept::Single(rows)) => {
                run(py, LEARNING, || state.learn(rows, &order, &settings))?
            }
            (State::Double(state), Kept::Double(rows)) => {
                run(py, LEARNING, || state.learn(rows, &order, &settings))?
            }
            _ => return Err(invalid_type("expected rows of the dtype of the layers".to_owned())),
        }
        .map_err(raise)
    }

    /// The mean log-loss of the network on the rows.
    fn loss(&self, py: Python<'_>, examples: &Examples) -> PyResult<f64> {
        match (&self.0, &examples.0) {
            (State::Single(state), Kept::Single(rows)) => run(py, LEARNING, || state.loss(rows))?,
            (State::Double(state), Kept::Double(rows)) => run(py, LEARNING, || state.loss(rows))?,
            _ => return Err(invalid_type("expected rows of the dtype of the layers".to_owned())),
        }
        .map_err(raise)
    }

    /// A copy of the layers as a list of (W, b, activation).
    fn layers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        match &self.0 {
            State::Single(state) => layers_of(py, state.layers()),
            State::Double(state) => layers_of(py, state.layers()),
        }
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let state = &slf.borrow().0;
        let (moments, steps) = match state {
            State::Single(state) => (moments_of(py, state.layers())?, state.steps()),
            State::Double(state) => (moments_of(py, state.layers())?, state.steps()),
        };
        let arguments = (slf.borrow().layers(py)?, moments, steps);
        (slf.get_type(), arguments).into_pyobject(py)
    }
}

fn build<T: Number + Real>(
    layers: &Bound<'_, PyList>,
    moments: Option<&Bound<'_, PyList>>,
    steps: u64,
) -> PyResult<training::network::NetworkTraining<T>> {
    let read = |layer: usize, part: usize| -> PyResult<Parameters<T>> {
        let values = flat::<T>(&layers.get_item(layer)?.get_item(part)?)?;
        let Some(moments) = moments else {
            let zeros = vec![T::default(); values.len()];
            return Parameters::new(values, zeros.clone(), zeros).map_err(raise);
        };
        let pair = moments.get_item(2 * layer + part)?;
        Parameters::new(values, flat::<T>(&pair.get_item(0)?)?, flat::<T>(&pair.get_item(1)?)?).map_err(raise)
    };
    let trained = (0..layers.len()).map(|layer| {
        let activation = layers.get_item(layer)?.get_item(2)?.extract::<String>()?;
        let activation = Activation::from_name(&activation).map_err(raise)?;
        Ok(TrainedLayer { weights: read(layer, 0)?, bias: read(layer, 1)?, activation })
    });
    training::network::NetworkTraining::new(trained.collect::<PyResult<_>>()?, steps).map_err(raise)
}

/// The values of an array in C order.
fn flat<T: Number>(object: &Bound<'_, PyAny>) -> PyResult<Vec<T>> {
    let array = arrays::as_array(object, "parameters")?;
    let values = arrays::contiguous::<T>(&array, "parameters")?.try_readonly()?;
    Ok(values.as_slice()?.to_vec())
}

fn layers_of<'py, T: Number>(py: Python<'py>, layers: &[TrainedLayer<T>]) -> PyResult<Bound<'py, PyList>> {
    let triples = layers.iter().map(|layer| {
        let (outputs, count) = (layer.outputs(), layer.weights.values.len());
        let weights = PyArray1::from_slice(py, &layer.weights.values);
        let weights = weights.reshape([count / outputs.max(1), outputs])?;
        let bias = PyArray1::from_slice(py, &layer.bias.values);
        (weights, bias, layer.activation.name()).into_pyobject(py)
    });
    PyList::new(py, triples.collect::<PyResult<Vec<_>>>()?)
}

fn moments_of<'py, T: Number>(py: Python<'py>, layers: &[TrainedLayer<T>]) -> PyResult<Bound<'py, PyList>> {
    let pairs = layers.iter().flat_map(|layer| [&layer.weights, &layer.bias]).map(|parameters| {
        let mean = PyArray1::from_slice(py, &parameters.means);
        (mean, PyArray1::from_slice(py, &parameters.squares)).into_pyobject(py)
    });
    PyList::new(py, pairs.collect::<PyResult<Vec<_>>>()?)
}
