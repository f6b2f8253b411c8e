//! One logistic neuron: the forward pass sigmoid(X w + b), beside its loss and gradient.

use std::sync::{Mutex, PoisonError};

use super::csr::CsrParts;
use super::parallel::for_rows;
use super::sigmoid::{sigmoid_f64, sigmoid_in_place};
use super::simd::Level;
use super::simd::sparse::Table;
use super::{Float, ForwardRows, Index, Rows};
use crate::error::{Error, Result};

/// The answer to "how wrong is the neuron, and which way is down?".
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticGradient {
    /// The weighted mean of the logistic loss.
    pub loss: f64,
    /// Its derivative with respect to each weight.
    pub weights: Vec<f64>,
    /// Its derivative with respect to the bias.
    pub bias: f64,
}

/// Writes sigmoid(x · weights + bias) for each row x to `output`.
pub fn neuron<T: Float>(x: &impl ForwardRows<T>, weights: &[T], bias: f64, output: &mut [T]) -> Result<()> {
    expect_length("weights, one a column", x.columns(), weights.len())?;
    expect_length("output values, one a row", x.rows(), output.len())?;
    let level = Level::chosen();
    for_rows(x.rows(), 1, x.entries_in(0..x.rows()), output, |rows, output| {
        x.products(level, rows, weights, T::from_f64(bias), output);
        sigmoid_in_place(output);
    });
    Ok(())
}

/// [`neuron`] on a sparse matrix whose indices are checked on the way, which saves a pass over them.
pub fn neuron_sparse<T: Float, I: Index, W: Table<Value = T> + ?Sized>(
    x: &CsrParts<'_, T, I>,
    weights: &W,
    bias: f64,
    output: &mut [T],
) -> Result<()> {
    neuron_scaled(x, weights, 1.0, bias, output)
}

/// sigmoid(scale * x · weights + bias) for each row x of a sparse matrix.
pub(super) fn neuron_scaled<T: Float, I: Index, W: Table<Value = T> + ?Sized>(
    x: &CsrParts<'_, T, I>,
    weights: &W,
    scale: f64,
    bias: f64,
    output: &mut [T],
) -> Result<()> {
    expect_length("weights, one a column", x.column_count(), weights.count())?;
    expect_length("output values, one a row", x.row_count(), output.len())?;
    let level = Level::chosen();
    let (scale, bias) = (T::from_f64(scale), T::from_f64(bias));
    let effort = x.positions(0..x.row_count()).len();
    // Each piece stops at its first wrong index; of these the one in the first piece is the first of all.
    let wrong: Mutex<Option<(usize, Error)>> = Mutex::new(None);
    for_rows(x.row_count(), 1, effort, output, |rows, output| {
        let first = rows.start;
        if let Err(error) = x.products(level, rows, weights, output) {
            let mut wrong = wrong.lock().unwrap_or_else(PoisonError::into_inner);
            if wrong.as_ref().is_none_or(|(row, _)| first < *row) {
                *wrong = Some((first, error));
            }
            return;
        }
        for sum in &mut *output {
            *sum = *sum * scale + bias;
        }
        sigmoid_in_place(output);
    });
    wrong.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), |(_, error)| Err(error))
}

/// The weighted mean logistic loss of the neuron on the rows of `x`, and its gradient.
///
/// With z = x · weights + bias, the loss of one row is log(1 + exp(z)) - target * z, its derivative by z is
/// sigmoid(z) - target. Sums run in `f64`, in row order: the same input gives the same bits.
/// `targets` lie in 0 to 1, `sample_weights` (1 each when absent) are at least 0 and not all 0.
pub fn logistic_loss_gradient<T: Float>(
    x: &impl Rows<T>,
    targets: &[f64],
    weights: &[f64],
    bias: f64,
    sample_weights: Option<&[f64]>,
) -> Result<LogisticGradient> {
    expect_length("weights, one a column", x.columns(), weights.len())?;
    let total = check_targets(x.rows(), targets, sample_weights)?;
    let mut result = LogisticGradient { loss: 0.0, weights: vec![0.0; x.columns()], bias: 0.0 };
    for (row, &target) in targets.iter().enumerate() {
        let share = sample_weights.map_or(1.0, |sample_weights| sample_weights[row]) / total;
        let z = x.dot(row, weights) + bias;
        let slope = share * (sigmoid_f64(z) - target);
        result.loss += share * logistic_loss(z, target);
        result.bias += slope;
        x.add_scaled(row, slope, &mut result.weights);
    }
    Ok(result)
}

