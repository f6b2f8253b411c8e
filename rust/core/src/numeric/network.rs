//! Layers of neurons: the forward pass, beside the backward pass.

use super::forward::PreparedNetwork;
use super::neuron::{check_targets, expect_length, logistic_loss};
use super::parallel::for_rows;
use super::simd::Level;
use super::{Activation, Float, ForwardRows, Rows};
use crate::error::{Error, Result};

/// One layer: `activation(x W + bias)`.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'a, T> {
    weights: &'a [T],
    bias: &'a [T],
    inputs: usize,
    pub(super) activation: Activation,
}

impl<'a, T: Float> Layer<'a, T> {
    /// A layer of `inputs` times `bias.len()` weights, row-major: one row an input, one column a neuron.
    pub fn new(weights: &'a [T], inputs: usize, bias: &'a [T], activation: Activation) -> Result<Self> {
        expect_length("weights, inputs times neurons", inputs.saturating_mul(bias.len()), weights.len())?;
        Ok(Self { weights, bias, inputs, activation })
    }

    /// The number of neurons.
    #[must_use]
    pub const fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// The number of inputs.
    #[must_use]
    pub const fn inputs(&self) -> usize {
        self.inputs
    }

    /// `inputs` times `outputs` weights, row-major.
    #[must_use]
    pub const fn weights(&self) -> &'a [T] {
        self.weights
    }

    /// One value a neuron.
    #[must_use]
    pub const fn bias(&self) -> &'a [T] {
        self.bias
    }

    fn weights_of_input(&self, input: usize) -> &'a [T] {
        &self.weights[input * self.outputs()..(input + 1) * self.outputs()]
    }
}

/// The derivative of the loss with respect to one layer's weights and bias, laid out like them.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerGradient {
    /// One value a weight, row-major.
    pub weights: Vec<f64>,
    /// One value a neuron.
    pub bias: Vec<f64>,
}

/// Layers that fit one another.
#[derive(Debug, Clone)]
pub struct Network<'a, T> {
    layers: Vec<Layer<'a, T>>,
}

impl<'a, T: Float> Network<'a, T> {
    /// At least one layer; each takes as many inputs as the one before it has neurons.
    pub fn new(layers: Vec<Layer<'a, T>>) -> Result<Self> {
        if layers.is_empty() {
            return Err(Error::Value("expected at least 1 layer, got 0".into()));
        }
        for pair in layers.windows(2) {
            expect_length(
                "rows of weights, one an output of the layer before",
                pair[0].outputs(),
                pair[1].inputs,
            )?;
        }
        Ok(Self { layers })
    }

