//! Sums of table entries at given slots: what a scorer of hashed binary features does all day.
//!
//! A slot past the end of the table adds nothing, so no input can make these functions fail.

#![allow(clippy::inline_always, reason = "a kernel must be inlined where its instruction set is switched on")]

use super::simd::{InstructionSet, Kernel, Level};

/// Sums that grow side by side, so that none waits for the other.
const CHAINS: usize = 8;

/// The sum of the weights at the slots, added up in `f64`. A slot that is given twice counts twice.
#[must_use]
pub fn gather_sum(weights: &[f32], slots: &[u32]) -> f64 {
    Level::chosen().run(GatherSum::<false> { weights, slots, found: &mut [] })
}

/// The same sum to the last bit; each weight is added to the end of `found`.
#[must_use]
pub fn gather_sum_into(weights: &[f32], slots: &[u32], found: &mut Vec<f64>) -> f64 {
    let start = found.len();
    found.resize(start + slots.len(), 0.0);
    Level::chosen().run(GatherSum::<true> { weights, slots, found: &mut found[start..] })
}

/// The sum, by the instruction set that is chosen.
struct GatherSum<'a, const KEEP: bool> {
    weights: &'a [f32],
    slots: &'a [u32],
    /// Takes each weight, if they are kept.
    found: &'a mut [f64],
}

impl<const KEEP: bool> Kernel for GatherSum<'_, KEEP> {
    type Output = f64;

    #[inline(always)]
    fn run<I: InstructionSet>(self) -> f64 {
        let Self { weights, slots, found } = self;
        let mut sums = [0.0; CHAINS];
        let (blocks, rest) = slots.as_chunks::<CHAINS>();
        for (number, block) in blocks.iter().enumerate() {
            let these = I::weights_at(weights, block);
            for (sum, weight) in sums.iter_mut().zip(&these) {
                *sum += weight;
            }
            if KEEP {
                found[number * CHAINS..][..CHAINS].copy_from_slice(&these);
            }
        }
        for (at, (sum, &slot)) in sums.iter_mut().zip(rest).enumerate() {
            let weight = weights.get(slot as usize).map_or(0.0, |&weight| f64::from(weight));
            *sum += weight;
            if KEEP {
                found[blocks.len() * CHAINS + at] = weight;
            }
        }
        sums.iter().sum()
    }
}

/// The sum of numbers, in chains that grow side by side as those of [`gather_sum`] do.
#[must_use]
pub fn sum(numbers: &[f64]) -> f64 {
    let mut sums = [0.0; CHAINS];
    let (blocks, rest) = numbers.as_chunks::<CHAINS>();
    for block in blocks.iter().map(<[f64; CHAINS]>::as_slice).chain([rest]) {
        for (sum, number) in sums.iter_mut().zip(block) {
            *sum += number;
        }
    }
    sums.iter().sum()
}

/// Adds the rows at the slots of a row-major table with that many columns to `out`.
///
/// # Panics
///
/// When `out` does not hold `columns` values.
pub fn gather_rows(weights: &[f32], columns: usize, slots: &[u32], out: &mut [f32]) {
    assert_eq!(out.len(), columns, "the output holds one value a column");
    for &slot in slots {
        let start = slot as usize * columns;
        let Some(row) = weights.get(start..start + columns) else {
            continue;
        };
        for (sum, weight) in out.iter_mut().zip(row) {
            *sum += weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive_sum(weights: &[f32], slots: &[u32]) -> f64 {
        let mut sum = 0.0;
        for &slot in slots {
            if (slot as usize) < weights.len() {
                sum += f64::from(weights[slot as usize]);
            }
        }
        sum
    }

    proptest! {
        #[test]
        fn sum_is_the_naive_sum(
            weights in prop::collection::vec(-10.0_f32..10.0, 0..50),
            slots in prop::collection::vec(0_u32..60, 0..300),
        ) {
            let sum = gather_sum(&weights, &slots);
            for level in Level::available() {
                let (weights, slots, found) = (&weights[..], &slots[..], &mut [][..]);
                prop_assert_eq!(level.run(GatherSum::<false> { weights, slots, found }).to_bits(), sum.to_bits());
            }
            prop_assert!((sum - naive_sum(&weights, &slots)).abs() < 1e-9);
            let mut found = vec![0.5];
            prop_assert_eq!(gather_sum_into(&weights, &slots, &mut found).to_bits(), sum.to_bits());
            let single: Vec<f64> = slots.iter().map(|&slot| naive_sum(&weights, &[slot])).collect();
            prop_assert_eq!(&found[1..], &single[..]);
        }

        #[test]
        fn rows_are_the_naive_sums_of_their_columns(
            table in prop::collection::vec(-10.0_f32..10.0, 0..300),
            columns in 1_usize..40,
            slots in prop::collection::vec(0_u32..20, 0..60),
        ) {
            let mut out = vec![0.5; columns];
            gather_rows(&table, columns, &slots, &mut out);
            let whole_rows = table.len() / columns;
            for (column, sum) in out.iter().enumerate() {
                let weights: Vec<f32> = (0..whole_rows).map(|row| table[row * columns + column]).collect();
                let expected = 0.5 + naive_sum(&weights, &slots);
                prop_assert!((f64::from(*sum) - expected).abs() < 1e-3, "column {column}");
            }
        }
    }
}
