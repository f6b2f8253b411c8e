//! Slots that come for the first time, told apart by one bit a slot. The scorer of messages does this some
//! thousand times a message, and little else takes as long.

/// The top bits of sixteen hashes. They fill one line of a cache: what is written over two lines can't be read
/// back one by one until both are in the cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Slots {
    values: [u32; 16],
    /// How many low bits of a hash were dropped: each value is below 2^(64 - shift).
    shift: u32,
}

impl Slots {
    /// Of up to sixteen hashes, then zeros; at least 32 low bits are dropped.
    #[must_use]
    #[inline(always)]
    pub fn of_hashes(hashes: &[u64], shift: u32) -> Self {
        let mut values = [0; 16];
        for (value, hash) in values.iter_mut().zip(hashes) {
            *value = (hash >> shift) as u32;
        }
        Self { values, shift }
    }

    /// Of hashes of which so many low bits were dropped.
    #[inline(always)]
    pub(super) fn of_shifted(values: [u32; 16], shift: u32) -> Self {
        Self { values, shift }
    }

    /// The slots.
    #[must_use]
    #[inline(always)]
    pub fn as_slice(&self) -> &[u32] {
        &self.values
    }
}

/// Collects slots, each where it comes first.
pub struct FirstTimes<'a> {
    /// One bit a slot; as many words as a power of two.
    seen: &'a mut [u64],
    found: &'a mut [u32],
    /// As long as `found`, or empty.
    numbers: &'a mut [u32],
    /// How many low bits of a hash must be dropped, so that each value has a bit in `seen`.
    shift: u32,
    count: usize,
}

impl<'a> FirstTimes<'a> {
    /// Writes slots to `found`, and, if there is room for them, the numbers of the tokens that named them to
    /// `numbers`.
    ///
    /// # Panics
    ///
    /// When there are not as many words as a power of two, or more than 2^32 bits.
    pub fn new(seen: &'a mut [u64], found: &'a mut [u32], numbers: &'a mut [u32]) -> Self {
        assert!(seen.len().is_power_of_two() && seen.len() <= 1 << 26);
        let shift = 64 - (64 * seen.len()).trailing_zeros();
        let length = if numbers.is_empty() { found.len() } else { found.len().min(numbers.len()) };
        Self { seen, found: &mut found[..length], numbers, shift, count: 0 }
    }

    /// How many were found.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Takes the first `many` slots, numbered from `number` on; they must have room behind those that were found.
    ///
    /// Which of them are new can't be foreseen, so there is no branch: each is written behind the last one, and
    /// counts if it is new.
    ///
    /// # Panics
    ///
    /// When fewer bits were dropped than `seen` asks for, there is no room, or more than sixteen are asked for.
    #[inline(always)]
    pub fn take<const KEEP: bool>(&mut self, slots: &Slots, number: u32, many: usize) {
        assert!(slots.shift >= self.shift && many <= 16 && self.found.len() - self.count >= many);
        assert!(!KEEP || self.numbers.len() >= self.found.len());
        let mut count = self.count;
        for at in 0..many {
            let slot = slots.values[at];
            // SAFETY: the values are below 2^(64 - shift), at most the number of bits of `seen`, since `Slots` are
            // made by this folder alone. `count` grows by one a slot at most, and there was room for all.
            unsafe {
                let word = self.seen.get_unchecked_mut(slot as usize / 64);
                let before = *word;
                *word = before | 1 << (slot % 64);
                *self.found.get_unchecked_mut(count) = slot;
                if KEEP {
                    *self.numbers.get_unchecked_mut(count) = number + at as u32;
                }
                count += usize::from(before >> (slot % 64) & 1 == 0);
            }
        }
        self.count = count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sixteen_are_taken_like_single_ones(
            slots in prop::collection::vec(prop::array::uniform16(0_u32..256), 0..6),
        ) {
            let (mut seen, mut found, mut numbers) = ([0; 4], [0; 97], [0; 97]);
            let mut together = FirstTimes::new(&mut seen, &mut found, &mut numbers);
            let (mut seen_alone, mut found_alone) = ([0; 4], [0; 97]);
            let mut alone = FirstTimes::new(&mut seen_alone, &mut found_alone, &mut []);
            let (mut expected, mut expected_numbers) = (Vec::new(), Vec::new());
            for (block, slots) in slots.iter().enumerate() {
                let hashes = slots.map(|slot| u64::from(slot) << 56 | 0x3039);
                together.take::<true>(&Slots::of_hashes(&hashes, 56), 16 * block as u32, 16);
                for (at, slot) in slots.iter().enumerate() {
                    alone.take::<false>(&Slots::of_hashes(&hashes[at..], 56), 0, 1);
                    if !expected.contains(slot) {
                        expected.push(*slot);
                        expected_numbers.push((16 * block + at) as u32);
                    }
                }
            }
            let (count, count_alone) = (together.count(), alone.count());
            prop_assert_eq!(&found[..count], &expected[..]);
            prop_assert_eq!(&numbers[..count], &expected_numbers[..]);
            prop_assert_eq!(&found_alone[..count_alone], &expected[..]);
            prop_assert_eq!(seen, seen_alone);
        }
    }
}
