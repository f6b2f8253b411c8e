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
    if (1..sums.len()).contains(&most) {
        // Those as strong as the last are kept too: their names decide.
        let weakest = strength_of(&sums, most);
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

/// The strength of that one of the sums, counted from the strongest on, which is number 1; there are more of them.
fn strength_of(sums: &[Sum], number: usize) -> f64 {
    /// Up to so many are kept in order while the others pass by: few come late enough to be moved in.
    const FEW: usize = 32;
    let strengths = sums.iter().map(|sum| sum.weight.abs());
    if number > FEW {
        let mut all: Vec<f64> = strengths.collect();
        let (_, found, _) = all.select_nth_unstable_by(number - 1, |a, b| b.total_cmp(a));
        return *found;
    }
    let mut strongest = [0.0; FEW];
    let strongest = &mut strongest[..number];
    let last = number - 1;
    for strength in strengths {
        if strength > strongest[last] {
            let place = strongest.partition_point(|&other| other >= strength);
            strongest.copy_within(place..last, place + 1);
            strongest[place] = strength;
        }
    }
    strongest[last]
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
    let mut sums = sums_of_words(places, &of_words);
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
    /// Numbers that are written together, most of them over the next word's, which comes later.
    const WIDE: usize = 16;
    let words = places.words();
    let length = words.iter().map(|word| word.from as usize + 1).max().unwrap_or(1);
    let mut numbers = vec![0_u32; length + WIDE];
    let ends = words.iter().skip(1).map(|next| next.from as usize).chain([length]);
    for ((number, word), end) in words.iter().enumerate().zip(ends) {
        let mut at = word.from as usize;
        while at < length {
            numbers[at..at + WIDE].fill(number as u32);
            at += WIDE;
            if at >= end {
                break;
            }
        }
    }
    numbers.truncate(length);
    numbers
}

/// The sums of the words; words that are the same have one.
fn sums_of_words(places: &Places, of_words: &[OfWord]) -> Vec<Sum> {
    let words = places.words();
    let slots = (4 * words.len()).next_power_of_two();
    // Numbers of sums, found by the top bits of what words are summed by. 0 is free, and stands for no sum.
    let mut table = vec![0_u32; slots];
    let none = Sum { weight: 0.0, has_features: false, of: Of::Word(0) };
    let mut sums = vec![none; words.len() + 1];
    let mut summed_by = vec![0; words.len() + 1];
    let mut count = 0;
    for (index, (word, of_word)) in words.iter().zip(of_words).enumerate() {
        let mut at = (word.sum_by >> 20) as usize & (slots - 1);
        while table[at] != 0 && summed_by[table[at] as usize] != word.sum_by {
            at = (at + 1) & (slots - 1);
        }
        // Whether a word is new can't be foreseen, so that nothing hangs on it but what is written.
        let is_new = table[at] == 0;
        count += u32::from(is_new);
        let number = if is_new { count } else { table[at] };
        table[at] = number;
        summed_by[number as usize] = word.sum_by;
        let sum = &mut sums[number as usize];
        let first = if let Of::Word(first) = sum.of { first } else { 0 };
        sum.of = Of::Word(if is_new { index } else { first });
        sum.weight += of_word.chains.iter().sum::<f64>();
        sum.has_features |= of_word.has_features;
    }
    sums.truncate(count as usize + 1);
    sums
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
