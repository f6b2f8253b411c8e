//! The keyed hash of a token. It is part of the file format: a change needs a new
//! [`FeatureSpecification`](super::FeatureSpecification) version.
//!
//! The key is drawn for each model and stored in it, so that nobody can prepare words that collide
//! in every user's table at once. The construction is the folded multiply of the wyhash family
//! (Wang Yi, 2019): a 64 x 64 -> 128 bit product, folded by exclusive or. It is fast on the short
//! strings that words are. It does not resist someone who knows the key; who can read the
//! model file can choose collisions.

use crate::numeric::simd::{EightWords, WindowScale};

/// Odd constants with about as many ones as zeros, to keep the lanes apart (from the digits of pi).
const LANE: [u64; 3] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7345, 0xa409_3822_299f_31d1];

/// The secret 128 bits that choose one hash function of the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashKey {
    first: u64,
    second: u64,
}

impl HashKey {
    /// Bytes of a key.
    pub const BYTES: usize = 16;

    /// The key that these bytes spell, little end first.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let value = u128::from_le_bytes(bytes);
        Self { first: value as u64, second: (value >> 64) as u64 }
    }

    /// The bytes that spell this key.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        (u128::from(self.first) | u128::from(self.second) << 64).to_le_bytes()
    }

    /// The hash of `bytes` within the family of tokens that `tag` names.
    #[must_use]
    pub fn hash(self, tag: u16, bytes: &[u8]) -> u64 {
        let mut state = self.start(tag);
        let mut blocks = bytes.chunks_exact(16);
        for block in &mut blocks {
            let (low, high) = block.split_at(8);
            state = fold(read(low) ^ state, read(high) ^ self.second);
        }
        let rest = blocks.remainder();
        let (low, high) = rest.split_at(rest.len().min(8));
        self.finish(state, read(low), read(high), bytes.len())
    }

    /// The hash of at most sixteen bytes that were read as two words, little end first, with zeros behind.
    #[inline]
    #[must_use]
    pub fn hash_short(self, tag: u16, low: u64, high: u64, length: usize) -> u64 {
        self.finish(self.start(tag), low, high, length)
    }

    /// [`hash_short`](Self::hash_short) of eight at once, for kernels.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "a kernel must be inlined where its instruction set is switched on"
    )]
    pub(super) fn hash_eight<W: EightWords>(self, tag: u16, low: W, high: W, lengths: W) -> W {
        let last = low.xor(W::splat(self.start(tag))).fold(high.xor(W::splat(self.second ^ LANE[1])));
        last.xor(lengths).fold(W::splat(LANE[2] ^ self.first))
    }

    /// The hash of the runs of bytes that `tag` names.
    #[must_use]
    pub fn runs(self, tag: u16) -> RunHash {
        RunHash {
            multiplier: fold(self.first ^ LANE[1], self.second ^ LANE[2]) | 1,
            addend: fold(self.start(tag), self.second ^ LANE[1]),
        }
    }

    #[inline]
    fn start(self, tag: u16) -> u64 {
        self.first ^ LANE[0].wrapping_mul(u64::from(tag) + 1)
    }

    #[inline]
    fn finish(self, state: u64, low: u64, high: u64, length: usize) -> u64 {
        let last = fold(low ^ state, high ^ self.second ^ LANE[1]);
        fold(last ^ length as u64, LANE[2] ^ self.first)
    }

    /// The hash of an ordered pair of hashes.
    #[must_use]
    pub fn pair(self, first: u64, second: u64) -> u64 {
        fold(first ^ self.second, second.rotate_left(32) ^ LANE[2])
    }
}

/// The hash of one family of byte runs: multiply, add, and take the top bits (Dietzfelbinger 1996).
///
/// For a multiplier and an addend drawn at random this is strongly universal for runs of up to five bytes in
/// a table of up to 2^24 slots (the bits of both together are at most 65), and two longer runs meet with at
/// most twice the chance of a perfect hash. It costs one multiplication, where a message has thousands.
#[derive(Clone, Copy, Debug)]
pub struct RunHash {
    multiplier: u64,
    addend: u64,
}