/// log(1 + exp(z)) - target * z, without overflow for large |z|.
#[must_use]
pub fn logistic_loss(z: f64, target: f64) -> f64 {
    z.max(0.0) - target * z + (-z.abs()).exp().ln_1p()
}

/// Checks the targets and sample weights of a loss; returns the sum of the sample weights.
pub(super) fn check_targets(rows: usize, targets: &[f64], sample_weights: Option<&[f64]>) -> Result<f64> {
    expect_length("targets, one a row", rows, targets.len())?;
    if let Some(target) = targets.iter().find(|target| !(0.0..=1.0).contains(*target)) {
        return Err(Error::Value(format!("expected targets from 0 to 1, got {target}")));
    }
    let Some(sample_weights) = sample_weights else {
        return if rows > 0 {
            Ok(rows as f64)
        } else {
            Err(Error::Value("expected at least 1 row, got 0".into()))
        };
    };
    expect_length("sample weights, one a row", rows, sample_weights.len())?;
    if let Some(weight) = sample_weights.iter().find(|weight| !(0.0..f64::INFINITY).contains(*weight)) {
        return Err(Error::Value(format!("expected sample weights of 0 or more, and finite, got {weight}")));
    }
    let total: f64 = sample_weights.iter().sum();
    if total > 0.0 {
        Ok(total)
    } else {
        Err(Error::Value(format!("expected sample weights with a sum above 0, got a sum of {total}")))
    }
}

pub(super) fn expect_length(what: &'static str, expected: usize, actual: usize) -> Result<()> {
    if expected == actual { Ok(()) } else { Err(Error::Length { what, expected, actual }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::DenseView;

    #[test]
    fn first_neuron_says_spam() {
        let x = DenseView::new(&[1.0_f32, 0.0], 1, 2).unwrap();
        let mut y = [0.0];
        neuron(&x, &[7.0, 3.0], -2.0, &mut y).unwrap();
        assert_eq!(y, [sigmoid_f64(5.0) as f32]);
    }

    #[test]
    fn loss_stays_finite_far_out() {
        assert_eq!(logistic_loss(-1000.0, 1.0), 1000.0);
        assert_eq!(logistic_loss(1000.0, 1.0), 0.0);
    }

    #[test]
    fn gradient_is_the_slope_of_the_loss() {
        let values = [0.5, -1.0, 2.0, 0.0, 1.5, -0.25_f64];
        let x = DenseView::new(&values, 3, 2).unwrap();
        let (targets, shares) = ([1.0, 0.0, 1.0], [1.0, 2.0, 0.5]);
        let loss =
            |w: &[f64], b: f64| logistic_loss_gradient(&x, &targets, w, b, Some(&shares)).unwrap().loss;
        let weights = [0.3, -0.7];
        let gradient = logistic_loss_gradient(&x, &targets, &weights, 0.1, Some(&shares)).unwrap();
        let step = 1e-6;
        for column in 0..2 {
            let (mut up, mut down) = (weights, weights);
            up[column] += step;
            down[column] -= step;
            let slope = (loss(&up, 0.1) - loss(&down, 0.1)) / (2.0 * step);
            assert!((slope - gradient.weights[column]).abs() < 1e-8);
        }
        let slope = (loss(&weights, 0.1 + step) - loss(&weights, 0.1 - step)) / (2.0 * step);
        assert!((slope - gradient.bias).abs() < 1e-8);
    }

    #[test]
    fn wrong_input_is_named() {
        let x = DenseView::new(&[1.0_f64, 2.0], 1, 2).unwrap();
        let error = |targets: &[f64], sample_weights: Option<&[f64]>| {
            logistic_loss_gradient(&x, targets, &[0.0, 0.0], 0.0, sample_weights).unwrap_err().to_string()
        };
        assert_eq!(error(&[0.0, 1.0], None), "expected 1 targets, one a row, got 2");
        assert_eq!(error(&[2.0], None), "expected targets from 0 to 1, got 2");
        assert!(error(&[1.0], Some(&[-1.0])).ends_with("got -1"));
        assert!(error(&[1.0], Some(&[0.0])).ends_with("got a sum of 0"));
    }
}
