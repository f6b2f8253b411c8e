//! Sparse matrices in compressed rows.

use std::borrow::Cow;
use std::hint::black_box;
use std::ops::{Deref, Range};

use super::Float;
use super::network::Layer;
use super::simd::Level;
use super::simd::dense::Packed;
use super::simd::indices::{self, ValidIndices};
use super::simd::sparse::{Products, RowSum, Table};
use super::views::{ForwardRows, Index, Rows};
use crate::error::{Error, Result};

/// Rows whose indices are copied and checked together, just before their use: enough that the calls of the kernels
/// cost little, and few enough that they stay in the cache.
const CHECK_ROWS: usize = 8;

/// Columns up to which an index fits 32 bits.
const MOST_COLUMNS: u64 = 1 << 32;

/// The parts of a sparse matrix in compressed rows, all checked but the column indices.
///
/// Without values each stored entry is 1. [`check`](Self::check) makes a [`CsrView`] of it, which takes a pass
/// over the indices; [`products`](Self::products) checks a copy of them on the way. The indices may lie in memory
/// that others write meanwhile, as long as `products` is all that reads them: what it checked is what it uses.
#[derive(Debug, Clone)]
pub struct CsrParts<'a, T, I: Index> {
    row_ends: Vec<usize>,
    indices: Cow<'a, [I]>,
    values: Option<&'a [T]>,
    columns: usize,
}

/// A sparse matrix in compressed rows; its column indices lie within it.
#[derive(Debug, Clone)]
pub struct CsrView<'a, T, I: Index>(CsrParts<'a, T, I>);

impl<'a, T: Float, I: Index> CsrParts<'a, T, I> {
    /// Puts the parts together.
    ///
    /// `index_pointer` holds one entry more than there are rows, starts at 0, never falls, and ends within
    /// `indices`; `values`, if any, is as long as `indices`.
    pub fn new<P: Index>(
        index_pointer: &[P],
        indices: &'a [I],
        values: Option<&'a [T]>,
        columns: usize,
    ) -> Result<Self> {
        if let Some(values) = values.filter(|values| values.len() != indices.len()) {
            let (expected, actual) = (indices.len(), values.len());
            return Err(Error::Length { what: "values, one a column index", expected, actual });
        }
        if columns as u64 > MOST_COLUMNS {
            return Err(Error::Value(format!("expected at most {MOST_COLUMNS} columns, got {columns}")));
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
        Ok(Self { row_ends, indices: Cow::Borrowed(&indices[..stored]), values, columns })
    }

    /// Checks the column indices; the error names the first that is wrong.
    pub fn check(self) -> Result<CsrView<'a, T, I>> {
        indices::check(Level::chosen(), &self.indices, self.columns)?;
        Ok(CsrView(self))
    }

    /// The same matrix with a copy of the indices, for memory that others may write.
    #[must_use]
    pub fn with_own_indices(self) -> Self {
        // The black box keeps the compiler from reading the original where the copy is meant.
        Self { indices: Cow::Owned(black_box(self.indices.into_owned())), ..self }
    }

    /// The number of rows.
    #[must_use]
    pub const fn row_count(&self) -> usize {
        self.row_ends.len()
    }

    /// The number of columns.
    #[must_use]
    pub const fn column_count(&self) -> usize {
        self.columns
    }

    /// Where the entries of the rows stand.
    #[must_use]
    pub fn positions(&self, rows: Range<usize>) -> Range<usize> {
        let before = |row: usize| if row == 0 { 0 } else { self.row_ends[row - 1] };
        before(rows.start)..before(rows.end)
    }

    /// Writes row · weights for each row of the range to `output`, and checks the indices on the way.
    ///
    /// The error names the first wrong index of the range; what `output` then holds is not defined.
    ///
    /// # Panics
    ///
    /// When there is not one weight a column and one output a row.
    pub fn products<W: Table<Value = T> + ?Sized>(
        &self,
        level: Level,
        rows: Range<usize>,
        weights: &W,
        output: &mut [T],
    ) -> Result<()> {
        assert!(weights.count() == self.columns && output.len() == rows.len());
        let mut copy = Vec::new();
        let mut counts = [0; CHECK_ROWS];
        for (block, output) in output.chunks_mut(CHECK_ROWS).enumerate() {
            let first = rows.start + block * CHECK_ROWS;
            let all = self.positions(first..first + output.len());
            let source = &self.indices[all.clone()];
            let indices = ValidIndices::copy(level, source, &mut copy, all.start, self.columns)?;
            let counts = &mut counts[..output.len()];
            for (row, count) in counts.iter_mut().enumerate() {
                *count = self.positions(first + row..first + row + 1).len();
            }
            let values = self.values.map(|values| &values[all]);
            level.run(Products { indices, source, values, counts, weights, output });
        }
        Ok(())
    }
}

