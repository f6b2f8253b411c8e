//! Dual coordinate descent for L2-regularised logistic regression: few passes to the exact minimum.
//!
//! Yu, Huang and Lin, "Dual coordinate descent methods for logistic regression and maximum entropy models",
//! Machine Learning 85 (2011). With signs y of ±1 and `C_i` = C times the row's weight, the weights are
//! w = sum of `a_i` `y_i` `x_i`, and the best `a_i`, all others fixed, obeys log(a / (C - a)) + margin = 0.
//!
//! A bias without penalty asks for sum of `a_i` `y_i` = 0. One coordinate alone cannot keep that, so the method of
//! multipliers brings it about: the bias is multiplier + rho * sum, and takes over as the multiplier after
//! each pass (Hestenes 1969; Powell 1969).

use super::{Example, Examples};
use crate::error::{Error, Result};
use crate::numeric::neuron::logistic_loss;
use crate::numeric::sigmoid::sigmoid_f64;
use crate::numeric::{Float, Rows};

/// Newton's method on one coordinate ends by itself in 3 to 6 steps; the bracket halves at least, so that
/// 50 steps are at the end of the digits.
const MAX_STEPS: usize = 50;

/// The constants of the method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dual {
    /// What the sum of the losses is multiplied by, beside half the sum of the squared weights.
    pub c: f64,
    /// The stiffness of the bias, best of the size of a row's squared length.
    pub rho: f64,
}

/// Where the method stands; it starts from zeros.
#[derive(Debug, Clone, PartialEq)]
pub struct DualState {
    /// One coordinate a row, from 0 to C times the row's weight.
    pub coordinates: Vec<f64>,
    /// One weight a column.
    pub weights: Vec<f64>,
    /// The multiplier of the constraint.
    pub multiplier: f64,
    /// The sum of the coordinates times the signs.
    pub balance: f64,
}

/// What a pass saw of its rows, each just before its coordinate moved; sums over the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PassFigures {
    /// `C_i` times the loss.
    pub loss: f64,
    /// The row's share of the gap between primal and dual objective, never negative: `C_i` times the
    /// divergence of a / C from sigmoid(-margin).
    pub gap: f64,
    /// |`C_i` sigmoid(-margin) - a|: what the row adds to the primal gradient, in units of its values.
    pub residual: f64,
}

impl Dual {
    /// The bias that a multiplier and a balance stand for.
    #[must_use]
    pub fn bias(&self, multiplier: f64, balance: f64) -> f64 {
        multiplier + self.rho * balance
    }

    /// Sets the coordinate of each row in the order to its best; targets must be 0 or 1.
    pub fn pass<T: Float>(
        &self,
        state: &mut DualState,
        examples: &Examples<T>,
        order: &[usize],
    ) -> Result<PassFigures> {
        examples.check_order(order)?;
        for (what, actual, expected) in [
            ("coordinates, one a row", state.coordinates.len(), examples.rows()),
            ("weights, one a column", state.weights.len(), examples.columns()),
        ] {
            if actual != expected {
                return Err(Error::Length { what, expected, actual });
            }
        }
        let mut figures = PassFigures::default();
        for &row in order {
            self.improve(state, row, &examples.get(row), &mut figures);
        }
        state.multiplier = self.bias(state.multiplier, state.balance);
        Ok(figures)
    }

    fn improve<T: Float>(
        &self,
        state: &mut DualState,
        row: usize,
        example: &Example<'_, T>,
        figures: &mut PassFigures,
    ) {
        let (product, square) = product_and_square(example, &state.weights);
        let before = state.coordinates[row];
        let curvature = self.rho + square;
        let after = self.move_coordinate(
            example,
            self.bias(state.multiplier, state.balance) + product,
            curvature,
            before,
            figures,
        );
        let change = signed(example.target) * (after - before);
        for (column, value) in example.entries() {
            state.weights[column] += change * value;
        }
        state.balance += change;
        state.coordinates[row] = after;
    }

    /// The best coordinate of a row whose logit is `sum`, beside what is seen of the row before it moves.
    pub(super) fn move_coordinate<T: Float>(
        &self,
        example: &Example<'_, T>,
        sum: f64,
        curvature: f64,
        before: f64,
        figures: &mut PassFigures,
    ) -> f64 {
        let (sign, limit) = (signed(example.target), self.c * example.weight);
        let loss = limit * logistic_loss(sum, f64::midpoint(sign, 1.0));
        figures.loss += loss;
        figures.gap += loss + before * sign * sum - entropy(before, limit);
        figures.residual += (limit * sigmoid_f64(-sign * sum) - before).abs();
        best_coordinate(limit, curvature, before, sign * sum)
    }
}

/// The sign of a target of 0 or 1.
pub(super) const fn signed(target: f64) -> f64 {
    if target > 0.5 { 1.0 } else { -1.0 }
}

