//! FTRL-Proximal: each weight has a rate of its own, which falls with the gradients that it has seen.
//!
//! `McMahan` et al., "Ad click prediction: a view from the trenches", KDD 2013, algorithm 1; without an L1
//! penalty it is `AdaGrad`.

use super::{Example, Examples};
use crate::error::{Error, Result};
use crate::numeric::neuron::logistic_loss;
use crate::numeric::sigmoid::sigmoid_f64;
use crate::numeric::{Float, Rows};

/// The constants of the method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ftrl {
    /// The paper's alpha, above 0.
    pub learning_rate: f64,
    /// The paper's beta, above 0: how much gradient must be seen before the rate falls.
    pub smoothing: f64,
    /// The L1 penalty beside the sum of the losses.
    pub l1: f64,
    /// The L2 penalty beside the sum of the losses.
    pub l2: f64,
    /// The bound on each |weight|; infinite for none. The bias has no penalty and no bound.
    pub max_weight: f64,
}

/// What a weight has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Memory {
    /// The sum of its gradients, corrected for its moves.
    pub z: f64,
    /// The sum of their squares.
    pub squares: f64,
}

impl Ftrl {
    /// The weight that minimises the linearised losses and the penalties.
    #[must_use]
    pub fn weight(&self, memory: Memory) -> f64 {
        let excess = memory.z.abs() - self.l1;
        if excess <= 0.0 {
            return 0.0;
        }
        let weight = -excess.copysign(memory.z) / (self.pull(memory) + self.l2);
        weight.clamp(-self.max_weight, self.max_weight)
    }

    /// The bias: a weight without penalty or bound.
    #[must_use]
    pub fn bias(&self, memory: Memory) -> f64 {
        -memory.z / self.pull(memory)
    }

    /// Learns the rows in the order; the mean of their losses, each before it was learnt.
    ///
    /// `memories` holds one entry a column, and the bias's behind them.
    pub fn learn<T: Float>(
        &self,
        memories: &mut [Memory],
        examples: &Examples<T>,
        order: &[usize],
    ) -> Result<f64> {
        examples.check_order(order)?;
        let width = examples.columns();
        let Some((bias, weights)) = memories.split_last_mut().filter(|(_, weights)| weights.len() == width)
        else {
            let what = "memories, one a column and one for the bias";
            return Err(Error::Length { what, expected: width + 1, actual: memories.len() });
        };
        let (mut loss, mut total) = (0.0, 0.0);
        let mut before = Vec::new();
        for &row in order {
            let example = examples.get(row);
            loss += example.weight * self.learn_one(&example, weights, bias, &mut before);
            total += example.weight;
        }
        Ok(loss / total)
    }

    /// Learns one row; its loss before. `before` is scratch space for its weights.
    fn learn_one<T: Float>(
        &self,
        example: &Example<'_, T>,
        memories: &mut [Memory],
        bias_memory: &mut Memory,
        before: &mut Vec<f64>,
    ) -> f64 {
        before.clear();
        let bias = self.bias(*bias_memory);
        let mut logit = bias;
        for (column, value) in example.entries() {
            let weight = self.weight(memories[column]);
            logit += weight * value;
            before.push(weight);
        }
        let error = example.weight * (sigmoid_f64(logit) - example.target);
        for ((column, value), weight) in example.entries().zip(before.iter()) {
            self.absorb(&mut memories[column], error * value, *weight);
        }
        self.absorb(bias_memory, error, bias);
        logistic_loss(logit, example.target)
    }

    /// Adds a gradient, taken at this weight.
    fn absorb(&self, memory: &mut Memory, gradient: f64, weight: f64) {
        let grown = memory.squares + gradient * gradient;
        memory.z += gradient - (grown.sqrt() - memory.squares.sqrt()) / self.learning_rate * weight;
        memory.squares = grown;
    }

    fn pull(&self, memory: Memory) -> f64 {
        (self.smoothing + memory.squares.sqrt()) / self.learning_rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::DenseView;

    const PLAIN: Ftrl =
        Ftrl { learning_rate: 0.5, smoothing: 1.0, l1: 0.0, l2: 0.0, max_weight: f64::INFINITY };

    fn learn(ftrl: Ftrl, passes: usize) -> Vec<Memory> {
        let x = DenseView::new(&[1.0, 0.0, 1.0, 1.0, 0.0, 1.0_f64], 3, 2).unwrap();
        let examples = Examples::new(&x, vec![1.0, 1.0, 0.0], vec![1.0; 3]).unwrap();
        let mut memories = vec![Memory::default(); 3];
        for _ in 0..passes {
            ftrl.learn(&mut memories, &examples, &[0, 1, 2]).unwrap();
        }
        memories
    }

    #[test]
    fn first_step_is_the_rate_times_the_gradient_over_its_size() {
        let x = DenseView::new(&[2.0_f64], 1, 1).unwrap();
        let examples = Examples::new(&x, vec![1.0], vec![1.0]).unwrap();
        let mut memories = vec![Memory::default(); 2];
        let loss = PLAIN.learn(&mut memories, &examples, &[0]).unwrap();
        assert_eq!(loss, 2.0_f64.ln());
        // The gradient is (0.5 - 1) * 2 = -1, so the rate is 0.5 / (1 + 1).
        assert_eq!(PLAIN.weight(memories[0]), 0.25);
    }

    #[test]
    fn separable_rows_are_learnt() {
        let memories = learn(PLAIN, 200);
        assert!(PLAIN.weight(memories[0]) > 2.0 && PLAIN.weight(memories[1]) < -0.5);
    }

    #[test]
    fn penalties_and_bound_hold() {
        let sparse = Ftrl { l1: 100.0, ..PLAIN };
        assert!(learn(sparse, 5)[..2].iter().all(|memory| sparse.weight(*memory) == 0.0));
        let shrunk = Ftrl { l2: 10.0, ..PLAIN };
        assert!(shrunk.weight(learn(shrunk, 50)[0]).abs() < PLAIN.weight(learn(PLAIN, 50)[0]));
        let bounded = Ftrl { max_weight: 0.75, ..PLAIN };
        assert_eq!(bounded.weight(learn(bounded, 200)[0]), 0.75);
    }

    #[test]
    fn wrong_number_of_memories_is_named() {
        let x = DenseView::new(&[2.0_f64], 1, 1).unwrap();
        let examples = Examples::new(&x, vec![1.0], vec![1.0]).unwrap();
        let error = PLAIN.learn(&mut [], &examples, &[0]).unwrap_err().to_string();
        assert_eq!(error, "expected 2 memories, one a column and one for the bias, got 0");
    }
}
