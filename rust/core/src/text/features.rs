//! The features of one message: the distinct slots that its tokens hash to, in groups of one value.

use super::fields::{Fields, Message};
use super::hash::HashKey;
use super::specification::FeatureSpecification;
use super::tokens::{self, Family, Token, TokenBuffers, TokenSink};

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
    families: [Vec<u32>; Family::COUNT],
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
        let present = self.families.iter().filter(|slots| !slots.is_empty()).count();
        self.families.each_ref().map(|slots| {
            let weight = (slots.len() + FEW_FEATURES) * present.max(1);
            FeatureGroup { slots, value: 1.0 / (weight as f32).sqrt() }
        })
    }

    /// Whether a cap was hit, so that a part of the message went unread.
    #[must_use]
    pub fn truncated(&self) -> bool {
        self.truncated
    }

    fn begin(&mut self, table_bits: u32) {
        let shift = 64 - table_bits;
        if shift == self.shift {
            // Only what was set is cleared: the table is far longer than a message.
            for &slot in self.families.iter().flatten() {
                self.seen[slot as usize / 64] = 0;
            }
        } else {
            self.seen.clear();
            self.seen.resize((1 << table_bits) / 64, 0);
            self.shift = shift;
        }
        self.families.iter_mut().for_each(Vec::clear);
        self.truncated = false;
    }

    fn slot(&self, hash: u64) -> u32 {
        (hash >> self.shift) as u32
    }
}

impl TokenSink for Features {
    fn add(&mut self, hash: u64, token: Token<'_>) {
        let slot = self.slot(hash);
        let bit = 1_u64 << (slot % 64);
        let word = &mut self.seen[slot as usize / 64];
        if *word & bit == 0 {
            *word |= bit;
            self.families[token.family as usize].push(slot);
        }
    }
}

/// Turns messages into features. It holds the buffers, so that a message allocates little; use one a
/// thread.
#[derive(Debug, Default)]
pub struct Extractor {
    fields: Fields,
    buffers: TokenBuffers,
    features: Features,
}

impl Extractor {
    /// The features of `message`; they stand until the next call.
    pub fn extract(
        &mut self,
        message: Message<'_>,
        specification: &FeatureSpecification,
        key: HashKey,
    ) -> &Features {
        self.fields.read(message, specification.profile);
        self.features.begin(specification.table_bits);
        let cut = tokens::tokenize(&self.fields, specification, key, &mut self.buffers, &mut self.features);
        self.features.truncated = cut || self.fields.truncated();
        &self.features
    }

    /// Goes through the tokens of the message that [`Self::extract`] read last once more, for the
    /// reasons. `name` gets each slot and a token that led to it.
    pub fn name_slots(
        &mut self,
        specification: &FeatureSpecification,
        key: HashKey,
        name: &mut impl FnMut(u32, Token<'_>),
    ) {
        let mut names = Names { features: &self.features, name };
        tokens::tokenize(&self.fields, specification, key, &mut self.buffers, &mut names);
    }

    /// The features that [`Self::extract`] found last.
    #[must_use]
    pub fn features(&self) -> &Features {
        &self.features
    }

    pub(super) fn fields(&mut self) -> &mut Fields {
        &mut self.fields
    }
}

struct Names<'a, F> {
    features: &'a Features,
    name: &'a mut F,
}

impl<F: FnMut(u32, Token<'_>)> TokenSink for Names<'_, F> {
    fn add(&mut self, hash: u64, token: Token<'_>) {
        (self.name)(self.features.slot(hash), token);
    }
}
