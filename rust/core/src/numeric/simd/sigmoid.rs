//! The sigmoid and its relatives, on registers.

use super::exponential::Exponential;
use super::vector::Vector;

/// 1 / (1 + exp(-x)) = power / (power + 1 + rest), to about 0.75 units in the last place.
///
/// If no lane lies far out, a shorter way gives the very same bits.
#[inline(always)]
pub fn sigmoid<V: Vector>(x: V) -> V {
    if V::all_within(&[x], V::CONSTANTS.near) { near(x) } else { anywhere(x) }
}

/// The sigmoid where power + 1 is exact.
#[inline(always)]
fn near<V: Vector>(x: V) -> V {
    let exponential = Exponential::of(x);
    let power = exponential.power();
    let whole = power.add(V::splat(1.0));
    let estimate = whole.add(exponential.rest).reciprocal();
    let remainder = estimate.neg_mul_add(whole, V::splat(1.0));
    quotient(power, estimate, estimate.neg_mul_add(exponential.rest, remainder))
}

/// The sigmoid of any x.
///
/// 1 - estimate * (power + 1) is computed from the greater of the two on: the first product then leaves an
/// exact difference, so that one rounding remains, as in `near`. Scaling comes last, for the subnormal results.
#[inline(always)]
fn anywhere<V: Vector>(x: V) -> V {
    let one = V::splat(1.0);
    let bounded = x.at_least(V::splat(V::CONSTANTS.least)).at_most(V::splat(V::CONSTANTS.most));
    let exponential = Exponential::of(bounded);
    let significand = exponential.significand();
    let power = exponential.scale(significand);
    let estimate = power.add(one).add(exponential.rest).reciprocal();
    let remainder = estimate.neg_mul_add(x.by_sign(one, power), one);
    let remainder = estimate.neg_mul_add(x.by_sign(power, one), remainder);
    let remainder = estimate.neg_mul_add(exponential.rest, remainder);
    exponential.scale(quotient(significand, estimate, remainder))
}

/// numerator / denominator, given an estimate of 1 / denominator, and 1 - estimate * denominator.
///
/// The product of numerator and estimate is exact by their few bits; a short geometric series corrects it.
#[inline(always)]
fn quotient<V: Vector>(numerator: V, estimate: V, remainder: V) -> V {
    let mut series = remainder;
    for _ in 1..V::CONSTANTS.terms {
        series = series.mul_add(remainder, remainder);
    }
    let product = numerator.mul(estimate);
    product.mul_add(series, product)
}

/// The derivative of the sigmoid, y (1 - y) with y = sigmoid(-|x|), which is small enough for 1 - y.
#[inline(always)]
pub fn sigmoid_derivative<V: Vector>(x: V) -> V {
    let y = sigmoid(x.negative_abs());
    y.neg_mul_add(y, y)
}

/// The hyperbolic tangent, (exp(2 x) - 1) / (exp(2 x) + 1) = (power - 1 - rest) / (power + 1 + rest).
#[inline(always)]
pub fn tanh<V: Vector>(x: V) -> V {
    let one = V::splat(1.0);
    let bound = V::splat(V::CONSTANTS.near);
    let bounded = x.at_least(V::splat(0.0).sub(bound)).at_most(bound);
    let exponential = Exponential::of(bounded.add(bounded));
    let power = exponential.scale(exponential.significand());
    let denominator = power.add(one).add(exponential.rest);
    let estimate = denominator.reciprocal();
    let remainder = estimate.neg_mul_add(denominator, one);
    quotient(power.sub(one).sub(exponential.rest), estimate, remainder)
}
