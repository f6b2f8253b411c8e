//! The words of a stretch of text, their form, and their pairs.

use super::filling::Filling;
use super::fold::fold;
use super::limits;
use super::places::{Name, Recorder};
use super::scan::Scan;
use super::script::{self, Piece};
use super::short::{ROOM, ShortWords, VIAGRA, WrittenWords, number_of, short_number_of};
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
    /// Which of the words that were read together are long.
    long: Filling<u32>,
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

    /// Adds all of the other tokens.
    fn append(&mut self, other: &Self) {
        let more = other.hashes.as_slice();
        self.hashes.reserve(more.len());
        self.hashes.room()[..more.len()].copy_from_slice(more);
        self.hashes.advance(more.len());
        self.places.extend_from_slice(&other.places);
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
            at += self.read_ascii_words(text, &scan, &bounds[at..], &mut buffers);
            if let Some(&[from, to]) = bounds.get(at) {
                self.read_any(text, (from as usize, to as usize), &mut buffers);
                at += 1;
            }
        }
        self.buffers.scan = scan;
        self.read_forms(&mut buffers);
        self.take_words(text, &mut buffers);
        self.buffers.words = buffers;
    }

    /// Reads words up to the first that is not all ASCII; returns how many.
    fn read_ascii_words(
        &mut self,
        text: &str,
        scan: &Scan,
        bounds: &[[u32; 2]],
        buffers: &mut WordBuffers,
    ) -> usize {
        let WordBuffers { words, with_capitals, with_numbers, long, .. } = buffers;
        let room = bounds.len() + ROOM;
        words.hashes.reserve(room);
        with_capitals.reserve(room);
        with_numbers.reserve(room);
        long.clear();
        long.reserve(room);
        let reader = ShortWords {
            written: scan.written_padded(),
            key: self.key,
            tag: tag(self.field, Kind::Word),
            bounds,
            hashes: words.hashes.room(),
            with_capitals: with_capitals.room(),
            with_numbers: with_numbers.room(),
            long: long.room(),
        };
        let read = Level::chosen().run(reader);
        self.viagra |= read.viagra;
        with_capitals.advance(read.with_capitals);
        with_numbers.advance(read.with_numbers);
        for number in 0..read.long {
            let number = buffers.long.room()[number] as usize;
            let [from, to] = bounds[number];
            let hash = self.read_long(text, (from as usize, to as usize), buffers);
            buffers.words.hashes.room()[number] = hash;
        }
        let words = &mut buffers.words;
        if R::KEEPS {
            let bounds = &bounds[..read.words];
            words.places.extend(bounds.iter().map(|&[from, _]| self.base as u32 + from));
            for (&[from, to], &mut hash) in bounds.iter().zip(words.hashes.room()) {
                let (from, to) = (self.base + from as usize, self.base + to as usize);
                self.recorder.word(self.field, from, to.min(from + limits::WORD_BYTES), hash);
            }
        }
        words.hashes.advance(read.words);
        read.words
    }

    /// Adds what short words tell beyond their letters.
    fn read_forms(&mut self, buffers: &mut WordBuffers) {
        let WordBuffers { forms, with_capitals, with_numbers, .. } = buffers;
        let (scan, digits_tag) = (&self.buffers.scan, tag(self.field, Kind::Digits));
        let bounds = with_capitals.as_slice();
        forms.hashes.reserve(bounds.len() + ROOM);
        self.capitals += Level::chosen().run(WrittenWords {
            written: scan.written_padded(),
            key: self.key,
            tag: tag(self.field, Kind::Written),
            bounds,
            hashes: forms.hashes.room(),
        });
        forms.hashes.advance(bounds.len());
        if R::KEEPS {
            forms.places.extend(bounds.iter().map(|&[from, _]| self.base as u32 + from));
        }
        for &[from, to] in with_numbers.as_slice() {
            if let Some(hash) = short_number_of(scan.lower_padded(), [from, to], self.key, digits_tag) {
                forms.push::<R>(hash, self.base as u32 + from);
            }
        }
    }

    /// Reads a stretch of letters that are not all ASCII.
    fn read_any(&mut self, text: &str, (from, to): Bytes, buffers: &mut WordBuffers) {
        let span = &text[from..to];
        let mut characters = std::mem::take(&mut buffers.characters);
        script::divide(span, &mut characters, |piece| match piece {
            Piece::Word(range) => self.read_word(text, (from + range.start, from + range.end), buffers),
            Piece::Letters(range) => {
                self.read_letters(text, (from + range.start, from + range.end), buffers);
            }
            Piece::Symbol(range) => self.read_mark(text, (from + range.start, from + range.end)),
        });
        buffers.characters = characters;
    }

    /// Reads a word of any letters and length.
    fn read_word(&mut self, text: &str, (from, to): Bytes, buffers: &mut WordBuffers) {
        let hash = self.read_long(text, (from, to), buffers);
        buffers.words.push::<R>(hash, (self.base + from) as u32);
        if R::KEEPS {
            let shown = shorten(&text[from..to], limits::WORD_BYTES).len();
            self.recorder.word(self.field, self.base + from, self.base + from + shown, hash);
        }
    }

    /// Adds what a word of any letters and length tells beyond its hash, which comes out. Its first
    /// [`limits::WORD_BYTES`] bytes count.
    fn read_long(&mut self, text: &str, (from, to): Bytes, buffers: &mut WordBuffers) -> u64 {
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
        self.viagra |= lower.as_bytes() == &VIAGRA[..6];
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
        hash
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

    /// Takes the words, what stands beside them, and the runs of marks.
    fn take_words(&mut self, text: &str, buffers: &mut WordBuffers) {
        let WordBuffers { words, forms, pairs, .. } = buffers;
        let (takes_words, takes_pairs) = (self.specification.words, self.specification.word_pairs);
        if takes_pairs {
            pairs.clear();
            let neighbours = words.hashes.as_slice().windows(2);
            pairs.extend(neighbours.map(|pair| self.key.pair(pair[0], pair[1])));
        }
        if takes_words {
            let of_words = words.places.len();
            words.append(forms);
            // All of one family are taken at once, unless another stands between them.
            if takes_pairs {
                self.take(Family::Words, words.hashes.as_slice(), &words.places);
                words.places.truncate(of_words);
            }
        }
        if takes_pairs {
            self.take(Family::Pairs, pairs, &words.places);
            words.clear();
        }
        if takes_words {
            self.read_marks(words);
            self.take(Family::Words, words.hashes.as_slice(), &words.places);
            self.read_address(text);
        }
    }

    fn take(&mut self, family: Family, hashes: &[u64], places: &[u32]) {
        self.features.reserve(family, hashes.len(), self.recorder);
        self.features.extend(family, hashes, self.recorder, |at| places[at]);
    }

    /// Adds the runs of marks.
    fn read_marks(&mut self, tokens: &mut Tokens) {
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
    }

    /// Adds whether there is an e-mail address.
    fn read_address(&mut self, text: &str) {
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
