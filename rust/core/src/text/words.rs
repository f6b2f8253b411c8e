//! The words of a stretch of text, their form, and their pairs.

use super::fold::fold;
use super::limits;
use super::places::{Name, Recorder};
use super::script::{self, Piece};
use super::tokens::{Family, Kind, Tokenizer, tag};
use super::window::{MASKS, MASKS_OF_HIGH, SHORT, shorten, window};

/// The marks of a run that are looked at.
const MARKS: usize = 4;
const VIAGRA: &[u8; 8] = b"viagra\0\0";
/// The bit that all letters of ASCII have, and digits and marks within words, but `_`, have not.
const LETTER: u64 = 0x4040_4040_4040_4040;

/// The shape of eight digits.
const ONLY_DIGITS: u64 = u64::from_le_bytes(*b"########");

const LONG_WORD: &str = "a very long word";
const DISGUISED: &str = "letters that look like others";
const ADDRESS: &str = "an e-mail address";

/// Buffers that are used again for each stretch.
#[derive(Debug, Default)]
pub struct WordBuffers {
    /// The hash and the place of each word.
    words: Vec<(u64, u32)>,
    /// The tokens beside them: words as written, shapes of numbers.
    forms: Vec<(u64, u32)>,
    /// The short words that hold capitals, and those that hold more than letters, from and to.
    with_capitals: Vec<Bytes>,
    with_numbers: Vec<Bytes>,
    lower: String,
    folded: String,
    characters: Vec<(usize, char)>,
}

/// The bytes of a word that is being read, from and to in its stretch.
type Bytes = (usize, usize);

