//! Registers of 256 bits: 8 `f32` or 4 `f64`.

#![allow(clippy::wildcard_imports, reason = "the names of instructions start with `_mm256_`")]

use std::arch::x86_64::*;

use super::eight::PlainWords;
use super::four::Singles128;
use super::vector::{Constants, InstructionSet, Vector, double, single};
use super::{Kernel, table};

/// AVX2 and FMA.
pub struct Avx2;

impl InstructionSet for Avx2 {
    type Single = Single;
    type Double = Double;
    type FourSingles = Singles128;
    type EightWords = PlainWords;
    const PANEL_REGISTERS: usize = 2;
    const NAME: &'static str = "avx2";

    #[inline(always)]
    fn top_bits(bytes: &[u8; 64]) -> u64 {
        // SAFETY: runs inside `enter` alone; the two registers are as long as the array together.
        unsafe {
            let low = _mm256_movemask_epi8(_mm256_loadu_si256(bytes.as_ptr().cast()));
            let high = _mm256_movemask_epi8(_mm256_loadu_si256(bytes.as_ptr().add(32).cast()));
            u64::from(low.cast_unsigned()) | u64::from(high.cast_unsigned()) << 32
        }
    }
}

/// Whether this processor has it.
pub fn is_available() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
}

/// Runs a kernel with the instruction set switched on. The processor must have it.
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
pub fn enter<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<Avx2>()
}

static SINGLE_EXCESS: [f32; 8] = table::single();
static DOUBLE_EXCESS: [f64; 4] = table::double();

/// Off by 2^-32 of the exponential, and by the same at both ends, so that no step lies between two entries.
const SINGLE_POLYNOMIAL: [f64; 3] = [0.5, -0.166_682_307_112_093_6, 0.041_668_621_684_124_52];

/// Off by 2^-56.2 of the exponential.
const DOUBLE_POLYNOMIAL: [f64; 7] = [
    0.5,
    -0.166_666_666_666_794_2,
    0.041_666_666_666_679_42,
    -0.008_333_333_197_428_445,
    0.001_388_888_875_298_651_3,
    -0.000_198_448_904_618_273_38,
    2.480_520_787_066_671e-5,
];

/// Calls instructions that the processor has.
macro_rules! intrinsic {
    ($call:expr) => {
        // SAFETY: registers are made and used inside `enter` alone, whose caller has asked the processor.
        unsafe { $call }
    };
}

macro_rules! implement_vector {
    (
        $name:ident, $element:ident, $lanes:literal, $register:ident, $constants:expr;
        fraction $fraction:literal, shift $places:literal, exponent $exponent:literal least $least:literal;
        $set:ident $load:ident $store:ident $stream:ident
        $add:ident $sub:ident $mul:ident $fma:ident $fnma:ident $max:ident $min:ident $or:ident $and:ident
        $andnot:ident $blend:ident $compare:ident $sign:ident $floor:ident;
        $to_bits:ident $from_bits:ident $set_bits:ident $add_bits:ident $shift_bits:ident
    ) => {
        /// A register full of numbers.
        #[derive(Clone, Copy)]
        pub struct $name($register);

        impl $name {
            #[inline(always)]
            fn shifted_to_the_exponent(self) -> __m256i {
                intrinsic!($shift_bits::<$places>($to_bits(self.0)))
            }

            /// 2^n for a whole number n, a normal exponent.
            #[inline(always)]
            fn power_of_two(self) -> Self {
                // Adding 1.5 * 2^significand_bits leaves n, plus the bias, in the low bits.
                let bias = 1.5 / $element::EPSILON + f64::from($element::MAX_EXP) as $element - 1.0;
                let biased = self.add(Self::broadcast(bias));
                Self(intrinsic!($from_bits($shift_bits::<$exponent>($to_bits(biased.0)))))
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
                let mut lanes = [0.0; $lanes];
                let count = source.len().min($lanes);
                lanes[..count].copy_from_slice(&source[..count]);
                Self::load(&lanes)
            }

            #[inline(always)]
            fn store(self, target: &mut [$element]) {
                assert!(target.len() >= Self::LANES);
                // SAFETY: the slice holds as many numbers as the register; `enter` has run.
                unsafe { $store(target.as_mut_ptr(), self.0) }
            }

            #[inline(always)]
            fn store_partial(self, target: &mut [$element]) {
                let mut lanes = [0.0; $lanes];
                self.store(&mut lanes);
                let count = target.len().min($lanes);
                target[..count].copy_from_slice(&lanes[..count]);
            }

            #[inline(always)]
            fn stream(self, target: &mut [$element]) {
                assert!(target.len() >= Self::LANES && target.as_ptr().addr().is_multiple_of(32));
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
                Self(intrinsic!($blend(positive.0, negative.0, self.0)))
            }

            #[inline(always)]
            fn all_within(registers: &[Self], bound: f64) -> bool {
                let bound = Self::splat(bound);
                let mut within = intrinsic!($compare::<_CMP_EQ_OQ>(bound.0, bound.0));
                for register in registers {
                    let size = intrinsic!($andnot($set(-0.0), register.0));
                    within = intrinsic!($and(within, $compare::<_CMP_LE_OQ>(size, bound.0)));
                }
                intrinsic!($sign(within)) == (1 << $lanes) - 1
            }

            #[inline(always)]
            fn excess(shifted: Self) -> Self {
                shifted.look_up()
            }

            #[inline(always)]
            fn significand(shifted: Self) -> Self {
                let bits = shifted.shifted_to_the_exponent();
                let fraction = intrinsic!(_mm256_and_si256(bits, $set_bits($fraction)));
                Self(intrinsic!($from_bits(_mm256_or_si256(fraction, $to_bits($set(1.0))))))
            }

            #[inline(always)]
            fn power(shifted: Self) -> Self {
                let bits = shifted.shifted_to_the_exponent();
                Self(intrinsic!($from_bits($add_bits(bits, $to_bits($set(1.0))))))
            }

            #[inline(always)]
            fn scale(self, k: Self) -> Self {
                // Two steps reach the subnormal results; the first product is exact, so one rounding is left.
                let exponent = Self(intrinsic!($floor(k.0)));
                let first = exponent.at_least(Self::splat($least));
                self.mul(first.power_of_two()).mul(exponent.sub(first).power_of_two())
            }

            #[inline(always)]
            fn reciprocal(self) -> Self {
                self.leading_bits_of_reciprocal()
            }

            #[inline(always)]
            fn sum(self) -> $element {
                let mut lanes = [0.0; $lanes];
                self.store(&mut lanes);
                let mut half = $lanes / 2;
                while half > 0 {
                    for i in 0..half {
                        lanes[i] += lanes[i + half];
                    }
                    half /= 2;
                }
                lanes[0]
            }
        }
    };
}

