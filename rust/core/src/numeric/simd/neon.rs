//! Registers of 128 bits on 64-bit ARM: 4 `f32` or 2 `f64`. Compiled for that target, not yet run on one.

#![allow(clippy::wildcard_imports, reason = "the names of instructions start with `v` and end with `q_f32`")]

use std::arch::aarch64::*;

use super::eight::PlainWords;
use super::four::Plain;
use super::table;
use super::vector::{Constants, InstructionSet, Vector, double, single};

/// NEON, which each processor of this target has.
pub struct Neon;

impl InstructionSet for Neon {
    type Single = Single;
    type Double = Double;
    type FourSingles = Plain<f32>;
    type EightWords = PlainWords;
    const PANEL_REGISTERS: usize = 4;
    const NAME: &'static str = "neon";
}

static SINGLE_EXCESS: [f32; 16] = table::single();
static DOUBLE_EXCESS: [f64; 32] = table::double();

/// Off by 2^-27.7 of the exponential, and by the same at both ends, so that no step lies between two entries.
const SINGLE_POLYNOMIAL: [f64; 2] = [0.500_009_774_918_030_1, -0.166_670_577];

/// Off by 2^-62 of the exponential.
const DOUBLE_POLYNOMIAL: [f64; 5] = [
    0.5,
    -0.166_666_666_665_813_56,
    0.041_666_666_666_560_03,
    -0.008_333_362_425_171_18,
    0.001_388_892_525_367_434_7,
];

/// Calls instructions that the processor has.
macro_rules! intrinsic {
    ($call:expr) => {
        // SAFETY: NEON is part of the target.
        unsafe { $call }
    };
}

macro_rules! implement_vector {
    (
        $name:ident, $element:ident, $bits:ident, $lanes:literal, $register:ident, $constants:expr;
        excess $excess:ident, fraction $fraction:literal, shift $places:literal, exponent $exponent:literal least $least:literal,
        keep $keep:literal;
        $set:ident $load:ident $store:ident $add:ident $sub:ident $mul:ident $fma:ident $fms:ident
        $max:ident $min:ident $negate:ident $abs:ident $floor:ident $divide:ident $select:ident $within:ident
        $sum:ident;
        $to_bits:ident $from_bits:ident $set_bits:ident $add_bits:ident $and_bits:ident $shift_bits:ident
        $greater_bits:ident $store_bits:ident
    ) => {
        /// A register full of numbers.
        #[derive(Clone, Copy)]
        pub struct $name($register);

        impl $name {
            /// 2^n for a whole number n, a normal exponent.
            #[inline(always)]
            fn power_of_two(self) -> Self {
                // Adding 1.5 * 2^significand_bits leaves n, plus the bias, in the low bits.
                let bias = 1.5 / $element::EPSILON + f64::from($element::MAX_EXP) as $element - 1.0;
                let biased = self.add(Self::broadcast(bias));
                Self(intrinsic!($from_bits($shift_bits::<$exponent>($to_bits(biased.0)))))
            }

            #[inline(always)]
            fn lanes(self) -> [$element; $lanes] {
                let mut lanes = [0.0; $lanes];
                self.store(&mut lanes);
                lanes
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
                // SAFETY: the slice holds as many numbers as the register.
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
                // SAFETY: the slice holds as many numbers as the register.
                unsafe { $store(target.as_mut_ptr(), self.0) }
            }

            #[inline(always)]
            fn store_partial(self, target: &mut [$element]) {
                let count = target.len().min($lanes);
                target[..count].copy_from_slice(&self.lanes()[..count]);
            }

            #[inline(always)]
            fn stream(self, target: &mut [$element]) {
                self.store(target);
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
                Self(intrinsic!($fma(addend.0, self.0, factor.0)))
            }

            #[inline(always)]
            fn neg_mul_add(self, factor: Self, addend: Self) -> Self {
                Self(intrinsic!($fms(addend.0, self.0, factor.0)))
            }

            #[inline(always)]
            fn at_least(self, bound: Self) -> Self {
                Self(intrinsic!($max(self.0, bound.0)))
            }

            #[inline(always)]
            fn at_most(self, bound: Self) -> Self {
                Self(intrinsic!($min(self.0, bound.0)))
            }

            #[inline(always)]
            fn negative_abs(self) -> Self {
                Self(intrinsic!($negate($abs(self.0))))
            }

            #[inline(always)]
            fn by_sign(self, negative: Self, positive: Self) -> Self {
                // As whole numbers, the bits with the sign set are above those of -0.0 less one.
                let most = intrinsic!($set_bits($bits::MAX >> 1));
                Self(intrinsic!($select($greater_bits($to_bits(self.0), most), negative.0, positive.0)))
            }

            #[inline(always)]
            fn all_within(registers: &[Self], bound: f64) -> bool {
                let bound = Self::splat(bound);
                let mut within = intrinsic!($within(bound.0, bound.0));
                for register in registers {
                    within = intrinsic!($and_bits(within, $within(register.0, bound.0)));
                }
                let mut lanes = [0; $lanes];
                // SAFETY: the array holds as many numbers as the register.
                unsafe { $store_bits(lanes.as_mut_ptr(), within) };
                let mut all = $bits::MAX;
                for lane in lanes {
                    all &= lane;
                }
                all == $bits::MAX
            }

            #[inline(always)]
            fn excess(shifted: Self) -> Self {
                let mut lanes = shifted.lanes();
                for lane in &mut lanes {
                    *lane = $excess[lane.to_bits() as usize % $excess.len()];
                }
                Self::load(&lanes)
            }

            #[inline(always)]
            fn significand(shifted: Self) -> Self {
                let shifted = intrinsic!($shift_bits::<$places>($to_bits(shifted.0)));
                let fraction = intrinsic!($and_bits(shifted, $set_bits($fraction)));
                Self(intrinsic!($from_bits($add_bits(fraction, $to_bits($set(1.0))))))
            }

            #[inline(always)]
            fn power(shifted: Self) -> Self {
                let bits = intrinsic!($shift_bits::<$places>($to_bits(shifted.0)));
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
                let quotient = intrinsic!($to_bits($divide($set(1.0), self.0)));
                Self(intrinsic!($from_bits($and_bits(quotient, $set_bits($keep)))))
            }

            #[inline(always)]
            fn sum(self) -> $element {
                intrinsic!($sum(self.0))
            }
        }
    };
}

