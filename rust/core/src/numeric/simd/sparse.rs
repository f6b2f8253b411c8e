//! Products of sparse rows: sums of table entries at indices that were checked.

use super::four::{Four, FourOf};
use super::indices::{ValidIndices, prefetch_indices};
use super::vector::{InstructionSet, Vector};
use super::{Kernel, prefetch};
use crate::numeric::{Float, Index};

/// Sums of four that grow side by side, so that none waits for the other.
const CHAINS: usize = 4;

/// How far ahead of use values are asked for.
const PREFETCH_BYTES: usize = 3072;

/// How many entries ahead the row of a table is asked for.
const PREFETCH_ENTRIES: usize = 64;

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

    /// The values of four; must be marked `#[inline(always)]`.
    ///
    /// # Safety
    ///
    /// Each place must lie below [`count`](Self::count).
    unsafe fn four_unchecked<I: InstructionSet>(&self, places: [usize; 4]) -> FourOf<Self::Value, I>;
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

    #[inline(always)]
    unsafe fn four_unchecked<I: InstructionSet>(&self, places: [usize; 4]) -> FourOf<T, I> {
        let mut values = [T::default(); 4];
        for i in 0..4 {
            // SAFETY: the caller keeps each place below the length.
            values[i] = unsafe { *self.get_unchecked(places[i]) };
        }
        <FourOf<T, I>>::of(values)
    }
}

/// Writes the sum of value times weight over the entries of each row; absent values are 1.
pub struct Products<'a, W: Table + ?Sized, S> {
    /// The entries' columns, row after row.
    pub indices: ValidIndices<'a>,
    /// Where they were copied from: what follows there is asked for ahead of use, and nothing read.
    pub source: &'a [S],
    /// The entries' values.
    pub values: Option<&'a [W::Value]>,
    /// How many entries each row has.
    pub counts: &'a [usize],
    /// At least one weight a column.
    pub weights: &'a W,
    /// One value a row.
    pub output: &'a mut [W::Value],
}

impl<W: Table + ?Sized, S: Index> Kernel for Products<'_, W, S> {
    type Output = ();

    #[inline(always)]
    fn run<I: InstructionSet>(self) {
        assert!(self.weights.count() >= self.indices.columns, "one weight a column");
        let mut indices = self.indices.indices;
        let mut source = self.source;
        let mut values = self.values;
        for (count, sum) in self.counts.iter().zip(self.output) {
            let (row, row_source);
            (row, indices) = indices.split_at(*count);
            (row_source, source) = source.split_at(*count);
            let mut row_values = None;
            if let Some(all) = values {
                let (these, others) = all.split_at(*count);
                (row_values, values) = (Some(these), Some(others));
            }
            // SAFETY: the indices lie below `columns`, and there are as many weights.
            *sum = unsafe {
                match row_values {
                    Some(values) => product::<W, I, S, true>(row, row_source, values, self.weights),
                    None => product::<W, I, S, false>(row, row_source, &[], self.weights),
                }
            };
        }
    }
}

/// Entries whose sums of four all grow by one term.
const BLOCK: usize = 4 * CHAINS;

/// The sum over one row; with `VALUES` there is a value for each index, without there is none.
///
/// # Safety
///
/// Each index must lie below the number of weights.
#[inline(always)]
unsafe fn product<W: Table + ?Sized, I: InstructionSet, S: Index, const VALUES: bool>(
    indices: &[u32],
    source: &[S],
    values: &[W::Value],
    weights: &W,
) -> W::Value {
    assert!(values.len() == if VALUES { indices.len() } else { 0 });
    let zero = <FourOf<W::Value, I>>::of([W::Value::default(); 4]);
    let mut sums = [zero; CHAINS];
    let (blocks, rest) = indices.as_chunks::<BLOCK>();
    let (source_blocks, _) = source.as_chunks::<BLOCK>();
    let (value_blocks, value_rest) = values.as_chunks::<BLOCK>();
    assert!(source_blocks.len() == blocks.len());
    for place in 0..blocks.len() {
        let values: &[W::Value] = if VALUES { &value_blocks[place] } else { &[] };
        prefetch::<1>(values, PREFETCH_BYTES);
        prefetch_indices(&source_blocks[place]);
        for chain in 0..CHAINS {
            // SAFETY: the caller's.
            sums[chain] =
                unsafe { add_four::<W, I, VALUES>(&blocks[place], values, 4 * chain, weights, sums[chain]) };
        }
    }
    let fours = rest.len() / 4;
    // A number of rounds that is known keeps the sums in registers.
    for chain in 0..CHAINS {
        if chain < fours {
            // SAFETY: the caller's.
            sums[chain] =
                unsafe { add_four::<W, I, VALUES>(rest, value_rest, 4 * chain, weights, sums[chain]) };
        }
    }
    let [a, b, c, d] = sums;
    let mut sum = a.add(b).add(c.add(d)).sum();
    for i in 4 * fours..rest.len() {
        // SAFETY: the caller's.
        let weight = unsafe { weights.value_unchecked(rest[i] as usize) };
        sum = sum + if VALUES { value_rest[i] * weight } else { weight };
    }
    sum
}

/// The sum plus the terms of the four entries from `first` on.
///
/// # Safety
///
/// Each index must lie below the number of weights.
#[inline(always)]
unsafe fn add_four<W: Table + ?Sized, I: InstructionSet, const VALUES: bool>(
    indices: &[u32],
    values: &[W::Value],
    first: usize,
    weights: &W,
    sum: FourOf<W::Value, I>,
) -> FourOf<W::Value, I> {
    let mut places = [0; 4];
    for (place, index) in places.iter_mut().zip(&indices[first..first + 4]) {
        *place = *index as usize;
    }
    // SAFETY: the caller's.
    let weights = unsafe { weights.four_unchecked::<I>(places) };
    if !VALUES {
        return sum.add(weights);
    }
    let values = &values[first..first + 4];
    <FourOf<W::Value, I>>::of([values[0], values[1], values[2], values[3]]).mul_add(weights, sum)
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
