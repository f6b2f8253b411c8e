//! Matrices over borrowed slices. A view that exists is valid: the kernels need no check of their own.

use super::Float;
use crate::error::{Error, Result};

/// A matrix that a kernel can walk row by row: dense or CSR.
pub trait Rows<T: Float>: Sync {
    /// The number of rows.
    fn rows(&self) -> usize;

    /// The number of columns.
    fn columns(&self) -> usize;

    /// Calls `visit(column, value)` for each stored entry of the row, in storage order.
    fn visit(&self, row: usize, visit: &mut dyn FnMut(usize, T));

    /// The dot product of the row and the weights, added up in `f64`.
    fn dot(&self, row: usize, weights: &[f64]) -> f64;

    /// Adds `scale` times the row to `out`, which holds one value a column.
    fn add_scaled(&self, row: usize, scale: f64, out: &mut [f64]);
}

/// A dense row-major matrix.
#[derive(Debug, Clone, Copy)]
pub struct DenseView<'a, T> {
    values: &'a [T],
    rows: usize,
    columns: usize,
}

impl<'a, T: Float> DenseView<'a, T> {
    /// A matrix of `rows` times `columns` values; their number must be that product.
    pub fn new(values: &'a [T], rows: usize, columns: usize) -> Result<Self> {
        let expected = rows.saturating_mul(columns);
        if values.len() != expected {
            return Err(Error::Length { what: "values", expected, actual: values.len() });
        }
        Ok(Self { values, rows, columns })
    }

    /// One row as a slice.
    #[must_use]
    pub fn row(&self, row: usize) -> &'a [T] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }
}

impl<T: Float> Rows<T> for DenseView<'_, T> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn visit(&self, row: usize, visit: &mut dyn FnMut(usize, T)) {
        for (column, value) in self.row(row).iter().enumerate() {
            visit(column, *value);
        }
    }

    fn dot(&self, row: usize, weights: &[f64]) -> f64 {
        self.row(row).iter().zip(weights).map(|(value, weight)| value.to_f64() * weight).sum()
    }

    fn add_scaled(&self, row: usize, scale: f64, out: &mut [f64]) {
        for (sum, value) in out.iter_mut().zip(self.row(row)) {
            *sum += scale * value.to_f64();
        }
    }
}

/// The integer type of column indices: `i32` or `i64`.
pub trait Index: Copy + Send + Sync + 'static {
    /// The value as `i64`.
    fn to_i64(self) -> i64;

    /// The value as a position; negative values become positions past every table.
    fn to_usize(self) -> usize {
        usize::try_from(self.to_i64()).unwrap_or(usize::MAX)
    }
}

impl Index for i32 {
    fn to_i64(self) -> i64 {
        i64::from(self)
    }
}

impl Index for i64 {
    fn to_i64(self) -> i64 {
        self
    }
}

/// A sparse matrix in compressed rows; without values each stored entry is 1.
#[derive(Debug, Clone)]
pub struct CsrView<'a, T, I> {
    row_ends: Vec<usize>,
    indices: &'a [I],
    values: Option<&'a [T]>,
    columns: usize,
}

impl<'a, T: Float, I: Index> CsrView<'a, T, I> {
    /// Checks the parts and puts them together.
    ///
    /// `index_pointer` holds one entry more than there are rows, starts at 0, never falls, and ends within
    /// `indices`; every index up to there lies in `0..columns`; `values`, if any, is as long as `indices`.
    pub fn new<P: Index>(
        index_pointer: &[P],
        indices: &'a [I],
        values: Option<&'a [T]>,
        columns: usize,
    ) -> Result<Self> {
        if let Some(values) = values.filter(|values| values.len() != indices.len()) {
            return Err(Error::Length {
                what: "values, one a column index",
                expected: indices.len(),
                actual: values.len(),
            });
        }
        let row_ends = row_ends(index_pointer)?;
        let stored = row_ends.last().copied().unwrap_or(0);
        if stored > indices.len() {
            return Err(Error::Length {
                what: "column indices, as many as the index pointer ends with",
                expected: stored,
                actual: indices.len(),
            });
        }
        check_indices(&indices[..stored], columns)?;
        Ok(Self { row_ends, indices, values, columns })
    }

    fn row_range(&self, row: usize) -> std::ops::Range<usize> {
        let start = if row == 0 { 0 } else { self.row_ends[row - 1] };
        start..self.row_ends[row]
    }

    fn entries(&self, row: usize) -> impl Iterator<Item = (usize, T)> {
        self.row_range(row).map(|position| {
            let value = self.values.map_or(T::from_f64(1.0), |values| values[position]);
            (self.indices[position].to_usize(), value)
        })
    }
}

impl<T: Float, I: Index> Rows<T> for CsrView<'_, T, I> {
    fn rows(&self) -> usize {
        self.row_ends.len()
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn visit(&self, row: usize, visit: &mut dyn FnMut(usize, T)) {
        for (column, value) in self.entries(row) {
            visit(column, value);
        }
    }

    fn dot(&self, row: usize, weights: &[f64]) -> f64 {
        self.entries(row).map(|(column, value)| value.to_f64() * weights[column]).sum()
    }

    fn add_scaled(&self, row: usize, scale: f64, out: &mut [f64]) {
        for (column, value) in self.entries(row) {
            out[column] += scale * value.to_f64();
        }
    }
}

fn row_ends<P: Index>(index_pointer: &[P]) -> Result<Vec<usize>> {
    let Some((first, ends)) = index_pointer.split_first() else {
        return Err(Error::Length { what: "or more entries of the index pointer", expected: 1, actual: 0 });
    };
    if first.to_i64() != 0 {
        return Err(Error::IndexPointer { position: 0, value: first.to_i64(), previous: 0 });
    }
    let mut previous = 0;
    let mut result = Vec::with_capacity(ends.len());
    for (position, end) in ends.iter().enumerate() {
        let value = end.to_i64();
        if value < previous {
            return Err(Error::IndexPointer { position: position + 1, value, previous });
        }
        previous = value;
        result.push(end.to_usize());
    }
    Ok(result)
}

fn check_indices<I: Index>(indices: &[I], columns: usize) -> Result<()> {
    match indices.iter().position(|index| index.to_usize() >= columns) {
        None => Ok(()),
        Some(position) => Err(Error::ColumnIndex { position, value: indices[position].to_i64(), columns }),
    }
}
