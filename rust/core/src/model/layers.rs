//! The neuron or network on the features of one message: forward beside backward.
//!
//! The features of a message come in groups of one value, so that the first layer is a sum of table
//! rows a group; the layers behind it are small and dense.

use std::borrow::Cow;
use std::sync::Arc;

use super::moves::Moves;
use super::weights::Weights;
use crate::error::{Error, Result};
use crate::numeric::{Activation, gather_rows, gather_sum, gather_sum_into};
use crate::text::FeatureGroup;

/// One layer that owns its weights.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnedLayer {
    /// `inputs` x `bias.len()` values, row-major: one row an input.
    pub weights: Weights,
    /// One value a neuron.
    pub bias: Vec<f32>,
    /// What the layer applies to its sums. The last layer's is the sigmoid of the probability.
    pub activation: Activation,
}

impl OwnedLayer {
    /// The number of neurons.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// The number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.weights.len() / self.bias.len().max(1)
    }

    fn validate(&self, inputs: usize) -> Result<()> {
        let expected = inputs * self.outputs();
        if self.bias.is_empty() || self.weights.len() != expected {
            return Err(Error::Length { what: "weights of a layer", expected, actual: self.weights.len() });
        }
        let finite = self.weights.iter().chain(&self.bias).all(|weight| weight.is_finite());
        if finite { Ok(()) } else { Err(Error::Value("a weight is not a finite number".into())) }
    }
}

/// A neuron (one layer) or a network, ending in one neuron whose sum is the logit of spam.
#[derive(Clone, Debug)]
pub struct Layers {
    layers: Vec<OwnedLayer>,
    /// What a neuron's weights, which it may share with others, have to be moved by.
    moves: Option<Arc<Moves>>,
}

impl PartialEq for Layers {
    fn eq(&self, other: &Self) -> bool {
        self.whole() == other.whole()
    }
}

/// What one forward pass leaves for the backward pass.
struct Pass {
    /// The values of each hidden layer, after its activation.
    hidden: Vec<Vec<f64>>,
    logit: f64,
}

impl Layers {
    /// Checks that the layers fit each other and a table of `slots` rows.
    pub fn new(layers: Vec<OwnedLayer>, slots: usize) -> Result<Self> {
        let mut inputs = slots;
        for layer in &layers {
            layer.validate(inputs)?;
            inputs = layer.outputs();
        }
        match layers.last() {
            Some(last) if last.outputs() == 1 && last.activation == Activation::Sigmoid => {
                Ok(Self { layers, moves: None })
            }
            _ => Err(Error::Value("the last layer must be one sigmoid neuron".into())),
        }
    }

    /// The neuron with a few of its weights moved. The table stays where it is, shared with this one.
    pub fn moved(&self, moves: Moves) -> Result<Self> {
        let ([neuron], None) = (self.layers.as_slice(), &self.moves) else {
            return Err(Error::Value("only the weights of a whole neuron can be moved".into()));
        };
        if moves.table() != neuron.weights.len() {
            let (expected, actual) = (neuron.weights.len(), moves.table());
            return Err(Error::Length { what: "weights to be moved", expected, actual });
        }
        let finite = moves.iter().all(|(slot, step)| moves.apply(neuron.weights[slot], step).is_finite());
        if !finite {
            return Err(Error::Value("a moved weight is not a finite number".into()));
        }
        Ok(Self { layers: self.layers.clone(), moves: Some(Arc::new(moves)) })
    }

    /// The layers, first to last, without what a neuron's weights are moved by.
    #[must_use]
    pub fn unmoved(&self) -> &[OwnedLayer] {
        &self.layers
    }

    /// What the neuron's weights are moved by, if they are.
    #[must_use]
    pub fn moves(&self) -> Option<&Moves> {
        self.moves.as_deref()
    }

