//! Where the words of a stretch of text begin and end, found 64 bytes at a time.

#![allow(clippy::inline_always, reason = "a kernel must be inlined where its instruction set is switched on")]

use crate::numeric::simd::{InstructionSet, Kernel, Level};

/// Bytes that are looked at together: one bit of a mask each.
const BLOCK: usize = 64;
/// So many bytes may be read from any byte of the text on.
const PADDING: usize = BLOCK;

/// A stretch of text in bytes, and where its words and its runs of marks begin and end.
///
/// Letters and digits, `$` and every byte of a character beyond ASCII belong to a word; so do `'`, `-` and
/// `_` between two of these. White space divides; all else is a mark.
#[derive(Debug, Default)]
pub struct Scan {
    /// The text as it was written, with spaces behind it.
    written: Vec<u8>,
    /// The same, its ASCII letters in lower case.
    lower: Vec<u8>,
    length: usize,
    core: Vec<u64>,
    joiners: Vec<u64>,
    spaces: Vec<u64>,
    words: Boundaries,
    marks: Boundaries,
}

/// Where runs begin and end, in turn.
#[derive(Debug, Default)]
struct Boundaries {
    at: Vec<u32>,
    count: usize,
}

impl Scan {
    /// Reads `text` into the buffers.
    pub fn read(&mut self, text: &str) {
        self.length = text.len();
        // A space behind the end closes the last run, and windows may reach over the end.
        let padded = (text.len() + 1).next_multiple_of(BLOCK) + PADDING;
        for copy in [&mut self.written, &mut self.lower] {
            copy.clear();
            copy.reserve(padded);
            copy.extend_from_slice(text.as_bytes());
        }
        self.lower.make_ascii_lowercase();
        self.written.resize(padded, b' ');
        self.lower.resize(padded, b' ');
    }

    /// Finds the words and the runs of at least two marks in what was read.
    pub fn divide(&mut self) {
        Level::chosen().run(Divide(self));
    }

    #[inline(always)]
    fn divide_by<I: InstructionSet>(&mut self) {
        self.classify::<I>();
        self.words.begin(self.length);
        self.marks.begin(self.length);
        let last = self.core.len() - 1;
        let (mut words_before, mut marks_before) = (0, 0);
        for block in 0..self.core.len() {
            let core = self.core[block];
            let core_before = if block == 0 { 0 } else { self.core[block - 1] };
            let core_after = if block == last { 0 } else { self.core[block + 1] };
            let joins = self.joiners[block] & shifted_in(core, core_before) & shifted_out(core, core_after);
            let words = core | joins;
            self.words.add(block, words, words_before);
            words_before = words;
            self.core[block] = words;
            self.spaces[block] |= words;
        }
        for block in 0..self.spaces.len() {
            let marks = !self.spaces[block];
            let before = if block == 0 { 0 } else { !self.spaces[block - 1] };
            let after = if block == last { 0 } else { !self.spaces[block + 1] };
            let several = marks & (shifted_in(marks, before) | shifted_out(marks, after));
            self.marks.add(block, several, marks_before);
            marks_before = several;
        }
    }

    #[inline(always)]
    fn classify<I: InstructionSet>(&mut self) {
        for masks in [&mut self.core, &mut self.joiners, &mut self.spaces] {
            masks.clear();
        }
        let (blocks, _) = self.lower[..self.lower.len() - PADDING].as_chunks::<BLOCK>();
        for block in blocks {
            self.core.push(mask::<I>(block, is_core));
            self.joiners.push(mask::<I>(block, is_joiner));
            self.spaces.push(mask::<I>(block, is_space));
        }
    }

    /// The words, from and to.
    pub fn words(&self) -> &[[u32; 2]] {
        self.words.runs()
    }

    /// The runs of at least two marks, from and to.
    pub fn marks(&self) -> &[[u32; 2]] {
        self.marks.runs()
    }

    /// The text with its ASCII letters in lower case.
    pub fn lower(&self) -> &[u8] {
        &self.lower[..self.length]
    }

    /// The text with its ASCII letters in lower case, and at least 64 bytes more.
    pub fn lower_padded(&self) -> &[u8] {
        &self.lower
    }

    /// The text as written, and at least 64 bytes more.
    pub fn written_padded(&self) -> &[u8] {
        &self.written
    }
}

/// Dividing, by the instruction set that is chosen.
struct Divide<'a>(&'a mut Scan);

impl Kernel for Divide<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: InstructionSet>(self) {
        self.0.divide_by::<I>();
    }
}

impl Boundaries {
    fn begin(&mut self, length: usize) {
        self.count = 0;
        if self.at.len() < length + BLOCK {
            self.at.resize(length + BLOCK, 0);
        }
    }

