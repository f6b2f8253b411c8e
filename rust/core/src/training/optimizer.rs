//! Optimizers: what turns a gradient into a step.

use std::ops::{Add, AddAssign, Div, Mul, Sub};

use crate::error::{Error, Result};
use crate::numeric::Float;

/// A float with arithmetic of its own, for loops whose speed hangs on the width of their elements.
pub trait Real:
    Float + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + AddAssign
{
    /// The square root.
    #[must_use]
    fn root(self) -> Self;
}

impl Real for f32 {
    fn root(self) -> Self {
        self.sqrt()
    }
}

impl Real for f64 {
    fn root(self) -> Self {
        self.sqrt()
    }
}

/// The method, with its constants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Optimizer {
    /// Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.
    Adam {
        /// The rate, above 0.
        learning_rate: f64,
    },
    /// Polyak, "Some methods of speeding up the convergence of iteration methods" (1964).
    Momentum {
        /// The rate, above 0.
        learning_rate: f64,
        /// The share of the last step that the next one keeps, from 0 to below 1.
        momentum: f64,
    },
}

/// The paper's beta 1, beta 2 and epsilon.
const MEAN_DECAY: f64 = 0.9;
const SQUARE_DECAY: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Parameters and what the optimizer remembers of their gradients, all of one length.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters<T> {
    /// The parameters.
    pub values: Vec<T>,
    /// Adam's mean of the gradients; momentum's velocity.
    pub means: Vec<T>,
    /// Adam's mean of the squared gradients; momentum leaves it alone.
    pub squares: Vec<T>,
}

impl<T: Real> Parameters<T> {
    /// Puts the parts together; they must be of one length.
    pub fn new(values: Vec<T>, means: Vec<T>, squares: Vec<T>) -> Result<Self> {
        for part in [&means, &squares] {
            if part.len() != values.len() {
                let (expected, actual) = (values.len(), part.len());
                return Err(Error::Length { what: "moments, one a parameter", expected, actual });
            }
        }
        Ok(Self { values, means, squares })
    }
}

/// The step of one batch: the optimizer at a certain count of batches.
#[derive(Debug, Clone, Copy)]
pub struct Step<T> {
    rate: T,
    mean_decay: T,
    square_decay: T,
    epsilon: T,
    alpha: T,
    adaptive: bool,
}

impl<T: Real> Step<T> {
    /// The step of batch number `steps`, counted from 1, under the L2 penalty `alpha`.
    #[must_use]
    pub fn new(optimizer: Optimizer, steps: u64, alpha: f64) -> Self {
        let t = T::from_f64;
        let (adaptive, rate, mean_decay) = match optimizer {
            Optimizer::Adam { learning_rate } => {
                let steps = i32::try_from(steps).unwrap_or(i32::MAX);
                // Takes out the pull of both averages to their start at 0.
                let correction = (1.0 - SQUARE_DECAY.powi(steps)).sqrt() / (1.0 - MEAN_DECAY.powi(steps));
                (true, learning_rate * correction, MEAN_DECAY)
            }
            Optimizer::Momentum { learning_rate, momentum } => (false, learning_rate, momentum),
        };
        Self {
            rate: t(rate),
            mean_decay: t(mean_decay),
            square_decay: t(SQUARE_DECAY),
            epsilon: t(EPSILON),
            alpha: t(alpha),
            adaptive,
        }
    }

    /// The same step without the penalty: biases have none.
    #[must_use]
    pub fn without_penalty(self) -> Self {
        Self { alpha: T::from_f64(0.0), ..self }
    }

    /// Moves the parameters from `start` on against their gradient.
    pub fn take(&self, parameters: &mut Parameters<T>, start: usize, gradient: &[T]) {
        let range = start..start + gradient.len();
        let values = parameters.values[range.clone()].iter_mut();
        let means = parameters.means[range.clone()].iter_mut();
        let squares = parameters.squares[range].iter_mut();
        let one = T::from_f64(1.0);
        if !self.adaptive {
            for ((value, velocity), slope) in values.zip(means).zip(gradient) {
                let slope = *slope + self.alpha * *value;
                *velocity = self.mean_decay * *velocity - self.rate * slope;
                *value += *velocity;
            }
            return;
        }
        for (((value, mean), square), slope) in values.zip(means).zip(squares).zip(gradient) {
            let slope = *slope + self.alpha * *value;
            *mean = self.mean_decay * *mean + (one - self.mean_decay) * slope;
            *square = self.square_decay * *square + (one - self.square_decay) * slope * slope;
            *value = *value - self.rate * *mean / (square.root() + self.epsilon);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> Parameters<f64> {
        Parameters::new(vec![1.0, 2.0, 3.0], vec![0.0; 3], vec![0.0; 3]).unwrap()
    }

    #[test]
    fn first_step_of_adam_is_the_rate_against_the_sign() {
        let mut parameters = parameters();
        Step::new(Optimizer::Adam { learning_rate: 0.1 }, 1, 0.0).take(&mut parameters, 1, &[5.0, -0.01]);
        assert_eq!(parameters.values[0], 1.0);
        assert!((parameters.values[1] - 1.9).abs() < 1e-5 && (parameters.values[2] - 3.1).abs() < 1e-5);
    }

    #[test]
    fn momentum_keeps_a_share_of_the_last_step() {
        let mut parameters = parameters();
        let step = Step::new(Optimizer::Momentum { learning_rate: 0.5, momentum: 0.5 }, 1, 0.0);
        step.take(&mut parameters, 0, &[1.0]);
        step.take(&mut parameters, 0, &[0.0]);
        assert_eq!(parameters.values[0], 1.0 - 0.5 - 0.25);
    }

    #[test]
    fn penalty_pulls_to_zero_unless_left_out() {
        let step = Step::new(Optimizer::Momentum { learning_rate: 0.5, momentum: 0.0 }, 1, 0.1);
        let mut pulled = parameters();
        step.take(&mut pulled, 0, &[0.0]);
        assert_eq!(pulled.values[0], 0.95);
        let mut left = parameters();
        step.without_penalty().take(&mut left, 0, &[0.0]);
        assert_eq!(left.values[0], 1.0);
    }

    #[test]
    fn moments_of_another_length_are_named() {
        let error = Parameters::new(vec![1.0_f32], vec![], vec![0.0]).unwrap_err().to_string();
        assert_eq!(error, "expected 1 moments, one a parameter, got 0");
    }
}