implement_vector! {
    Single, f32, u32, 4, float32x4_t, single(4, &SINGLE_POLYNOMIAL, 2);
    excess SINGLE_EXCESS, fraction 0x0078_0000, shift 19, exponent 23 least -125.0, keep 0xFFFF_F000;
    vdupq_n_f32 vld1q_f32 vst1q_f32 vaddq_f32 vsubq_f32 vmulq_f32 vfmaq_f32 vfmsq_f32
    vmaxq_f32 vminq_f32 vnegq_f32 vabsq_f32 vrndmq_f32 vdivq_f32 vbslq_f32 vcaleq_f32 vaddvq_f32;
    vreinterpretq_u32_f32 vreinterpretq_f32_u32 vdupq_n_u32 vaddq_u32 vandq_u32 vshlq_n_u32 vcgtq_u32 vst1q_u32
}

implement_vector! {
    Double, f64, u64, 2, float64x2_t, double(5, &DOUBLE_POLYNOMIAL, 2);
    excess DOUBLE_EXCESS, fraction 0x000F_8000_0000_0000, shift 47, exponent 52 least -1021.0, keep 0xFFFF_FFFF_FC00_0000;
    vdupq_n_f64 vld1q_f64 vst1q_f64 vaddq_f64 vsubq_f64 vmulq_f64 vfmaq_f64 vfmsq_f64
    vmaxq_f64 vminq_f64 vnegq_f64 vabsq_f64 vrndmq_f64 vdivq_f64 vbslq_f64 vcaleq_f64 vaddvq_f64;
    vreinterpretq_u64_f64 vreinterpretq_f64_u64 vdupq_n_u64 vaddq_u64 vandq_u64 vshlq_n_u64 vcgtq_u64 vst1q_u64
}
