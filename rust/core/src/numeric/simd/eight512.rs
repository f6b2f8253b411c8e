//! Eight words in one register of 512 bits.

#![allow(clippy::wildcard_imports, reason = "the names of instructions start with `_mm512_`")]

use std::arch::x86_64::*;

use super::eight::EightWords;

/// Eight words.
#[derive(Clone, Copy)]
pub struct Words512(__m512i);

/// Calls instructions that the processor has.
macro_rules! intrinsic {
    ($call:expr) => {
        // SAFETY: registers are made and used inside `enter` alone, whose caller has asked the processor.
        unsafe { $call }
    };
}

/// Pairs as words: the first of each in the lower half.
#[inline(always)]
fn pairs(bounds: &[[u32; 2]; 8]) -> __m512i {
    // SAFETY: runs inside `enter` alone; the array is as long as the register.
    unsafe { _mm512_loadu_epi64(bounds.as_ptr().cast()) }
}

/// The upper halves of words.
#[inline(always)]
fn upper(words: __m512i) -> __m512i {
    intrinsic!(_mm512_srli_epi64::<32>(words))
}

/// Those of eight pairs whose bit is set, side by side.
#[inline(always)]
pub fn compress_pairs(from: &[[u32; 2]; 8], kept: u8, found: &mut [[u32; 2]; 8]) {
    // SAFETY: runs inside `enter` alone; the array is as long as the register.
    unsafe {
        _mm512_storeu_epi64(found.as_mut_ptr().cast(), _mm512_maskz_compress_epi64(kept, pairs(from)));
    }
}

impl EightWords for Words512 {
    #[inline(always)]
    fn of(words: [u64; 8]) -> Self {
        // SAFETY: runs inside `enter` alone; the array is as long as the register.
        Self(unsafe { _mm512_loadu_epi64(words.as_ptr().cast()) })
    }

    #[inline(always)]
    fn to_array(self) -> [u64; 8] {
        let mut words = [0; 8];
        // SAFETY: runs inside `enter` alone; the array is as long as the register.
        unsafe { _mm512_storeu_epi64(words.as_mut_ptr().cast(), self.0) };
        words
    }

    #[inline(always)]
    fn windows(text: &[u8], bounds: &[[u32; 2]; 8]) -> (Self, Self) {
        let from = intrinsic!(_mm512_and_si512(pairs(bounds), _mm512_set1_epi64(0xffff_ffff)));
        // A text that is too short for one window lets none begin.
        let last = text.len().checked_sub(16).expect("sixteen bytes behind the start of each window") as u64;
        assert!(Self(from).above(last) == 0, "sixteen bytes behind the start of each window");
        // SAFETY: runs inside `enter` alone, and no window reaches over the end.
        let (low, high) = unsafe {
            let low = _mm512_i64gather_epi64::<1>(from, text.as_ptr().cast());
            (Self(low), Self(_mm512_i64gather_epi64::<1>(from, text.as_ptr().add(8).cast())))
        };
        let lengths = Self::lengths(bounds);
        (low.and(lengths.bits_of_bytes(0)), high.and(lengths.bits_of_bytes(8)))
    }

    #[inline(always)]
    fn lengths(bounds: &[[u32; 2]; 8]) -> Self {
        let pairs = pairs(bounds);
        // The lower half of the difference is that of the lower halves.
        let lengths = intrinsic!(_mm512_sub_epi32(_mm512_srli_epi64::<32>(pairs), pairs));
        Self(lengths).and(Self::splat(0xffff_ffff))
    }

    #[inline(always)]
    fn bits_of_bytes(self, skipped: u64) -> Self {
        // A shift by more than 63 leaves nothing, and one by less than 0 must not be.
        let all = (64 + 8 * skipped).cast_signed();
        let places = intrinsic!(_mm512_sub_epi64(_mm512_set1_epi64(all), _mm512_slli_epi64::<3>(self.0)));
        let places = intrinsic!(_mm512_max_epi64(places, _mm512_setzero_si512()));
        Self(intrinsic!(_mm512_srlv_epi64(_mm512_set1_epi64(-1), places)))
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(intrinsic!(_mm512_and_si512(self.0, other.0)))
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self(intrinsic!(_mm512_or_si512(self.0, other.0)))
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(intrinsic!(_mm512_xor_si512(self.0, other.0)))
    }

    #[inline(always)]
    fn lower_case(self) -> Self {
        intrinsic!({
            let from_a = _mm512_sub_epi8(self.0, _mm512_set1_epi8(b'A'.cast_signed()));
            let capitals = _mm512_cmplt_epu8_mask(from_a, _mm512_set1_epi8(26));
            Self(_mm512_mask_add_epi8(self.0, capitals, self.0, _mm512_set1_epi8(0x20)))
        })
    }

    #[inline(always)]
    fn fold(self, other: Self) -> Self {
        // Products of halves, 32 by 32 bits, as on paper; no sum of these reaches 2^64.
        intrinsic!({
            let lower = _mm512_set1_epi64(0xffff_ffff);
            let (a, b) = (self.0, other.0);
            let low = _mm512_mul_epu32(a, b);
            let middle = _mm512_add_epi64(_mm512_mul_epu32(upper(a), b), upper(low));
            let other_middle =
                _mm512_add_epi64(_mm512_mul_epu32(a, upper(b)), _mm512_and_si512(middle, lower));
            let high = _mm512_mul_epu32(upper(a), upper(b));
            let high = _mm512_add_epi64(high, _mm512_add_epi64(upper(middle), upper(other_middle)));
            let low = _mm512_mask_blend_epi32(0xaaaa, low, _mm512_slli_epi64::<32>(other_middle));
            Self(_mm512_xor_si512(high, low))
        })
    }

    #[inline(always)]
    fn not_zero(self) -> u8 {
        intrinsic!(_mm512_test_epi64_mask(self.0, self.0))
    }

    #[inline(always)]
    fn above(self, bound: u64) -> u8 {
        intrinsic!(_mm512_cmpgt_epu64_mask(self.0, _mm512_set1_epi64(bound.cast_signed())))
    }
}