    /// The layers, first to last, with weights that are moved in a table of their own.
    #[must_use]
    pub fn whole(&self) -> Cow<'_, [OwnedLayer]> {
        let Some(moves) = &self.moves else {
            return Cow::Borrowed(&self.layers);
        };
        let mut layers = self.layers.clone();
        let weights = layers[0].weights.to_mut();
        for (slot, step) in moves.iter() {
            weights[slot] = moves.apply(weights[slot], step);
        }
        Cow::Owned(layers)
    }

    /// The sum of the last neuron for a message with these features.
    #[must_use]
    pub fn logit(&self, groups: &[FeatureGroup<'_>]) -> f64 {
        match self.layers.as_slice() {
            [neuron] => self.neuron_logit(neuron, groups),
            _ => self.forward(groups).logit,
        }
    }

    /// What each feature adds to the logit, in the order of the groups, beside the logit.
    ///
    /// For a neuron these are weight x value, and with the bias they sum to the logit. For a network
    /// they are gradient x input (Shrikumar et al. 2016), the exact share where activations are
    /// linear; the rest of the logit is counted to the bias.
    #[must_use]
    pub fn contributions(&self, groups: &[FeatureGroup<'_>]) -> (f64, Vec<f64>) {
        if let [neuron] = self.layers.as_slice() {
            return match self.moves {
                None => unmoved_shares(neuron, groups),
                Some(_) => (self.neuron_logit(neuron, groups), self.neuron_shares(neuron, groups)),
            };
        }
        let pass = self.forward(groups);
        let slope = self.slopes(&pass).swap_remove(0);
        let weights: &[f32] = &self.layers[0].weights;
        let share = |slot: u32, value: f32| {
            let row = &weights[slot as usize * slope.len()..][..slope.len()];
            let sum: f64 = row.iter().zip(&slope).map(|(&weight, slope)| f64::from(weight) * slope).sum();
            sum * f64::from(value)
        };
        let features = groups.iter().flat_map(|group| group.slots.iter().map(|&slot| (slot, group.value)));
        (pass.logit, features.map(|(slot, value)| share(slot, value)).collect())
    }

    /// One step of normalised gradient descent on this message's features: each of their weights moves
    /// by `-step` times the derivative of the logit with respect to it, over the squared length of the
    /// features. A neuron's logit for this message then falls by `step`, however few its words are.
    ///
    /// Biases and later layers stay: they weigh on every message alike, and one lesson is about one
    /// message. So a message without features teaches nothing.
    pub fn step(&mut self, groups: &[FeatureGroup<'_>], step: f64) {
        let square = |group: &FeatureGroup<'_>| group.slots.len() as f64 * f64::from(group.value).powi(2);
        let length: f64 = groups.iter().map(square).sum();
        if length == 0.0 {
            return;
        }
        *self = Self { layers: self.whole().into_owned(), moves: None };
        let slope = self.slopes(&self.forward(groups)).swap_remove(0);
        for group in groups {
            step_rows(&mut self.layers[0], group, &slope, step / length);
        }
    }

    fn forward(&self, groups: &[FeatureGroup<'_>]) -> Pass {
        let mut hidden: Vec<Vec<f64>> = Vec::with_capacity(self.layers.len() - 1);
        let (last, before) = self.layers.split_last().expect("`new` takes no empty list");
        for layer in before {
            let sums = hidden.last().map_or_else(|| first_sums(layer, groups), |x| dense_sums(layer, x));
            hidden.push(sums.into_iter().map(|z| layer.activation.value(z)).collect());
        }
        let logit = hidden.last().map_or_else(|| self.neuron_logit(last, groups), |x| dense_sums(last, x)[0]);
        Pass { hidden, logit }
    }

    /// The derivative of the logit with respect to the sum of each neuron of each layer.
    fn slopes(&self, pass: &Pass) -> Vec<Vec<f64>> {
        let mut slopes = vec![vec![1.0]];
        for (index, values) in pass.hidden.iter().enumerate().rev() {
            let above = &self.layers[index + 1];
            let slope = &slopes[slopes.len() - 1];
            let activation = self.layers[index].activation;
            let rows = above.weights.chunks_exact(above.outputs());
            let below = rows.zip(values).map(|(row, &a)| {
                let sum: f64 = row.iter().zip(slope).map(|(&weight, s)| f64::from(weight) * s).sum();
                sum * activation.derivative_at_value(a)
            });
            slopes.push(below.collect());
        }
        slopes.reverse();
        slopes
    }

    fn neuron_logit(&self, neuron: &OwnedLayer, groups: &[FeatureGroup<'_>]) -> f64 {
        let sum = |group: &FeatureGroup<'_>| {
            let shared = gather_sum(&neuron.weights, group.slots);
            let own = self.moves.as_ref().map_or(0.0, |moves| moves.sum(&neuron.weights, group.slots));
            f64::from(group.value) * (shared + own)
        };
        f64::from(neuron.bias[0]) + groups.iter().map(sum).sum::<f64>()
    }

    fn neuron_shares(&self, neuron: &OwnedLayer, groups: &[FeatureGroup<'_>]) -> Vec<f64> {
        let weights: &[f32] = &neuron.weights;
        let weight = |slot: u32| match &self.moves {
            Some(moves) => moves.weight(weights, slot),
            None => weights[slot as usize],
        };
        let mut shares = Vec::with_capacity(groups.iter().map(|group| group.slots.len()).sum());
        for group in groups {
            let share = |&slot: &u32| f64::from(weight(slot)) * f64::from(group.value);
            shares.extend(group.slots.iter().map(share));
        }
        shares
    }
}

fn first_sums(layer: &OwnedLayer, groups: &[FeatureGroup<'_>]) -> Vec<f64> {
    let mut sums: Vec<f64> = layer.bias.iter().map(|&bias| f64::from(bias)).collect();
    let mut rows = vec![0.0; layer.outputs()];
    for group in groups {
        rows.fill(0.0);
        gather_rows(&layer.weights, layer.outputs(), group.slots, &mut rows);
        let scaled = rows.iter().map(|&row| f64::from(group.value) * f64::from(row));
        sums.iter_mut().zip(scaled).for_each(|(sum, row)| *sum += row);
    }
    sums
}

/// Moves the rows of one group down the slope.
fn step_rows(layer: &mut OwnedLayer, group: &FeatureGroup<'_>, slope: &[f64], step: f64) {
    let moves: Vec<f32> = slope.iter().map(|s| (-step * s * f64::from(group.value)) as f32).collect();
    let weights = layer.weights.to_mut();
    for &slot in group.slots {
        let row = &mut weights[slot as usize * moves.len()..][..moves.len()];
        row.iter_mut().zip(&moves).for_each(|(weight, by)| *weight += by);
    }
}

/// The logit of a neuron whose weights are all its own, and what each feature adds to it; each weight is fetched
/// once.
fn unmoved_shares(neuron: &OwnedLayer, groups: &[FeatureGroup<'_>]) -> (f64, Vec<f64>) {
    let mut shares = Vec::with_capacity(groups.iter().map(|group| group.slots.len()).sum());
    let mut total = 0.0;
    for group in groups {
        let (start, value) = (shares.len(), f64::from(group.value));
        total += value * gather_sum_into(&neuron.weights, group.slots, &mut shares);
        shares[start..].iter_mut().for_each(|share| *share *= value);
    }
    (f64::from(neuron.bias[0]) + total, shares)
}

fn dense_sums(layer: &OwnedLayer, inputs: &[f64]) -> Vec<f64> {
    let mut sums: Vec<f64> = layer.bias.iter().map(|&bias| f64::from(bias)).collect();
    for (row, input) in layer.weights.chunks_exact(layer.outputs()).zip(inputs) {
        sums.iter_mut().zip(row).for_each(|(sum, &weight)| *sum += input * f64::from(weight));
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(inputs: usize, outputs: usize, activation: Activation) -> OwnedLayer {
        let weight = |at: usize| ((at * 37 % 19) as f32 - 9.0) / 7.0;
        let weights = (0..inputs * outputs).map(weight).collect::<Vec<_>>().into();
        OwnedLayer { weights, bias: (0..outputs).map(|at| weight(at + 5)).collect(), activation }
    }

    fn network() -> Layers {
        let layers = [(8, 4, Activation::Tanh), (4, 3, Activation::Sigmoid), (3, 1, Activation::Sigmoid)];
        Layers::new(layers.map(|(i, o, a)| layer(i, o, a)).to_vec(), 8).unwrap()
    }

    const GROUPS: [FeatureGroup<'_>; 2] =
        [FeatureGroup { slots: &[1, 4, 6], value: 0.5 }, FeatureGroup { slots: &[0, 7], value: 0.25 }];

    #[test]
    fn a_neuron_is_the_sum_of_its_weights_and_its_bias() {
        let weights = vec![7.0, 3.0, 0.0, 0.0].into();
        let neuron = OwnedLayer { weights, bias: vec![-2.0], activation: Activation::Sigmoid };
        let layers = Layers::new(vec![neuron], 4).unwrap();
        let first = FeatureGroup { slots: &[0], value: 1.0 };
        assert!((layers.logit(&[first]) - 5.0).abs() < f64::EPSILON);
        let second = FeatureGroup { slots: &[1], value: 0.5 };
        assert_eq!(layers.contributions(&[first, second]), (6.5, vec![7.0, 1.5]));
    }

    #[test]
    fn moved_weights_judge_as_a_table_of_their_own_would() {
        let table = layer(200, 1, Activation::Sigmoid);
        let shared = Layers::new(vec![table], 200).unwrap();
        let moved =
            shared.moved(Moves::new(200, &[0, 3, 64, 130], &[5, -7, 32_767, 1], 0.01).unwrap()).unwrap();
        let whole = Layers::new(moved.whole().into_owned(), 200).unwrap();
        assert!(whole.moves().is_none() && moved == whole && moved != shared);
        let groups = [
            FeatureGroup { slots: &[1, 3, 64, 199], value: 0.5 },
            FeatureGroup { slots: &[130, 131], value: 0.25 },
        ];
        assert!((moved.logit(&groups) - whole.logit(&groups)).abs() < 1e-12);
        assert!((moved.logit(&groups) - shared.logit(&groups)).abs() > 1.0);
        assert_eq!(moved.contributions(&groups).1, whole.contributions(&groups).1);
        let (mut learnt, mut other) = (moved.clone(), whole.clone());
        learnt.step(&groups, 0.5);
        other.step(&groups, 0.5);
        assert_eq!(learnt, other);
        assert!(learnt.moves().is_none());
    }

    #[test]
    fn only_a_whole_neuron_of_that_size_is_moved_to_finite_weights() {
        let one = || Moves::new(8, &[2], &[1], 1.0).unwrap();
        assert!(network().moved(one()).is_err());
        let neuron = Layers::new(vec![layer(8, 1, Activation::Sigmoid)], 8).unwrap();
        let moved = neuron.moved(one()).unwrap();
        assert!(moved.moved(one()).is_err());
        assert!(neuron.moved(Moves::new(9, &[2], &[1], 1.0).unwrap()).is_err());
        assert!(neuron.moved(Moves::new(8, &[2], &[i16::MAX], f32::MAX).unwrap()).is_err());
    }

    #[test]
    fn contributions_are_slopes_times_inputs() {
        let layers = network();
        let (logit, shares) = layers.contributions(&GROUPS);
        let slots = GROUPS.iter().flat_map(|group| group.slots);
        for (&slot, share) in slots.zip(shares) {
            // A feature's slope is seen when its row of the table is scaled by a little.
            let mut moved = layers.clone();
            let row = slot as usize * 4..slot as usize * 4 + 4;
            moved.layers[0].weights.to_mut()[row].iter_mut().for_each(|weight| *weight *= 1.001);
            let slope = (moved.logit(&GROUPS) - logit) / 0.001;
            assert!((slope - share).abs() < 1e-3, "{slope} {share}");
        }
    }

    #[test]
    fn a_step_moves_the_logit_by_itself_times_the_squared_slope() {
        let (mut layers, step) = (network(), 1e-3);
        let before = layers.logit(&GROUPS);
        let slopes = layers.slopes(&layers.forward(&GROUPS));
        let square: f64 = slopes[0].iter().map(|slope| slope * slope).sum();
        layers.step(&GROUPS, step);
        let moved = before - layers.logit(&GROUPS);
        assert!((moved / (step * square) - 1.0).abs() < 1e-2, "{moved} {}", step * square);
    }

    #[test]
    fn layers_that_do_not_fit_are_refused() {
        let bad = |layers: Vec<OwnedLayer>| Layers::new(layers, 8).unwrap_err().to_string();
        assert_eq!(bad(vec![layer(7, 1, Activation::Sigmoid)]), "expected 8 weights of a layer, got 7");
        assert!(bad(vec![]).contains("one sigmoid neuron"));
        assert!(bad(vec![layer(8, 2, Activation::Sigmoid)]).contains("one sigmoid neuron"));
        let mut infinite = layer(8, 1, Activation::Sigmoid);
        infinite.weights.to_mut()[3] = f32::INFINITY;
        assert!(bad(vec![infinite]).contains("finite"));
    }
}
