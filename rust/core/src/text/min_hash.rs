//! Messages that are nearly alike, found without comparing each with each.
//!
//! `MinHash` (Broder, "On the resemblance and containment of documents", 1997): of two messages whose features
//! overlap by a share J (Jaccard), the least of a random permutation of the slots is the same with a
//! probability of J.

/// How many permutations: all of them agree with a probability of J to this power.
pub const PERMUTATIONS: usize = 3;

// Odd numbers with well-mixed bits, from the digits of the golden ratio, of pi and of e.
const MULTIPLIERS: [u32; PERMUTATIONS] = [0x9E37_79B1, 0x243F_6A89, 0xB7E1_5163];
const LAST_MULTIPLIER: u32 = 0x2C1B_3C6D;

/// The least number that each permutation gives one of the slots; None if there are none.
#[must_use]
pub fn least_of_permutations(slots: &[u32]) -> Option<[u32; PERMUTATIONS]> {
    let permuted = |slot: u32| {
        MULTIPLIERS.map(|multiplier| {
            let mixed = slot.wrapping_mul(multiplier);
            (mixed ^ mixed >> 15).wrapping_mul(LAST_MULTIPLIER)
        })
    };
    let lesser = |one: [u32; PERMUTATIONS], other: [u32; PERMUTATIONS]| {
        std::array::from_fn(|place| one[place].min(other[place]))
    };
    slots.iter().map(|&slot| permuted(slot)).reduce(lesser)
}