impl<R: Recorder> Tokenizer<'_, R> {
    pub(super) fn read_words(&mut self, text: &str) {
        self.buffers.scan.divide();
        let mut buffers = std::mem::take(&mut self.buffers.words);
        buffers.words.clear();
        buffers.forms.clear();
        if R::KEEPS {
            self.record_start(text);
        }
        buffers.with_capitals.clear();
        buffers.with_numbers.clear();
        let is_ascii = text.is_ascii();
        let count = self.buffers.scan.words().min(self.left);
        self.left -= count;
        for list in [&mut buffers.with_capitals, &mut buffers.with_numbers] {
            list.reserve(count + 1);
        }
        buffers.words.reserve(count);
        let mut index = 0;
        while index < count {
            index = self.read_short_words(text, is_ascii, index..count, &mut buffers);
            if index < count {
                self.read_any(text, self.buffers.scan.word(index), &mut buffers);
                index += 1;
            }
        }
        self.read_forms(&mut buffers);
        self.take_words(&buffers);
        if self.specification.words {
            self.read_marks(text);
        }
        self.buffers.words = buffers;
    }

    /// Reads ASCII words of at most [`SHORT`] bytes, up to the first that is none; returns which that is.
    fn read_short_words(
        &mut self,
        text: &str,
        is_ascii: bool,
        words: std::ops::Range<usize>,
        buffers: &mut WordBuffers,
    ) -> usize {
        // What the loop needs stands in variables of its own: behind `self` it would be read again and again.
        let (key, base, tag) = (self.key, self.base, tag(self.field, Kind::Word));
        let scan = &self.buffers.scan;
        let (lower, written) = (scan.lower_padded(), scan.written_padded());
        let mut viagra = false;
        let end = words.end;
        for index in words {
            let (from, to) = scan.word(index);
            let length = to - from;
            if length > SHORT || !(is_ascii || text.as_bytes()[from..to].is_ascii()) {
                self.viagra |= viagra;
                return index;
            }
            let masks = (MASKS[length], MASKS_OF_HIGH[length]);
            let (low, high) = window(lower, from, masks);
            let (written_low, written_high) = window(written, from, masks);
            let hash = key.hash_short(tag, low, high, length);
            buffers.words.push((hash, (base + from) as u32));
            if R::KEEPS {
                self.recorder.word(self.field, base + from, base + to, hash);
            }
            // Which words have capitals or digits can't be foreseen: they are listed without a branch.
            let has_capitals = (low ^ written_low) | (high ^ written_high) != 0;
            let has_numbers = (!low & masks.0 | !high & masks.1) & LETTER != 0;
            push_if(has_capitals, (from, to), &mut buffers.with_capitals);
            push_if(has_numbers, (from, to), &mut buffers.with_numbers);
            viagra |= low == u64::from_le_bytes(*VIAGRA) && length == 6;
        }
        self.viagra |= viagra;
        end
    }

    /// Adds what short words tell beyond their letters.
    fn read_forms(&mut self, buffers: &mut WordBuffers) {
        for &(from, to) in &buffers.with_capitals {
            let written = &self.buffers.scan.written_padded()[from..to];
            let masks = (MASKS[to - from], MASKS_OF_HIGH[to - from]);
            let (low, high) = window(self.buffers.scan.written_padded(), from, masks);
            let hash = self.key.hash_short(tag(self.field, Kind::Written), low, high, to - from);
            buffers.forms.push((hash, (self.base + from) as u32));
            self.capitals += usize::from(to - from > 1 && !written.iter().any(u8::is_ascii_lowercase));
        }
        for at in 0..buffers.with_numbers.len() {
            self.read_number(buffers.with_numbers[at], buffers);
        }
    }

    /// Adds the shape of a word that holds digits: its letters do not count, its digits do by their number.
    fn read_number(&mut self, (from, to): Bytes, buffers: &mut WordBuffers) {
        let word = &self.buffers.scan.lower()[from..to];
        let digits = word.iter().map(|byte| usize::from(byte.is_ascii_digit())).sum::<usize>();
        if digits == 0 {
            return;
        }
        if digits == word.len() && digits <= SHORT {
            let (low, high) = (ONLY_DIGITS & MASKS[digits], ONLY_DIGITS & MASKS_OF_HIGH[digits]);
            let hash = self.key.hash_short(tag(self.field, Kind::Digits), low, high, digits);
            buffers.forms.push((hash, (self.base + from) as u32));
            return;
        }
        let (mut shape, mut length) = ([0; limits::WORD_BYTES], 0);
        for &byte in word.iter().take(limits::WORD_BYTES) {
            let sign = match byte {
                b'0'..=b'9' => b'#',
                b'a'..=b'z' if length > 0 && shape[length - 1] == b'a' => continue,
                b'a'..=b'z' => b'a',
                other => other,
            };
            shape[length] = sign;
            length += 1;
        }
        let hash = self.key.hash(tag(self.field, Kind::Digits), &shape[..length]);
        buffers.forms.push((hash, (self.base + from) as u32));
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
        buffers.words.push((hash, place));
        self.viagra |= lower.as_bytes() == &VIAGRA[..6];
        if R::KEEPS {
            self.recorder.word(self.field, self.base + from, self.base + from + written.len(), hash);
        }
        if written != lower {
            let hash = self.key.hash(tag(self.field, Kind::Written), written.as_bytes());
            buffers.forms.push((hash, place));
            let capitals = written.chars().all(|c| !c.is_lowercase()) && written.chars().nth(1).is_some();
            self.capitals += usize::from(capitals);
        }
        if written.is_ascii() {
            self.read_number((from, from + written.len()), buffers);
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
            buffers.forms.push((self.key.hash(tag(self.field, Kind::Word), folded), place));
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
        buffers.forms.push((hash, (self.base + from) as u32));
        if R::KEEPS {
            self.recorder.word(self.field, self.base + from, self.base + to, hash);
        }
    }

    fn take_words(&mut self, buffers: &WordBuffers) {
        let words = buffers.words.iter().copied();
        if self.specification.words {
            let all = buffers.words.len() + buffers.forms.len();
            self.features.reserve(Family::Words, all, self.recorder);
            self.features.extend(Family::Words, words.clone(), self.recorder);
            self.features.extend(Family::Words, buffers.forms.iter().copied(), self.recorder);
        }
        if self.specification.word_pairs {
            let key = self.key;
            let pairs = words.clone().zip(words.skip(1));
            let pairs = pairs.map(|((first, place), (second, _))| (key.pair(first, second), place));
            self.features.reserve(Family::Pairs, buffers.words.len(), self.recorder);
            self.features.extend(Family::Pairs, pairs, self.recorder);
        }
    }

    /// Adds the runs of marks, and whether there is an e-mail address.
    fn read_marks(&mut self, text: &str) {
        let scan = std::mem::take(&mut self.buffers.scan);
        for (from, to) in scan.marks().take(self.left) {
            self.left -= 1;
            self.read_mark(text, (from, to));
        }
        let bytes = text.as_bytes();
        let joins = |at: usize| {
            let beside = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
            at > 0 && beside(at - 1) && beside(at + 1)
        };
        if memchr::memchr_iter(b'@', bytes).any(joins) {
            self.add_form(ADDRESS);
        }
        self.buffers.scan = scan;
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

/// Adds a value to a list, or not, without a branch.
#[inline]
fn push_if(holds: bool, value: Bytes, list: &mut Vec<Bytes>) {
    list.push(value);
    list.truncate(list.len() - usize::from(!holds));
}
