//! The words of a stretch of text, their form, and their pairs.

use super::filling::Filling;
use super::fold::fold;
use super::limits;
use super::places::{Name, Recorder};
use super::scan::Scan;
use super::script::{self, Piece};
use super::short::{ShortWords, VIAGRA, number_of, short_number_of};
use super::tokens::{Family, Kind, Tokenizer, tag};
use super::window::{MASKS, MASKS_OF_HIGH, shorten, window};
use crate::numeric::simd::Level;

/// The marks of a run that are looked at.
const MARKS: usize = 4;
const LONG_WORD: &str = "a very long word";
const DISGUISED: &str = "letters that look like others";
const ADDRESS: &str = "an e-mail address";

/// Buffers that are used again for each stretch.
#[derive(Debug, Default)]
pub struct WordBuffers {
    words: Tokens,
    /// The tokens beside them: words as written, shapes of numbers.
    forms: Tokens,
    /// The hashes of the pairs of neighbouring words.
    pairs: Vec<u64>,
    /// The short words that hold capitals, and those that hold more than letters, from and to.
    with_capitals: Filling<[u32; 2]>,
    with_numbers: Filling<[u32; 2]>,
    lower: String,
    folded: String,
    characters: Vec<(usize, char)>,
}

/// Tokens of a stretch in their order. Their places are kept only where they are asked for.
#[derive(Debug, Default)]
struct Tokens {
    hashes: Filling<u64>,
    places: Vec<u32>,
}

impl Tokens {
    fn push<R: Recorder>(&mut self, hash: u64, place: u32) {
        self.hashes.push(hash);
        if R::KEEPS {
            self.places.push(place);
        }
    }

    fn clear(&mut self) {
        self.hashes.clear();
        self.places.clear();
    }
}

impl WordBuffers {
    fn clear(&mut self) {
        self.words.clear();
        self.forms.clear();
        self.with_capitals.clear();
        self.with_numbers.clear();
    }
}

/// The bytes of a word that is being read, from and to in its stretch.
type Bytes = (usize, usize);

