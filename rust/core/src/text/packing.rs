//! The features of a message as bytes, to be kept beside its verdict: 18 bits a feature for a table of 2^18.
//!
//! | bytes | meaning (little end first) |
//! | --- | --- |
//! | 1 | the version of this form, 2 |
//! | 1 | the bits of a slot, 1 to 32: as many as the largest needs |
//! | 4 | the number of runs of features that have one value |
//! | 4 + 4 for each run | how many features, and their value as a float32 |
//! | the rest | the slots, one behind the other from the lowest bit on; zeros fill the last byte |
//!
//! Sorted slots would take half the room, but sorting costs more than writing what it saves, and the order in
//! which the features are summed would be lost.

use super::features::FeatureGroup;
use crate::error::Error;

const VERSION: u8 = 2;
const HEAD_BYTES: usize = 6;
const RUN_BYTES: usize = 8;

/// Features as bytes; the same features give the same bytes, however they are grouped.
#[must_use]
pub fn pack(groups: &[FeatureGroup<'_>]) -> Vec<u8> {
    let mut data = Vec::new();
    pack_into(&mut data, groups);
    data
}

/// Puts the bytes of features at the end of others.
pub fn pack_into(data: &mut Vec<u8>, groups: &[FeatureGroup<'_>]) {
    let mut runs: Vec<(usize, f32)> = Vec::with_capacity(groups.len());
    let mut all_bits = 1;
    for group in groups.iter().filter(|group| !group.slots.is_empty()) {
        all_bits = group.slots.iter().fold(all_bits, |bits, slot| bits | slot);
        match runs.last_mut() {
            Some((count, value)) if value.to_bits() == group.value.to_bits() => *count += group.slots.len(),
            _ => runs.push((group.slots.len(), group.value)),
        }
    }
    let width = u32::BITS - all_bits.leading_zeros();
    let count: usize = runs.iter().map(|(count, _)| count).sum();
    let end = data.len() + HEAD_BYTES + runs.len() * RUN_BYTES + slot_bytes(count, width);
    data.reserve(end + 8 - data.len());
    data.extend([VERSION, width as u8]);
    data.extend((runs.len() as u32).to_le_bytes());
    for (count, value) in runs {
        data.extend((count as u32).to_le_bytes());
        data.extend(value.to_le_bytes());
    }
    let start = data.len();
    data.resize(end + 8, 0);
    let mut writer = BitWriter { out: &mut data[start..], place: 0, waiting: 0, bits: 0 };
    for group in groups {
        writer.put_slots(group.slots, width);
    }
    data.truncate(end);
}

/// The slots and values that bytes hold, in the order in which they were packed.
///
/// # Errors
///
/// [`Error::Value`] if the bytes are not of this form.
pub fn unpack(data: &[u8]) -> Result<(Vec<u32>, Vec<f32>), Error> {
    let damaged = || Error::Value("the features are damaged, or of another version".to_owned());
    let (head, rest) = data.split_first_chunk::<HEAD_BYTES>().ok_or_else(damaged)?;
    let [version, width, runs @ ..] = *head;
    let width = u32::from(width);
    if version != VERSION || !(1..=u32::BITS).contains(&width) {
        return Err(damaged());
    }
    let run_bytes = (u32::from_le_bytes(runs) as usize).checked_mul(RUN_BYTES).ok_or_else(damaged)?;
    let (runs, packed) = rest.split_at_checked(run_bytes).ok_or_else(damaged)?;
    let runs: Vec<(usize, f32)> = runs.chunks_exact(RUN_BYTES).map(run_of).collect();
    let count = runs.iter().try_fold(0_usize, |sum, (count, _)| sum.checked_add(*count));
    // The length is checked before anything is allocated for what a wrong count claims.
    let count = count.filter(|&count| count <= packed.len() * 8 && slot_bytes(count, width) == packed.len());
    let count = count.ok_or_else(damaged)?;
    let mut values = Vec::with_capacity(count);
    for (count, value) in runs {
        values.resize(values.len() + count, value);
    }
    Ok((read_bits(packed, width, count), values))
}

fn slot_bytes(count: usize, width: u32) -> usize {
    (count * width as usize).div_ceil(8)
}

fn run_of(bytes: &[u8]) -> (usize, f32) {
    let word = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
    (u32::from_le_bytes(word(0)) as usize, f32::from_le_bytes(word(4)))
}

/// Puts numbers of some bits one behind the other, from the lowest bit on.
struct BitWriter<'a> {
    /// Zeros at first, with room for eight bytes behind the last that is needed.
    out: &'a mut [u8],
    place: usize,
    waiting: u64,
    bits: u32,
}

impl BitWriter<'_> {
    /// Of the bits of a word less than a byte may be taken already.
    const MOST_BITS: u32 = u64::BITS - 8;

    #[inline]
    fn put(&mut self, value: u64, width: u32) {
        debug_assert!(width <= Self::MOST_BITS);
        self.waiting |= value << self.bits;
        self.bits += width;
        // More than the whole bytes are written, which is quicker than to ask; the next number mends the rest.
        self.out[self.place..self.place + 8].copy_from_slice(&self.waiting.to_le_bytes());
        self.place += (self.bits / 8) as usize;
        self.waiting >>= self.bits / 8 * 8;
        self.bits %= 8;
    }

    fn put_slots(&mut self, slots: &[u32], width: u32) {
        // Two at once: each step waits for the one before it.
        let pairs = if 2 * width <= Self::MOST_BITS { slots.len() / 2 * 2 } else { 0 };
        let (pairs, singles) = slots.split_at(pairs);
        for pair in pairs.chunks_exact(2) {
            self.put(u64::from(pair[0]) | u64::from(pair[1]) << width, 2 * width);
        }
        for &slot in singles {
            self.put(u64::from(slot), width);
        }
    }
}

