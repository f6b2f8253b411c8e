//! Text -> tokens, each with its field, and its hash.

use super::fields::{Field, Fields};
use super::hash::HashKey;
use super::limits;
use super::link;
use super::specification::FeatureSpecification;

/// The first picture of the project has two inputs; they live on as features of the whole message.
pub const CAPITALS: &str = "more than one word in capitals";
/// See [`CAPITALS`].
pub const VIAGRA: &str = "contains the word viagra";
/// A cap of [`limits`] was hit.
pub const TRUNCATED: &str = "too large to be read whole";

/// What a token's hash is taken of, besides its bytes. Part of the file format.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Kind {
    Word = 0,
    Written = 1,
    Digits = 2,
    Punctuation = 3,
    Whole = 4,
    /// The families of byte runs are told apart by their number, added to this.
    Gram = 5,
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
    Grams = 2,
    /// Overlapping runs of bytes, of the second length.
    LongerGrams = 3,
}

impl Family {
    /// How many there are.
    pub const COUNT: usize = 4;
    /// The families of byte runs, one a length.
    const GRAMS: [Self; FeatureSpecification::MAX_GRAM_LENGTHS] = [Self::Grams, Self::LongerGrams];
}

/// A token as a reason shows it. A run of bytes is shown as the word that it begins in.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    /// Where it stands.
    pub field: Field,
    /// What kind of token it is.
    pub family: Family,
    /// The word before it, if the token is a pair.
    pub before: Option<&'a str>,
    /// The word, or the phrase that names a property of the whole message.
    pub text: &'a str,
}

/// Takes the tokens of a message one by one.
pub trait TokenSink {
    /// Takes one token and its hash. The same token may come many times.
    fn add(&mut self, hash: u64, token: Token<'_>);
}

/// Buffers that are used again for each message.
#[derive(Debug, Default)]
pub struct TokenBuffers {
    lower: String,
    word: String,
    previous: String,
}

/// Gives every token of `fields` to `sink`. Returns whether the cap on tokens was hit.
pub fn tokenize(
    fields: &Fields,
    specification: &FeatureSpecification,
    key: HashKey,
    buffers: &mut TokenBuffers,
    sink: &mut impl TokenSink,
) -> bool {
    let mut tokenizer = Tokenizer {
        specification,
        key,
        buffers,
        sink,
        field: Field::Body,
        left: limits::TOKENS,
        previous: None,
        window: Window::default(),
        capitals: 0,
        viagra: false,
    };
    for (field, text) in fields.iter() {
        tokenizer.read(field, text);
    }
    tokenizer.finish(fields.truncated())
}

/// The last bytes of the lower-cased text.
#[derive(Default)]
struct Window {
    bytes: u64,
    seen: u32,
}

struct Tokenizer<'a, S> {
    specification: &'a FeatureSpecification,
    key: HashKey,
    buffers: &'a mut TokenBuffers,
    sink: &'a mut S,
    field: Field,
    left: usize,
    /// The hash of the word before, whose text is `buffers.previous`.
    previous: Option<u64>,
    window: Window,
    capitals: usize,
    viagra: bool,
}

