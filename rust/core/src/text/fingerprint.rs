//! Which messages say the same: the group by which data is split for training and testing.

use super::features::Extractor;
use super::fields::{Field, Message};
use super::hash::HashKey;
use super::specification::Profile;

/// A hash of the body, lower-cased and reduced to its letters. Messages that differ in subject,
/// headers, spacing, digits and punctuation alone have the same.
#[must_use]
pub fn body_fingerprint(message: Message<'_>, extractor: &mut Extractor) -> u64 {
    let fields = extractor.fields();
    fields.read(message, Profile::Content);
    let letters: String = fields
        .iter()
        .filter(|&(field, _)| field == Field::Body)
        .flat_map(|(_, text)| text.chars())
        .filter(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .collect();
    // Groups are compared between runs, so that this key is a constant.
    HashKey::from_bytes(*b"body fingerprint").hash(0, letters.as_bytes())
}