implement_vector! {
    Single, f32, 8, __m256, single(3, &SINGLE_POLYNOMIAL, 2);
    fraction 0x0070_0000, shift 20, exponent 23 least -125.0;
    _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_stream_ps
    _mm256_add_ps _mm256_sub_ps _mm256_mul_ps _mm256_fmadd_ps _mm256_fnmadd_ps _mm256_max_ps _mm256_min_ps
    _mm256_or_ps _mm256_and_ps _mm256_andnot_ps _mm256_blendv_ps _mm256_cmp_ps _mm256_movemask_ps _mm256_floor_ps;
    _mm256_castps_si256 _mm256_castsi256_ps _mm256_set1_epi32 _mm256_add_epi32 _mm256_slli_epi32
}

implement_vector! {
    Double, f64, 4, __m256d, double(2, &DOUBLE_POLYNOMIAL, 2);
    fraction 0x000C_0000_0000_0000, shift 50, exponent 52 least -1021.0;
    _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_stream_pd
    _mm256_add_pd _mm256_sub_pd _mm256_mul_pd _mm256_fmadd_pd _mm256_fnmadd_pd _mm256_max_pd _mm256_min_pd
    _mm256_or_pd _mm256_and_pd _mm256_andnot_pd _mm256_blendv_pd _mm256_cmp_pd _mm256_movemask_pd _mm256_floor_pd;
    _mm256_castpd_si256 _mm256_castsi256_pd _mm256_set1_epi64x _mm256_add_epi64 _mm256_slli_epi64
}

impl Single {
    #[inline(always)]
    fn look_up(self) -> Self {
        let places = intrinsic!(_mm256_castps_si256(self.0));
        Self(intrinsic!(_mm256_permutevar8x32_ps(Self::load(&SINGLE_EXCESS).0, places)))
    }

    #[inline(always)]
    fn leading_bits_of_reciprocal(self) -> Self {
        let keep = intrinsic!(_mm256_castsi256_ps(_mm256_set1_epi32(-0x100)));
        Self(intrinsic!(_mm256_and_ps(_mm256_rcp_ps(self.0), keep)))
    }
}

impl Double {
    /// Looks up both halves of each entry, as there is no instruction for whole ones.
    #[inline(always)]
    fn look_up(self) -> Self {
        let doubled = intrinsic!(_mm256_slli_epi64::<1>(_mm256_castpd_si256(self.0)));
        let low_in_both = intrinsic!(_mm256_shuffle_epi32::<0b1010_0000>(doubled));
        let places = intrinsic!(_mm256_or_si256(low_in_both, _mm256_set1_epi64x(1 << 32)));
        let table = intrinsic!(_mm256_castpd_ps(Self::load(&DOUBLE_EXCESS).0));
        Self(intrinsic!(_mm256_castps_pd(_mm256_permutevar8x32_ps(table, places))))
    }

    #[inline(always)]
    fn leading_bits_of_reciprocal(self) -> Self {
        let keep = intrinsic!(_mm256_castsi256_pd(_mm256_set1_epi64x(-0x400_0000)));
        Self(intrinsic!(_mm256_and_pd(_mm256_div_pd(_mm256_set1_pd(1.0), self.0), keep)))
    }
}
