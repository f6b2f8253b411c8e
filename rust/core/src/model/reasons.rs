//! The logit written out as a sum over words.

use std::collections::HashMap;

use crate::text::{Extractor, FeatureSpecification, Field, HashKey, Token};

/// What one word adds to the calibrated logit.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// A word, a pair of words, or the phrase that names a property of the whole message.
    pub token: String,
    /// Where it stands.
    pub field: Field,
    /// Above 0 it speaks for spam, below 0 for ham.
    pub weight: f64,
}

/// A verdict's sum: `bias` and all weights add up to `logit`.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// What every message starts from.
    pub bias: f64,
    /// The calibrated logit; its sigmoid is the probability.
    pub logit: f64,
    /// Strongest first.
    pub reasons: Vec<Reason>,
}

/// Names the contributions of the message that `extractor` read last.
///
/// Every slot counts once, for the first token that leads to it. A word, its spelling and the byte
/// runs that begin in it are one reason, so that a reader sees words and not fragments.
pub fn name_contributions(
    extractor: &mut Extractor,
    contributions: &[f64],
    specification: &FeatureSpecification,
    key: HashKey,
) -> Vec<Reason> {
    let groups = extractor.features().groups();
    let slots = groups.iter().flat_map(|group| group.slots.iter().copied());
    let mut unnamed: HashMap<u32, f64> = slots.zip(contributions.iter().copied()).collect();
    let mut sums: HashMap<(Field, String), f64> = HashMap::new();
    extractor.name_slots(specification, key, &mut |slot, token| {
        if let Some(weight) = unnamed.remove(&slot) {
            *sums.entry((token.field, show(&token))).or_default() += weight;
        }
    });
    let reason = |((field, token), weight)| Reason { token, field, weight };
    let mut reasons: Vec<Reason> = sums.into_iter().map(reason).collect();
    let strength = |reason: &Reason| reason.weight.abs();
    reasons.sort_by(|a, b| {
        strength(b).total_cmp(&strength(a)).then_with(|| (&a.token, a.field).cmp(&(&b.token, b.field)))
    });
    reasons
}

fn show(token: &Token<'_>) -> String {
    match token.before {
        Some(before) => format!("{before} {}", token.text),
        None if token.field == Field::Shape => token.text.to_owned(),
        None => token.text.to_lowercase(),
    }
}
