//! The features of one message: the distinct slots that its tokens hash to, in groups of one value.

use super::fields::{Fields, Message};
use super::hash::HashKey;
use super::places::{Nowhere, Places, Recorder};
use super::specification::FeatureSpecification;
use super::tokens::{self, Family, TokenBuffers};

/// A family of so many features has about 0.7 of the length that one of many features has.
pub const FEW_FEATURES: usize = 30;

/// Features that have one value: those of one family of tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeatureGroup<'a> {
    /// The slots, each once in all groups together, in the order in which the message first names them.
    pub slots: &'a [u32],
    /// The value of each of these features.
    pub value: f32,
}

/// The slots of one family: the first `count` of the buffer.
#[derive(Debug, Default)]
struct Slots {
    buffer: Vec<u32>,
    count: usize,
}

impl Slots {
    fn as_slice(&self) -> &[u32] {
        &self.buffer[..self.count]
    }
}

/// The features of the message that was read last.
#[derive(Debug, Default)]
pub struct Features {
    families: [Slots; Family::COUNT],
    /// One bit a slot; set for those in `families`, so that each is taken once.
    seen: Vec<u64>,
    shift: u32,
    truncated: bool,
}

impl Features {
    /// The features, one group a family, empty ones too.
    ///
    /// In a family of n slots each has the value 1 / sqrt((n + [`FEW_FEATURES`]) * f), with f the number
    /// of families that are not empty. Each family weighs the same and the whole vector has a length of
    /// nearly 1, so that a long message does not outweigh a short one, and padding does not drown the
    /// signal. The vector of a message of few words is shorter, so that one word alone does not decide.
    #[must_use]
    pub fn groups(&self) -> [FeatureGroup<'_>; Family::COUNT] {
        let present = self.families.iter().filter(|slots| slots.count > 0).count();
        self.families.each_ref().map(|slots| {
            let weight = (slots.count + FEW_FEATURES) * present.max(1);
            FeatureGroup { slots: slots.as_slice(), value: 1.0 / (weight as f32).sqrt() }
        })
    }

    /// Whether a cap was hit, so that a part of the message went unread.
    #[must_use]
    pub fn truncated(&self) -> bool {
        self.truncated
    }

    fn begin(&mut self, table_bits: u32) {
        let shift = 64 - table_bits;
        let taken: usize = self.families.iter().map(|slots| slots.count).sum();
        if shift != self.shift {
            self.seen.clear();
            self.seen.resize((1 << table_bits) / 64, 0);
            self.shift = shift;
        } else if taken > self.seen.len() / 4 {
            self.seen.fill(0);
        } else {
            // Few bits of a long table: only what was set is cleared.
            for &slot in self.families.iter().flat_map(Slots::as_slice) {
                self.seen[slot as usize / 64] = 0;
            }
        }
        self.families.iter_mut().for_each(|slots| slots.count = 0);
        self.truncated = false;
    }

    /// Makes room for so many more features of a family.
    pub(super) fn reserve<R: Recorder>(&mut self, family: Family, more: usize, recorder: &mut R) {
        let slots = &mut self.families[family as usize];
        // One more, since a slot that was seen before is written too, behind the last that counts.
        let needed = slots.count + more + 1;
        if slots.buffer.len() < needed {
            slots.buffer.resize(needed.next_power_of_two(), 0);
        }
        recorder.reserve(family, slots.buffer.len());
    }

    /// Takes hashes of one family, each once, for which there is room.
    ///
    /// Which of them are new can't be foreseen, so there is no branch: each slot is written behind the last
    /// one, and counts if it is new.
    pub(super) fn extend<R: Recorder>(
        &mut self,
        family: Family,
        hashes: impl Iterator<Item = (u64, u32)>,
        recorder: &mut R,
    ) {
        let slots = &mut self.families[family as usize];
        let buffer = &mut slots.buffer[slots.count..];
        let from = slots.count;
        slots.count += take_new(hashes, self.shift, &mut self.seen, buffer, |index, place| {
            recorder.place(family, from + index, place);
        });
    }
}

/// Writes the slots of the hashes that `seen` does not hold yet; returns how many there are.
// A function of its own: inlined into a large one it would find no registers for what its loop needs.
#[inline(never)]
fn take_new(
    hashes: impl Iterator<Item = (u64, u32)>,
    shift: u32,
    seen: &mut [u64],
    buffer: &mut [u32],
    mut place_of: impl FnMut(usize, u32),
) -> usize {
    let mut count = 0;
    for (hash, place) in hashes {
        let slot = (hash >> shift) as u32;
        let word = &mut seen[slot as usize / 64];
        let bit = 1 << (slot % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        buffer[count] = slot;
        place_of(count, place);
        count += usize::from(is_new);
    }
    count
}

/// Turns messages into features. It holds the buffers, so that a message allocates little; use one a
/// thread.
#[derive(Debug, Default)]
pub struct Extractor {
    fields: Fields,
    buffers: TokenBuffers,
    features: Features,
    places: Places,
}

impl Extractor {
    /// The features of `message`; they stand until the next call.
    pub fn extract(
        &mut self,
        message: Message<'_>,
        specification: &FeatureSpecification,
        key: HashKey,
    ) -> &Features {
        self.read(message, specification, key, &mut Nowhere);
        &self.features
    }

    /// The same features, the text they were read from, and where each of them stands in it.
    pub fn extract_with_places(
        &mut self,
        message: Message<'_>,
        specification: &FeatureSpecification,
        key: HashKey,
    ) -> (&Features, &Fields, &Places) {
        let mut places = std::mem::take(&mut self.places);
        places.clear();
        self.read(message, specification, key, &mut places);
        self.places = places;
        (&self.features, &self.fields, &self.places)
    }

    fn read<R: Recorder>(
        &mut self,
        message: Message<'_>,
        specification: &FeatureSpecification,
        key: HashKey,
        recorder: &mut R,
    ) {
        self.fields.read(message, specification.profile);
        self.features.begin(specification.table_bits);
        let sink = (&mut self.features, recorder);
        let cut = tokens::tokenize(&self.fields, specification, key, &mut self.buffers, sink);
        self.features.truncated = cut || self.fields.truncated();
    }

    pub(super) fn fields(&mut self) -> &mut Fields {
        &mut self.fields
    }
}