/// x · weights and x · x, in eight sums each that need not wait for one another.
fn product_and_square<T: Float>(example: &Example<'_, T>, weights: &[f64]) -> (f64, f64) {
    const CHAINS: usize = 8;
    let (mut products, mut squares) = ([0.0; CHAINS], [0.0; CHAINS]);
    let (columns, last_columns) = example.columns.as_chunks::<CHAINS>();
    let (values, last_values) = example.values.as_chunks::<CHAINS>();
    for (columns, values) in columns.iter().zip(values) {
        for chain in 0..CHAINS {
            let value = values[chain].to_f64();
            products[chain] += value * weights[columns[chain] as usize];
            squares[chain] += value * value;
        }
    }
    for ((chain, column), value) in last_columns.iter().enumerate().zip(last_values) {
        let value = value.to_f64();
        products[chain] += value * weights[*column as usize];
        squares[chain] += value * value;
    }
    (products.iter().sum(), squares.iter().sum())
}

/// The entropy of a coordinate between 0 and its limit, times the limit: 0 at both ends.
fn entropy(a: f64, limit: f64) -> f64 {
    let part = |part: f64| if part > 0.0 { -part * (part / limit).ln() } else { 0.0 };
    part(a) + part(limit - a)
}

/// The a in 0 to `limit` for which log(a / (limit - a)) + length * (a - before) + margin = 0.
///
/// With u = log(a / (limit - a)) the left side is u + length * (limit * sigmoid(u) - before) + margin, which
/// rises with a slope of at least 1 and loses no digits near either end of a.
fn best_coordinate(limit: f64, length: f64, before: f64, margin: f64) -> f64 {
    let (mut low, mut high) = (-margin - length * (limit - before), -margin + length * before);
    let mut u = (-margin).clamp(low, high);
    for _ in 0..MAX_STEPS {
        let share = sigmoid_f64(u);
        let value = u + length * (limit * share - before) + margin;
        if value > 0.0 {
            high = u;
        } else {
            low = u;
        }
        let newton = u - value / (1.0 + length * limit * share * (1.0 - share));
        let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        if (next - u).abs() <= 1e-12 * (1.0 + u.abs()) {
            break;
        }
        u = next;
    }
    limit * sigmoid_f64(u)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::numeric::DenseView;

    proptest! {
        #[test]
        fn best_coordinate_solves_its_equation(
            limit in 1e-3_f64..1e3, length in 1e-3_f64..1e3, share in 0.0_f64..1.0, margin in -50.0_f64..50.0,
        ) {
            let before = share * limit;
            let a = best_coordinate(limit, length, before, margin);
            prop_assert!((0.0..=limit).contains(&a));
            // The left side changes its sign within a relative 1e-6 of the answer.
            let left = |a: f64| (a / (limit - a)).ln() + length * (a - before) + margin;
            // Near the limit, limit - a has few digits left, and so has its logarithm.
            let slack = 1e-6 + 4.0 * f64::EPSILON * limit / (limit - a);
            prop_assert!(left(a * (1.0 - 1e-6)) <= slack);
            prop_assert!(left(limit - (limit - a) * (1.0 - 1e-6)) >= -slack);
        }
    }

    #[test]
    fn passes_end_where_the_gradient_is_zero() {
        let values = [1.0, 0.2, -0.5, 1.0, 0.3, -1.0, -1.0, 0.4, 0.6, 0.1, 0.0, -0.7_f64];
        let x = DenseView::new(&values, 6, 2).unwrap();
        let targets = vec![1.0, 0.0, 1.0, 1.0, 1.0, 0.0];
        let weights = vec![1.0, 2.0, 1.0, 0.5, 1.0, 1.0];
        let examples = Examples::new(&x, targets, weights.clone()).unwrap();
        let dual = Dual { c: 2.0, rho: 1.0 };
        let mut state =
            DualState { coordinates: vec![0.0; 6], weights: vec![0.0; 2], multiplier: 0.0, balance: 0.0 };
        let start = dual.pass(&mut state.clone(), &examples, &[0]).unwrap();
        assert_eq!((start.loss, start.gap), (2.0 * 2.0_f64.ln(), 2.0 * 2.0_f64.ln()));
        let mut end = start;
        for _ in 0..300 {
            end = dual.pass(&mut state, &examples, &[0, 1, 2, 3, 4, 5]).unwrap();
            assert!(end.gap >= -1e-12);
        }
        assert!(end.gap.abs() < 1e-12 && end.residual < 1e-9 && end.loss > 1.0);
        let found =
            examples.loss_gradient(&state.weights, dual.bias(state.multiplier, state.balance)).unwrap();
        let scale = dual.c * weights.iter().sum::<f64>();
        assert!(found.bias.abs() < 1e-9);
        for (slope, weight) in found.weights.iter().zip(&state.weights) {
            assert!((slope + weight / scale).abs() < 1e-9);
        }
    }

    #[test]
    fn wrong_lengths_are_named() {
        let x = DenseView::new(&[1.0_f64], 1, 1).unwrap();
        let examples = Examples::new(&x, vec![1.0], vec![1.0]).unwrap();
        let mut state = DualState { coordinates: vec![], weights: vec![0.0], multiplier: 0.0, balance: 0.0 };
        let error = Dual { c: 1.0, rho: 1.0 }.pass(&mut state, &examples, &[0]).unwrap_err();
        assert_eq!(error.to_string(), "expected 1 coordinates, one a row, got 0");
    }
}
