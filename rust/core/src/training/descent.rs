//! Stochastic gradient descent on the logistic loss, with an L2 penalty and one falling rate.
//!
//! Bottou, "Stochastic gradient descent tricks" (2012), section 5: the rate is eta / (1 + eta * l2 * t), and
//! the weights are kept as scale * weights, so that the penalty shrinks all of them by one multiplication.

use super::Examples;
use crate::error::{Error, Result};
use crate::numeric::neuron::logistic_loss;
use crate::numeric::sigmoid::sigmoid_f64;
use crate::numeric::{Float, Rows};

/// Far below 1, a quotient by the scale would lose digits, then overflow.
const LEAST_SCALE: f64 = 1e-9;

/// The constants of the method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Descent {
    /// The rate at the first step, above 0.
    pub learning_rate: f64,
    /// The L2 penalty beside the mean loss.
    pub l2: f64,
    /// The bound on each |weight|; infinite for none. The bias has no penalty and no bound.
    pub max_weight: f64,
}

/// A neuron on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// One weight a column.
    pub weights: Vec<f64>,
    /// The bias.
    pub bias: f64,
    /// How many rows it has learnt.
    pub steps: u64,
}

impl Descent {
    /// Learns the rows in the order; the mean of their losses, each before it was learnt.
    pub fn learn<T: Float>(
        &self,
        progress: &mut Progress,
        examples: &Examples<T>,
        order: &[usize],
    ) -> Result<f64> {
        examples.check_order(order)?;
        if progress.weights.len() != examples.columns() {
            let (expected, actual) = (examples.columns(), progress.weights.len());
            return Err(Error::Length { what: "weights, one a column", expected, actual });
        }
        let mean_weight = examples.mean_weight();
        let (mut scale, mut loss, mut total) = (1.0, 0.0, 0.0);
        let weights = &mut progress.weights;
        for &row in order {
            let example = examples.get(row);
            let sum: f64 = example.entries().map(|(column, value)| weights[column] * value).sum();
            let logit = scale * sum + progress.bias;
            loss += example.weight * logistic_loss(logit, example.target);
            total += example.weight;
            let rate = self.rate(progress.steps);
            let error = rate * example.weight / mean_weight * (sigmoid_f64(logit) - example.target);
            scale *= 1.0 - (rate * self.l2).min(0.5);
            for (column, value) in example.entries() {
                let weight = scale * weights[column] - error * value;
                weights[column] = weight.clamp(-self.max_weight, self.max_weight) / scale;
            }
            progress.bias -= error;
            progress.steps += 1;
            if scale < LEAST_SCALE {
                fold(weights, &mut scale);
            }
        }
        fold(weights, &mut scale);
        Ok(loss / total)
    }

    fn rate(&self, steps: u64) -> f64 {
        self.learning_rate / (1.0 + self.learning_rate * self.l2 * steps as f64)
    }
}

fn fold(weights: &mut [f64], scale: &mut f64) {
    for weight in weights {
        *weight *= *scale;
    }
    *scale = 1.0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::DenseView;

    fn start() -> Progress {
        Progress { weights: vec![0.0], bias: 0.0, steps: 0 }
    }

    fn examples(targets: &[f64]) -> Examples<f64> {
        let x = DenseView::new(&[2.0, -1.0], 2, 1).unwrap();
        Examples::new(&x, targets.to_vec(), vec![1.0, 1.0]).unwrap()
    }

    #[test]
    fn first_step_is_the_rate_times_the_gradient() {
        let descent = Descent { learning_rate: 0.5, l2: 0.0, max_weight: f64::INFINITY };
        let mut progress = start();
        let loss = descent.learn(&mut progress, &examples(&[1.0, 0.0]), &[0]).unwrap();
        assert_eq!(loss, 2.0_f64.ln());
        assert_eq!(progress, Progress { weights: vec![0.5], bias: 0.25, steps: 1 });
    }

    #[test]
    fn strong_penalty_survives_many_folds_and_keeps_weights_small() {
        let descent = Descent { learning_rate: 100.0, l2: 10.0, max_weight: f64::INFINITY };
        let mut progress = start();
        for _ in 0..500 {
            descent.learn(&mut progress, &examples(&[1.0, 0.0]), &[0, 1]).unwrap();
        }
        assert!(progress.weights[0].is_finite() && progress.weights[0].abs() < 0.2);
    }

    #[test]
    fn bound_holds() {
        let descent = Descent { learning_rate: 0.5, l2: 0.0, max_weight: 0.3 };
        let mut progress = start();
        descent.learn(&mut progress, &examples(&[1.0, 0.0]), &[0, 1, 0, 1]).unwrap();
        assert_eq!(progress.weights, [0.3]);
    }

    #[test]
    fn wrong_number_of_weights_is_named() {
        let descent = Descent { learning_rate: 0.5, l2: 0.0, max_weight: 0.3 };
        let mut progress = Progress { weights: vec![], ..start() };
        let error = descent.learn(&mut progress, &examples(&[1.0, 0.0]), &[0]).unwrap_err();
        assert_eq!(error.to_string(), "expected 1 weights, one a column, got 0");
    }
}