fn read_bits(packed: &[u8], width: u32, count: usize) -> Vec<u32> {
    let mask = (1_u64 << width) - 1;
    let mut bytes = packed.iter();
    let (mut waiting, mut bits) = (0_u64, 0);
    let next = |_| {
        while bits < width {
            waiting |= u64::from(bytes.next().copied().unwrap_or(0)) << bits;
            bits += 8;
        }
        let slot = (waiting & mask) as u32;
        waiting >>= width;
        bits -= width;
        slot
    };
    (0..count).map(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Slots and values one by one, as [`unpack`] gives them.
    fn flat(groups: &[FeatureGroup<'_>]) -> (Vec<u32>, Vec<f32>) {
        let each = groups.iter().flat_map(|group| group.slots.iter().map(|&slot| (slot, group.value)));
        each.unzip()
    }

    /// The slots bit by bit: a slow, obvious twin of `BitWriter`.
    fn bit_by_bit(slots: &[u32], width: u32) -> Vec<u8> {
        let bits: Vec<bool> =
            slots.iter().flat_map(|slot| (0..width).map(move |bit| slot >> bit & 1 == 1)).collect();
        let byte = |eight: &[bool]| eight.iter().rev().fold(0, |byte, &bit| byte << 1 | u8::from(bit));
        bits.chunks(8).map(byte).collect()
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            runs in prop::collection::vec((prop::collection::vec(0_u32.., 0..40), -9_f32..9.0), 0..9),
            bits in 0_u32..32,
        ) {
            let runs: Vec<(Vec<u32>, f32)> =
                runs.into_iter().map(|(slots, v)| (slots.iter().map(|s| s >> bits).collect(), v)).collect();
            let groups: Vec<_> =
                runs.iter().map(|(slots, value)| FeatureGroup { slots, value: *value }).collect();
            let data = pack(&groups);
            let (slots, values) = flat(&groups);
            prop_assert!(data.ends_with(&bit_by_bit(&slots, u32::from(data[1]))));
            prop_assert_eq!(unpack(&data).unwrap(), (slots, values));
            for end in 0..data.len() {
                prop_assert!(unpack(&data[..end]).is_err());
            }
            let mut behind = b"others".to_vec();
            pack_into(&mut behind, &groups);
            prop_assert_eq!(behind, [&b"others"[..], &data].concat());
        }

        #[test]
        fn other_bytes_are_refused_or_are_whole(data in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok((slots, values)) = unpack(&data) {
                prop_assert_eq!(slots.len(), values.len());
                prop_assert!(slots.len() <= data.len() * 8);
            }
        }
    }

    #[test]
    fn how_features_are_grouped_leaves_no_trace() {
        let (all, none) = ([1, 2, 3], []);
        let whole = [FeatureGroup { slots: &all, value: 0.5 }];
        let parts = [
            FeatureGroup { slots: &all[..1], value: 0.5 },
            FeatureGroup { slots: &none, value: 0.25 },
            FeatureGroup { slots: &all[1..], value: 0.5 },
        ];
        assert_eq!(pack(&whole), pack(&parts));
        assert_eq!(pack(&parts[1..2]), [VERSION, 1, 0, 0, 0, 0]);
    }
}
