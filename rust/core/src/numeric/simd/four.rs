//! Four numbers side by side, gathered one by one: what the sums over sparse rows are made of.
//!
//! Four loads and inserts beat the gather instructions, and wider registers would only cost more inserts.

use super::vector::InstructionSet;
use crate::numeric::Float;

/// Four numbers of one type.
///
/// Values are made and used inside the `enter` function of their instruction set only, as for
/// [`Vector`](super::Vector).
pub trait Four: Copy {
    /// `f32` or `f64`.
    type Element: Float;

    /// Those numbers.
    fn of(numbers: [Self::Element; 4]) -> Self;

    /// `self + other`.
    fn add(self, other: Self) -> Self;

    /// `self * factor + addend`, rounded once or twice.
    fn mul_add(self, factor: Self, addend: Self) -> Self;

    /// The sum of the four.
    fn sum(self) -> Self::Element;
}

/// Four `f32` that can be taken out of the upper bits of words.
pub trait FourSingles: Four<Element = f32> {
    /// The whole numbers, from -128 to 127, in the upper 8 bits of each word.
    fn of_upper_bytes(words: [u32; 4]) -> Self;

    /// The `f32` whose upper 16 bits are those of the word, and whose others are 0.
    fn of_upper_halves(words: [u32; 4]) -> Self;
}

/// Four numbers in plain Rust, which the compiler keeps in a register where there is one.
#[derive(Clone, Copy)]
pub struct Plain<T>([T; 4]);

impl<T: Float> Four for Plain<T> {
    type Element = T;

    #[inline(always)]
    fn of(numbers: [T; 4]) -> Self {
        Self(numbers)
    }

    #[inline(always)]
    fn add(mut self, other: Self) -> Self {
        for i in 0..4 {
            self.0[i] = self.0[i] + other.0[i];
        }
        self
    }

    #[inline(always)]
    fn mul_add(mut self, factor: Self, addend: Self) -> Self {
        for i in 0..4 {
            self.0[i] = self.0[i] * factor.0[i] + addend.0[i];
        }
        self
    }

    #[inline(always)]
    fn sum(self) -> T {
        let [a, b, c, d] = self.0;
        (a + c) + (b + d)
    }
}

impl FourSingles for Plain<f32> {
    #[inline(always)]
    fn of_upper_bytes(words: [u32; 4]) -> Self {
        let mut numbers = [0.0; 4];
        for i in 0..4 {
            numbers[i] = (words[i].cast_signed() >> 24) as f32;
        }
        Self(numbers)
    }

    #[inline(always)]
    fn of_upper_halves(words: [u32; 4]) -> Self {
        let mut numbers = [0.0; 4];
        for i in 0..4 {
            numbers[i] = f32::from_bits(words[i] & 0xFFFF_0000);
        }
        Self(numbers)
    }
}

/// The four numbers of an element type and an instruction set.
pub type FourOf<T, I> = <T as Float>::Four<I>;

/// The four `f32` of an instruction set.
pub type FourSinglesOf<I> = <I as InstructionSet>::FourSingles;

#[cfg(target_arch = "x86_64")]
pub use of_128_bits::Singles128;

#[cfg(target_arch = "x86_64")]
mod of_128_bits {
    use std::arch::x86_64::{
        __m128, _mm_add_ps, _mm_and_si128, _mm_castsi128_ps, _mm_cvtepi32_ps, _mm_fmadd_ps, _mm_set_epi32,
        _mm_set_ps, _mm_set1_epi32, _mm_srai_epi32, _mm_storeu_ps,
    };

    use super::{Four, FourSingles};

    /// A register of 128 bits, for processors with AVX2 and FMA.
    #[derive(Clone, Copy)]
    pub struct Singles128(__m128);

    /// Calls instructions that the processor has.
    macro_rules! intrinsic {
        ($call:expr) => {
            // SAFETY: registers are made and used inside `enter` alone, whose caller has asked the processor.
            unsafe { $call }
        };
    }

    impl Four for Singles128 {
        type Element = f32;

        #[inline(always)]
        fn of([a, b, c, d]: [f32; 4]) -> Self {
            Self(intrinsic!(_mm_set_ps(d, c, b, a)))
        }

        #[inline(always)]
        fn add(self, other: Self) -> Self {
            Self(intrinsic!(_mm_add_ps(self.0, other.0)))
        }

        #[inline(always)]
        fn mul_add(self, factor: Self, addend: Self) -> Self {
            Self(intrinsic!(_mm_fmadd_ps(self.0, factor.0, addend.0)))
        }

        #[inline(always)]
        fn sum(self) -> f32 {
            let mut numbers = [0.0; 4];
            // SAFETY: the array holds four numbers; `enter` has run.
            unsafe { _mm_storeu_ps(numbers.as_mut_ptr(), self.0) };
            let [a, b, c, d] = numbers;
            (a + c) + (b + d)
        }
    }

    impl FourSingles for Singles128 {
        #[inline(always)]
        fn of_upper_bytes(words: [u32; 4]) -> Self {
            let [a, b, c, d] = words.map(u32::cast_signed);
            Self(intrinsic!(_mm_cvtepi32_ps(_mm_srai_epi32::<24>(_mm_set_epi32(d, c, b, a)))))
        }

        #[inline(always)]
        fn of_upper_halves(words: [u32; 4]) -> Self {
            let [a, b, c, d] = words.map(u32::cast_signed);
            let upper = intrinsic!(_mm_and_si128(_mm_set_epi32(d, c, b, a), _mm_set1_epi32(-0x1_0000)));
            Self(intrinsic!(_mm_castsi128_ps(upper)))
        }
    }
}
