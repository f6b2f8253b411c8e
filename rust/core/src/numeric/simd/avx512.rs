//! Registers of 512 bits: 16 `f32` or 8 `f64`.

#![allow(clippy::wildcard_imports, reason = "the names of instructions start with `_mm512_`")]

use std::arch::x86_64::*;

use super::eight512::{self, Words512};
use super::first_times::Slots;
use super::four::Singles128;
use super::vector::{Constants, InstructionSet, Vector, WindowScale, double, single};
use super::{Kernel, table};

/// AVX-512 with its F, DQ, BW and VL parts, and FMA.
pub struct Avx512;

impl InstructionSet for Avx512 {
    type Single = Single;
    type Double = Double;
    type FourSingles = Singles128;
    type EightWords = Words512;
    const PANEL_REGISTERS: usize = 4;
    const NAME: &'static str = "avx512f";

    #[inline(always)]
    fn scale_windows(bytes: &[u8; 32], scale: WindowScale) -> Slots {
        let mut results = [0_u32; 16];
        // SAFETY: runs inside `enter` alone; 24 of 32 bytes are read, and the array is as long as the register.
        unsafe {
            let first = eight_windows(_mm_loadu_si128(bytes.as_ptr().cast()), scale);
            let second = eight_windows(_mm_loadu_si128(bytes.as_ptr().add(8).cast()), scale);
            let both = _mm512_inserti64x4::<1>(_mm512_castsi256_si512(first), second);
            _mm512_storeu_epi32(results.as_mut_ptr().cast(), both);
        }
        Slots::of_shifted(results, scale.shift)
    }

    #[inline(always)]
    fn places_of_bits(bits: u64, base: u32, places: &mut [u32; 64]) -> usize {
        let mut count = 0;
        for quarter in 0..4 {
            let kept = (bits >> (16 * quarter)) as u16;
            // SAFETY: runs inside `enter` alone. Before each quarter at most 16 places a quarter are taken,
            // so that a whole register has room behind them.
            unsafe {
                let first = _mm512_set1_epi32((base + 16 * quarter).cast_signed());
                let numbers = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
                let found = _mm512_maskz_compress_epi32(kept, _mm512_add_epi32(first, numbers));
                _mm512_storeu_epi32(places.as_mut_ptr().add(count).cast(), found);
            }
            count += kept.count_ones() as usize;
        }
        count
    }

    #[inline(always)]
    fn compress(numbers: &[u32; 16], kept: u16, found: &mut [u32; 16]) {
        // SAFETY: runs inside `enter` alone; both arrays are as long as the register.
        unsafe {
            let numbers = _mm512_loadu_epi32(numbers.as_ptr().cast());
            _mm512_storeu_epi32(found.as_mut_ptr().cast(), _mm512_maskz_compress_epi32(kept, numbers));
        }
    }

    #[inline(always)]
    fn compress_pairs(pairs: &[[u32; 2]; 8], kept: u8, found: &mut [[u32; 2]; 8]) {
        eight512::compress_pairs(pairs, kept, found);
    }

    #[inline(always)]
    fn weights_at(weights: &[f32], slots: &[u32; 8]) -> [f64; 8] {
        let mut result = [0.0; 8];
        let count = u32::try_from(weights.len()).unwrap_or(u32::MAX).cast_signed();
        // SAFETY: runs inside `enter` alone, the arrays are as long as the registers, and no lane reads past the
        // weights: a place is below 2^32, and so is the number that it is compared with.
        unsafe {
            let places = _mm256_loadu_epi32(slots.as_ptr().cast());
            let inside = _mm256_cmplt_epu32_mask(places, _mm256_set1_epi32(count));
            let places = _mm512_cvtepu32_epi64(places);
            let found =
                _mm512_mask_i64gather_ps::<4>(_mm256_setzero_ps(), inside, places, weights.as_ptr().cast());
            _mm512_storeu_pd(result.as_mut_ptr(), _mm512_cvtps_pd(found));
        }
        result
    }

    #[inline(always)]
    fn top_bits(bytes: &[u8; 64]) -> u64 {
        // SAFETY: runs inside `enter` alone; the register is as long as the array.
        unsafe { _mm512_movepi8_mask(_mm512_loadu_epi8(bytes.as_ptr().cast())) }
    }
}

/// Of sixteen bytes the word of eight bytes from each of the first eight bytes on, scaled.
#[inline(always)]
fn eight_windows(bytes: __m128i, scale: WindowScale) -> __m256i {
    // SAFETY: runs inside `enter` alone, whose caller has asked the processor.
    unsafe {
        // Each quarter of the register takes its two windows out of a copy of the sixteen bytes.
        let pick = |at: i64| (0..8).fold(0, |bytes, byte| bytes | (at + byte) << (8 * byte));
        let picks = _mm512_setr_epi64(pick(0), pick(1), pick(2), pick(3), pick(4), pick(5), pick(6), pick(7));
        let windows = _mm512_shuffle_epi8(_mm512_broadcast_i32x4(bytes), picks);
        let splat = |word: u64| _mm512_set1_epi64(word.cast_signed());
        let masked = _mm512_and_epi64(windows, splat(scale.mask));
        let scaled = _mm512_add_epi64(_mm512_mullo_epi64(masked, splat(scale.factor)), splat(scale.addend));
        let shift = _mm_cvtsi32_si128(scale.shift.cast_signed());
        _mm512_cvtepi64_epi32(_mm512_srl_epi64(scaled, shift))
    }
}

