//! Text -> tokens, each with its field, and their hashes. The order is part of the file format: a slot
//! belongs to the family that names it first.

use super::features::Features;
use super::fields::{Field, Fields};
use super::hash::HashKey;
use super::limits;
use super::links::{Links, form_of};
use super::places::{Name, Recorder};
use super::runs::RunText;
use super::scan::Scan;
use super::signs::{Sign, Signs};
use super::specification::FeatureSpecification;
use super::words::WordBuffers;

/// The first picture of the project has two inputs; they live on as features of the whole message.
pub const CAPITALS: &str = "more than one word in capitals";
/// See [`CAPITALS`].
pub const VIAGRA: &str = "contains the word viagra";
/// A cap of [`limits`] was hit.
pub const TRUNCATED: &str = "too large to be read whole";

/// What a token's hash is taken of, besides its bytes. Part of the file format.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Kind {
    Word = 0,
    Written = 1,
    Digits = 2,
    Marks = 3,
    Whole = 4,
    /// The families of byte runs are told apart by their number, added to this.
    Run = 5,
    Form = 16,
    Evidence = 17,
}

/// The families of tokens. Each is normalised apart, so that the many runs of bytes do not drown the
/// few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Family {
    /// Words, their form, and the properties of the whole message.
    Words = 0,
    /// Pairs of neighbouring words.
    Pairs = 1,
    /// Overlapping runs of bytes, of the first length.
    Runs = 2,
    /// Overlapping runs of bytes, of the second length.
    LongerRuns = 3,
    /// What stands in fields of evidence.
    Evidence = 4,
}

impl Family {
    /// How many there are.
    pub const COUNT: usize = 5;
    /// The families of byte runs, one a length.
    const RUNS: [Self; FeatureSpecification::MAX_GRAM_LENGTHS] = [Self::Runs, Self::LongerRuns];
}

/// Buffers that are used again for each message.
#[derive(Debug, Default)]
pub struct TokenBuffers {
    pub(super) scan: Scan,
    pub(super) words: WordBuffers,
    runs: RunText,
}

/// Gives every token of `fields` to the features, and its place to the recorder. Returns whether the cap
/// on tokens was hit.
pub fn tokenize<R: Recorder>(
    fields: &Fields,
    specification: &FeatureSpecification,
    key: HashKey,
    buffers: &mut TokenBuffers,
    (features, recorder): (&mut Features, &mut R),
) -> bool {
    let mut tokenizer = Tokenizer {
        specification,
        key,
        buffers,
        features,
        recorder,
        field: Field::Body,
        base: 0,
        left: limits::TOKENS,
        run_bytes_left: specification.gram_prefix as usize,
        capitals: 0,
        viagra: false,
    };
    let mut base = 0;
    let mut signs = fields.signs().as_slice();
    let mut of_link = Signs::default();
    for (field, text) in fields.iter() {
        if field.is_evidence() {
            tokenizer.read_evidence(field, text, base);
        } else if field == Field::Link {
            of_link.clear();
            of_link.read(text, base);
            tokenizer.read(field, text, base, of_link.as_slice());
        } else {
            let count = signs.iter().take_while(|(_, at)| *at < base + text.len()).count();
            let (of_text, others) = signs.split_at(count);
            signs = others;
            tokenizer.read(field, text, base, of_text);
        }
        base += text.len();
    }
    tokenizer.finish(fields.truncated())
}

pub(super) struct Tokenizer<'a, R> {
    pub specification: &'a FeatureSpecification,
    pub key: HashKey,
    pub buffers: &'a mut TokenBuffers,
    pub features: &'a mut Features,
    pub recorder: &'a mut R,
    pub field: Field,
    /// Where in the text of the message the stretch begins that is being read.
    pub base: usize,
    /// How many tokens may still come.
    pub left: usize,
    run_bytes_left: usize,
    pub capitals: usize,
    pub viagra: bool,
}

impl<R: Recorder> Tokenizer<'_, R> {
    /// Reads a stretch of text behind `base` bytes of others, in which links have these signs.
    fn read(&mut self, field: Field, text: &str, base: usize, signs: &[(Sign, usize)]) {
        self.field = field;
        let mut from = 0;
        for link in Links::of(text, signs, base) {
            self.read_stretch(&text[from..link.start], base + from);
            // Where a link leads is evidence of its own, written out in the text or behind it.
            self.field = Field::Link;
            for form in form_of(&text[link.start..link.end]) {
                self.add_form(form);
            }
            self.read_stretch(&text[link.host.clone()], base + link.host.start);
            self.field = field;
            from = link.end;
        }
        self.read_stretch(&text[from..], base + from);
    }

    /// Reads text without links: first its runs of bytes, then its words.
    fn read_stretch(&mut self, text: &str, base: usize) {
        if text.is_empty() || self.left == 0 {
            return;
        }
        self.base = base;
        self.buffers.scan.read(text);
        self.read_runs(text);
        self.read_words(text);
    }

    /// Slides windows of some bytes over the lower-cased text.
    fn read_runs(&mut self, text: &str) {
        if self.specification.gram_lengths.is_empty() || self.run_bytes_left == 0 {
            return;
        }
        let runs = &mut self.buffers.runs;
        runs.read::<R>(text, self.buffers.scan.lower_padded(), self.run_bytes_left);
        self.run_bytes_left -= runs.len();
        for (&length, family) in self.specification.gram_lengths.iter().zip(Family::RUNS) {
            let hash = self.key.runs(tag(self.field, Kind::Run) + family as u16);
            self.features.reserve(family, runs.len(), self.recorder);
            let (hashes, base) = (runs.hashes(length as usize, hash), self.base as u32);
            self.features.extend(family, hashes, self.recorder, |at| base + runs.origins()[at]);
        }
    }

    /// Takes each chunk between white space as one token.
    fn read_evidence(&mut self, field: Field, text: &str, base: usize) {
        self.field = field;
        for chunk in text.split_whitespace() {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            let hash = self.key.hash(tag(self.field, Kind::Evidence), chunk.as_bytes());
            let from = base + offset_in(text, chunk);
            let name = Name::Text(from as u32, (from + chunk.len()) as u32);
            let place = self.recorder.label(self.field, name);
            self.add(Family::Evidence, hash, place);
        }
    }

    /// Adds the features of the message as a whole.
    fn finish(mut self, truncated: bool) -> bool {
        let out_of_tokens = self.left == 0;
        self.field = Field::Shape;
        let words = self.specification.words;
        let whole = [
            (CAPITALS, words && self.capitals > 1),
            (VIAGRA, words && self.viagra),
            (TRUNCATED, truncated || out_of_tokens),
        ];
        for (name, _) in whole.into_iter().filter(|&(_, holds)| holds) {
            self.add_phrase(Kind::Whole, name);
        }
        out_of_tokens
    }

    /// Adds a property of a part of the text.
    pub fn add_form(&mut self, name: &'static str) {
        if self.specification.words {
            self.add_phrase(Kind::Form, name);
        }
    }

    fn add_phrase(&mut self, kind: Kind, name: &'static str) {
        let hash = self.key.hash(tag(self.field, kind), name.as_bytes());
        let place = self.recorder.label(self.field, Name::Phrase(name));
        self.add(Family::Words, hash, place);
    }

    pub fn add(&mut self, family: Family, hash: u64, place: u32) {
        self.features.add(family, hash, place, self.recorder);
    }
}

pub(super) fn tag(field: Field, kind: Kind) -> u16 {
    (field as u16) << 8 | kind as u16
}

/// Where `part`, which was cut out of `text`, begins in it.
pub(super) fn offset_in(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}
