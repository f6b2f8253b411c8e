//! `network` and `network_loss_gradient`.

use numpy::{
    PyArray2, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArray, PyUntypedArrayMethods,
};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use sigmail_core::numeric::{Activation, ForwardRows, Layer, LayerGradient, Network};

use super::arrays::{self, ElementType, Number};
use super::matrix::{Matrix, RowsVisitor};
use crate::errors::{invalid_type, invalid_value, raise};

/// The values of the last layer for each row of `X`.
#[pyfunction]
#[allow(non_snake_case, reason = "X is the field's name for a feature matrix")]
pub fn network<'py>(X: &Bound<'py, PyAny>, layers: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let matrix = Matrix::read(X)?;
    match network_type(&matrix, layers)? {
        ElementType::Single => forward_of::<f32>(&matrix, layers),
        ElementType::Double => forward_of::<f64>(&matrix, layers),
    }
}

fn forward_of<'py, T: Number>(
    matrix: &Matrix<'py>,
    layers: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let layers_read = LayerArrays::<T>::read_all(layers)?;
    let shape = [matrix.rows().unwrap_or(1), layers_read.last().map_or(0, |layer| layer.bias.len())];
    let output = PyArray2::<T>::zeros(layers.py(), shape, false);
    {
        let mut target = output.try_readwrite()?;
        matrix.accept(Forward { layers: &layers_read, output: target.as_slice_mut()? })?;
    }
    if matrix.rows().is_none() { output.get_item(0) } else { Ok(output.into_any()) }
}

struct Forward<'a, 'py, T: Number> {
    layers: &'a [LayerArrays<'py, T>],
    output: &'a mut [T],
}

impl<T: Number> RowsVisitor<T> for Forward<'_, '_, T> {
    type Output = ();

    fn visit(self, rows: &impl ForwardRows<T>) -> PyResult<()> {
        build(&lend(self.layers)?)?.forward(rows, self.output).map_err(raise)
    }
}

/// The weighted mean log-loss of a network whose last layer is one sigmoid neuron, and its gradient.
#[pyfunction]
#[pyo3(signature = (X, y, layers, sample_weight=None))]
#[allow(non_snake_case, reason = "X is the field's name for a feature matrix")]
pub fn network_loss_gradient<'py>(
    X: &Bound<'py, PyAny>,
    y: &Bound<'py, PyAny>,
    layers: &Bound<'py, PyAny>,
    sample_weight: Option<&Bound<'py, PyAny>>,
) -> PyResult<(f64, Bound<'py, PyList>)> {
    let matrix = Matrix::read(X)?;
    let targets = arrays::vector_of_float64(y, "y")?;
    let sample_weights = sample_weight
        .map(|sample_weight| arrays::vector_of_float64(sample_weight, "sample_weight"))
        .transpose()?;
    let element_type = network_type(&matrix, layers)?;
    let (loss, gradients) = match element_type {
        ElementType::Single => loss_of::<f32>(&matrix, layers, targets, sample_weights)?,
        ElementType::Double => loss_of::<f64>(&matrix, layers, targets, sample_weights)?,
    };
    let pairs = gradients.into_iter().map(|gradient| pair(layers.py(), gradient, element_type));
    Ok((loss, PyList::new(layers.py(), pairs.collect::<PyResult<Vec<_>>>()?)?))
}

/// The gradient of one layer as (dW, db), dW with one row an input.
fn pair(py: Python<'_>, gradient: LayerGradient, element_type: ElementType) -> PyResult<Bound<'_, PyTuple>> {
    let outputs = gradient.bias.len();
    let inputs = gradient.weights.len().checked_div(outputs).unwrap_or(0);
    let weights = arrays::from_float64(py, gradient.weights, element_type);
    let weights = weights.call_method1("reshape", (inputs, outputs))?;
    (weights, arrays::from_float64(py, gradient.bias, element_type)).into_pyobject(py)
}

fn loss_of<'py, T: Number>(
    matrix: &Matrix<'py>,
    layers: &Bound<'py, PyAny>,
    targets: Vec<f64>,
    sample_weights: Option<Vec<f64>>,
) -> PyResult<(f64, Vec<LayerGradient>)> {
    let layers = LayerArrays::<T>::read_all(layers)?;
    matrix.accept(Loss { layers: &layers, targets, sample_weights })
}

