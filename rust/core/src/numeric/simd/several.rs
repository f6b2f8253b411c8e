//! Several registers in lockstep, as one register of several times the size.
//!
//! A sigmoid is one long chain of steps that each wait for the one before. The schedulers of today's processors
//! hold some hundred waiting instructions: three or four chains written one behind the other, but a dozen
//! steps ahead when the chains are interleaved, as they are here.

use super::vector::{Constants, Vector};

/// `N` registers of `V`.
#[derive(Clone, Copy)]
pub struct Several<V, const N: usize>([V; N]);

/// One expression for each register. A loop and no closure: a closure might not be inlined, and would then be
/// compiled without the instruction set.
macro_rules! each {
    ($like:expr, $i:ident => $value:expr) => {{
        let mut result = $like;
        for $i in 0..N {
            result[$i] = $value;
        }
        Self(result)
    }};
}

impl<V: Vector, const N: usize> Vector for Several<V, N> {
    type Element = V::Element;
    const LANES: usize = N * V::LANES;
    const CONSTANTS: Constants = V::CONSTANTS;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self([V::splat(value); N])
    }

    #[inline(always)]
    fn broadcast(value: Self::Element) -> Self {
        Self([V::broadcast(value); N])
    }

    #[inline(always)]
    fn load(source: &[Self::Element]) -> Self {
        let source = &source[..Self::LANES];
        each!([V::splat(0.0); N], i => V::load(&source[i * V::LANES..(i + 1) * V::LANES]))
    }

    #[inline(always)]
    fn load_partial(source: &[Self::Element]) -> Self {
        each!([V::splat(0.0); N], i => V::load_partial(source.get(i * V::LANES..).unwrap_or_default()))
    }

    #[inline(always)]
    fn store(self, target: &mut [Self::Element]) {
        let target = &mut target[..Self::LANES];
        for (i, register) in self.0.into_iter().enumerate() {
            register.store(&mut target[i * V::LANES..(i + 1) * V::LANES]);
        }
    }

    #[inline(always)]
    fn store_partial(self, target: &mut [Self::Element]) {
        for (register, lanes) in self.0.into_iter().zip(target.chunks_mut(V::LANES)) {
            register.store_partial(lanes);
        }
    }

    #[inline(always)]
    fn stream(self, target: &mut [Self::Element]) {
        let target = &mut target[..Self::LANES];
        for (i, register) in self.0.into_iter().enumerate() {
            register.stream(&mut target[i * V::LANES..(i + 1) * V::LANES]);
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        each!(self.0, i => self.0[i].add(other.0[i]))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        each!(self.0, i => self.0[i].sub(other.0[i]))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        each!(self.0, i => self.0[i].mul(other.0[i]))
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        each!(self.0, i => self.0[i].mul_add(factor.0[i], addend.0[i]))
    }

    #[inline(always)]
    fn neg_mul_add(self, factor: Self, addend: Self) -> Self {
        each!(self.0, i => self.0[i].neg_mul_add(factor.0[i], addend.0[i]))
    }

    #[inline(always)]
    fn at_least(self, bound: Self) -> Self {
        each!(self.0, i => self.0[i].at_least(bound.0[i]))
    }

    #[inline(always)]
    fn at_most(self, bound: Self) -> Self {
        each!(self.0, i => self.0[i].at_most(bound.0[i]))
    }

    #[inline(always)]
    fn negative_abs(self) -> Self {
        each!(self.0, i => self.0[i].negative_abs())
    }

    #[inline(always)]
    fn by_sign(self, negative: Self, positive: Self) -> Self {
        each!(self.0, i => self.0[i].by_sign(negative.0[i], positive.0[i]))
    }

    #[inline(always)]
    fn all_within(registers: &[Self], bound: f64) -> bool {
        let mut within = true;
        for several in registers {
            within &= V::all_within(&several.0, bound);
        }
        within
    }

    #[inline(always)]
    fn excess(shifted: Self) -> Self {
        each!(shifted.0, i => V::excess(shifted.0[i]))
    }

    #[inline(always)]
    fn significand(shifted: Self) -> Self {
        each!(shifted.0, i => V::significand(shifted.0[i]))
    }

    #[inline(always)]
    fn power(shifted: Self) -> Self {
        each!(shifted.0, i => V::power(shifted.0[i]))
    }

    #[inline(always)]
    fn scale(self, k: Self) -> Self {
        each!(self.0, i => self.0[i].scale(k.0[i]))
    }

    #[inline(always)]
    fn reciprocal(self) -> Self {
        each!(self.0, i => self.0[i].reciprocal())
    }

    #[inline(always)]
    fn sum(self) -> Self::Element {
        let mut total = self.0[0];
        for register in &self.0[1..] {
            total = total.add(*register);
        }
        total.sum()
    }
}
