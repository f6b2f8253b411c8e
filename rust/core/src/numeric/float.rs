//! The two element types of the kernels: `f32` and `f64`.

use std::fmt::Debug;
use std::ops::{Add, Mul};

use super::simd::four::{Four, Plain};
use super::simd::vector::{InstructionSet, Vector};

/// `f32` or `f64`. Sealed: the kernels are written for these two.
pub trait Float:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Add<Output = Self>
    + Mul<Output = Self>
    + Send
    + Sync
    + private::Sealed
    + 'static
{
    /// The type's name in array libraries: `float32` or `float64`.
    const NAME: &'static str;

    /// The register of an instruction set that holds numbers of this type.
    type Register<I: InstructionSet>: Vector<Element = Self>;

    /// Four numbers of this type side by side.
    type Four<I: InstructionSet>: Four<Element = Self>;

    /// The value as `f64`, exactly.
    fn to_f64(self) -> f64;

    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;
}

impl Float for f32 {
    const NAME: &'static str = "float32";

    type Register<I: InstructionSet> = I::Single;
    type Four<I: InstructionSet> = I::FourSingles;

    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    fn from_f64(value: f64) -> Self {
        value as f32
    }
}

impl Float for f64 {
    const NAME: &'static str = "float64";

    type Register<I: InstructionSet> = I::Double;
    type Four<I: InstructionSet> = Plain<Self>;

    fn to_f64(self) -> f64 {
        self
    }

    fn from_f64(value: f64) -> Self {
        value
    }
}

mod private {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}
