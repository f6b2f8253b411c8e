//! What of a message becomes a feature. Together with the hash key it is a file format: it is stored
//! in the model, refused on a mismatch, and never changed in place.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Which parts of a message are read; each profile reads what the one before it reads, and more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// The decoded subject and the text of the body with its links; no other header.
    Content,
    /// Also what the sender writes into headers, and any site that receives the mail would see alike.
    Portable,
    /// Also what the receiving site writes above the mail: for those who train on their own.
    Site,
}

/// The choices that turn text into features.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSpecification {
    /// The version of tokenising and hashing; only [`FeatureSpecification::VERSION`] is known.
    pub version: u32,
    /// Which parts of a message are read.
    pub profile: Profile,
    /// The table has 2^`table_bits` slots.
    pub table_bits: u32,
    /// Single words, lower-cased, and as written where they hold capitals.
    pub words: bool,
    /// A word with letters that only look like its own, or with invisible ones among them, also as what it
    /// passes for.
    pub folded_words: bool,
    /// Pairs of neighbouring words.
    pub word_pairs: bool,
    /// Lengths in bytes of the overlapping runs of the lower-cased text; none, one or two.
    pub gram_lengths: Vec<u32>,
    /// How many bytes of the message the runs are taken from, over all its fields.
    pub gram_prefix: u32,
}

impl FeatureSpecification {
    /// The version that this code writes and reads.
    pub const VERSION: u32 = 2;
    /// Allowed sizes of the table, as powers of two.
    pub const TABLE_BITS: std::ops::RangeInclusive<u32> = 8..=24;
    /// Allowed lengths of a byte run: a window is held in one 64-bit word.
    pub const GRAM_LENGTHS: std::ops::RangeInclusive<u32> = 2..=8;
    /// How many lengths of byte runs there may be: each is a family of features.
    pub const MAX_GRAM_LENGTHS: usize = 2;

    /// Slots of the table.
    #[must_use]
    pub fn slots(&self) -> usize {
        1 << self.table_bits
    }

    /// Returns the specification if every value is allowed.
    pub fn validated(self) -> Result<Self> {
        if self.version != Self::VERSION {
            return Err(Error::Value(format!(
                "feature specification version {}, but this build reads version {}: \
                 use the release that wrote it, or train the model again",
                self.version,
                Self::VERSION
            )));
        }
        if !Self::TABLE_BITS.contains(&self.table_bits) {
            return Err(Error::Value(format!(
                "table_bits is {}, but must be from {} to {}",
                self.table_bits,
                Self::TABLE_BITS.start(),
                Self::TABLE_BITS.end()
            )));
        }
        let lengths = &self.gram_lengths;
        let allowed = lengths.iter().all(|length| Self::GRAM_LENGTHS.contains(length));
        if !allowed || lengths.len() > Self::MAX_GRAM_LENGTHS || !lengths.is_sorted_by(|a, b| a < b) {
            return Err(Error::Value(format!(
                "gram_lengths is {lengths:?}, but must be at most {} rising lengths from {} to {}",
                Self::MAX_GRAM_LENGTHS,
                Self::GRAM_LENGTHS.start(),
                Self::GRAM_LENGTHS.end()
            )));
        }
        Ok(self)
    }

    /// Reads a specification from its JSON form and validates it.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str::<Self>(text)
            .map_err(|error| Error::Value(format!("the feature specification is not valid: {error}")))?
            .validated()
    }
}
