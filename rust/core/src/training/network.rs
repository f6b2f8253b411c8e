//! A network's training: mini-batches, backpropagation, and steps on those inputs alone that a batch has.
//!
//! Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", Nature 323 (1986).

use super::Examples;
use super::backward::Workspace;
use super::optimizer::{Optimizer, Parameters, Real, Step};
use crate::error::{Error, Result};
use crate::numeric::{Activation, Rows};

/// One layer with what the optimizer remembers.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedLayer<T> {
    /// The weights, row-major: one row an input, one column a neuron.
    pub weights: Parameters<T>,
    /// One bias a neuron.
    pub bias: Parameters<T>,
    /// What the layer applies to its sums.
    pub activation: Activation,
}

impl<T> TrainedLayer<T> {
    /// The number of neurons.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.bias.values.len()
    }
}

/// How to learn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The method.
    pub optimizer: Optimizer,
    /// Rows a batch, at least 1.
    pub batch_size: usize,
    /// The L2 penalty beside the mean loss: alpha / 2 * sum of the squared weights.
    pub alpha: f64,
    /// The share of the input values that is left out, from 0 to below 1.
    pub dropout: f64,
    /// What the draws of the dropout depend on, with the row and the column.
    pub seed: u64,
}

/// A network in training: layers that fit one another, the last of them one sigmoid neuron.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkTraining<T> {
    layers: Vec<TrainedLayer<T>>,
    steps: u64,
}

impl<T: Real> NetworkTraining<T> {
    /// Checks the shapes; `steps` is how many batches the moments have seen.
    pub fn new(layers: Vec<TrainedLayer<T>>, steps: u64) -> Result<Self> {
        let last = layers.last().map(|layer| (layer.outputs(), layer.activation));
        if last != Some((1, Activation::Sigmoid)) {
            return Err(Error::Value(
                "expected one sigmoid neuron in the last layer, for the log-loss".into(),
            ));
        }
        for pair in layers.windows(2) {
            let expected = pair[0].outputs() * pair[1].outputs();
            let actual = pair[1].weights.values.len();
            if expected != actual {
                return Err(Error::Length {
                    what: "weights of a layer, inputs times neurons",
                    expected,
                    actual,
                });
            }
        }
        Ok(Self { layers, steps })
    }

    /// The layers, from the first to the last.
    #[must_use]
    pub fn layers(&self) -> &[TrainedLayer<T>] {
        &self.layers
    }

    /// How many batches it has learnt.
    #[must_use]
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// Learns the rows in the order, in batches; the mean of their losses, each before its batch was learnt.
    ///
    /// In a batch, the weights of an input that it does not have stay as they are, moments and penalty
    /// included: a batch costs what is in it, whatever the width of the first layer.
    pub fn learn(&mut self, examples: &Examples<T>, order: &[usize], settings: &Settings) -> Result<f64> {
        examples.check_order(order)?;
        self.check_columns(examples)?;
        let mean_weight = examples.mean_weight();
        let mut workspace = Workspace::new(&self.layers, examples.columns());
        let (mut loss, mut total) = (0.0, 0.0);
        for batch in order.chunks(settings.batch_size.max(1)) {
            for &row in batch {
                let weight = examples.get(row).weight;
                let share = weight / (mean_weight * batch.len() as f64);
                workspace.take_inputs(examples, row, settings.dropout, settings.seed);
                loss += weight * workspace.learn_row(&self.layers, examples.get(row).target, share);
                total += weight;
            }
            self.steps += 1;
            let step = Step::new(settings.optimizer, self.steps, settings.alpha);
            workspace.step(&mut self.layers, step);
        }
        Ok(loss / total)
    }

    /// The mean log-loss of the network on the rows, all inputs kept.
    pub fn loss(&self, examples: &Examples<T>) -> Result<f64> {
        self.check_columns(examples)?;
        let mut workspace = Workspace::new(&self.layers, examples.columns());
        let (mut loss, mut total) = (0.0, 0.0);
        for row in 0..examples.rows() {
            let example = examples.get(row);
            workspace.take_inputs(examples, row, 0.0, 0);
            loss += example.weight * workspace.loss(&self.layers, example.target);
            total += example.weight;
        }
        Ok(loss / total)
    }

    fn check_columns(&self, examples: &Examples<T>) -> Result<()> {
        let expected = examples.columns() * self.layers[0].outputs();
        let actual = self.layers[0].weights.values.len();
        if expected == actual {
            return Ok(());
        }
        Err(Error::Length { what: "weights of the first layer, columns times neurons", expected, actual })
    }
}