impl<R: Recorder> Tokenizer<'_, R> {
    pub(super) fn read_words(&mut self, text: &str) {
        let mut buffers = std::mem::take(&mut self.buffers.words);
        buffers.clear();
        if R::KEEPS {
            self.record_start(text);
        }
        let scan = std::mem::take(&mut self.buffers.scan);
        let bounds = &scan.words()[..scan.words().len().min(self.left)];
        self.left -= bounds.len();
        let mut at = 0;
        while at < bounds.len() {
            at += self.read_short_words(&scan, &bounds[at..], &mut buffers);
            if let Some(&[from, to]) = bounds.get(at) {
                self.read_any(text, (from as usize, to as usize), &mut buffers);
                at += 1;
            }
        }
        self.buffers.scan = scan;
        self.read_forms(&mut buffers);
        self.take_words(&mut buffers);
        if self.specification.words {
            self.read_marks(text, &mut buffers.forms);
        }
        self.buffers.words = buffers;
    }

    /// Reads ASCII words of at most sixteen bytes, up to the first that is none; returns how many.
    fn read_short_words(&mut self, scan: &Scan, bounds: &[[u32; 2]], buffers: &mut WordBuffers) -> usize {
        let WordBuffers { words, with_capitals, with_numbers, .. } = buffers;
        words.hashes.reserve(bounds.len());
        with_capitals.reserve(bounds.len());
        with_numbers.reserve(bounds.len());
        let reader = ShortWords {
            lower: scan.lower_padded(),
            written: scan.written_padded(),
            key: self.key,
            tag: tag(self.field, Kind::Word),
            bounds,
            hashes: words.hashes.room(),
            with_capitals: with_capitals.room(),
            with_numbers: with_numbers.room(),
        };
        let read = Level::chosen().run(reader);
        self.viagra |= read.viagra;
        let base = self.base as u32;
        if R::KEEPS {
            for (&[from, to], &mut hash) in bounds[..read.words].iter().zip(words.hashes.room()) {
                words.places.push(base + from);
                self.recorder.word(self.field, self.base + from as usize, self.base + to as usize, hash);
            }
        }
        words.hashes.advance(read.words);
        with_capitals.advance(read.with_capitals);
        with_numbers.advance(read.with_numbers);
        read.words
    }

    /// Adds what short words tell beyond their letters.
    fn read_forms(&mut self, buffers: &mut WordBuffers) {
        let WordBuffers { forms, with_capitals, with_numbers, .. } = buffers;
        let (scan, digits_tag) = (&self.buffers.scan, tag(self.field, Kind::Digits));
        for &[from, to] in with_capitals.as_slice() {
            let (from, to) = (from as usize, to as usize);
            let written = &scan.written_padded()[from..to];
            let masks = (MASKS[to - from], MASKS_OF_HIGH[to - from]);
            let (low, high) = window(scan.written_padded(), from, masks);
            let hash = self.key.hash_short(tag(self.field, Kind::Written), low, high, to - from);
            forms.push::<R>(hash, (self.base + from) as u32);
            self.capitals += usize::from(to - from > 1 && !written.iter().any(u8::is_ascii_lowercase));
        }
        for &[from, to] in with_numbers.as_slice() {
            if let Some(hash) = short_number_of(scan.lower_padded(), [from, to], self.key, digits_tag) {
                forms.push::<R>(hash, self.base as u32 + from);
            }
        }
    }

    /// Reads a stretch of letters that is long or not all ASCII.
    fn read_any(&mut self, text: &str, (from, to): Bytes, buffers: &mut WordBuffers) {
        let span = &text[from..to];
        if span.is_ascii() {
            self.read_long(text, (from, to), buffers);
            return;
        }
        let mut characters = std::mem::take(&mut buffers.characters);
        script::divide(span, &mut characters, |piece| match piece {
            Piece::Word(range) => self.read_long(text, (from + range.start, from + range.end), buffers),
            Piece::Letters(range) => {
                self.read_letters(text, (from + range.start, from + range.end), buffers);
            }
            Piece::Symbol(range) => self.read_mark(text, (from + range.start, from + range.end)),
        });
        buffers.characters = characters;
    }

    /// Reads a word of any letters and length, of which the first [`limits::WORD_BYTES`] bytes count.
    fn read_long(&mut self, text: &str, (from, to): Bytes, buffers: &mut WordBuffers) {
        let written = shorten(&text[from..to], limits::WORD_BYTES);
        if written.len() < to - from {
            self.add_form(LONG_WORD);
        }
        let place = (self.base + from) as u32;
        let mut lower = std::mem::take(&mut buffers.lower);
        lower.clear();
        if written.is_ascii() {
            lower.push_str(written);
            lower.make_ascii_lowercase();
        } else {
            lower.extend(written.chars().flat_map(char::to_lowercase));
        }
        let hash = self.key.hash(tag(self.field, Kind::Word), lower.as_bytes());
        buffers.words.push::<R>(hash, place);
        self.viagra |= lower.as_bytes() == &VIAGRA[..6];
        if R::KEEPS {
            self.recorder.word(self.field, self.base + from, self.base + from + written.len(), hash);
        }
        if written != lower {
            let hash = self.key.hash(tag(self.field, Kind::Written), written.as_bytes());
            buffers.forms.push::<R>(hash, place);
            let capitals = written.chars().all(|c| !c.is_lowercase()) && written.chars().nth(1).is_some();
            self.capitals += usize::from(capitals);
        }
        if written.is_ascii() {
            if let Some(hash) = number_of(lower.as_bytes(), self.key, tag(self.field, Kind::Digits)) {
                buffers.forms.push::<R>(hash, place);
            }
        } else if self.specification.folded_words {
            self.read_folded(written, &lower, place, buffers);
        }
        buffers.lower = lower;
    }

    /// Adds what a word passes for, if that is not what it is.
    fn read_folded(&mut self, written: &str, lower: &str, place: u32, buffers: &mut WordBuffers) {
        let disguised = fold(written, &mut buffers.folded);
        if buffers.folded != lower && !buffers.folded.is_empty() {
            let folded = buffers.folded.as_bytes();
            buffers.forms.push::<R>(self.key.hash(tag(self.field, Kind::Word), folded), place);
            self.viagra |= folded == &VIAGRA[..6];
        }
        if disguised {
            self.add_form(DISGUISED);
        }
    }

    /// Reads letters of a script that sets no spaces; they are a token, but no part of a pair of words.
    fn read_letters(&mut self, text: &str, (from, to): Bytes, buffers: &mut WordBuffers) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let hash = self.key.hash(tag(self.field, Kind::Word), &text.as_bytes()[from..to]);
        buffers.forms.push::<R>(hash, (self.base + from) as u32);
        if R::KEEPS {
            self.recorder.word(self.field, self.base + from, self.base + to, hash);
        }
    }

    fn take_words(&mut self, buffers: &mut WordBuffers) {
        let WordBuffers { words, forms, pairs, .. } = buffers;
        if self.specification.words {
            self.take(Family::Words, words.hashes.as_slice(), &words.places);
            self.take(Family::Words, forms.hashes.as_slice(), &forms.places);
        }
        if self.specification.word_pairs {
            pairs.clear();
            let neighbours = words.hashes.as_slice().windows(2);
            pairs.extend(neighbours.map(|pair| self.key.pair(pair[0], pair[1])));
            self.take(Family::Pairs, pairs, &words.places);
        }
    }

    fn take(&mut self, family: Family, hashes: &[u64], places: &[u32]) {
        self.features.reserve(family, hashes.len(), self.recorder);
        self.features.extend(family, hashes, self.recorder, |at| places[at]);
    }

    /// Adds the runs of marks, and whether there is an e-mail address.
    fn read_marks(&mut self, text: &str, tokens: &mut Tokens) {
        tokens.clear();
        let found = self.buffers.scan.marks();
        let found = &found[..found.len().min(self.left)];
        self.left -= found.len();
        for &[from, to] in found {
            // All of them are ASCII: what is beyond belongs to words.
            let length = ((to - from) as usize).min(MARKS);
            let masks = (MASKS[length], MASKS_OF_HIGH[length]);
            let (low, high) = window(self.buffers.scan.written_padded(), from as usize, masks);
            let start = (self.base + from as usize) as u32;
            let name = Name::Text(start, start + length as u32);
            let place = self.recorder.label(self.field, name);
            tokens.push::<R>(self.key.hash_short(tag(self.field, Kind::Marks), low, high, length), place);
        }
        self.take(Family::Words, tokens.hashes.as_slice(), &tokens.places);
        let bytes = text.as_bytes();
        let joins = |at: usize| {
            let beside = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
            at > 0 && beside(at - 1) && beside(at + 1)
        };
        if memchr::memchr_iter(b'@', bytes).any(joins) {
            self.add_form(ADDRESS);
        }
    }

    fn read_mark(&mut self, text: &str, (from, to): Bytes) {
        if !self.specification.words {
            return;
        }
        let marks = shorten(&text[from..to], MARKS);
        let hash = self.key.hash(tag(self.field, Kind::Marks), marks.as_bytes());
        let start = (self.base + from) as u32;
        let place = self.recorder.label(self.field, Name::Text(start, start + marks.len() as u32));
        self.add(Family::Words, hash, place);
    }

    /// Records the first chunk, to which the runs are counted that stand before the first word.
    fn record_start(&mut self, text: &str) {
        if let Some(chunk) = text.split_whitespace().next() {
            let from = self.base + super::tokens::offset_in(text, chunk);
            let shown = shorten(chunk, limits::WORD_BYTES);
            let hash = self.key.hash(tag(self.field, Kind::Marks), shown.as_bytes());
            self.recorder.word(self.field, from, from + shown.len(), hash);
        }
    }
}
