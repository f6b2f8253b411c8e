//! Hashes -> the slots that a message has not named before. This is where most of its time goes.

#![allow(clippy::inline_always, reason = "a kernel must be inlined where its instruction set is switched on")]

use crate::numeric::simd::{FirstTimes, InstructionSet, Kernel, Slots};

/// Hashes that are taken together.
pub const BLOCK: usize = 16;

/// The hashes of tokens of one family, in the order of the message.
pub trait Hashes {
    /// How many there are.
    fn len(&self) -> usize;

    /// The slots of those from the place `BLOCK * index` on: their bits from `shift` on, which are at most 32.
    /// What stands behind the last has no meaning.
    fn slots<I: InstructionSet>(&self, index: usize, shift: u32) -> Slots;
}

impl Hashes for &[u64] {
    #[inline(always)]
    fn len(&self) -> usize {
        <[u64]>::len(self)
    }

    #[inline(always)]
    fn slots<I: InstructionSet>(&self, index: usize, shift: u32) -> Slots {
        let (blocks, rest) = self.as_chunks::<BLOCK>();
        Slots::of_hashes(blocks.get(index).map_or(rest, |block| block), shift)
    }
}

/// Writes the slots of the hashes that `seen` does not hold yet to `buffer`, and, if asked to keep them, the
/// numbers of these hashes to `numbers`. How many are new comes out.
///
/// Slots are written before it is known whether they count, so the buffer needs room for one more than there
/// may be.
pub struct TakeNew<'a, H, const KEEP: bool> {
    pub hashes: H,
    pub shift: u32,
    /// One bit a slot.
    pub seen: &'a mut [u64],
    pub buffer: &'a mut [u32],
    /// As long as the buffer, or empty if no number is kept.
    pub numbers: &'a mut [u32],
}

impl<H: Hashes, const KEEP: bool> Kernel for TakeNew<'_, H, KEEP> {
    type Output = usize;

    #[inline(always)]
    fn run<I: InstructionSet>(self) -> usize {
        let Self { hashes, shift, seen, buffer, numbers } = self;
        let mut taken = FirstTimes::new(seen, buffer, numbers);
        let blocks = hashes.len() / BLOCK;
        for index in 0..blocks {
            taken.take::<KEEP>(&hashes.slots::<I>(index, shift), (index * BLOCK) as u32, BLOCK);
        }
        let rest = hashes.len() % BLOCK;
        if rest > 0 {
            taken.take::<KEEP>(&hashes.slots::<I>(blocks, shift), (blocks * BLOCK) as u32, rest);
        }
        taken.count()
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
                let (hashes, kept) = (&hashes[..], &mut numbers[..]);
                let count = level.run(TakeNew::<_, true> {
                    hashes,
                    shift,
                    seen: &mut seen,
                    buffer: &mut buffer,
                    numbers: kept,
                });
                let numbers = numbers.map(|number| number as usize);
                let taken: Vec<_> = buffer[..count].iter().copied().zip(numbers).collect();
                prop_assert_eq!(&taken, &expected);
                let (mut seen, mut alone) = ([0; 4], [0; 61]);
                level.run(TakeNew::<_, false> {
                    hashes,
                    shift,
                    seen: &mut seen,
                    buffer: &mut alone,
                    numbers: &mut [],
                });
                prop_assert_eq!(&alone[..count], &buffer[..count]);
            }
        }
    }
}
