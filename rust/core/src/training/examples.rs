//! Rows to learn from: sparse, owned, checked once.

use crate::error::{Error, Result};
use crate::numeric::neuron::{LogisticGradient, logistic_loss_gradient};
use crate::numeric::{Float, ForwardRows, Rows};

/// Sparse rows with a target from 0 to 1 and a weight above 0 each.
#[derive(Debug, Clone)]
pub struct Examples<T> {
    row_ends: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<T>,
    targets: Vec<f64>,
    weights: Vec<f64>,
    width: usize,
}

/// One row: where its values stand, the values, what to learn, and how much it counts.
#[derive(Debug, Clone, Copy)]
pub struct Example<'a, T> {
    /// The columns with a value other than 0.
    pub columns: &'a [u32],
    /// The values at them.
    pub values: &'a [T],
    /// The target, from 0 (ham) to 1 (spam).
    pub target: f64,
    /// The weight of the row.
    pub weight: f64,
}

impl<T: Float> Examples<T> {
    /// Copies the rows, without their zeros.
    ///
    /// There is at least one row; targets lie in 0 to 1, weights are finite and above 0, one of each a row.
    pub fn new(x: &impl ForwardRows<T>, targets: Vec<f64>, weights: Vec<f64>) -> Result<Self> {
        let width = Self::check(x, &targets, &weights)?;
        let entries = x.entries_in(0..x.rows());
        let (columns, values) = (Vec::with_capacity(entries), Vec::with_capacity(entries));
        let mut result =
            Self::of_parts(Vec::with_capacity(x.rows()), columns, values, targets, weights, width);
        for row in 0..x.rows() {
            x.append_to(row, &mut result.columns, &mut result.values);
            result.row_ends.push(result.columns.len());
        }
        Ok(result)
    }

    /// Checks what [`new`](Self::new) is given; the number of columns.
    pub(super) fn check(x: &impl Rows<T>, targets: &[f64], weights: &[f64]) -> Result<usize> {
        check("targets", targets, x.rows(), |value| (0.0..=1.0).contains(&value))?;
        check("weights", weights, x.rows(), |value| value > 0.0 && value.is_finite())?;
        if x.rows() == 0 || u32::try_from(x.columns()).is_err() {
            return Err(Error::Value(format!(
                "expected at least 1 row and at most {} columns, got shape ({}, {})",
                u32::MAX,
                x.rows(),
                x.columns()
            )));
        }
        Ok(x.columns())
    }

    /// Puts checked parts together.
    pub(super) const fn of_parts(
        row_ends: Vec<usize>,
        columns: Vec<u32>,
        values: Vec<T>,
        targets: Vec<f64>,
        weights: Vec<f64>,
        width: usize,
    ) -> Self {
        Self { row_ends, columns, values, targets, weights, width }
    }

    /// The mean of the weights.
    #[must_use]
    pub fn mean_weight(&self) -> f64 {
        self.weights.iter().sum::<f64>() / self.rows() as f64
    }

    /// The mean logistic loss of a neuron on the rows, and its gradient.
    pub fn loss_gradient(&self, weights: &[f64], bias: f64) -> Result<LogisticGradient> {
        logistic_loss_gradient(self, &self.targets, weights, bias, Some(&self.weights))
    }

    /// One row, which must be below their number.
    #[must_use]
    pub fn get(&self, row: usize) -> Example<'_, T> {
        let start = if row == 0 { 0 } else { self.row_ends[row - 1] };
        let entries = start..self.row_ends[row];
        Example {
            columns: &self.columns[entries.clone()],
            values: &self.values[entries],
            target: self.targets[row],
            weight: self.weights[row],
        }
    }

    /// An error unless every entry of the order is a row.
    pub fn check_order(&self, order: &[usize]) -> Result<()> {
        match order.iter().find(|row| **row >= self.rows()) {
            None if !order.is_empty() => Ok(()),
            None => Err(Error::Value("expected at least 1 row in the order, got 0".into())),
            Some(row) => Err(Error::Value(format!(
                "expected rows from 0 to {} in the order, got {row}",
                self.rows() - 1
            ))),
        }
    }
}

impl<T: Float> Rows<T> for Examples<T> {
    fn rows(&self) -> usize {
        self.row_ends.len()
    }

    fn columns(&self) -> usize {
        self.width
    }

    fn visit(&self, row: usize, visit: &mut dyn FnMut(usize, T)) {
        let example = self.get(row);
        for (column, value) in example.columns.iter().zip(example.values) {
            visit(*column as usize, *value);
        }
    }

    fn dot(&self, row: usize, weights: &[f64]) -> f64 {
        self.get(row).entries().map(|(column, value)| value * weights[column]).sum()
    }

    fn add_scaled(&self, row: usize, scale: f64, out: &mut [f64]) {
        for (column, value) in self.get(row).entries() {
            out[column] += scale * value;
        }
    }
}

impl<T: Float> Example<'_, T> {
    /// The columns and the values in `f64`.
    pub fn entries(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.columns.iter().zip(self.values).map(|(column, value)| (*column as usize, value.to_f64()))
    }
}

fn check(what: &'static str, values: &[f64], rows: usize, allowed: impl Fn(f64) -> bool) -> Result<()> {
    if values.len() != rows {
        return Err(Error::Length { what, expected: rows, actual: values.len() });
    }
    match values.iter().find(|value| !allowed(**value)) {
        None => Ok(()),
        Some(value) if what == "targets" => {
            Err(Error::Value(format!("expected targets from 0 to 1, got {value}")))
        }
        Some(value) => Err(Error::Value(format!("expected finite weights above 0, got {value}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::DenseView;

    fn examples(targets: &[f64], weights: &[f64]) -> Result<Examples<f32>> {
        let x = DenseView::new(&[0.0, 2.0, 3.0, 0.0], 2, 2).unwrap();
        Examples::new(&x, targets.to_vec(), weights.to_vec())
    }

    #[test]
    fn zeros_are_left_out() {
        let examples = examples(&[0.0, 1.0], &[1.0, 3.0]).unwrap();
        let second = examples.get(1);
        assert_eq!((second.columns, second.values), ([0].as_slice(), [3.0].as_slice()));
        assert_eq!((second.target, second.weight, examples.mean_weight()), (1.0, 3.0, 2.0));
    }

    #[test]
    fn wrong_input_is_named() {
        let text = |targets: &[f64], weights: &[f64]| examples(targets, weights).unwrap_err().to_string();
        assert_eq!(text(&[0.0], &[1.0, 1.0]), "expected 2 targets, got 1");
        assert!(text(&[0.0, 1.5], &[1.0, 1.0]).ends_with("got 1.5"));
        assert!(text(&[0.0, 1.0], &[1.0, 0.0]).ends_with("got 0"));
        let examples = examples(&[0.0, 1.0], &[1.0, 1.0]).unwrap();
        assert!(examples.check_order(&[1, 0, 1]).is_ok());
        assert!(examples.check_order(&[]).is_err());
        assert!(examples.check_order(&[0, 2]).unwrap_err().to_string().ends_with("got 2"));
    }
}
