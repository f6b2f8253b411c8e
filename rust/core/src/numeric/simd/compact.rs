//! Tables of weights in fewer bits than an `f32`.
//!
//! An entry is read with the bytes before it as one `f32`-sized word, in whose upper bits it then stands: such
//! words can be loaded side by side like `f32`, and one shift or mask serves them all.

use super::four::{FourOf, FourSingles};
use super::sparse::Table;
use super::vector::InstructionSet;

/// Whole numbers from -127 to 127.
#[derive(Debug, Clone)]
pub struct Bytes(Vec<u8>);

/// The upper halves of `f32`.
#[derive(Debug, Clone)]
pub struct Halves(Vec<u8>);

impl Bytes {
    /// A table of those numbers.
    #[must_use]
    pub fn new(values: impl Iterator<Item = i8>) -> Self {
        Self([0; 3].into_iter().chain(values.map(i8::cast_unsigned)).collect())
    }
}

impl Halves {
    /// A table of those upper halves.
    #[must_use]
    pub fn new(values: impl Iterator<Item = u16>) -> Self {
        Self([0; 2].into_iter().chain(values.flat_map(u16::to_le_bytes)).collect())
    }
}

/// The word that starts at a byte.
///
/// # Safety
///
/// Four bytes from `start` on must lie in the slice.
#[inline]
unsafe fn word(bytes: &[u8], start: usize) -> u32 {
    // SAFETY: the caller keeps the four bytes within the slice; an unaligned read asks for no more.
    u32::from_le(unsafe { bytes.as_ptr().add(start).cast::<u32>().read_unaligned() })
}

impl Table for Bytes {
    type Value = f32;

    fn count(&self) -> usize {
        self.0.len() - 3
    }

    #[inline]
    unsafe fn value_unchecked(&self, place: usize) -> f32 {
        // SAFETY: the caller keeps `place` below the count, so that its three bytes of lead and itself are there.
        (unsafe { word(&self.0, place) }.cast_signed() >> 24) as f32
    }

    #[inline(always)]
    unsafe fn four_unchecked<I: InstructionSet>(&self, places: [usize; 4]) -> FourOf<f32, I> {
        let mut words = [0; 4];
        for (word, place) in words.iter_mut().zip(places) {
            // SAFETY: the caller keeps each place below the count, as for one.
            *word = unsafe { self::word(&self.0, place) };
        }
        I::FourSingles::of_upper_bytes(words)
    }
}

impl Table for Halves {
    type Value = f32;

    fn count(&self) -> usize {
        self.0.len() / 2 - 1
    }

    #[inline]
    unsafe fn value_unchecked(&self, place: usize) -> f32 {
        // SAFETY: the caller keeps `place` below the count, so that its two bytes of lead and itself are there.
        f32::from_bits(unsafe { word(&self.0, 2 * place) } & 0xFFFF_0000)
    }

    #[inline(always)]
    unsafe fn four_unchecked<I: InstructionSet>(&self, places: [usize; 4]) -> FourOf<f32, I> {
        let mut words = [0; 4];
        for (word, place) in words.iter_mut().zip(places) {
            // SAFETY: the caller keeps each place below the count, as for one.
            *word = unsafe { self::word(&self.0, 2 * place) };
        }
        I::FourSingles::of_upper_halves(words)
    }
}
