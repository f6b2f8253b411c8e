//! What a few weights of a table are moved by, small enough for each of many tenants to have its own.
//!
//! A move is a whole number of steps of one unit. A bit for each slot of the table says whether it is moved, and
//! the number of bits before it says where its steps stand: a lookup costs two loads, and a table of 2^18
//! slots 48 KiB, besides two bytes for each slot that is moved.

use crate::error::{Error, Result};

const BITS: usize = u64::BITS as usize;

/// Moves of some slots of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Moves {
    table: usize,
    /// A bit a slot.
    marks: Vec<u64>,
    /// For each word of the marks, how many bits are set in the words before it.
    before: Vec<u32>,
    /// In the order of the slots.
    steps: Vec<i16>,
    unit: f32,
}

impl Moves {
    /// Moves of `slots`, which rise, each by as many steps of `unit`; no number of steps is 0.
    pub fn new(table: usize, slots: &[u32], steps: &[i16], unit: f32) -> Result<Self> {
        if slots.len() != steps.len() {
            return Err(Error::Length { what: "steps", expected: slots.len(), actual: steps.len() });
        }
        let rising = slots.windows(2).all(|pair| pair[0] < pair[1]);
        if !rising || slots.last().is_some_and(|&last| last as usize >= table) {
            return Err(Error::Value(format!("the slots must rise and stay below {table}")));
        }
        if steps.contains(&0) || !unit.is_finite() || unit <= 0.0 {
            return Err(Error::Value(format!(
                "a move is a number of steps that is not 0, of a unit above 0, got a unit of {unit}"
            )));
        }
        let mut marks = vec![0_u64; table.div_ceil(BITS)];
        for &slot in slots {
            marks[slot as usize / BITS] |= 1 << (slot as usize % BITS);
        }
        let before = marks.iter().scan(0, |sum, word| Some(std::mem::replace(sum, *sum + word.count_ones())));
        Ok(Self { table, before: before.collect(), marks, steps: steps.to_vec(), unit })
    }

    /// How many slots the table has.
    #[must_use]
    pub fn table(&self) -> usize {
        self.table
    }

    /// What one step is.
    #[must_use]
    pub fn unit(&self) -> f32 {
        self.unit
    }

    /// The slots that are moved, in order, each with its steps.
    pub fn iter(&self) -> impl Iterator<Item = (usize, i16)> + '_ {
        let slots = self.marks.iter().enumerate().flat_map(|(at, &word)| {
            (0..BITS).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * BITS + bit)
        });
        slots.zip(self.steps.iter().copied())
    }

    /// A weight moved by some steps.
    #[must_use]
    pub fn apply(&self, weight: f32, steps: i16) -> f32 {
        weight + f32::from(steps) * self.unit
    }

    /// The weight of a slot: that of the table, moved if it is to be.
    #[must_use]
    pub fn weight(&self, table: &[f32], slot: u32) -> f32 {
        let weight = table[slot as usize];
        self.steps_at(slot).map_or(weight, |steps| self.apply(weight, steps))
    }

    /// The sum of what the weights of these slots are moved by.
    #[must_use]
    pub fn sum(&self, table: &[f32], slots: &[u32]) -> f64 {
        let moved = |&slot: &u32| {
            // As much as the weight that is stored as a float changes, and not as much as it should.
            let (steps, weight) = (self.steps_at(slot)?, table[slot as usize]);
            Some(f64::from(self.apply(weight, steps)) - f64::from(weight))
        };
        slots.iter().filter_map(moved).sum()
    }

    fn steps_at(&self, slot: u32) -> Option<i16> {
        let (word, bit) = (slot as usize / BITS, slot as usize % BITS);
        let marks = self.marks[word];
        if marks >> bit & 1 == 0 {
            return None;
        }
        let within = (marks & ((1 << bit) - 1)).count_ones();
        Some(self.steps[(self.before[word] + within) as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn they_are_as_in_a_map(
            moved in prop::collection::btree_map(0_u32..500, 1_i16..=i16::MAX, 0..200),
            asked in prop::collection::vec(0_u32..500, 0..50),
        ) {
            let (slots, steps): (Vec<u32>, Vec<i16>) = moved.iter().map(|(&slot, &step)| (slot, step)).unzip();
            let moves = Moves::new(500, &slots, &steps, 0.5).unwrap();
            let again: BTreeMap<u32, i16> = moves.iter().map(|(slot, step)| (slot as u32, step)).collect();
            prop_assert_eq!(&again, &moved);
            let table: Vec<f32> = (0_u8..250).flat_map(|at| [f32::from(at) + 0.5, -f32::from(at) - 0.5]).collect();
            let expected: f64 = asked.iter().filter_map(|slot| moved.get(slot)).map(|&step| f64::from(step) / 2.0).sum();
            prop_assert!((moves.sum(&table, &asked) - expected).abs() < 1e-9);
            for slot in asked {
                let more = moved.get(&slot).map_or(0.0, |&step| f32::from(step) / 2.0);
                prop_assert_eq!(moves.weight(&table, slot).to_bits(), (table[slot as usize] + more).to_bits());
            }
        }
    }

    #[test]
    fn what_is_no_move_is_refused() {
        let bad: [(&[u32], &[i16], f32); 7] = [
            (&[1, 1], &[1, 1], 1.0),
            (&[2, 1], &[1, 1], 1.0),
            (&[8], &[1], 1.0),
            (&[1], &[0], 1.0),
            (&[1], &[1, 1], 1.0),
            (&[1], &[1], 0.0),
            (&[1], &[1], f32::NAN),
        ];
        for (slots, steps, unit) in bad {
            assert!(Moves::new(8, slots, steps, unit).is_err(), "{slots:?} {steps:?} {unit}");
        }
    }
}
