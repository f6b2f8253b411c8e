//! The features of one message: the distinct slots that its tokens hash to, in groups of one value.

use super::fields::{Fields, Message};
use super::filling::Filling;
use super::hash::HashKey;
use super::places::{Nowhere, Places, Recorder};
use super::specification::FeatureSpecification;
use super::take::{Hashes, TakeNew};
use super::tokens::{self, Family, TokenBuffers};
use crate::numeric::simd::Level;

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

/// The features of the message that was read last.
#[derive(Debug, Default)]
pub struct Features {
    families: [Filling<u32>; Family::COUNT],
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
        let present = self.families.iter().filter(|slots| slots.len() > 0).count();
        self.families.each_ref().map(|slots| {
            let weight = (slots.len() + FEW_FEATURES) * present.max(1);
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
        let taken: usize = self.families.iter().map(Filling::len).sum();
        if shift != self.shift {
            self.seen.clear();
            self.seen.resize((1 << table_bits) / 64, 0);
            self.shift = shift;
        } else if taken > self.seen.len() / 16 {
            self.seen.fill(0);
        } else {
            // Few bits of a long table: only what was set is cleared.
            for family in &self.families {
                for &slot in family.as_slice() {
                    self.seen[slot as usize / 64] = 0;
                }
            }
        }
        self.families.iter_mut().for_each(Filling::clear);
        self.truncated = false;
    }

    /// Makes room for so many more features of a family.
    pub(super) fn reserve<R: Recorder>(&mut self, family: Family, more: usize, recorder: &mut R) {
        let length = self.families[family as usize].reserve(more);
        recorder.reserve(family, length);
    }

    /// Takes hashes of one family, each once, for which there is room. `place_of` tells the place of each.
    pub(super) fn extend<R: Recorder>(
        &mut self,
        family: Family,
        hashes: impl Hashes,
        recorder: &mut R,
        place_of: impl Fn(usize) -> u32,
    ) {
        let slots = &mut self.families[family as usize];
        let from = slots.len();
        let (shift, seen, buffer) = (self.shift, &mut self.seen[..], slots.room());
        let numbers = recorder.places(family, from);
        let taken = if R::KEEPS {
            let length = buffer.len().min(numbers.len());
            let (buffer, numbers) = (&mut buffer[..length], &mut numbers[..length]);
            Level::chosen().run(TakeNew::<_, true> { hashes, shift, seen, buffer, numbers })
        } else {
            Level::chosen().run(TakeNew::<_, false> { hashes, shift, seen, buffer, numbers: &mut [] })
        };
        if R::KEEPS {
            for number in &mut numbers[..taken] {
                *number = place_of(*number as usize);
            }
        }
        slots.advance(taken);
    }

    /// Takes one hash more.
    pub(super) fn add<R: Recorder>(&mut self, family: Family, hash: u64, place: u32, recorder: &mut R) {
        self.reserve(family, 1, recorder);
        self.extend(family, &[hash][..], recorder, |_| place);
    }
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
