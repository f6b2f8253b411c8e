//! "Registers" of one number, for processors without the instructions of the other files. All safe code.

use super::eight::PlainWords;
use super::four::Plain;
use super::table;
use super::vector::{Constants, InstructionSet, Vector, double, single};

/// Plain Rust.
pub struct Portable;

impl InstructionSet for Portable {
    type Single = One<f32>;
    type Double = One<f64>;
    type FourSingles = Plain<f32>;
    type EightWords = PlainWords;
    const PANEL_REGISTERS: usize = 4;
    const NAME: &'static str = "portable";
}

/// One number.
#[derive(Clone, Copy)]
pub struct One<T>(T);

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

macro_rules! implement_vector {
    ($element:ident, $bits:ident, $excess:ident, $constants:expr, least exponent $least:literal, keep $mask:literal) => {
        impl Vector for One<$element> {
            type Element = $element;
            const LANES: usize = 1;
            const CONSTANTS: Constants = $constants;

            #[inline(always)]
            fn splat(value: f64) -> Self {
                Self(value as $element)
            }

            #[inline(always)]
            fn broadcast(value: $element) -> Self {
                Self(value)
            }

            #[inline(always)]
            fn load(source: &[$element]) -> Self {
                Self(source[0])
            }

            #[inline(always)]
            fn load_partial(source: &[$element]) -> Self {
                Self(source.first().copied().unwrap_or_default())
            }

            #[inline(always)]
            fn store(self, target: &mut [$element]) {
                target[0] = self.0;
            }

            #[inline(always)]
            fn store_partial(self, target: &mut [$element]) {
                if let Some(first) = target.first_mut() {
                    *first = self.0;
                }
            }

            #[inline(always)]
            fn stream(self, target: &mut [$element]) {
                target[0] = self.0;
            }

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }

            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                Self(self.0 * other.0)
            }

            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                Self(self.0.mul_add(factor.0, addend.0))
            }

            #[inline(always)]
            fn neg_mul_add(self, factor: Self, addend: Self) -> Self {
                Self((-self.0).mul_add(factor.0, addend.0))
            }

            #[inline(always)]
            fn at_least(self, bound: Self) -> Self {
                Self(if self.0 < bound.0 { bound.0 } else { self.0 })
            }

            #[inline(always)]
            fn at_most(self, bound: Self) -> Self {
                Self(if self.0 > bound.0 { bound.0 } else { self.0 })
            }

            #[inline(always)]
            fn negative_abs(self) -> Self {
                Self(-self.0.abs())
            }

            #[inline(always)]
            fn by_sign(self, negative: Self, positive: Self) -> Self {
                if self.0.is_sign_negative() { negative } else { positive }
            }

            #[inline(always)]
            fn all_within(registers: &[Self], bound: f64) -> bool {
                let mut within = true;
                for register in registers {
                    within &= f64::from(register.0).abs() <= bound;
                }
                within
            }

            #[inline(always)]
            fn excess(shifted: Self) -> Self {
                Self($excess[shifted.0.to_bits() as usize % $excess.len()])
            }

            #[inline(always)]
            fn significand(shifted: Self) -> Self {
                let place = shifted.0.to_bits() as usize % $excess.len();
                Self(1.0 + place as $element / $excess.len() as $element)
            }

            #[inline(always)]
            fn power(shifted: Self) -> Self {
                let places = $element::MANTISSA_DIGITS - 1 - $excess.len().ilog2();
                let bits = shifted.0.to_bits() << places;
                Self($element::from_bits(bits.wrapping_add((1.0 as $element).to_bits())))
            }

            #[inline(always)]
            fn scale(self, k: Self) -> Self {
                // Two steps reach the subnormal results; the first product is exact, so one rounding is left.
                let exponent = k.0.floor() as i32;
                let first = exponent.max($least);
                let power_of_two = |exponent: i32| {
                    $element::from_bits(
                        $bits::from((exponent + $element::MAX_EXP - 1).cast_unsigned())
                            << ($element::MANTISSA_DIGITS - 1),
                    )
                };
                Self(self.0 * power_of_two(first) * power_of_two(exponent - first))
            }

            #[inline(always)]
            fn reciprocal(self) -> Self {
                Self($element::from_bits((1.0 / self.0).to_bits() & $mask))
            }

            #[inline(always)]
            fn sum(self) -> $element {
                self.0
            }
        }
    };
}

implement_vector!(
    f32, u32, SINGLE_EXCESS, single(4, &SINGLE_POLYNOMIAL, 2), least exponent -125, keep 0xFFFF_F000
);
implement_vector!(
    f64, u64, DOUBLE_EXCESS, double(5, &DOUBLE_POLYNOMIAL, 2), least exponent -1021, keep 0xFFFF_FFFF_FC00_0000
);