impl<S: TokenSink> Tokenizer<'_, S> {
    fn read(&mut self, field: Field, text: &str) {
        self.field = field;
        self.previous = None;
        self.window = Window::default();
        for chunk in text.split_whitespace() {
            if self.left == 0 {
                return;
            }
            if let Some((before, host)) = link::split_at_host(chunk) {
                self.read_chunk(before);
                // Where a link leads is evidence of its own, written out in the text or behind it.
                self.field = Field::Link;
                self.read_chunk(host);
                self.field = field;
            } else if field != Field::Link {
                self.read_chunk(chunk);
            }
        }
    }

    fn read_chunk(&mut self, chunk: &str) {
        for piece in pieces(chunk) {
            self.read_grams(piece);
            if self.specification.words || self.specification.word_pairs {
                self.read_words(piece);
            }
        }
    }

    /// Adds the features of the message as a whole.
    fn finish(mut self, truncated: bool) -> bool {
        let out_of_tokens = self.left == 0;
        self.left += 3;
        let whole =
            [(CAPITALS, self.capitals > 1), (VIAGRA, self.viagra), (TRUNCATED, truncated || out_of_tokens)];
        for (name, _) in whole.into_iter().filter(|&(_, holds)| holds) {
            let hash = self.key.hash(tag(Field::Shape, Kind::Whole), name.as_bytes());
            self.add(hash, Token { field: Field::Shape, family: Family::Words, before: None, text: name });
        }
        out_of_tokens
    }

    /// Slides a window of some bytes over the lower-cased text, words joined by one space.
    fn read_grams(&mut self, piece: &str) {
        let specification = self.specification;
        let lengths = || specification.gram_lengths.iter().zip(Family::GRAMS);
        if lengths().len() == 0 || self.window.seen >= specification.gram_prefix {
            return;
        }
        let mut lower = std::mem::take(&mut self.buffers.lower);
        lower.clear();
        lower.push(' ');
        push_lower(&mut lower, piece);
        let word = match lower[1..].trim_matches(|c: char| !c.is_alphanumeric()) {
            "" => &lower[1..],
            word => word,
        };
        let tag = tag(self.field, Kind::Gram);
        for &byte in lower.as_bytes() {
            self.window.bytes = self.window.bytes << 8 | u64::from(byte);
            self.window.seen += 1;
            let seen = self.window.seen;
            for (&length, family) in lengths().filter(|&(&length, _)| seen >= length) {
                let run = self.window.bytes & u64::MAX >> (64 - 8 * length);
                let hash = self.key.hash(tag + family as u16, &run.to_le_bytes());
                self.add(hash, Token { field: self.field, family, before: None, text: word });
            }
        }
        self.buffers.lower = lower;
    }

    fn read_words(&mut self, piece: &str) {
        let mut rest = piece;
        while let Some(first) = rest.chars().next() {
            let is_word = is_word_character(first);
            let end = rest.find(|c| is_word_character(c) != is_word).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            rest = after;
            if is_word {
                self.read_word(run);
            } else if run.len() > 1 {
                self.add_plain(Kind::Punctuation, shorten(run, 4));
            }
        }
    }

    fn read_word(&mut self, written: &str) {
        let written = written.trim_matches(['\'', '-', '_']);
        if written.is_empty() {
            return;
        }
        let mut word = std::mem::take(&mut self.buffers.word);
        word.clear();
        push_lower(&mut word, written);
        let hash = self.key.hash(tag(self.field, Kind::Word), word.as_bytes());
        if self.specification.words {
            self.add(hash, Token { field: self.field, family: Family::Words, before: None, text: &word });
            self.read_form(written, &word);
        }
        if self.specification.word_pairs {
            if let Some(previous) = self.previous {
                let before = std::mem::take(&mut self.buffers.previous);
                let pair =
                    Token { field: self.field, family: Family::Pairs, before: Some(&before), text: &word };
                self.add(self.key.pair(previous, hash), pair);
                self.buffers.previous = before;
            }
            self.previous = Some(hash);
            std::mem::swap(&mut word, &mut self.buffers.previous);
        }
        self.buffers.word = word;
    }

    /// What a word tells beyond its letters: capitals, digits, and the word of the first picture.
    fn read_form(&mut self, written: &str, word: &str) {
        self.viagra |= word == "viagra";
        if written != word {
            self.add_plain(Kind::Written, written);
            let in_capitals = written.chars().all(|c| !c.is_lowercase());
            self.capitals += usize::from(in_capitals && written.chars().nth(1).is_some());
        } else if word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'$') {
            const SHAPES: &str = "################";
            self.add_plain(Kind::Digits, &SHAPES[..word.len().min(SHAPES.len())]);
        }
    }

    fn add_plain(&mut self, kind: Kind, text: &str) {
        let hash = self.key.hash(tag(self.field, kind), text.as_bytes());
        self.add(hash, Token { field: self.field, family: Family::Words, before: None, text });
    }

    fn add(&mut self, hash: u64, token: Token<'_>) {
        if self.left > 0 {
            self.left -= 1;
            self.sink.add(hash, token);
        }
    }
}

fn tag(field: Field, kind: Kind) -> u16 {
    (field as u16) << 8 | kind as u16
}

/// Letters and digits of any script, and the marks that hold words and prices together.
fn is_word_character(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\'' | '-' | '_' | '$')
}

/// `chunk` in pieces of at most [`limits::WORD_BYTES`], cut between characters.
fn pieces(mut chunk: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let piece = shorten(chunk, limits::WORD_BYTES);
        chunk = &chunk[piece.len()..];
        (!piece.is_empty()).then_some(piece)
    })
}

/// The first `bytes` bytes of `text`, or a little less so as not to cut a character.
fn shorten(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn push_lower(buffer: &mut String, text: &str) {
    if text.is_ascii() {
        buffer.push_str(text);
        let start = buffer.len() - text.len();
        buffer[start..].make_ascii_lowercase();
    } else {
        buffer.extend(text.chars().flat_map(char::to_lowercase));
    }
}
