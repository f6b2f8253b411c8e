//! Hashes -> the slots that a message has not named before. This is where most of its time goes.

#![allow(clippy::inline_always, reason = "a kernel must be inlined where its instruction set is switched on")]

use crate::numeric::simd::{InstructionSet, Kernel};

/// Hashes that are taken together.
pub const BLOCK: usize = 8;

/// The hashes of tokens of one family, in the order of the message.
pub trait Hashes {
    /// How many there are.
    fn len(&self) -> usize;

    /// Those from the place `BLOCK * index` on; what stands behind the last has no meaning.
    fn block<I: InstructionSet>(&self, index: usize) -> [u64; BLOCK];
}

impl Hashes for &[u64] {
    #[inline(always)]
    fn len(&self) -> usize {
        <[u64]>::len(self)
    }

    #[inline(always)]
    fn block<I: InstructionSet>(&self, index: usize) -> [u64; BLOCK] {
        let (blocks, rest) = self.as_chunks();
        if let Some(block) = blocks.get(index) {
            return *block;
        }
        let mut last = [0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        last
    }
}

/// Writes the slots of the hashes that `seen` does not hold yet to `buffer`, and tells `place` of each hash
/// where its slot was written. How many are new comes out.
///
/// Which of them are new can't be foreseen, so there is no branch: each slot is written behind the last one,
/// and counts if it is new. So the buffer needs room for one more than there may be.
pub struct TakeNew<'a, H, P> {
    pub hashes: H,
    pub shift: u32,
    /// One bit a slot.
    pub seen: &'a mut [u64],
    pub buffer: &'a mut [u32],
    /// Takes a place in the buffer, and the number of the hash.
    pub place: P,
}

impl<H: Hashes, P: FnMut(usize, usize)> Kernel for TakeNew<'_, H, P> {
    type Output = usize;

    #[inline(always)]
    fn run<I: InstructionSet>(self) -> usize {
        let Self { hashes, shift, seen, buffer, mut place } = self;
        let mut count = 0;
        let mut take = |slot: u32, number: usize| {
            let word = &mut seen[slot as usize / 64];
            let before = *word;
            *word = before | 1 << (slot % 64);
            buffer[count] = slot;
            place(count, number);
            count += usize::from(before >> (slot % 64) & 1 == 0);
        };
        let blocks = hashes.len() / BLOCK;
        for index in 0..blocks {
            let slots = hashes.block::<I>(index).map(|hash| (hash >> shift) as u32);
            for (at, &slot) in slots.iter().enumerate() {
                take(slot, index * BLOCK + at);
            }
        }
        let rest = hashes.len() % BLOCK;
        if rest > 0 {
            for (at, hash) in hashes.block::<I>(blocks).into_iter().take(rest).enumerate() {
                take((hash >> shift) as u32, blocks * BLOCK + at);
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::simd::Level;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_slot_is_taken_where_it_comes_first(hashes in prop::collection::vec(any::<u64>(), 0..60)) {
            // A table of 256 slots, some of which are held by two hashes.
            let shift = 56;
            let mut expected: Vec<(u32, usize)> = Vec::new();
            for (number, hash) in hashes.iter().enumerate() {
                let slot = (hash >> shift) as u32;
                if !expected.iter().any(|&(taken, _)| taken == slot) {
                    expected.push((slot, number));
                }
            }
            for level in Level::available() {
                let (mut seen, mut buffer, mut numbers) = ([0; 4], [0; 61], [0; 61]);
                let place = |at: usize, number| numbers[at] = number;
                let hashes = &hashes[..];
                let count =
                    level.run(TakeNew { hashes, shift, seen: &mut seen, buffer: &mut buffer, place });
                let taken: Vec<_> = buffer[..count].iter().copied().zip(numbers).collect();
                prop_assert_eq!(&taken, &expected);
            }
        }
    }
}