    /// Takes the places where a mask begins and ends to be set.
    #[inline(always)]
    fn add(&mut self, block: usize, mask: u64, before: u64) {
        let mut changes = mask ^ shifted_in(mask, before);
        let more = changes.count_ones() as usize;
        for at in &mut self.at[self.count..self.count + more] {
            *at = (block * BLOCK) as u32 + changes.trailing_zeros();
            changes &= changes - 1;
        }
        self.count += more;
    }

    fn runs(&self) -> &[[u32; 2]] {
        self.at[..self.count].as_chunks().0
    }
}

/// Bit n tells of byte n - 1.
fn shifted_in(mask: u64, before: u64) -> u64 {
    mask << 1 | before >> 63
}

/// Bit n tells of byte n + 1.
fn shifted_out(mask: u64, after: u64) -> u64 {
    mask >> 1 | after << 63
}

/// One bit a byte: whether it is of the class.
#[inline(always)]
fn mask<I: InstructionSet>(block: &[u8; BLOCK], class: impl Fn(u8) -> bool) -> u64 {
    // First a byte for each answer, which compilers do many at a time.
    let mut answers = [0_u8; BLOCK];
    for (answer, &byte) in answers.iter_mut().zip(block) {
        *answer = if class(byte) { u8::MAX } else { 0 };
    }
    I::top_bits(&answers)
}

/// Of bytes whose ASCII letters are in lower case.
#[inline]
#[allow(clippy::needless_bitwise_bool, reason = "without branches many bytes are looked at together")]
fn is_core(byte: u8) -> bool {
    (byte.wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'0') < 10) | (byte == b'$') | (byte >= 0x80)
}

#[inline]
#[allow(clippy::needless_bitwise_bool, reason = "without branches many bytes are looked at together")]
fn is_joiner(byte: u8) -> bool {
    (byte == b'\'') | (byte == b'-') | (byte == b'_')
}

/// The white space of ASCII, as [`char::is_whitespace`] has it.
#[inline]
#[allow(clippy::needless_bitwise_bool, reason = "without branches many bytes are looked at together")]
pub fn is_space(byte: u8) -> bool {
    (byte == b' ') | (byte.wrapping_sub(b'\t') < 5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The words and the runs of marks, which all instruction sets find alike.
    fn divided(text: &str) -> (Vec<String>, Vec<String>) {
        let mut scan = Scan::default();
        let mut found = Level::available().into_iter().map(|level| {
            scan.read(text);
            level.run(Divide(&mut scan));
            let cut = |bounds: &[[u32; 2]]| -> Vec<String> {
                bounds.iter().map(|&[from, to]| text[from as usize..to as usize].to_owned()).collect()
            };
            (cut(scan.words()), cut(scan.marks()))
        });
        let first = found.next().unwrap_or_default();
        assert!(found.all(|other| other == first));
        first
    }

    fn words(text: &str) -> Vec<String> {
        divided(text).0
    }

    fn marks(text: &str) -> Vec<String> {
        divided(text).1
    }

    /// The same by looking at one byte after another.
    fn naive(text: &str) -> (Vec<String>, Vec<String>) {
        let bytes = text.as_bytes();
        let core = |at: usize| bytes.get(at).is_some_and(|&byte| is_core(byte.to_ascii_lowercase()));
        let is_word = |at: usize| core(at) || is_joiner(bytes[at]) && at > 0 && core(at - 1) && core(at + 1);
        let class = |at: usize| if is_word(at) { 0 } else { 1 + u8::from(is_space(bytes[at])) };
        let (mut words, mut marks, mut start) = (Vec::new(), Vec::new(), 0);
        for at in 1..=bytes.len() {
            if at == bytes.len() || class(at) != class(start) {
                match class(start) {
                    0 => words.push(text[start..at].to_owned()),
                    1 if at - start > 1 => marks.push(text[start..at].to_owned()),
                    _ => {}
                }
                start = at;
            }
        }
        (words, marks)
    }

    #[test]
    fn words_keep_what_holds_them_together() {
        assert_eq!(words("Don't e-mail -- 'me' $5, x_y_ für"), ["Don't", "e-mail", "me", "$5", "x_y", "für"]);
        assert_eq!(marks("wow!!! ... no! -- <a>=<b> '-"), ["!!!", "...", "--", ">=<", "'-"]);
        assert!(words("").is_empty() && marks("").is_empty());
    }

    proptest! {
        #[test]
        fn masks_say_what_single_bytes_say(text in "([a-cA-C0-1$'_!. \\n-]|é|—){0,300}") {
            prop_assert_eq!(divided(&text), naive(&text));
        }
    }
}
