//! Where in a message each feature stands, for the reasons. Scoring without reasons records nothing.

use super::fields::Field;
use super::tokens::Family;

/// Takes the places of features as they are found.
pub trait Recorder {
    /// Whether it keeps anything: what serves places alone is left out otherwise.
    const KEEPS: bool;
    /// Makes room for the places of `length` features of a family.
    fn reserve(&mut self, family: Family, length: usize);
    /// The places of the features of a family from number `from` on, to be written: as many as there is room for.
    fn places(&mut self, family: Family, from: usize) -> &mut [u32];
    /// A word, from and to in the text of the message, and what its reasons are summed by.
    fn word(&mut self, field: Field, from: usize, to: usize, sum_by: u64);
    /// The place of a token that no run of bytes is counted to.
    fn label(&mut self, field: Field, name: Name) -> u32;
}

/// How a token is shown.
#[derive(Clone, Copy, Debug)]
pub enum Name {
    /// As it stands in the text, from and to.
    Text(u32, u32),
    /// By a phrase of ours.
    Phrase(&'static str),
}

/// A word of the text: the runs of bytes from its start to the next word's are counted to it.
#[derive(Clone, Copy, Debug)]
pub struct WordPlace {
    /// Where it begins in the text of the message.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// Its field.
    pub field: Field,
    /// Words of one field that are the same but for capitals have the same number.
    pub sum_by: u64,
}

/// Keeps nothing.
pub struct Nowhere;

impl Recorder for Nowhere {
    const KEEPS: bool = false;
    #[inline]
    fn reserve(&mut self, _: Family, _: usize) {}
    #[inline]
    fn places(&mut self, _: Family, _: usize) -> &mut [u32] {
        &mut []
    }
    #[inline]
    fn word(&mut self, _: Field, _: usize, _: usize, _: u64) {}
    #[inline]
    fn label(&mut self, _: Field, _: Name) -> u32 {
        0
    }
}

/// Places from here on are labels, below it bytes of the text, of which there are far fewer.
const LABELS: u32 = 1 << 31;

/// The places of the features of one message.
#[derive(Debug, Default)]
pub struct Places {
    families: [Vec<u32>; Family::COUNT],
    /// In the order of the text.
    words: Vec<WordPlace>,
    labels: Vec<(Field, Name)>,
}

/// What a feature is counted to.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// A byte of the text.
    Text(u32),
    /// A token of its own.
    Label(usize),
}

impl Places {
    pub(super) fn clear(&mut self) {
        self.words.clear();
        self.labels.clear();
    }

    /// The words in the order of the text.
    #[must_use]
    pub fn words(&self) -> &[WordPlace] {
        &self.words
    }

    /// The tokens of their own, each with its field.
    #[must_use]
    pub fn labels(&self) -> &[(Field, Name)] {
        &self.labels
    }

    /// The places of the first `count` features of a family, in the order of its slots.
    pub fn of(&self, family: usize, count: usize) -> impl Iterator<Item = Place> {
        self.families[family].iter().take(count).map(|&place| match place.checked_sub(LABELS) {
            Some(label) => Place::Label(label as usize),
            None => Place::Text(place),
        })
    }
}

impl Recorder for Places {
    const KEEPS: bool = true;

    fn reserve(&mut self, family: Family, length: usize) {
        let places = &mut self.families[family as usize];
        if places.len() < length {
            places.resize(length, 0);
        }
    }

    fn places(&mut self, family: Family, from: usize) -> &mut [u32] {
        &mut self.families[family as usize][from..]
    }

    fn word(&mut self, field: Field, from: usize, to: usize, sum_by: u64) {
        self.words.push(WordPlace { from: from as u32, to: to as u32, field, sum_by });
    }

    fn label(&mut self, field: Field, name: Name) -> u32 {
        self.labels.push((field, name));
        LABELS + (self.labels.len() - 1) as u32
    }
}
