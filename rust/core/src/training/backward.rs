//! The forward and backward pass of a batch over sparse inputs, and the gradient that it gathers.

use super::Examples;
use super::network::TrainedLayer;
use super::optimizer::{Real, Step};
use crate::numeric::neuron::logistic_loss;
use crate::numeric::sigmoid::sigmoid_f64;

/// Marks a column that the batch has not met.
const ABSENT: u32 = u32::MAX;

/// The memory of a batch, reused from one to the next.
pub(super) struct Workspace<T> {
    /// The place of each column among those that the batch has met.
    places: Vec<u32>,
    /// The columns that the batch has met, in the order of their first row.
    met: Vec<u32>,
    /// The gradient of the first layer's weights, a row for each column met.
    table_gradient: Vec<T>,
    /// The gradients of all the biases, and of the weights of the layers behind the first.
    bias_gradients: Vec<Vec<T>>,
    weight_gradients: Vec<Vec<T>>,
    /// The inputs of the row that are left: column, place and value.
    inputs: Vec<(u32, u32, T)>,
    /// The values of each layer for the row, and the slopes of the loss by its sums.
    values: Vec<Vec<T>>,
    slopes: Vec<Vec<T>>,
}

impl<T: Real> Workspace<T> {
    pub(super) fn new(layers: &[TrainedLayer<T>], columns: usize) -> Self {
        let zeros = |length: usize| vec![T::default(); length];
        let one_a_neuron = || layers.iter().map(|layer| zeros(layer.outputs())).collect();
        let behind = layers.iter().enumerate();
        Self {
            places: vec![ABSENT; columns],
            met: Vec::new(),
            table_gradient: Vec::new(),
            bias_gradients: one_a_neuron(),
            weight_gradients: behind
                .map(|(depth, layer)| zeros(if depth == 0 { 0 } else { layer.weights.values.len() }))
                .collect(),
            inputs: Vec::new(),
            values: one_a_neuron(),
            slopes: one_a_neuron(),
        }
    }

    /// Takes in the inputs of a row, without those that the dropout leaves out.
    pub(super) fn take_inputs(&mut self, examples: &Examples<T>, row: usize, dropout: f64, seed: u64) {
        let width = self.values[0].len();
        let example = examples.get(row);
        let enlarged = T::from_f64(1.0 / (1.0 - dropout));
        self.inputs.clear();
        for (&column, &value) in example.columns.iter().zip(example.values) {
            if dropout > 0.0 && draw(seed, row as u64, u64::from(column)) < dropout {
                continue;
            }
            let place = &mut self.places[column as usize];
            if *place == ABSENT {
                *place = self.met.len() as u32;
                self.met.push(column);
                self.table_gradient.resize(self.met.len() * width, T::default());
            }
            self.inputs.push((column, *place, value * enlarged));
        }
    }

    /// The loss of the row taken in.
    pub(super) fn loss(&mut self, layers: &[TrainedLayer<T>], target: f64) -> f64 {
        let logit = self.forward(layers);
        self.forget();
        logistic_loss(logit, target)
    }

    /// Adds the gradient of the row taken in, times its share; returns its loss.
    pub(super) fn learn_row(&mut self, layers: &[TrainedLayer<T>], target: f64, share: f64) -> f64 {
        let logit = self.forward(layers);
        let last = layers.len() - 1;
        // For a sigmoid under the log-loss, the slope by the last sum is value - target.
        self.slopes[last][0] = T::from_f64(share * (sigmoid_f64(logit) - target));
        for depth in (1..=last).rev() {
            self.backward(&layers[depth], &layers[depth - 1], depth);
        }
        add(&mut self.bias_gradients[0], &self.slopes[0]);
        let width = self.slopes[0].len();
        for &(_, place, value) in &self.inputs {
            let start = place as usize * width;
            add_scaled(&mut self.table_gradient[start..start + width], value, &self.slopes[0]);
        }
        logistic_loss(logit, target)
    }

