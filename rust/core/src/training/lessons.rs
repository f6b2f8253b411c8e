//! Lessons on top of a neuron that has learnt elsewhere: the least moves of its weights that do them justice.
//!
//! Least is `strength` times the sum of the lessons' logistic losses plus half the squared length of the moves.
//! Dual coordinate descent (Yu, Huang and Lin, Machine Learning 85, 2011): the moves are a sum over lessons of
//! its pull, in (0, strength), times its features; each in turn gets the pull that is best while the others
//! stay. What the base says of a lesson is what its sum starts from, so that [`super::dual`], which has a bias and
//! no base, does not serve here.

use crate::error::{Error, Result};

/// Newton's method ends in a few steps; the bracket, which halves at least, is at the end of the digits by then.
const MOST_STEPS: usize = 50;
/// A pull is exact enough when it moves its own lesson's logit by no more.
const STEP_TOLERANCE: f64 = 1e-9;
/// e^700 is the last that a double holds with room to spare.
const MOST_EXPONENT: f64 = 700.0;

/// Lessons as rows of a sparse matrix, whose columns are the slots that any of them has.
#[derive(Debug, Clone, Copy)]
pub struct Lessons<'a> {
    /// Where each row begins in `columns` and `values`, and where the last one ends.
    pub starts: &'a [usize],
    /// The columns of each row, distinct within it.
    pub columns: &'a [u32],
    /// The value at each column.
    pub values: &'a [f32],
    /// What each lesson is.
    pub is_spam: &'a [bool],
    /// The calibrated logit that the base gives to each.
    pub before: &'a [f64],
    /// How many columns there are.
    pub width: usize,
}

/// When the descent ends.
#[derive(Debug, Clone, Copy)]
pub struct Ending {
    /// After so many passes over the lessons.
    pub passes: usize,
    /// When no lesson would move its own logit by more.
    pub tolerance: f64,
}

impl Lessons<'_> {
    /// The moves of least loss, one a column, in units of calibrated logits.
    pub fn moves(&self, strength: f64, ending: Ending) -> Result<Vec<f64>> {
        self.validate(strength)?;
        let rows = self.is_spam.len();
        let stiffness: Vec<f64> = (0..rows).map(|row| self.dot(row, |_, value| value)).collect();
        let (mut pulls, mut moves) = (vec![0.0; rows], vec![0.0; self.width]);
        for _ in 0..ending.passes {
            let mut largest: f64 = 0.0;
            for row in (0..rows).filter(|&row| stiffness[row] > 0.0) {
                let sign = if self.is_spam[row] { 1.0 } else { -1.0 };
                let margin = sign * (self.before[row] + self.dot(row, |column, _| moves[column]));
                let pull =
                    best_pull(margin - pulls[row] * stiffness[row], stiffness[row], strength, pulls[row]);
                let step = pull - pulls[row];
                for at in self.starts[row]..self.starts[row + 1] {
                    moves[self.columns[at] as usize] += sign * step * f64::from(self.values[at]);
                }
                pulls[row] = pull;
                largest = largest.max(step.abs() * stiffness[row]);
            }
            if largest < ending.tolerance {
                break;
            }
        }
        Ok(moves)
    }

    /// The sum over a row's columns of its value times another number.
    fn dot(&self, row: usize, other: impl Fn(usize, f64) -> f64) -> f64 {
        let range = self.starts[row]..self.starts[row + 1];
        let pairs = self.columns[range.clone()].iter().zip(&self.values[range]);
        let products = pairs.map(|(&column, &value)| {
            let value = f64::from(value);
            value * other(column as usize, value)
        });
        products.sum()
    }

    fn validate(&self, strength: f64) -> Result<()> {
        let rows = self.is_spam.len();
        let lengths = [("starts", rows + 1, self.starts.len()), ("logits", rows, self.before.len())];
        for (what, expected, actual) in lengths {
            if expected != actual {
                return Err(Error::Length { what, expected, actual });
            }
        }
        let (end, values) = (self.starts[rows], self.values.len());
        if end != values || values != self.columns.len() {
            return Err(Error::Length { what: "values", expected: end, actual: values });
        }
        let rising = self.starts.windows(2).all(|pair| pair[0] <= pair[1]);
        if !rising || self.columns.iter().any(|&column| column as usize >= self.width) {
            return Err(Error::Value(format!(
                "the rows must rise, and the columns stay below {}",
                self.width
            )));
        }
        if strength.is_finite() && strength > 0.0 {
            return Ok(());
        }
        Err(Error::Value(format!("strength must be a finite number above 0, got {strength}")))
    }
}

