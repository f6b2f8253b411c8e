//! Matrices over borrowed slices. A view that exists is valid: the kernels need no check of their own.

use std::fmt::Debug;
use std::ops::Range;

use super::Float;
use super::network::Layer;
use super::simd::Level;
use super::simd::dense::{self, Packed, Products};
use crate::error::{Error, Result};

/// A matrix that a kernel can walk row by row: dense or CSR.
pub trait Rows<T: Float>: Sync {
    /// The number of rows.
    fn rows(&self) -> usize;

    /// The number of columns.
    fn columns(&self) -> usize;

    /// Calls `visit(column, value)` for each stored entry of the row, in storage order.
    fn visit(&self, row: usize, visit: &mut dyn FnMut(usize, T));

    /// Appends the columns and the values of the row that are not 0, in storage order.
    fn append_to(&self, row: usize, columns: &mut Vec<u32>, values: &mut Vec<T>) {
        self.visit(row, &mut |column, value| {
            if value != T::default() {
                columns.push(column as u32);
                values.push(value);
            }
        });
    }

    /// The dot product of the row and the weights, added up in `f64`.
    fn dot(&self, row: usize, weights: &[f64]) -> f64;

    /// Adds `scale` times the row to `out`, which holds one value a column.
    fn add_scaled(&self, row: usize, scale: f64, out: &mut [f64]);
}

/// Rows that the kernels of the forward pass can read.
pub trait ForwardRows<T: Float>: Rows<T> {
    /// The number of stored entries in a range of rows, a measure of the work on them.
    fn entries_in(&self, rows: Range<usize>) -> usize;

    /// Writes row · weights + bias for each row of the range to `output`.
    ///
    /// # Panics
    ///
    /// When there is not one weight a column and one output a row.
    fn products(&self, level: Level, rows: Range<usize>, weights: &[T], bias: T, output: &mut [T]);

    /// Writes row * W + bias of the layer for each row of the range to `output`, row-major.
    ///
    /// `packed` is W for that instruction set, if it was worth packing.
    fn layer_sums(
        &self,
        level: Level,
        rows: Range<usize>,
        layer: &Layer<'_, T>,
        packed: Option<&Packed<T>>,
        output: &mut [T],
    );

    /// Whether `layer_sums` of that many rows gains by a packed layer.
    fn wants_packing(rows: usize) -> bool
    where
        Self: Sized;
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

impl<T: Float> ForwardRows<T> for DenseView<'_, T> {
    fn entries_in(&self, rows: Range<usize>) -> usize {
        rows.len() * self.columns
    }

    fn products(&self, level: Level, rows: Range<usize>, weights: &[T], bias: T, output: &mut [T]) {
        assert!(weights.len() == self.columns && output.len() == rows.len());
        let rows = &self.values[rows.start * self.columns..rows.end * self.columns];
        level.run(Products { rows, weights, bias, output });
    }

    fn layer_sums(
        &self,
        level: Level,
        rows: Range<usize>,
        layer: &Layer<'_, T>,
        packed: Option<&Packed<T>>,
        output: &mut [T],
    ) {
        dense_layer(
            level,
            &self.values[rows.start * self.columns..rows.end * self.columns],
            layer,
            packed,
            output,
        );
    }

    fn wants_packing(rows: usize) -> bool {
        rows >= PACK_FROM_ROWS
    }
}

/// From this many rows on, packing the weights of a layer pays.
pub(super) const PACK_FROM_ROWS: usize = 12;

/// Writes rows * W + bias, with the packed W if there is one.
pub(super) fn dense_layer<T: Float>(
    level: Level,
    rows: &[T],
    layer: &Layer<'_, T>,
    packed: Option<&Packed<T>>,
    output: &mut [T],
) {
    let bias = layer.bias();
    if let Some(packed) = packed {
        level.run(dense::Layer { rows, packed, bias, output });
        return;
    }
    let inputs = layer.inputs();
    for (row, output) in output.chunks_exact_mut(bias.len().max(1)).enumerate() {
        let row = &rows[row * inputs..(row + 1) * inputs];
        level.run(dense::RowSum { row, table: layer.weights(), bias, output });
    }
}

/// The integer type of column indices: `i32` or `i64`.
pub trait Index: Copy + Debug + Default + Send + Sync + 'static {
    /// What the type cannot reach: 2^31 or 2^63.
    const LIMIT: u64;

    /// The value as `i64`.
    fn to_i64(self) -> i64;

    /// The value as an unsigned number; negative values become huge ones.
    fn to_unsigned(self) -> u64;

    /// The greater of two as unsigned numbers.
    #[must_use]
    fn greater_unsigned(self, other: Self) -> Self;

    /// The smaller of the value as an unsigned number and `last`.
    #[must_use]
    fn at_most(self, last: u32) -> u32;

    /// The value as a position; negative values become positions past every table.
    fn to_usize(self) -> usize {
        usize::try_from(self.to_i64()).unwrap_or(usize::MAX)
    }
}

impl Index for i32 {
    const LIMIT: u64 = 1 << 31;

    #[inline]
    fn to_i64(self) -> i64 {
        i64::from(self)
    }

    #[inline]
    fn to_unsigned(self) -> u64 {
        u64::from(self.cast_unsigned())
    }

    #[inline]
    fn at_most(self, last: u32) -> u32 {
        self.cast_unsigned().min(last)
    }

    #[inline]
    fn greater_unsigned(self, other: Self) -> Self {
        self.cast_unsigned().max(other.cast_unsigned()).cast_signed()
    }
}

impl Index for i64 {
    const LIMIT: u64 = 1 << 63;

    #[inline]
    fn to_i64(self) -> i64 {
        self
    }

    #[inline]
    fn to_unsigned(self) -> u64 {
        self.cast_unsigned()
    }

    #[inline]
    fn at_most(self, last: u32) -> u32 {
        self.cast_unsigned().min(u64::from(last)) as u32
    }

    #[inline]
    fn greater_unsigned(self, other: Self) -> Self {
        self.cast_unsigned().max(other.cast_unsigned()).cast_signed()
    }
}
