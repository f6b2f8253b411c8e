//! Rows whose columns are numbered by how many rows have them, the most frequent first.
//!
//! A table of 2^18 weights does not fit the fastest cache, but half of all entries of text are in some two hundredth
//! of the columns. Under these numbers their weights lie side by side, and a pass over the rows takes half the time.

use std::ops::Range;

use super::{Example, Examples};
use crate::error::Result;
use crate::numeric::{Float, Rows};

/// Examples under the ranks of their columns; columns without an entry have none.
#[derive(Debug, Clone)]
pub struct RankedExamples<T> {
    examples: Examples<T>,
    column_of_rank: Vec<u32>,
    width: usize,
    squared_lengths: Vec<f64>,
}

impl<T: Float> RankedExamples<T> {
    /// Copies the rows as [`Examples::new`] does, and renumbers the columns; of two as frequent, the one that stood
    /// first stays first.
    pub fn new(x: &impl Rows<T>, targets: Vec<f64>, weights: Vec<f64>) -> Result<Self> {
        let width = Examples::check(x, &targets, &weights)?;
        let middle = x.rows() / 2;
        let (first, second) = rayon::join(|| Counts::of(x, 0..middle), || Counts::of(x, middle..x.rows()));
        let counts: Vec<u32> =
            first.columns.iter().zip(second.columns).map(|(one, other)| one + other).collect();
        let mut column_of_rank: Vec<u32> =
            (0..width as u32).filter(|column| counts[*column as usize] > 0).collect();
        column_of_rank.sort_by_key(|column| std::cmp::Reverse(counts[*column as usize]));
        let mut rank_of_column = counts;
        for (rank, column) in column_of_rank.iter().enumerate() {
            rank_of_column[*column as usize] = rank as u32;
        }
        let lengths = [first.rows, second.rows];
        let entries: [usize; 2] = [0, 1].map(|half| lengths[half].iter().sum());
        let (mut ranks, mut values) =
            (vec![0; entries[0] + entries[1]], vec![T::default(); entries[0] + entries[1]]);
        let mut squared_lengths = vec![0.0; x.rows()];
        {
            let (ranks, values) = (ranks.split_at_mut(entries[0]), values.split_at_mut(entries[0]));
            let squares = squared_lengths.split_at_mut(middle);
            let table = &rank_of_column[..];
            rayon::join(
                || copy(x, 0, table, ranks.0, values.0, squares.0),
                || copy(x, middle, table, ranks.1, values.1, squares.1),
            );
        }
        let row_ends = lengths.into_iter().flatten().scan(0, |end, length| {
            *end += length;
            Some(*end)
        });
        let row_ends = row_ends.collect();
        let examples = Examples::of_parts(row_ends, ranks, values, targets, weights, column_of_rank.len());
        Ok(Self { examples, column_of_rank, width, squared_lengths })
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.examples.rows()
    }

    /// An error unless every entry of the order is a row.
    pub fn check_order(&self, order: &[usize]) -> Result<()> {
        self.examples.check_order(order)
    }

    /// The number of ranks.
    #[must_use]
    pub const fn ranks(&self) -> usize {
        self.column_of_rank.len()
    }

    /// One row, its columns being ranks.
    #[must_use]
    pub fn get(&self, row: usize) -> Example<'_, T> {
        self.examples.get(row)
    }

    /// The squared length of one row.
    #[must_use]
    pub fn squared_length(&self, row: usize) -> f64 {
        self.squared_lengths[row]
    }

    /// The mean of the squared lengths.
    #[must_use]
    pub fn mean_squared_length(&self) -> f64 {
        self.squared_lengths.iter().sum::<f64>() / self.rows() as f64
    }

    /// Values by rank as values by column, 0 where a column has no rank.
    #[must_use]
    pub fn by_column(&self, by_rank: &[f64]) -> Vec<f64> {
        let mut result = vec![0.0; self.width];
        for (column, value) in self.column_of_rank.iter().zip(by_rank) {
            result[*column as usize] = *value;
        }
        result
    }
}

/// How many entries other than 0 some rows and their columns have.
struct Counts {
    columns: Vec<u32>,
    rows: Vec<usize>,
}

impl Counts {
    fn of<T: Float>(x: &impl Rows<T>, rows: Range<usize>) -> Self {
        let mut counts = Self { columns: vec![0; x.columns()], rows: Vec::with_capacity(rows.len()) };
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        for row in rows {
            columns.clear();
            values.clear();
            x.append_to(row, &mut columns, &mut values);
            for column in &columns {
                counts.columns[*column as usize] += 1;
            }
            counts.rows.push(columns.len());
        }
        counts
    }
}

/// Fills the ranks, the values and the squared lengths of the rows from the first on.
fn copy<T: Float>(
    x: &impl Rows<T>,
    first: usize,
    rank_of_column: &[u32],
    mut ranks: &mut [u32],
    mut values: &mut [T],
    squared_lengths: &mut [f64],
) {
    let (mut columns, mut row_values) = (Vec::new(), Vec::new());
    for (row, squared_length) in (first..).zip(squared_lengths) {
        columns.clear();
        row_values.clear();
        x.append_to(row, &mut columns, &mut row_values);
        let (row_ranks, later) = ranks.split_at_mut(columns.len());
        ranks = later;
        for (rank, column) in row_ranks.iter_mut().zip(&columns) {
            *rank = rank_of_column[*column as usize];
        }
        let (copies, later) = values.split_at_mut(columns.len());
        values = later;
        copies.copy_from_slice(&row_values);
        *squared_length = row_values.iter().map(|value| value.to_f64() * value.to_f64()).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::DenseView;

    #[test]
    fn frequent_columns_come_first_and_find_back() {
        let values = [0.0, 1.0, 2.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 4.0, 5.0, 0.0_f32];
        let x = DenseView::new(&values, 3, 4).unwrap();
        let ranked = RankedExamples::new(&x, vec![0.0; 3], vec![1.0; 3]).unwrap();
        assert_eq!((ranked.rows(), ranked.ranks()), (3, 2));
        assert_eq!(ranked.get(0).columns, [0, 1]);
        assert_eq!((ranked.get(2).columns, ranked.get(2).values), (&[0, 1][..], &[4.0, 5.0][..]));
        assert_eq!((ranked.squared_length(0), ranked.mean_squared_length()), (5.0, 55.0 / 3.0));
        assert_eq!(ranked.by_column(&[7.0, 8.0]), [0.0, 7.0, 8.0, 0.0]);
    }
}
