//! Sums of table entries at given slots: what a scorer of hashed binary features does all day.
//!
//! A slot past the end of the table adds nothing, so no input can make these functions fail.

/// Sums that grow side by side, so that none waits for the other.
const CHAINS: usize = 8;

/// The sum of the weights at the slots, added up in `f64`. A slot that is given twice counts twice.
#[must_use]
pub fn gather_sum(weights: &[f32], slots: &[u32]) -> f64 {
    let weight = |slot: u32| weights.get(slot as usize).map_or(0.0, |weight| f64::from(*weight));
    let mut sums = [0.0; CHAINS];
    let (blocks, rest) = slots.as_chunks::<CHAINS>();
    for block in blocks {
        for (sum, slot) in sums.iter_mut().zip(block) {
            *sum += weight(*slot);
        }
    }
    for (sum, slot) in sums.iter_mut().zip(rest) {
        *sum += weight(*slot);
    }
    sums.iter().sum()
}

/// The same sum to the last bit; each weight is added to the end of `found`.
#[must_use]
pub fn gather_sum_into(weights: &[f32], slots: &[u32], found: &mut Vec<f64>) -> f64 {
    let start = found.len();
    let weight = |slot: &u32| weights.get(*slot as usize).map_or(0.0, |weight| f64::from(*weight));
    found.extend(slots.iter().map(weight));
    sum(&found[start..])
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