    /// Takes the step of the batch, and forgets the batch.
    pub(super) fn step(&mut self, layers: &mut [TrainedLayer<T>], step: Step<T>) {
        let width = self.values[0].len();
        for (&column, gradient) in self.met.iter().zip(self.table_gradient.chunks_exact(width)) {
            step.take(&mut layers[0].weights, column as usize * width, gradient);
        }
        self.forget();
        for (depth, layer) in layers.iter_mut().enumerate() {
            if depth > 0 {
                step.take(&mut layer.weights, 0, &self.weight_gradients[depth]);
                self.weight_gradients[depth].fill(T::default());
            }
            step.without_penalty().take(&mut layer.bias, 0, &self.bias_gradients[depth]);
            self.bias_gradients[depth].fill(T::default());
        }
    }

    /// Forgets the columns met, and with them the gradient of their weights.
    fn forget(&mut self) {
        for column in self.met.drain(..) {
            self.places[column as usize] = ABSENT;
        }
        self.table_gradient.clear();
    }

    /// Fills the values of each layer; the logit of the last.
    fn forward(&mut self, layers: &[TrainedLayer<T>]) -> f64 {
        let mut logit = 0.0;
        for (depth, layer) in layers.iter().enumerate() {
            let (below, rest) = self.values.split_at_mut(depth);
            let sums = &mut rest[0];
            let width = sums.len();
            sums.copy_from_slice(&layer.bias.values);
            let row = |input: usize| &layer.weights.values[input * width..(input + 1) * width];
            match below.last() {
                None => {
                    for &(column, _, value) in &self.inputs {
                        add_scaled(sums, value, row(column as usize));
                    }
                }
                Some(inputs) => {
                    for (input, value) in inputs.iter().enumerate() {
                        add_scaled(sums, *value, row(input));
                    }
                }
            }
            logit = sums[0].to_f64();
            for sum in sums {
                *sum = T::from_f64(layer.activation.value(sum.to_f64()));
            }
        }
        logit
    }

    /// Adds the gradient of a layer behind the first, and hands the slopes down to the one below it.
    fn backward(&mut self, layer: &TrainedLayer<T>, below: &TrainedLayer<T>, depth: usize) {
        let (lower, upper) = self.slopes.split_at_mut(depth);
        let (slopes_below, slopes) = (&mut lower[depth - 1], &upper[0]);
        let width = slopes.len();
        add(&mut self.bias_gradients[depth], slopes);
        let gradients = self.weight_gradients[depth].chunks_exact_mut(width);
        let weights = layer.weights.values.chunks_exact(width);
        let values = &self.values[depth - 1];
        for (((slope, value), gradient), weights) in
            slopes_below.iter_mut().zip(values).zip(gradients).zip(weights)
        {
            add_scaled(gradient, *value, slopes);
            let mut sum = T::default();
            for (weight, above) in weights.iter().zip(slopes) {
                sum += *weight * *above;
            }
            *slope = sum * T::from_f64(below.activation.derivative_at_value(value.to_f64()));
        }
    }
}

fn add<T: Real>(sums: &mut [T], values: &[T]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += *value;
    }
}

fn add_scaled<T: Real>(sums: &mut [T], scale: T, values: &[T]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += scale * *value;
    }
}

/// A number from 0 to below 1 that depends on all three: `SplitMix64`'s mixer (Steele, Lea and Flood, 2014).
fn draw(seed: u64, row: u64, column: u64) -> f64 {
    let mut bits = seed;
    for word in [row, column] {
        bits = (bits ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
    }
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_fill_the_unit_interval_evenly() {
        let draws: Vec<f64> =
            (0..100).flat_map(|row| (0..100).map(move |column| draw(7, row, column))).collect();
        for tenth in 0..10 {
            let range = f64::from(tenth) / 10.0..f64::from(tenth + 1) / 10.0;
            let count = draws.iter().filter(|value| range.contains(*value)).count();
            assert!((900..1100).contains(&count), "{count} in {range:?}");
        }
        assert_ne!(draw(7, 1, 2), draw(8, 1, 2));
        assert_ne!(draw(7, 1, 2), draw(7, 2, 1));
    }
}
