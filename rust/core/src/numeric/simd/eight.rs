//! Eight words of eight bytes side by side: short words of text, and their hashes.

use super::InstructionSet;

/// Eight words of 64 bits.
///
/// Values are made and used inside the `enter` function of their instruction set only, as for
/// [`Vector`](super::Vector).
pub trait EightWords: Copy {
    /// Those words.
    fn of(words: [u64; 8]) -> Self;

    /// The words.
    fn to_array(self) -> [u64; 8];

    /// Of each window from and to in `text` its bytes, the first eight and the next eight, little end first, with
    /// zeros behind its end. A window that is longer is cut there.
    ///
    /// # Panics
    ///
    /// When fewer than sixteen bytes stand in `text` behind the start of a window.
    fn windows(text: &[u8], bounds: &[[u32; 2]; 8]) -> (Self, Self);

    /// How long each of these windows is; none may end before it begins.
    fn lengths(bounds: &[[u32; 2]; 8]) -> Self;

    /// For windows of these lengths the bits of their bytes among eight, once so many are skipped.
    fn bits_of_bytes(self, skipped: u64) -> Self;

    /// `self & other`.
    fn and(self, other: Self) -> Self;

    /// `self | other`.
    fn or(self, other: Self) -> Self;

    /// `self ^ other`.
    fn xor(self, other: Self) -> Self;

    /// Bytes of ASCII with the capitals among them in lower case; what becomes of a word that holds other bytes has no
    /// meaning.
    fn lower_case(self) -> Self;

    /// The products of 128 bits, their halves folded into one by exclusive or.
    fn fold(self, other: Self) -> Self;

    /// One bit a word: whether it is not 0.
    fn not_zero(self) -> u8;

    /// One bit a word: whether it is above `bound`.
    fn above(self, bound: u64) -> u8;

    /// The same word eight times.
    #[must_use]
    #[inline(always)]
    fn splat(word: u64) -> Self {
        Self::of([word; 8])
    }
}

/// Writes those of eight pairs whose bit is set to the start of `found`, in their order. Returns how many; what is
/// written behind them has no meaning.
#[inline(always)]
pub fn keep_pairs<I: InstructionSet>(pairs: &[[u32; 2]; 8], kept: u8, found: &mut [[u32; 2]; 8]) -> usize {
    I::compress_pairs(pairs, kept, found);
    kept.count_ones() as usize
}

/// Eight words in plain Rust.
#[derive(Clone, Copy)]
pub struct PlainWords([u64; 8]);

impl PlainWords {
    #[inline(always)]
    fn map(self, other: Self, mut combine: impl FnMut(u64, u64) -> u64) -> Self {
        let mut words = [0; 8];
        for at in 0..8 {
            words[at] = combine(self.0[at], other.0[at]);
        }
        Self(words)
    }

    #[inline(always)]
    fn bits(self, mut holds: impl FnMut(u64) -> bool) -> u8 {
        let mut bits = 0;
        for at in 0..8 {
            bits |= u8::from(holds(self.0[at])) << at;
        }
        bits
    }
}

impl EightWords for PlainWords {
    #[inline(always)]
    fn of(words: [u64; 8]) -> Self {
        Self(words)
    }

    #[inline(always)]
    fn to_array(self) -> [u64; 8] {
        self.0
    }

    #[inline(always)]
    fn windows(text: &[u8], bounds: &[[u32; 2]; 8]) -> (Self, Self) {
        let (mut low, mut high) = ([0; 8], [0; 8]);
        for at in 0..8 {
            let from = bounds[at][0] as usize;
            let both = u128::from_le_bytes(text[from..from + 16].try_into().unwrap_or_default());
            (low[at], high[at]) = (both as u64, (both >> 64) as u64);
        }
        let lengths = Self::lengths(bounds);
        (Self(low).and(lengths.bits_of_bytes(0)), Self(high).and(lengths.bits_of_bytes(8)))
    }

    #[inline(always)]
    fn lengths(bounds: &[[u32; 2]; 8]) -> Self {
        let mut lengths = [0; 8];
        for at in 0..8 {
            lengths[at] = u64::from(bounds[at][1] - bounds[at][0]);
        }
        Self(lengths)
    }

    #[inline(always)]
    fn bits_of_bytes(self, skipped: u64) -> Self {
        self.map(self, |length, _| {
            let bytes = length.saturating_sub(skipped).min(8) as u32;
            u64::MAX.unbounded_shr(64 - 8 * bytes)
        })
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.map(other, |a, b| a & b)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self.map(other, |a, b| a | b)
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self.map(other, |a, b| a ^ b)
    }

    #[inline(always)]
    fn lower_case(self) -> Self {
        const ONES: u64 = 0x0101_0101_0101_0101;
        self.map(self, |word, _| {
            // The top bit of a byte of ASCII plus so much tells whether it is from A on, or beyond Z.
            let from_a = word.wrapping_add(ONES * u64::from(0x80 - b'A'));
            let beyond_z = word.wrapping_add(ONES * u64::from(0x7f - b'Z'));
            word | (from_a & !beyond_z & (ONES << 7)) >> 2
        })
    }

