//! What a kernel may ask of a register full of numbers, and the exponential that all kernels share.

use super::eight::EightWords;
use super::first_times::Slots;
use super::four::FourSingles;

/// A register of `LANES` numbers of one type.
///
/// Values of the types that implement it are made and used inside the `enter` function of their instruction
/// set only, which runs after the processor has been asked for it. That is what makes the methods safe.
pub trait Vector: Copy {
    /// `f32` or `f64`.
    type Element: Copy + Default;

    /// How many numbers a register holds.
    const LANES: usize;

    /// The constants of the exponential for this register.
    const CONSTANTS: Constants;

    /// The same number in each lane, rounded to the element type.
    fn splat(value: f64) -> Self;

    /// The same number in each lane.
    fn broadcast(value: Self::Element) -> Self;

    /// The first `LANES` numbers of the slice.
    fn load(source: &[Self::Element]) -> Self;

    /// The numbers of a slice that may be shorter, then zeros.
    fn load_partial(source: &[Self::Element]) -> Self;

    /// Writes the lanes to the start of the slice.
    fn store(self, target: &mut [Self::Element]);

    /// Writes as many lanes as the slice is long, at most all.
    fn store_partial(self, target: &mut [Self::Element]);

    /// Writes the lanes past the caches; the slice starts at a multiple of the register's size.
    fn stream(self, target: &mut [Self::Element]);

    /// `self + other`.
    fn add(self, other: Self) -> Self;

    /// `self - other`.
    fn sub(self, other: Self) -> Self;

    /// `self * other`.
    fn mul(self, other: Self) -> Self;

    /// `self * factor + addend`, rounded once.
    fn mul_add(self, factor: Self, addend: Self) -> Self;

    /// `addend - self * factor`, rounded once.
    fn neg_mul_add(self, factor: Self, addend: Self) -> Self;

    /// The greater of the two; NaN in `self` gives NaN.
    fn at_least(self, bound: Self) -> Self;

    /// The smaller of the two; NaN in `self` gives NaN.
    fn at_most(self, bound: Self) -> Self;

    /// -|self|.
    fn negative_abs(self) -> Self;

    /// `negative` in the lanes where the sign bit of `self` is set, else `positive`.
    fn by_sign(self, negative: Self, positive: Self) -> Self;

    /// Whether |x| <= bound in all lanes of all registers; NaN says no.
    fn all_within(registers: &[Self], bound: f64) -> bool;

    /// (1 + j / N) / 2^(j / N) - 1 for the number j in the low bits of each lane, N the size of the table.
    fn excess(shifted: Self) -> Self;

    /// 1 + j / N for the number j in the low bits of each lane.
    fn significand(shifted: Self) -> Self;

    /// (1 + j / N) * 2^n, if `shifted` is n + j / N plus the shift, and n a normal exponent.
    fn power(shifted: Self) -> Self;

    /// `self` * 2^floor(k), rounded once also where the result is subnormal.
    fn scale(self, k: Self) -> Self;

    /// 1 / self for `self` from 0.9: some leading bits, so few that their product with a power is exact.
    fn reciprocal(self) -> Self;

    /// The sum of the lanes.
    fn sum(self) -> Self::Element;
}

/// An instruction set: one register type for each element type.
pub trait InstructionSet {
    /// The register of `f32`.
    type Single: Vector<Element = f32>;
    /// The register of `f64`.
    type Double: Vector<Element = f64>;
    /// Four `f32`.
    type FourSingles: FourSingles;
    /// Eight words of 64 bits.
    type EightWords: EightWords;
    /// How many registers wide a panel of a packed matrix is: with 4, a tile may hold 24 registers of sums,
    /// with 2, which suits 16 registers in all, 12.
    const PANEL_REGISTERS: usize;
    /// Its name.
    const NAME: &'static str;

    /// The top bits of sixteen products: the word of eight bytes from each of the first sixteen bytes on,
    /// scaled.
    #[must_use]
    #[inline(always)]
    fn scale_windows(bytes: &[u8; 32], scale: WindowScale) -> Slots {
        let mut results = [0; 16];
        for (result, window) in results.iter_mut().zip(bytes.windows(8)) {
            // A window has eight bytes; the other arm is never taken.
            let word = window.try_into().map_or(0, u64::from_le_bytes);
            *result = (scale.of(word) >> scale.shift) as u32;
        }
        Slots::of_shifted(results, scale.shift)
    }

    /// Writes the places of the bits that are set, plus `base`, to the start of `places`, the lowest first.
    /// Returns how many there are; what is written behind them has no meaning.
    #[inline(always)]
    fn places_of_bits(bits: u64, base: u32, places: &mut [u32; 64]) -> usize {
        let mut left = bits;
        let count = bits.count_ones() as usize;
        for place in &mut places[..count] {
            *place = base + left.trailing_zeros();
            left &= left - 1;
        }
        count
    }