/// Whether this processor has it.
pub fn is_available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
}

/// Runs a kernel with the instruction set switched on. The processor must have it.
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,bmi1,bmi2,popcnt")]
pub fn enter<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<Avx512>()
}

static SINGLE_EXCESS: [f32; 16] = table::single();
static DOUBLE_EXCESS: [f64; 8] = table::double();

/// Off by 2^-27.7 of the exponential, and by the same at both ends, so that no step lies between two entries.
const SINGLE_POLYNOMIAL: [f64; 2] = [0.500_009_774_918_030_1, -0.166_670_577];

/// Off by 2^-56.5 of the exponential.
const DOUBLE_POLYNOMIAL: [f64; 6] = [
    0.500_000_000_000_005_1,
    -0.166_666_666_666_667_24,
    0.041_666_666_617_526_46,
    -0.008_333_333_327_873_34,
    0.001_388_958_710_823_954_2,
    -0.000_198_420_456_372_392_58,
];

/// Calls instructions that the processor has.
macro_rules! intrinsic {
    ($call:expr) => {
        // SAFETY: registers are made and used inside `enter` alone, whose caller has asked the processor.
        unsafe { $call }
    };
}

/// A mask of the first `count` lanes, all of them from 16 on.
fn first_lanes(count: usize) -> u32 {
    (1_u32 << count.min(16)) - 1
}

macro_rules! implement_vector {
    (
        $name:ident, $element:ident, $lanes:literal, $register:ident, $mask:ident, $constants:expr;
        excess $excess:ident, fraction $fraction:literal, shift $places:literal, keep $keep:literal;
        $set:ident $load:ident $load_some:ident $store:ident $store_some:ident $stream:ident
        $add:ident $sub:ident $mul:ident $fma:ident $fnma:ident $max:ident $min:ident $or:ident
        $blend:ident $sign:ident $permute:ident $scale:ident $reciprocal:ident $sum:ident;
        $to_bits:ident $from_bits:ident $set_bits:ident $add_bits:ident $max_bits:ident $greater_bits:ident
        $shift_bits:ident
    ) => {
        /// A register full of numbers.
        #[derive(Clone, Copy)]
        pub struct $name($register);

        impl $name {
            /// Twice the bits lack the sign; as whole numbers they are ordered like |x|, NaN above all.
            #[inline(always)]
            fn twice_the_bits(self) -> __m512i {
                intrinsic!($add_bits($to_bits(self.0), $to_bits(self.0)))
            }

            #[inline(always)]
            fn shifted_to_the_exponent(self) -> __m512i {
                intrinsic!($shift_bits::<$places>($to_bits(self.0)))
            }
        }

        impl Vector for $name {
            type Element = $element;
            const LANES: usize = $lanes;
            const CONSTANTS: Constants = $constants;

            #[inline(always)]
            fn splat(value: f64) -> Self {
                Self::broadcast(value as $element)
            }

            #[inline(always)]
            fn broadcast(value: $element) -> Self {
                Self(intrinsic!($set(value)))
            }

            #[inline(always)]
            fn load(source: &[$element]) -> Self {
                assert!(source.len() >= Self::LANES);
                // SAFETY: the slice holds as many numbers as the register; `enter` has run.
                Self(unsafe { $load(source.as_ptr()) })
            }

            #[inline(always)]
            fn load_partial(source: &[$element]) -> Self {
                // SAFETY: the mask lets no lane past the end of the slice be read; `enter` has run.
                Self(unsafe { $load_some(first_lanes(source.len()) as $mask, source.as_ptr()) })
            }

            #[inline(always)]
            fn store(self, target: &mut [$element]) {
                assert!(target.len() >= Self::LANES);
                // SAFETY: the slice holds as many numbers as the register; `enter` has run.
                unsafe { $store(target.as_mut_ptr(), self.0) }
            }

            #[inline(always)]
            fn store_partial(self, target: &mut [$element]) {
                // SAFETY: the mask lets no lane past the end of the slice be written; `enter` has run.
                unsafe { $store_some(target.as_mut_ptr(), first_lanes(target.len()) as $mask, self.0) }
            }

            #[inline(always)]
            fn stream(self, target: &mut [$element]) {
                assert!(target.len() >= Self::LANES && target.as_ptr().addr().is_multiple_of(64));
                // SAFETY: the slice holds as many numbers as the register, at its alignment; `enter` has run.
                unsafe { $stream(target.as_mut_ptr(), self.0) }
            }

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Self(intrinsic!($add(self.0, other.0)))
            }

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                Self(intrinsic!($sub(self.0, other.0)))
            }

            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                Self(intrinsic!($mul(self.0, other.0)))
            }

            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                Self(intrinsic!($fma(self.0, factor.0, addend.0)))
            }

            #[inline(always)]
            fn neg_mul_add(self, factor: Self, addend: Self) -> Self {
                Self(intrinsic!($fnma(self.0, factor.0, addend.0)))
            }

            #[inline(always)]
            fn at_least(self, bound: Self) -> Self {
                Self(intrinsic!($max(bound.0, self.0)))
            }

            #[inline(always)]
            fn at_most(self, bound: Self) -> Self {
                Self(intrinsic!($min(bound.0, self.0)))
            }

            #[inline(always)]
            fn negative_abs(self) -> Self {
                Self(intrinsic!($or(self.0, $set(-0.0))))
            }

            #[inline(always)]
            fn by_sign(self, negative: Self, positive: Self) -> Self {
                Self(intrinsic!($blend($sign($to_bits(self.0)), positive.0, negative.0)))
            }

            #[inline(always)]
            fn all_within(registers: &[Self], bound: f64) -> bool {
                let mut greatest = registers[0].twice_the_bits();
                for register in &registers[1..] {
                    greatest = intrinsic!($max_bits(greatest, register.twice_the_bits()));
                }
                intrinsic!($greater_bits(greatest, Self::splat(bound).twice_the_bits())) == 0
            }

            #[inline(always)]
            fn excess(shifted: Self) -> Self {
                Self(intrinsic!($permute($to_bits(shifted.0), Self::load(&$excess).0)))
            }

            #[inline(always)]
            fn significand(shifted: Self) -> Self {
                let bits = shifted.shifted_to_the_exponent();
                let fraction = intrinsic!(_mm512_and_si512(bits, $set_bits($fraction)));
                Self(intrinsic!($from_bits(_mm512_or_si512(fraction, $to_bits($set(1.0))))))
            }

            #[inline(always)]
            fn power(shifted: Self) -> Self {
                let bits = shifted.shifted_to_the_exponent();
                Self(intrinsic!($from_bits($add_bits(bits, $to_bits($set(1.0))))))
            }

            #[inline(always)]
            fn scale(self, k: Self) -> Self {
                Self(intrinsic!($scale(self.0, k.0)))
            }

            #[inline(always)]
            fn reciprocal(self) -> Self {
                let estimate = intrinsic!($to_bits($reciprocal(self.0)));
                Self(intrinsic!($from_bits(_mm512_and_si512(estimate, $set_bits($keep)))))
            }

            #[inline(always)]
            fn sum(self) -> $element {
                intrinsic!($sum(self.0))
            }
        }
    };
}