    #[inline(always)]
    fn fold(self, other: Self) -> Self {
        self.map(other, |a, b| {
            let product = u128::from(a) * u128::from(b);
            product as u64 ^ (product >> 64) as u64
        })
    }

    #[inline(always)]
    fn not_zero(self) -> u8 {
        self.bits(|word| word != 0)
    }

    #[inline(always)]
    fn above(self, bound: u64) -> u8 {
        self.bits(|word| word > bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::simd::{Kernel, Level};
    use proptest::prelude::*;

    /// All that can be asked of eight windows and eight factors.
    struct All<'a> {
        text: &'a [u8],
        bounds: [[u32; 2]; 8],
        factors: [u64; 8],
        kept: u8,
    }

    type Answers = (Vec<[u64; 8]>, [u8; 2], Vec<[u32; 2]>);

    impl All<'_> {
        fn by_single_words(&self) -> Answers {
            let each = |word: &dyn Fn(usize) -> u64| -> [u64; 8] { std::array::from_fn(word) };
            let window = |at: usize, skipped: usize, lower: bool| {
                let [from, to] = self.bounds[at].map(|place| place as usize);
                let bytes = &self.text[from..to.min(from + 16)];
                let bytes = if lower { bytes.to_ascii_lowercase() } else { bytes.to_vec() };
                let eight = bytes.iter().skip(skipped).take(8).rev();
                eight.fold(0_u64, |word, &byte| word << 8 | u64::from(byte))
            };
            let folded = |at: usize| {
                let product = u128::from(window(at, 0, false)) * u128::from(self.factors[at]);
                (product ^ product >> 64) as u64
            };
            let bits =
                |holds: &dyn Fn(usize) -> bool| (0..8).fold(0, |all, at| all | u8::from(holds(at)) << at);
            let length = |at: usize| u64::from(self.bounds[at][1] - self.bounds[at][0]);
            let words = vec![
                each(&|at| window(at, 0, false)),
                each(&|at| window(at, 8, false)),
                each(&|at| window(at, 0, true)),
                each(&folded),
                each(&length),
            ];
            let kept = (0..8).filter(|at| self.kept >> at & 1 == 1).map(|at| self.bounds[at]).collect();
            (words, [bits(&|at| window(at, 8, false) != 0), bits(&|at| length(at) > 16)], kept)
        }
    }

    impl Kernel for All<'_> {
        type Output = Answers;

        #[inline(always)]
        fn run<I: InstructionSet>(self) -> Answers {
            let (low, high) = I::EightWords::windows(self.text, &self.bounds);
            let lengths = I::EightWords::lengths(&self.bounds);
            let factors = I::EightWords::of(self.factors);
            let words = [low, high, low.lower_case(), low.fold(factors), lengths];
            let mut kept = [[0; 2]; 8];
            let count = keep_pairs::<I>(&self.bounds, self.kept, &mut kept);
            let words = words.map(I::EightWords::to_array).to_vec();
            (words, [high.not_zero(), lengths.above(16)], kept[..count].to_vec())
        }
    }

    proptest! {
        #[test]
        fn eight_words_are_read_and_multiplied_like_single_ones(
            text in "[ -~]{64}", bounds in prop::array::uniform8((0_u32..=48, 0_u32..=20)),
            factors in prop::array::uniform8(any::<u64>()), kept: u8,
        ) {
            let bounds = bounds.map(|(from, length)| [from, (from + length).min(64)]);
            let all = || All { text: text.as_bytes(), bounds, factors, kept };
            for level in Level::available() {
                prop_assert_eq!(level.run(all()), all().by_single_words());
            }
        }

        #[test]
        fn bits_combine_and_masks_fit_their_lengths(
            words in prop::array::uniform8(any::<u64>()), others in prop::array::uniform8(any::<u64>()),
            lengths in prop::array::uniform8(0_u64..=20),
        ) {
            for level in Level::available() {
                let [and, or, xor, first, next] = level.run(Bits { words, others, lengths });
                for at in 0..8 {
                    let (word, other, length) = (words[at], others[at], lengths[at]);
                    prop_assert_eq!([and[at], or[at], xor[at]], [word & other, word | other, word ^ other]);
                    let bytes = |count: u64| if count >= 8 { u64::MAX } else { (1 << (8 * count)) - 1 };
                    prop_assert_eq!([first[at], next[at]], [bytes(length), bytes(length.saturating_sub(8))]);
                }
            }
        }
    }

    struct Bits {
        words: [u64; 8],
        others: [u64; 8],
        lengths: [u64; 8],
    }

    impl Kernel for Bits {
        type Output = [[u64; 8]; 5];

        #[inline(always)]
        fn run<I: InstructionSet>(self) -> Self::Output {
            let (a, b) = (I::EightWords::of(self.words), I::EightWords::of(self.others));
            let lengths = I::EightWords::of(self.lengths);
            let found = [a.and(b), a.or(b), a.xor(b), lengths.bits_of_bytes(0), lengths.bits_of_bytes(8)];
            found.map(I::EightWords::to_array)
        }
    }
}
