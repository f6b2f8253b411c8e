//! The logistic sigmoid 1 / (1 + exp(-x)), and its derivative.
//!
//! The form is e / (1 + e) with e = exp(-|x|), mirrored for x >= 0: nothing overflows, and the tail stays
//! a number down to the smallest subnormal (x = -103.97 for `f32`, -745.13 for `f64`), where 1 / (1 + exp(-x))
//! has long been 0.

#![allow(
    clippy::inline_always,
    reason = "a function must be inlined where its instruction set is switched on"
)]

use super::Float;
use super::neuron::expect_length;
use super::parallel::for_pieces;
use super::simd::elementwise::{Function, Map, MapInPlace, One, STREAM_FROM_BYTES};
use super::simd::{self, Level, Vector};
use crate::error::Result;

/// sigmoid(x), in `f64`. NaN gives NaN, -inf gives 0, +inf gives 1.
#[must_use]
pub fn sigmoid_f64(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
}

/// The derivative of the sigmoid at x: sigmoid(x) * sigmoid(-x) = e / (1 + e)^2.
#[must_use]
pub fn sigmoid_derivative_f64(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    let denominator = 1.0 + e;
    e / denominator / denominator
}

/// sigmoid(x) for one value of either type; an `f32` is computed in `f64` and rounded once.
#[must_use]
pub fn sigmoid<T: Float>(x: T) -> T {
    T::from_f64(sigmoid_f64(x.to_f64()))
}

/// The derivative of [`sigmoid`] for one value of either type.
#[must_use]
pub fn sigmoid_derivative<T: Float>(x: T) -> T {
    T::from_f64(sigmoid_derivative_f64(x.to_f64()))
}

/// sigmoid(x), with the same bits that a slice of one value would give.
#[must_use]
pub fn sigmoid_one(x: f64) -> f64 {
    Level::chosen().run(One { x, function: Sigmoid })
}

/// The derivative of the sigmoid at x, with the same bits that a slice of one value would give.
#[must_use]
pub fn sigmoid_derivative_one(x: f64) -> f64 {
    Level::chosen().run(One { x, function: SigmoidDerivative })
}

/// Writes sigmoid(x) for each x of `input` to `output`.
pub fn sigmoid_to<T: Float>(input: &[T], output: &mut [T]) -> Result<()> {
    apply(Level::chosen(), input, output, Sigmoid)
}

/// Replaces each value by its sigmoid.
pub fn sigmoid_in_place<T: Float>(values: &mut [T]) {
    apply_in_place(values, Sigmoid);
}

/// Writes the derivative of the sigmoid at each x of `input` to `output`.
pub fn sigmoid_derivative_to<T: Float>(input: &[T], output: &mut [T]) -> Result<()> {
    apply(Level::chosen(), input, output, SigmoidDerivative)
}

/// Replaces each value by the derivative of the sigmoid at it.
pub fn sigmoid_derivative_in_place<T: Float>(values: &mut [T]) {
    apply_in_place(values, SigmoidDerivative);
}

/// [`sigmoid_to`] with an instruction set of the caller's choice, for tests and measurements.
pub fn sigmoid_with<T: Float>(level: Level, input: &[T], output: &mut [T]) -> Result<()> {
    apply(level, input, output, Sigmoid)
}

/// [`sigmoid_derivative_to`] with an instruction set of the caller's choice.
pub fn sigmoid_derivative_with<T: Float>(level: Level, input: &[T], output: &mut [T]) -> Result<()> {
    apply(level, input, output, SigmoidDerivative)
}

fn apply<T: Float>(level: Level, input: &[T], output: &mut [T], function: impl Function) -> Result<()> {
    expect_length("output values", input.len(), output.len())?;
    let stream = size_of_val(output) >= STREAM_FROM_BYTES;
    for_pieces(output, |first, output| {
        let input = &input[first..first + output.len()];
        level.run(Map { input, output, function, stream });
    });
    Ok(())
}

fn apply_in_place<T: Float>(values: &mut [T], function: impl Function) {
    let level = Level::chosen();
    for_pieces(values, |_, values| level.run(MapInPlace { values, function }));
}

#[derive(Clone, Copy)]
pub(super) struct Sigmoid;

impl Function for Sigmoid {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        simd::sigmoid::sigmoid(x)
    }
}

#[derive(Clone, Copy)]
struct SigmoidDerivative;

impl Function for SigmoidDerivative {
    #[inline(always)]
    fn of<V: Vector>(self, x: V) -> V {
        simd::sigmoid::sigmoid_derivative(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_values_follow_ieee() {
        assert_eq!(sigmoid(f32::NEG_INFINITY), 0.0);
        assert_eq!(sigmoid(f64::INFINITY), 1.0);
        assert_eq!(sigmoid(-0.0_f64), 0.5);
        assert_eq!(sigmoid(f64::MIN_POSITIVE / 4.0), 0.5);
        assert!(sigmoid(f32::NAN).is_nan());
    }

    #[test]
    fn tail_is_kept_to_the_smallest_subnormal() {
        assert_eq!(sigmoid(-103.9_f32), f32::from_bits(1));
        assert_eq!(sigmoid(-745.1_f64), f64::from_bits(1));
    }

    #[test]
    fn derivative_is_the_slope_of_the_value() {
        for x in [-30.0, -2.0, -0.1, 0.0, 0.3, 1.0, 5.0_f64] {
            let step = 1e-6;
            let slope = (sigmoid(x + step) - sigmoid(x - step)) / (2.0 * step);
            assert!((slope - sigmoid_derivative(x)).abs() < 1e-9, "at {x}");
        }
    }
}