    /// The number of neurons in the last layer.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, Layer::outputs)
    }

    /// Writes the last layer's values for each row of `x` to `output`, row-major.
    pub fn forward<X: ForwardRows<T>>(&self, x: &X, output: &mut [T]) -> Result<()> {
        expect_length("columns, one an input of the first layer", self.layers[0].inputs, x.columns())?;
        expect_length("output values", x.rows() * self.outputs(), output.len())?;
        let per_row: usize = self.layers[1..].iter().map(|layer| layer.weights.len()).sum();
        let effort = x.entries_in(0..x.rows()) * self.layers[0].outputs() + x.rows() * per_row;
        let prepared = PreparedNetwork::new(&self.layers, Level::chosen(), X::wants_packing(x.rows()));
        for_rows(x.rows(), self.outputs(), effort, output, |rows, output| prepared.forward(x, rows, output));
        Ok(())
    }

    /// The weighted mean log-loss of the network on the rows of `x`, and its gradient by each layer.
    ///
    /// The last layer must be one sigmoid neuron. Sums run in `f64`, in row order: the same input gives the
    /// same bits. Targets and sample weights as in [`logistic_loss_gradient`](super::neuron::logistic_loss_gradient).
    pub fn loss_gradient(
        &self,
        x: &impl Rows<T>,
        targets: &[f64],
        sample_weights: Option<&[f64]>,
    ) -> Result<(f64, Vec<LayerGradient>)> {
        expect_length("columns, one an input of the first layer", self.layers[0].inputs, x.columns())?;
        self.expect_one_sigmoid_at_the_end()?;
        let total = check_targets(x.rows(), targets, sample_weights)?;
        let mut values = self.empty_values();
        let mut gradients = self.empty_gradients();
        let mut loss = 0.0;
        for (row, &target) in targets.iter().enumerate() {
            let share = sample_weights.map_or(1.0, |weights| weights[row]) / total;
            let z = self.forward_row(x, row, &mut values);
            loss += share * logistic_loss(z, target);
            // For a sigmoid under the log-loss, the derivative by the last sum is value - target.
            let last_delta = vec![share * (values[self.layers.len() - 1][0] - target)];
            self.backward_row(x, row, &values, last_delta, &mut gradients);
        }
        Ok((loss, gradients))
    }

    /// Fills `values` with each layer's values for the row; returns the first sum of the last layer.
    fn forward_row(&self, x: &impl Rows<T>, row: usize, values: &mut [Vec<f64>]) -> f64 {
        let mut first_sum = 0.0;
        for (index, layer) in self.layers.iter().enumerate() {
            let (before, rest) = values.split_at_mut(index);
            let sums = &mut rest[0];
            for (sum, bias) in sums.iter_mut().zip(layer.bias) {
                *sum = bias.to_f64();
            }
            let mut add = |input: usize, value: f64| {
                for (sum, weight) in sums.iter_mut().zip(layer.weights_of_input(input)) {
                    *sum += value * weight.to_f64();
                }
            };
            match before.last() {
                None => x.visit(row, &mut |input, value| add(input, value.to_f64())),
                Some(inputs) => inputs.iter().enumerate().for_each(|(input, value)| add(input, *value)),
            }
            first_sum = sums.first().copied().unwrap_or(0.0);
            for sum in sums {
                *sum = layer.activation.value(*sum);
            }
        }
        first_sum
    }

    /// Adds the row's part to the gradients, from the last layer to the first.
    fn backward_row(
        &self,
        x: &impl Rows<T>,
        row: usize,
        values: &[Vec<f64>],
        mut deltas: Vec<f64>,
        gradients: &mut [LayerGradient],
    ) {
        for (index, layer) in self.layers.iter().enumerate().rev() {
            let gradient = &mut gradients[index];
            for (sum, delta) in gradient.bias.iter_mut().zip(&deltas) {
                *sum += delta;
            }
            let outputs = layer.outputs();
            let mut add = |input: usize, value: f64| {
                let sums = &mut gradient.weights[input * outputs..(input + 1) * outputs];
                for (sum, delta) in sums.iter_mut().zip(&deltas) {
                    *sum += value * delta;
                }
            };
            if index == 0 {
                x.visit(row, &mut |input, value| add(input, value.to_f64()));
                break;
            }
            let inputs = &values[index - 1];
            inputs.iter().enumerate().for_each(|(input, value)| add(input, *value));
            let below = self.layers[index - 1].activation;
            deltas = inputs
                .iter()
                .enumerate()
                .map(|(input, value)| {
                    let weights = layer.weights_of_input(input).iter();
                    let sum: f64 = weights.zip(&deltas).map(|(weight, delta)| weight.to_f64() * delta).sum();
                    sum * below.derivative_at_value(*value)
                })
                .collect();
        }
    }

    fn expect_one_sigmoid_at_the_end(&self) -> Result<()> {
        let last = &self.layers[self.layers.len() - 1];
        expect_length("neurons in the last layer, for the log-loss", 1, last.outputs())?;
        if last.activation == Activation::Sigmoid {
            return Ok(());
        }
        let name = last.activation.name();
        Err(Error::Value(format!("expected 'sigmoid' in the last layer, for the log-loss, got '{name}'")))
    }

    fn empty_values(&self) -> Vec<Vec<f64>> {
        self.layers.iter().map(|layer| vec![0.0; layer.outputs()]).collect()
    }

    fn empty_gradients(&self) -> Vec<LayerGradient> {
        let empty = |layer: &Layer<'_, T>| LayerGradient {
            weights: vec![0.0; layer.weights.len()],
            bias: vec![0.0; layer.outputs()],
        };
        self.layers.iter().map(empty).collect()
    }
}
