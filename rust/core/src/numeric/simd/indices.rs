//! Column indices: copied out of memory that others may write, and checked once.

use super::vector::InstructionSet;
use super::{Kernel, Level, prefetch};
use crate::error::{Error, Result};
use crate::numeric::Index;

/// How far ahead of use indices are asked for: past those that the next block of rows copies.
const PREFETCH_INDEX_BYTES: usize = 10 << 10;

/// Asks for the indices that will be copied in a while, as many as are given.
#[inline(always)]
pub fn prefetch_indices<I: Index>(indices: &[I]) {
    for line in indices.chunks(64 / size_of::<I>()) {
        prefetch::<1>(line, PREFETCH_INDEX_BYTES);
    }
}

/// Column indices that all lie below a number of columns.
#[derive(Debug, Clone, Copy)]
pub struct ValidIndices<'a> {
    pub(super) indices: &'a [u32],
    pub(super) columns: usize,
}

impl<'a> ValidIndices<'a> {
    /// Copies the indices, for memory that others may write, and checks them on the way.
    ///
    /// Whatever is read, the copy holds no index past the last column, and it alone is used from then on. The error
    /// names the first that is wrong, `before` indices standing before them all. There are at most 2^32 columns.
    pub fn copy<I: Index>(
        level: Level,
        source: &[I],
        copy: &'a mut Vec<u32>,
        before: usize,
        columns: usize,
    ) -> Result<Self> {
        copy.resize(source.len(), 0);
        let last = u32::try_from(columns.saturating_sub(1)).unwrap_or(u32::MAX);
        let greatest = level.run(CopyAtMost { source, copy, last });
        expect_below(source, greatest, before, columns)?;
        Ok(Self { indices: copy, columns })
    }
}

/// Checks each index; the error names the first that is wrong.
pub fn check<I: Index>(level: Level, indices: &[I], columns: usize) -> Result<()> {
    expect_below(indices, level.run(Greatest(indices)), 0, columns)
}

/// An error if the greatest of the indices, as an unsigned number, is no column.
fn expect_below<I: Index>(indices: &[I], greatest: u64, before: usize, columns: usize) -> Result<()> {
    let limit = I::LIMIT.min(columns as u64);
    if indices.is_empty() || greatest < limit {
        return Ok(());
    }
    let place = indices.iter().position(|index| index.to_unsigned() >= limit).unwrap_or(0);
    Err(Error::ColumnIndex { position: before + place, value: indices[place].to_i64(), columns })
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

/// Copies the indices, those past the last column cut to it; returns the greatest as an unsigned number, or 0.
struct CopyAtMost<'a, I> {
    source: &'a [I],
    copy: &'a mut [u32],
    last: u32,
}

impl<I: Index> Kernel for CopyAtMost<'_, I> {
    type Output = u64;

    #[inline(always)]
    fn run<S: InstructionSet>(self) -> u64 {
        let mut greatest = I::default();
        for (index, copy) in self.source.iter().zip(self.copy) {
            greatest = greatest.greater_unsigned(*index);
            *copy = index.at_most(self.last);
        }
        greatest.to_unsigned()
    }
}
