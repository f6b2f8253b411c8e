//! Products of sparse rows: sums of table entries at indices that were checked once.

use std::hint::black_box;

use super::vector::{InstructionSet, Vector};
use super::{Kernel, Level, prefetch};
use crate::error::{Error, Result};
use crate::numeric::{Float, Index};

/// Sums that grow side by side, so that none waits for the other.
const CHAINS: usize = 8;

/// How far ahead of use indices and values are asked for.
const PREFETCH_BYTES: usize = 2048;

/// How far ahead of use indices are asked for: past those that the next block copies.
const PREFETCH_INDEX_BYTES: usize = 16 << 10;

/// Asks for the indices that will be copied in a while, as many as are given.
#[inline]
pub fn prefetch_indices<I: Index>(indices: &[I]) {
    for line in indices.chunks(64 / size_of::<I>()) {
        prefetch::<1>(line, PREFETCH_INDEX_BYTES);
    }
}

/// How many entries ahead the row of a table is asked for.
const PREFETCH_ENTRIES: usize = 64;

/// Column indices that all lie below a number of columns.
#[derive(Debug, Clone, Copy)]
pub struct ValidIndices<'a, I> {
    indices: &'a [I],
    columns: usize,
}

impl<'a, I: Index> ValidIndices<'a, I> {
    /// Checks each index; the error names the first that is wrong, `before` indices standing before them all.
    pub fn check(level: Level, indices: &'a [I], before: usize, columns: usize) -> Result<Self> {
        let limit = I::LIMIT.min(columns as u64);
        if indices.is_empty() || level.run(Greatest(indices)) < limit {
            return Ok(Self { indices, columns });
        }
        let place = indices.iter().position(|index| index.to_unsigned() >= limit).unwrap_or(0);
        Err(Error::ColumnIndex { position: before + place, value: indices[place].to_i64(), columns })
    }

    /// Copies the indices and checks the copy, which alone is used from then on; for memory that others may write.
    pub fn check_copy(
        level: Level,
        source: &[I],
        copy: &'a mut Vec<I>,
        before: usize,
        columns: usize,
    ) -> Result<Self> {
        copy.clear();
        copy.extend_from_slice(source);
        // The black box keeps the compiler from reading the original where the copy is meant.
        Self::check(level, black_box(copy.as_slice()), before, columns)
    }

    /// Those in the range of positions.
    #[must_use]
    pub fn range(&self, range: std::ops::Range<usize>) -> Self {
        Self { indices: &self.indices[range], columns: self.columns }
    }
}

/// The greatest of the indices as unsigned numbers, 0 if there are none.
struct Greatest<'a, I>(&'a [I]);

impl<I: Index> Kernel for Greatest<'_, I> {
    type Output = u64;

    #[inline(always)]
    fn run<S: InstructionSet>(self) -> u64 {
        let mut greatest = I::default();
        for index in self.0 {
            greatest = greatest.greater_unsigned(*index);
        }
        greatest.to_unsigned()
    }
}

/// Weights in the form that they are stored in.
pub trait Table: Sync {
    /// The type of the weights' values, and of their sums.
    type Value: Float;

    /// How many there are.
    fn count(&self) -> usize;

    /// The value of one.
    ///
    /// # Safety
    ///
    /// `place` must lie below [`count`](Self::count).
    unsafe fn value_unchecked(&self, place: usize) -> Self::Value;

    /// The value of one.
    ///
    /// # Panics
    ///
    /// When `place` is not below [`count`](Self::count).
    fn value(&self, place: usize) -> Self::Value {
        assert!(place < self.count(), "expected a place below {}, got {place}", self.count());
        // SAFETY: just checked.
        unsafe { self.value_unchecked(place) }
    }
}

impl<T: Float> Table for [T] {
    type Value = T;

    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    unsafe fn value_unchecked(&self, place: usize) -> T {
        // SAFETY: the caller keeps `place` below the length.
        unsafe { *self.get_unchecked(place) }
    }
}

