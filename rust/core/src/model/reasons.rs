//! The logit written out as a sum over words.

use crate::text::{FeatureGroup, Field, Fields, Name, Place, Places};

/// What one word adds to the calibrated logit.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// A word, a pair of words, or the phrase that names a property of the message.
    pub token: String,
    /// Where it stands.
    pub field: Field,
    /// Above 0 it speaks for spam, below 0 for ham.
    pub weight: f64,
}

/// A verdict's sum: `bias` and the weights of all reasons add up to `logit`.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// What every message starts from.
    pub bias: f64,
    /// The calibrated logit; its sigmoid is the probability.
    pub logit: f64,
    /// Strongest first.
    pub reasons: Vec<Reason>,
}

/// A sum of contributions, and what names it.
#[derive(Clone, Copy)]
struct Sum {
    weight: f64,
    /// Whether a feature is counted to it.
    has_features: bool,
    of: Of,
}

#[derive(Clone, Copy)]
enum Of {
    Word(usize),
    /// The word of this number and the one behind it.
    Pair(usize),
    Label(usize),
}

/// The family whose features stand for two words.
const PAIRS: usize = crate::text::Family::Pairs as usize;

/// Names the strongest of a message's contributions, which come in the order of its features: at most
/// `most` reasons.
///
/// A slot counts where the message first leads to it. A word, its spelling and the byte runs that begin in
/// it or behind it are one reason, wherever they stand in a field, so that a reader sees words and not
/// fragments. Only the reasons that are given get their names.
#[must_use]
pub fn name_contributions(
    groups: &[FeatureGroup<'_>],
    contributions: &[f64],
    fields: &Fields,
    places: &Places,
    most: usize,
) -> Vec<Reason> {
    let mut sums = sum_by_place(groups, contributions, places);
    sums.retain(|sum| sum.has_features);
    let stronger = |a: &Sum, b: &Sum| b.weight.abs().total_cmp(&a.weight.abs());
    if (1..sums.len()).contains(&most) {
        let (_, last, _) = sums.select_nth_unstable_by(most - 1, stronger);
        // Those as strong as the last are kept too: their names decide.
        let weakest = last.weight.abs();
        sums.retain(|sum| sum.weight.abs() >= weakest);
    }
    let mut reasons: Vec<Reason> = sums.iter().map(|sum| named(sum, fields, places)).collect();
    let strength = |reason: &Reason| reason.weight.abs();
    reasons.sort_unstable_by(|a, b| {
        strength(b).total_cmp(&strength(a)).then_with(|| (&a.token, a.field).cmp(&(&b.token, b.field)))
    });
    reasons.truncate(most);
    reasons
}

fn sum_by_place(groups: &[FeatureGroup<'_>], contributions: &[f64], places: &Places) -> Vec<Sum> {
    let word_of_byte = words_of_bytes(places);
    let last = word_of_byte.len() - 1;
    let mut of_words = vec![OfWord::default(); places.words().len().max(1)];
    let mut others = Vec::new();
    let mut contributions = contributions;
    for (family, group) in groups.iter().enumerate() {
        let (shares, rest) = contributions.split_at(group.slots.len());
        contributions = rest;
        for (at, (place, &weight)) in places.of(family, shares.len()).zip(shares).enumerate() {
            match place {
                Place::Label(label) => others.push(Sum { weight, has_features: true, of: Of::Label(label) }),
                Place::Text(byte) => {
                    let word = word_of_byte[(byte as usize).min(last)] as usize;
                    if family == PAIRS {
                        others.push(Sum { weight, has_features: true, of: Of::Pair(word) });
                    } else {
                        let sum = &mut of_words[word];
                        sum.chains[at % CHAINS] += weight;
                        sum.has_features = true;
                    }
                }
            }
        }
    }
    let (sum_of_word, mut sums) = sums_of_words(places);
    for (number, word) in sum_of_word.iter().zip(&of_words) {
        let sum = &mut sums[*number as usize];
        sum.weight += word.chains.iter().sum::<f64>();
        sum.has_features |= word.has_features;
    }
    sums.append(&mut others);
    sums
}

/// Sums that grow side by side, since neighbouring features are mostly of one word, and each would wait for
/// the one before it.
const CHAINS: usize = 4;

/// What the features of one word add.
#[derive(Clone, Copy, Default)]
struct OfWord {
    chains: [f64; CHAINS],
    has_features: bool,
}

/// For each byte of the text up to the last word's first the number of the last word that begins at or
/// before it. A table, since where a slot stands can't be foreseen, and a search would be wrong half the time.
fn words_of_bytes(places: &Places) -> Vec<u32> {
    let words = places.words();
    let mut numbers = vec![0_u32; words.iter().map(|word| word.from as usize + 1).max().unwrap_or(1)];
    for word in words {
        numbers[word.from as usize] += 1;
    }
    let mut begun = 0;
    for number in &mut numbers {
        begun += *number;
        *number = begun.saturating_sub(1);
    }
    numbers
}

/// For each word the number of its sum, and the sums: words that are the same have one.
fn sums_of_words(places: &Places) -> (Vec<u32>, Vec<Sum>) {
    let words = places.words();
    let slots = (2 * words.len()).next_power_of_two();
    // Numbers of sums from 1 on, found by the top bits of what words are summed by; 0 is free.
    let mut table = vec![0_u32; slots];
    let mut sums: Vec<Sum> = Vec::with_capacity(2 * words.len());
    let mut numbers = Vec::with_capacity(words.len());
    for (index, word) in words.iter().enumerate() {
        let mut at = (word.sum_by >> 20) as usize & (slots - 1);
        let number = loop {
            match table[at] {
                0 => {
                    sums.push(Sum { weight: 0.0, has_features: false, of: Of::Word(index) });
                    table[at] = sums.len() as u32;
                    break sums.len() - 1;
                }
                number => {
                    let number = number as usize - 1;
                    if let Of::Word(first) = sums[number].of
                        && words[first].sum_by == word.sum_by
                    {
                        break number;
                    }
                    at = (at + 1) & (slots - 1);
                }
            }
        };
        numbers.push(number as u32);
    }
    (numbers, sums)
}

fn named(sum: &Sum, fields: &Fields, places: &Places) -> Reason {
    let text = |from: u32, to: u32| &fields.text()[from as usize..to as usize];
    let word = |index: usize| &places.words()[index];
    let shown = |index: usize| text(word(index).from, word(index).to).to_lowercase();
    let (field, token) = match sum.of {
        Of::Word(index) => (word(index).field, shown(index)),
        Of::Pair(index) => (word(index).field, format!("{} {}", shown(index), shown(index + 1))),
        Of::Label(label) => match places.labels()[label] {
            (field, Name::Phrase(phrase)) => (field, phrase.to_owned()),
            (field, Name::Text(from, to)) => (field, text(from, to).to_owned()),
        },
    };
    Reason { token, field, weight: sum.weight }
}
