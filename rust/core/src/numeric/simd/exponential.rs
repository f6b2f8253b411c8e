//! The exponential in the form that the sigmoid and its relatives share.

use super::vector::Vector;

/// exp(x) as `power / (1 + rest)`.
///
/// x / ln 2 is cut into a multiple k = n + j / N of 1 / N and a rest r; see Tang, "Table-driven implementation
/// of the exponential function", ACM TOMS 15 (1989). Instead of 2^(j / N), which must be rounded, the power
/// takes its chord 1 + j / N, which has few bits and stands in the low bits of the shifted sum already; a table
/// holds the quotient of the two, less 1. So `power` is exact, and so is `1 + power` unless one dwarfs the other.
pub struct Exponential<V> {
    /// k plus the shift.
    pub shifted: V,
    /// The rounded multiple of 1 / N.
    pub k: V,
    /// From -0.03 to 0.09: (1 + excess) * exp(-r) - 1.
    pub rest: V,
}

impl<V: Vector> Exponential<V> {
    /// Cuts x, which is finite and at most some 1000 in size, or NaN.
    #[inline(always)]
    pub fn of(x: V) -> Self {
        let shift = V::splat(V::CONSTANTS.shift);
        let shifted = x.mul_add(V::splat(std::f64::consts::LOG2_E), shift);
        let k = shifted.sub(shift);
        let r = k.neg_mul_add(V::splat(V::CONSTANTS.ln2_high), x);
        let r = k.neg_mul_add(V::splat(V::CONSTANTS.ln2_low), r);
        let excess = V::excess(shifted);
        let scaled = excess.mul_add(r, r);
        Self { shifted, k, rest: scaled.mul_add(slope(r), excess) }
    }

    /// 1 + j / N, the significand of the power.
    #[inline(always)]
    pub fn significand(&self) -> V {
        V::significand(self.shifted)
    }

    /// The power, where its exponent is a normal one.
    #[inline(always)]
    pub fn power(&self) -> V {
        V::power(self.shifted)
    }

    /// `value` * 2^n, whatever n is.
    #[inline(always)]
    pub fn scale(&self, value: V) -> V {
        value.scale(self.k)
    }
}

/// (exp(-r) - 1) / r for a small r: -1 + r * polynomial(r).
#[inline(always)]
fn slope<V: Vector>(r: V) -> V {
    let (last, others) = V::CONSTANTS.polynomial.split_last().expect("a polynomial has terms");
    let mut sum = V::splat(*last);
    for coefficient in others.iter().rev() {
        sum = sum.mul_add(r, V::splat(*coefficient));
    }
    sum.mul_add(r, V::splat(-1.0))
}