implement_vector! {
    Single, f32, 16, __m512, __mmask16, single(4, &SINGLE_POLYNOMIAL, 2);
    excess SINGLE_EXCESS, fraction 0x0078_0000, shift 19, keep -0x100;
    _mm512_set1_ps _mm512_loadu_ps _mm512_maskz_loadu_ps _mm512_storeu_ps _mm512_mask_storeu_ps _mm512_stream_ps
    _mm512_add_ps _mm512_sub_ps _mm512_mul_ps _mm512_fmadd_ps _mm512_fnmadd_ps _mm512_max_ps _mm512_min_ps _mm512_or_ps
    _mm512_mask_blend_ps _mm512_movepi32_mask _mm512_permutexvar_ps _mm512_scalef_ps _mm512_rcp14_ps
    _mm512_reduce_add_ps;
    _mm512_castps_si512 _mm512_castsi512_ps _mm512_set1_epi32 _mm512_add_epi32 _mm512_max_epu32
    _mm512_cmpgt_epu32_mask _mm512_slli_epi32
}

implement_vector! {
    Double, f64, 8, __m512d, __mmask8, double(3, &DOUBLE_POLYNOMIAL, 3);
    excess DOUBLE_EXCESS, fraction 0x000E_0000_0000_0000, shift 49, keep -0x2000_0000;
    _mm512_set1_pd _mm512_loadu_pd _mm512_maskz_loadu_pd _mm512_storeu_pd _mm512_mask_storeu_pd _mm512_stream_pd
    _mm512_add_pd _mm512_sub_pd _mm512_mul_pd _mm512_fmadd_pd _mm512_fnmadd_pd _mm512_max_pd _mm512_min_pd _mm512_or_pd
    _mm512_mask_blend_pd _mm512_movepi64_mask _mm512_permutexvar_pd _mm512_scalef_pd _mm512_rcp14_pd
    _mm512_reduce_add_pd;
    _mm512_castpd_si512 _mm512_castsi512_pd _mm512_set1_epi64 _mm512_add_epi64 _mm512_max_epu64
    _mm512_cmpgt_epu64_mask _mm512_slli_epi64
}