impl<'a, T: Float, I: Index> CsrView<'a, T, I> {
    /// [`CsrParts::new`] and [`CsrParts::check`] in one.
    pub fn new<P: Index>(
        index_pointer: &[P],
        indices: &'a [I],
        values: Option<&'a [T]>,
        columns: usize,
    ) -> Result<Self> {
        CsrParts::new(index_pointer, indices, values, columns)?.check()
    }

    fn entries(&self, row: usize) -> impl Iterator<Item = (usize, T)> {
        self.positions(row..row + 1).map(|position| {
            let value = self.values.map_or(T::from_f64(1.0), |values| values[position]);
            (self.indices[position].to_usize(), value)
        })
    }
}

impl<'a, T, I: Index> Deref for CsrView<'a, T, I> {
    type Target = CsrParts<'a, T, I>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T: Float, I: Index> Rows<T> for CsrView<'_, T, I> {
    fn rows(&self) -> usize {
        self.row_count()
    }

    fn columns(&self) -> usize {
        self.column_count()
    }

    fn visit(&self, row: usize, visit: &mut dyn FnMut(usize, T)) {
        for (column, value) in self.entries(row) {
            visit(column, value);
        }
    }

    /// A call for each entry would take longer than the copying.
    fn append_to(&self, row: usize, columns: &mut Vec<u32>, values: &mut Vec<T>) {
        let (zero, entries) = (T::default(), self.positions(row..row + 1));
        let indices = &self.indices[entries.clone()];
        if let Some(row_values) = self.values.map(|values| &values[entries]) {
            if row_values.contains(&zero) {
                let stored = indices.iter().zip(row_values).filter(|(_, value)| **value != zero);
                for (index, value) in stored {
                    columns.push(index.to_unsigned() as u32);
                    values.push(*value);
                }
                return;
            }
            values.extend_from_slice(row_values);
        } else {
            values.extend(indices.iter().map(|_| T::from_f64(1.0)));
        }
        columns.extend(indices.iter().map(|index| index.to_unsigned() as u32));
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

impl<T: Float, I: Index> ForwardRows<T> for CsrView<'_, T, I> {
    fn entries_in(&self, rows: Range<usize>) -> usize {
        self.positions(rows).len()
    }

    fn products(&self, level: Level, rows: Range<usize>, weights: &[T], bias: T, output: &mut [T]) {
        let checked = CsrParts::products(self, level, rows, weights, output);
        debug_assert!(checked.is_ok(), "a view has valid indices");
        for sum in output {
            *sum = *sum + bias;
        }
    }

    fn layer_sums(
        &self,
        level: Level,
        rows: Range<usize>,
        layer: &Layer<'_, T>,
        _packed: Option<&Packed<T>>,
        output: &mut [T],
    ) {
        let (table, bias) = (layer.weights(), layer.bias());
        for (row, output) in rows.zip(output.chunks_exact_mut(bias.len().max(1))) {
            let entries = self.positions(row..row + 1);
            let (indices, count) = (&self.indices[entries.start..], entries.len());
            let values = self.values.map(|values| &values[entries]);
            level.run(RowSum { indices, count, values, table, bias, output });
        }
    }

    fn wants_packing(_rows: usize) -> bool {
        false
    }
}

/// Where each row ends, from a copy of the index pointer that no one else can write.
fn row_ends<P: Index>(index_pointer: &[P]) -> Result<Vec<usize>> {
    let copy: Vec<i64> = black_box(index_pointer.iter().map(|entry| entry.to_i64()).collect());
    let Some(first) = copy.first() else {
        return Err(Error::Length { what: "or more entries of the index pointer", expected: 1, actual: 0 });
    };
    if *first != 0 {
        return Err(Error::IndexPointer { position: 0, value: *first, previous: 0 });
    }
    if let Some(before) = copy.windows(2).position(|pair| pair[1] < pair[0]) {
        let (value, previous) = (copy[before + 1], copy[before]);
        return Err(Error::IndexPointer { position: before + 1, value, previous });
    }
    // From 0 on and never falling, so that none is negative.
    Ok(copy.into_iter().skip(1).map(|end| usize::try_from(end).unwrap_or(usize::MAX)).collect())
}