impl RunHash {
    /// The hash of a run of up to eight bytes as a number, little end first. Its top bits are the good ones.
    #[inline]
    #[must_use]
    pub fn of(self, run: u64) -> u64 {
        run.wrapping_mul(self.multiplier).wrapping_add(self.addend)
    }

    /// The same for kernels: of the runs of so many bytes the hashes without their low `shift` bits.
    #[must_use]
    pub(super) fn scale(self, length: usize, shift: u32) -> WindowScale {
        let mask = u64::MAX >> (64 - 8 * length);
        WindowScale { mask, factor: self.multiplier, addend: self.addend, shift }
    }
}

/// The 128-bit product of two words, its halves folded into one.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Up to eight bytes as a number, little end first.
fn read(bytes: &[u8]) -> u64 {
    // Two halves that may overlap: a copy of so many bytes would be a call.
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return u64::from(first) | u64::from(last) << (8 * (bytes.len() - 4));
    }
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_survives_its_bytes() {
        let bytes = *b"0123456789abcdef";
        assert_eq!(HashKey::from_bytes(bytes).to_bytes(), bytes);
    }

    #[test]
    fn each_bit_of_a_slot_is_set_for_half_of_the_words() {
        let key = HashKey::from_bytes(*b"any key will do.");
        let words = 20_000_u32;
        let mut ones = [0_u32; 64];
        for word in 0..words {
            let hash = key.hash(1, word.to_string().as_bytes());
            for (bit, count) in ones.iter_mut().enumerate() {
                *count += (hash >> bit & 1) as u32;
            }
        }
        // Five standard deviations of a fair coin thrown 20,000 times are 354.
        assert!(ones.iter().all(|&count| count.abs_diff(words / 2) < 354), "{ones:?}");
    }

    #[test]
    fn runs_of_letters_spread_over_the_table() {
        let letters = b"abcdefghijklmnopqrstuvwxyz ";
        let hash = HashKey::from_bytes(*b"any key will do.").runs(7);
        let mut counts = vec![0_u32; 1 << 12];
        for first in letters {
            for second in letters {
                for third in letters {
                    let run = u64::from_le_bytes([*first, *second, *third, 0, 0, 0, 0, 0]);
                    counts[(hash.of(run) >> 52) as usize] += 1;
                }
            }
        }
        // 19,683 runs in 4,096 slots: the fullest of random throws has about 16.
        assert!(counts.iter().all(|&count| count < 30), "{:?}", counts.iter().max());
    }

    proptest! {
        #[test]
        fn short_bytes_hash_alike_however_they_are_read(
            key in any::<[u8; 16]>(), tag in 0_u16..1000, bytes in prop::collection::vec(any::<u8>(), 0..16),
        ) {
            let key = HashKey::from_bytes(key);
            let (low, high) = bytes.split_at(bytes.len().min(8));
            prop_assert_eq!(key.hash_short(tag, read(low), read(high), bytes.len()), key.hash(tag, &bytes));
        }

        #[test]
        fn key_tag_and_every_byte_change_the_hash(
            key in any::<[u8; 16]>(), tag in 0_u16..1000, bytes in prop::collection::vec(any::<u8>(), 1..70),
            at in any::<prop::sample::Index>(),
        ) {
            let hash = HashKey::from_bytes(key).hash(tag, &bytes);
            let mut other = bytes.clone();
            other[at.index(bytes.len())] ^= 1;
            let mut other_key = key;
            other_key[at.index(16)] ^= 1;
            prop_assert_ne!(hash, HashKey::from_bytes(key).hash(tag, &other));
            prop_assert_ne!(hash, HashKey::from_bytes(key).hash(tag + 1, &bytes));
            prop_assert_ne!(hash, HashKey::from_bytes(other_key).hash(tag, &bytes));
        }

        #[test]
        fn a_pair_has_an_order(first in any::<u64>(), second in any::<u64>()) {
            prop_assume!(first != second);
            let key = HashKey::from_bytes(*b"any key will do.");
            prop_assert_ne!(key.pair(first, second), key.pair(second, first));
        }
    }
}