/// The sum of value times weight over the entries of one row; absent values are 1.
///
/// Plain code for the least processor of the target is the fastest here: four loads side by side beat the gather
/// instructions, and the loads are all there is.
///
/// # Panics
///
/// When there are fewer weights than columns, or fewer values than indices.
pub fn product<W: Table + ?Sized, I: Index>(
    indices: ValidIndices<'_, I>,
    values: Option<&[W::Value]>,
    weights: &W,
) -> W::Value {
    assert!(weights.count() >= indices.columns, "one weight a column");
    let weight = |index: I| {
        // SAFETY: the index was checked to lie below `columns`, and there are as many weights.
        unsafe { weights.value_unchecked(index.to_unsigned() as usize) }
    };
    let mut sums = [W::Value::default(); CHAINS];
    let (blocks, rest) = indices.indices.as_chunks::<CHAINS>();
    if let Some(values) = values {
        let (value_blocks, value_rest) = values[..indices.indices.len()].as_chunks::<CHAINS>();
        for (block, values) in blocks.iter().zip(value_blocks) {
            prefetch::<1>(values, PREFETCH_BYTES);
            for chain in 0..CHAINS {
                sums[chain] = sums[chain] + values[chain] * weight(block[chain]);
            }
        }
        for (chain, (index, value)) in rest.iter().zip(value_rest).enumerate() {
            sums[chain] = sums[chain] + *value * weight(*index);
        }
    } else {
        for block in blocks {
            for chain in 0..CHAINS {
                sums[chain] = sums[chain] + weight(block[chain]);
            }
        }
        for (chain, index) in rest.iter().enumerate() {
            sums[chain] = sums[chain] + weight(*index);
        }
    }
    // Halves are added lane by lane, which lets the compiler keep four sums in a register.
    let [a, b, c, d] = [0, 1, 2, 3].map(|chain| sums[chain] + sums[chain + 4]);
    (a + c) + (b + d)
}

/// Writes the bias plus the sum of value times table row over the entries of one sparse row.
pub struct RowSum<'a, T, I> {
    /// The entries' rows in the table, then those of the entries to come, which are asked for ahead of use.
    pub indices: &'a [I],
    /// How many entries the row has.
    pub count: usize,
    /// The entries' values, 1 each if absent.
    pub values: Option<&'a [T]>,
    /// A row-major table with a row for each column of the matrix, and as many columns as the output.
    pub table: &'a [T],
    /// One value a column of the table.
    pub bias: &'a [T],
    /// One value a column of the table.
    pub output: &'a mut [T],
}

impl<T: Float, I: Index> Kernel for RowSum<'_, T, I> {
    type Output = ();

    #[inline(always)]
    fn run<S: InstructionSet>(mut self) {
        let lanes = <T::Register<S>>::LANES;
        let mut column = 0;
        while column < self.output.len() {
            let registers = (self.output.len() - column).div_ceil(lanes).min(4);
            match registers {
                4 => self.columns::<T::Register<S>, 4>(column),
                3 => self.columns::<T::Register<S>, 3>(column),
                2 => self.columns::<T::Register<S>, 2>(column),
                _ => self.columns::<T::Register<S>, 1>(column),
            }
            column += registers * lanes;
        }
    }
}

impl<T: Float, I: Index> RowSum<'_, T, I> {
    /// `C` registers of sums, from that column on.
    #[inline(always)]
    fn columns<V: Vector<Element = T>, const C: usize>(&mut self, first: usize) {
        let width = self.output.len();
        let end = (first + C * V::LANES).min(width);
        let whole = end - first == C * V::LANES;
        let mut sums = [V::splat(0.0); C];
        for (position, index) in self.indices[..self.count].iter().enumerate() {
            if let Some(later) = self.indices.get(position + PREFETCH_ENTRIES) {
                let later = (later.to_unsigned() as usize).wrapping_mul(width).wrapping_add(first);
                // A row that starts within a line ends in one line more than its registers fill.
                prefetch::<C>(self.table, later.wrapping_mul(size_of::<T>()));
                prefetch::<1>(self.table, later.wrapping_add(C * V::LANES - 1).wrapping_mul(size_of::<T>()));
            }
            let start = index.to_unsigned() as usize * width;
            let row = &self.table[start + first..start + end];
            let value = match self.values {
                Some(values) => V::broadcast(values[position]),
                None => V::splat(1.0),
            };
            for c in 0..C {
                let weights =
                    if whole { V::load(&row[c * V::LANES..]) } else { V::load_partial(&row[c * V::LANES..]) };
                sums[c] = value.mul_add(weights, sums[c]);
            }
        }
        for c in 0..C {
            let start = first + c * V::LANES;
            let columns = start..(start + V::LANES).min(end);
            let sum = sums[c].add(V::load_partial(&self.bias[columns.clone()]));
            sum.store_partial(&mut self.output[columns]);
        }
    }
}