    /// Writes those of sixteen numbers whose bit is set to the start of `found`, in their order; what is written behind
    /// them has no meaning.
    #[inline(always)]
    fn compress(numbers: &[u32; 16], kept: u16, found: &mut [u32; 16]) {
        let mut count = 0;
        for at in 0..16 {
            // At most as many as there were before, so that the mask changes nothing but what is checked.
            found[count & 15] = numbers[at];
            count += usize::from(kept >> at & 1);
        }
    }

    /// The same for eight pairs.
    #[inline(always)]
    fn compress_pairs(pairs: &[[u32; 2]; 8], kept: u8, found: &mut [[u32; 2]; 8]) {
        let mut count = 0;
        for at in 0..8 {
            found[count & 7] = pairs[at];
            count += usize::from(kept >> at & 1);
        }
    }

    /// The weight at each slot; a slot past the end of the weights has none.
    #[must_use]
    #[inline(always)]
    fn weights_at(weights: &[f32], slots: &[u32; 8]) -> [f64; 8] {
        let mut found = [0.0; 8];
        for (found, &slot) in found.iter_mut().zip(slots) {
            *found = weights.get(slot as usize).map_or(0.0, |&weight| f64::from(weight));
        }
        found
    }

    /// The top bit of each byte: that of byte n is bit n.
    #[must_use]
    #[inline(always)]
    fn top_bits(bytes: &[u8; 64]) -> u64 {
        // Eight bytes to eight bits: the product moves bit 8 n to bit 56 + n, and no two bits to one place.
        let (words, _) = bytes.as_chunks::<8>();
        let mut bits = 0;
        for (at, word) in words.iter().enumerate() {
            let tops = u64::from_le_bytes(*word) >> 7 & 0x0101_0101_0101_0101;
            bits |= tops.wrapping_mul(0x0102_0408_1020_4080) >> 56 << (8 * at);
        }
        bits
    }
}

/// What becomes of a window of eight bytes: masked, times a factor, plus an addend, all modulo 2^64, and moved
/// down by some bits.
#[derive(Clone, Copy, Debug)]
pub struct WindowScale {
    /// The bits of the window that count.
    pub mask: u64,
    /// What it is multiplied by.
    pub factor: u64,
    /// What is added.
    pub addend: u64,
    /// How many bits are dropped, from 32 to 63, so that 32 bits hold what is left.
    pub shift: u32,
}

impl WindowScale {
    /// The window, scaled, with all of its bits.
    #[must_use]
    #[inline(always)]
    pub fn of(self, window: u64) -> u64 {
        (window & self.mask).wrapping_mul(self.factor).wrapping_add(self.addend)
    }
}

/// What the exponential needs to know of a register.
pub struct Constants {
    /// What rounds a sum to a multiple of 1 / N, and leaves that multiple in its low bits.
    pub shift: f64,
    /// ln 2, rounded to the element type.
    pub ln2_high: f64,
    /// What that rounding took away.
    pub ln2_low: f64,
    /// (exp(-r) - 1 + r) / r^2 for |r| up to ln 2 / 2 N, from the constant term up.
    pub polynomial: &'static [f64],
    /// How many terms of the series 1 / (1 - a) = 1 + a + a^2 + … the estimate of the reciprocal asks for.
    pub terms: usize,
    /// Up to this |x| the power plus 1 is exact.
    pub near: f64,
    /// Below it every result is 0; it keeps -inf out of the sums.
    pub least: f64,
    /// Above it every result is 1; it keeps +inf out of the sums.
    pub most: f64,
}

/// The constants of `f32` for a table of `2^table_bits` entries.
#[must_use]
pub const fn single(table_bits: u32, polynomial: &'static [f64], terms: usize) -> Constants {
    Constants {
        shift: 1.5 * (1_u64 << (23 - table_bits)) as f64,
        ln2_high: std::f32::consts::LN_2 as f64,
        ln2_low: std::f64::consts::LN_2 - std::f32::consts::LN_2 as f64,
        polynomial,
        terms,
        near: 13.0,
        least: -110.0,
        most: 60.0,
    }
}

/// The constants of `f64` for a table of `2^table_bits` entries.
#[must_use]
pub const fn double(table_bits: u32, polynomial: &'static [f64], terms: usize) -> Constants {
    Constants {
        shift: 1.5 * (1_u64 << (52 - table_bits)) as f64,
        ln2_high: std::f64::consts::LN_2,
        ln2_low: 2.319_046_813_846_299_6e-17,
        polynomial,
        terms,
        near: 32.0,
        least: -760.0,
        most: 60.0,
    }
}
