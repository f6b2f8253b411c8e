//! The activation functions of a network, the value beside its derivative.

#![allow(
    clippy::inline_always,
    reason = "a function must be inlined where its instruction set is switched on"
)]

use super::Float;
use super::sigmoid::{Sigmoid, sigmoid_f64};
use super::simd::elementwise::{Function, MapInPlace};
use super::simd::{self, Level, Vector};
use crate::error::{Error, Result};

/// What a layer applies to its sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Activation {
    /// 1 / (1 + exp(-z)).
    #[default]
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// max(0, z).
    Relu,
    /// z itself.
    Identity,
}

impl Activation {
    /// The activation of that name: `sigmoid`, `tanh`, `relu` or `identity`.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "sigmoid" => Ok(Self::Sigmoid),
            "tanh" => Ok(Self::Tanh),
            "relu" => Ok(Self::Relu),
            "identity" => Ok(Self::Identity),
            _ => Err(Error::Value(format!(
                "expected an activation of 'sigmoid', 'tanh', 'relu' or 'identity', got '{name}'"
            ))),
        }
    }

    /// The name that [`from_name`](Self::from_name) reads.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Relu => "relu",
            Self::Identity => "identity",
        }
    }

    /// The activation of the sum z. NaN stays NaN.
    #[must_use]
    pub fn value(self, z: f64) -> f64 {
        match self {
            Self::Sigmoid => sigmoid_f64(z),
            Self::Tanh => z.tanh(),
            Self::Relu if z <= 0.0 => 0.0,
            Self::Relu | Self::Identity => z,
        }
    }

    /// Replaces each sum by its activation.
    pub fn apply<T: Float>(self, level: Level, sums: &mut [T]) {
        match self {
            Self::Sigmoid => level.run(MapInPlace { values: sums, function: Sigmoid }),
            Self::Tanh => level.run(MapInPlace { values: sums, function: Tanh }),
            Self::Relu => level.run(MapInPlace { values: sums, function: Relu }),
            Self::Identity => {}
        }
    }

    /// The derivative with respect to z, given the value a that [`value`](Self::value) returned for z.
    #[must_use]
    pub fn derivative_at_value(self, a: f64) -> f64 {
        match self {
            Self::Sigmoid => a * (1.0 - a),
            Self::Tanh => 1.0 - a * a,
            Self::Relu => f64::from(a > 0.0),
            Self::Identity => 1.0,
        }
    }
}

#[derive(Clone, Copy)]
struct Tanh;

impl Function for Tanh {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        simd::sigmoid::tanh(x)
    }
}

#[derive(Clone, Copy)]
struct Relu;

impl Function for Relu {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        x.at_least(V::splat(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Activation; 4] =
        [Activation::Sigmoid, Activation::Tanh, Activation::Relu, Activation::Identity];

    #[test]
    fn names_come_back() {
        for activation in ALL {
            assert_eq!(Activation::from_name(activation.name()), Ok(activation));
        }
        let error = Activation::from_name("softmax").unwrap_err().to_string();
        assert!(error.contains("'softmax'") && error.contains("'tanh'"), "{error}");
    }

    #[test]
    fn derivative_is_the_slope_of_the_value() {
        for activation in ALL {
            for z in [-3.0, -0.5, 0.25, 2.0] {
                let step = 1e-6;
                let slope = (activation.value(z + step) - activation.value(z - step)) / (2.0 * step);
                let derivative = activation.derivative_at_value(activation.value(z));
                assert!((slope - derivative).abs() < 1e-8, "{activation:?} at {z}");
            }
        }
    }

    #[test]
    fn nan_stays_nan() {
        assert!(ALL.iter().all(|activation| activation.value(f64::NAN).is_nan()));
    }
}
