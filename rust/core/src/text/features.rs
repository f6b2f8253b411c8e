//! The features of one message: the distinct slots that its tokens hash to, all with one value.

use super::fields::{Fields, Message};
use super::hash::HashKey;
use super::specification::FeatureSpecification;
use super::tokens::{self, Token, TokenBuffers, TokenSink};

/// The features of the message that was read last.
#[derive(Debug, Default)]
pub struct Features {
    slots: Vec<u32>,
    /// One bit a slot; set for those in `slots`, so that each is taken once.
    seen: Vec<u64>,
    shift: u32,
    truncated: bool,
}

impl Features {
    /// The slots, each once, in the order in which the message first names them.
    #[must_use]
    pub fn slots(&self) -> &[u32] {
        &self.slots
    }

    /// The value of every feature: 1 / sqrt(number of features). The vector has length 1, so that a
    /// long message does not outweigh a short one, and padding does not drown the signal.
    #[must_use]
    pub fn value(&self) -> f32 {
        if self.slots.is_empty() { 0.0 } else { 1.0 / (self.slots.len() as f32).sqrt() }
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
            for &slot in &self.slots {
                self.seen[slot as usize / 64] = 0;
            }
        } else {
            self.seen.clear();
            self.seen.resize((1 << table_bits) / 64, 0);
            self.shift = shift;
        }
        self.slots.clear();
        self.truncated = false;
    }

    fn slot(&self, hash: u64) -> u32 {
        (hash >> self.shift) as u32
    }
}

impl TokenSink for Features {
    fn add(&mut self, hash: u64, _: Token<'_>) {
        let slot = self.slot(hash);
        let bit = 1_u64 << (slot % 64);
        let word = &mut self.seen[slot as usize / 64];
        if *word & bit == 0 {
            *word |= bit;
            self.slots.push(slot);
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