struct Loss<'a, 'py, T: Number> {
    layers: &'a [LayerArrays<'py, T>],
    targets: Vec<f64>,
    sample_weights: Option<Vec<f64>>,
}

impl<T: Number> RowsVisitor<T> for Loss<'_, '_, T> {
    type Output = (f64, Vec<LayerGradient>);

    fn visit(self, rows: &impl ForwardRows<T>) -> PyResult<Self::Output> {
        build(&lend(self.layers)?)?
            .loss_gradient(rows, &self.targets, self.sample_weights.as_deref())
            .map_err(raise)
    }
}

/// The element type of the matrix, or of the first layer where the matrix stores no values.
fn network_type(matrix: &Matrix<'_>, layers: &Bound<'_, PyAny>) -> PyResult<ElementType> {
    if let Some(element_type) = matrix.element_type()? {
        return Ok(element_type);
    }
    let weights = layers.get_item(0)?.get_item(0)?;
    arrays::element_type(&arrays::as_array(&weights, "weights of layer 0")?, "weights of layer 0")
}

/// The arrays of one layer.
struct LayerArrays<'py, T: Number> {
    weights: Bound<'py, PyArrayDyn<T>>,
    bias: Bound<'py, PyArrayDyn<T>>,
    activation: Activation,
}

/// The arrays of one layer, lent while the network is used.
struct LentLayer<'py, T: Number> {
    weights: PyReadonlyArrayDyn<'py, T>,
    bias: PyReadonlyArrayDyn<'py, T>,
    activation: Activation,
}

impl<'py, T: Number> LayerArrays<'py, T> {
    fn read_all(layers: &Bound<'py, PyAny>) -> PyResult<Vec<Self>> {
        layers.try_iter()?.enumerate().map(|(index, layer)| Self::read(index, &layer?)).collect()
    }

    fn read(index: usize, layer: &Bound<'py, PyAny>) -> PyResult<Self> {
        let wrong = || {
            invalid_type(format!(
                "expected layer {index} as (W, b) or (W, b, activation), got {}",
                arrays::type_name(layer)
            ))
        };
        let items: Vec<Bound<'py, PyAny>> = layer.extract().map_err(|_| wrong())?;
        let (weights, bias, activation) = match items.as_slice() {
            [weights, bias] => (weights, bias, Activation::default()),
            [weights, bias, name] => {
                let name: String = name.extract().map_err(|_| wrong())?;
                (weights, bias, Activation::from_name(&name).map_err(raise)?)
            }
            _ => return Err(wrong()),
        };
        let what = format!("weights of layer {index}");
        let weights = arrays::contiguous::<T>(weights.cast::<PyUntypedArray>()?, &what)?;
        arrays::expect_dimensions(weights.shape(), 2, &what)?;
        let bias = arrays::vector::<T>(bias, &format!("bias of layer {index}"))?;
        let (neurons, biases) = (weights.shape()[1], bias.len());
        if neurons != biases {
            return Err(invalid_value(format!(
                "expected {neurons} bias value(s) in layer {index}, one a column of its weights, got {biases}"
            )));
        }
        Ok(Self { weights, bias, activation })
    }
}

fn lend<'py, T: Number>(layers: &[LayerArrays<'py, T>]) -> PyResult<Vec<LentLayer<'py, T>>> {
    let lend = |layer: &LayerArrays<'py, T>| -> PyResult<LentLayer<'py, T>> {
        let (weights, bias) = (layer.weights.try_readonly()?, layer.bias.try_readonly()?);
        Ok(LentLayer { weights, bias, activation: layer.activation })
    };
    layers.iter().map(lend).collect()
}

fn build<'a, T: Number>(layers: &'a [LentLayer<'_, T>]) -> PyResult<Network<'a, T>> {
    let layers = layers.iter().map(|layer| {
        let inputs = layer.weights.shape()[0];
        Layer::new(layer.weights.as_slice()?, inputs, layer.bias.as_slice()?, layer.activation).map_err(raise)
    });
    Network::new(layers.collect::<PyResult<_>>()?).map_err(raise)
}