/// The pull p with p = strength * sigmoid(-(margin + p * stiffness)): Newton, kept in brackets.
fn best_pull(margin: f64, stiffness: f64, strength: f64, start: f64) -> f64 {
    let (mut low, mut high) = (0.0, strength);
    let mut point = if low < start && start < high { start } else { strength / 2.0 };
    for _ in 0..MOST_STEPS {
        let error = 1.0 / (1.0 + (margin + point * stiffness).min(MOST_EXPONENT).exp());
        let value = point - strength * error;
        if value > 0.0 {
            high = point;
        } else {
            low = point;
        }
        let mut following = point - value / (1.0 + strength * error * (1.0 - error) * stiffness);
        if !(low..=high).contains(&following) {
            following = f64::midpoint(low, high);
        }
        if (following - point).abs() * stiffness < STEP_TOLERANCE {
            return following;
        }
        point = following;
    }
    point
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDING: Ending = Ending { passes: 200, tolerance: 1e-12 };

    fn lessons<'a>(starts: &'a [usize], is_spam: &'a [bool], before: &'a [f64]) -> Lessons<'a> {
        let (columns, values) = (&[0, 1, 1, 2, 0, 2], &[0.5, 0.5, 1.0, 0.25, 0.75, 0.5]);
        let end = starts[starts.len() - 1];
        Lessons { starts, columns: &columns[..end], values: &values[..end], is_spam, before, width: 3 }
    }

    #[test]
    fn the_gradient_of_the_objective_is_nothing_at_the_moves() {
        let all = lessons(&[0, 2, 4, 6], &[true, false, false], &[-2.0, 0.5, 3.0]);
        let strength = 7.0;
        let moves = all.moves(strength, ENDING).unwrap();
        let mut gradient = moves.clone();
        for row in 0..3 {
            let sign = if all.is_spam[row] { 1.0 } else { -1.0 };
            let margin: f64 = sign * (all.before[row] + all.dot(row, |column, _| moves[column]));
            let error = 1.0 / (1.0 + margin.exp());
            for at in all.starts[row]..all.starts[row + 1] {
                gradient[all.columns[at] as usize] -= strength * error * sign * f64::from(all.values[at]);
            }
        }
        assert!(gradient.iter().all(|one| one.abs() < 1e-6), "{gradient:?}");
    }

    #[test]
    fn rows_without_features_move_nothing_and_no_rows_are_no_moves() {
        let empty = lessons(&[0, 0], &[true], &[-2.0]);
        assert_eq!(empty.moves(300.0, ENDING).unwrap(), [0.0; 3]);
        assert_eq!(lessons(&[0], &[], &[]).moves(300.0, ENDING).unwrap(), [0.0; 3]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(lessons(&[0, 2], &[true, false], &[0.0]).moves(1.0, ENDING).is_err());
        assert!(lessons(&[0, 2], &[true], &[]).moves(1.0, ENDING).is_err());
        assert!(lessons(&[2, 0], &[true], &[0.0]).moves(1.0, ENDING).is_err());
        let narrow = Lessons { width: 1, ..lessons(&[0, 2], &[true], &[0.0]) };
        assert!(narrow.moves(1.0, ENDING).is_err());
        for strength in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(lessons(&[0, 2], &[true], &[0.0]).moves(strength, ENDING).is_err());
        }
    }
}
