//! Where the words of a stretch of text begin and end, found 64 bytes at a time.

#![allow(clippy::inline_always, reason = "a kernel must be inlined where its instruction set is switched on")]

use crate::numeric::simd::{InstructionSet, Kernel, Level};

/// Bytes that are looked at together: one bit of a mask each.
const BLOCK: usize = 64;
/// So many bytes may be read from any byte of the text on.
const PADDING: usize = 2 * BLOCK;

/// A stretch of text in bytes, and where its words and its runs of marks begin and end.
///
/// Letters and digits, `$` and every byte of a character beyond ASCII belong to a word; so do `'`, `-` and
/// `_` between two of these. White space divides; all else is a mark.
#[derive(Debug, Default)]
pub struct Scan {
    /// The text as it was written, with spaces behind it.
    written: Vec<u8>,
    /// The same, its ASCII letters in lower case, its ASCII white space a space.
    lower: Vec<u8>,
    length: usize,
    masks: Vec<Masks>,
    words: Boundaries,
    marks: Boundaries,
}

/// What the bytes of a block are, one bit each.
#[derive(Debug, Default, Clone, Copy)]
struct Masks {
    core: u64,
    joiners: u64,
    spaces: u64,
}

/// Where runs begin and end, in turn.
#[derive(Debug, Default)]
struct Boundaries {
    at: Vec<u32>,
    count: usize,
}

impl Scan {
    /// Reads `text` into the buffers, and finds its words and its runs of at least two marks.
    pub fn read(&mut self, text: &str) {
        Level::chosen().run(Read { scan: self, text });
    }

    #[inline(always)]
    fn read_by<I: InstructionSet>(&mut self, text: &str) {
        self.length = text.len();
        // A space behind the end closes the last run, and windows may reach over the end.
        let blocks = (text.len() + 1).div_ceil(BLOCK);
        self.written.clear();
        self.written.reserve(blocks * BLOCK + PADDING);
        self.written.extend_from_slice(text.as_bytes());
        self.written.resize(blocks * BLOCK + PADDING, b' ');
        self.lower.resize(blocks * BLOCK + PADDING, b' ');
        self.lower[blocks * BLOCK..].fill(b' ');
        self.masks.resize(blocks, Masks::default());
        let (written, _) = self.written.as_chunks::<BLOCK>();
        let (lower, _) = self.lower.as_chunks_mut::<BLOCK>();
        for ((written, lower), masks) in written.iter().zip(lower).zip(&mut self.masks) {
            for (lower, &byte) in lower.iter_mut().zip(written) {
                *lower = if is_space(byte) { b' ' } else { byte.to_ascii_lowercase() };
            }
            *masks = Masks {
                core: mask::<I>(lower, is_core),
                joiners: mask::<I>(lower, is_joiner),
                spaces: mask::<I>(lower, |byte| byte == b' '),
            };
        }
        self.divide::<I>();
    }

    #[inline(always)]
    fn divide<I: InstructionSet>(&mut self) {
        let blocks = self.masks.len();
        self.words.begin(blocks);
        self.marks.begin(blocks);
        let (mut core_before, mut words_before) = (0, 0);
        let (mut marks, mut marks_before, mut several_before) = (0, 0, 0);
        for block in 0..=blocks {
            let this =
                self.masks.get(block).copied().unwrap_or(Masks { spaces: u64::MAX, ..Masks::default() });
            let core_after = self.masks.get(block + 1).map_or(0, |next| next.core);
            let joins =
                this.joiners & shifted_in(this.core, core_before) & shifted_out(this.core, core_after);
            core_before = this.core;
            let words_here = this.core | joins;
            let marks_here = !(this.spaces | words_here);
            if block < blocks {
                self.words.add::<I>(block, words_here, words_before);
            }
            words_before = words_here;
            // Whether the last mark of a block is one of several shows in the next.
            if block > 0 {
                let several = marks & (shifted_in(marks, marks_before) | shifted_out(marks, marks_here));
                self.marks.add::<I>(block - 1, several, several_before);
                several_before = several;
                marks_before = marks;
            }
            marks = marks_here;
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

    /// The text with its ASCII letters in lower case, its ASCII white space a space, and at least 128 bytes more.
    pub fn lower_padded(&self) -> &[u8] {
        &self.lower
    }

    /// The text as written, and at least 128 bytes more.
    pub fn written_padded(&self) -> &[u8] {
        &self.written
    }
}

/// Reading, by the instruction set that is chosen.
struct Read<'a> {
    scan: &'a mut Scan,
    text: &'a str,
}

impl Kernel for Read<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: InstructionSet>(self) {
        self.scan.read_by::<I>(self.text);
    }
}

impl Boundaries {
    /// Makes room for the places of so many blocks.
    fn begin(&mut self, blocks: usize) {
        self.count = 0;
        if self.at.len() < blocks * BLOCK {
            self.at.resize(blocks * BLOCK, 0);
        }
    }

    /// Takes the places where a mask begins and ends to be set.
    #[inline(always)]
    fn add<I: InstructionSet>(&mut self, block: usize, mask: u64, before: u64) {
        let changes = mask ^ shifted_in(mask, before);
        // Each block before this one has added as many places as it has bytes, at most.
        if changes != 0
            && let Some(room) = self.at[self.count..].first_chunk_mut()
        {
            self.count += I::places_of_bits(changes, (block * BLOCK) as u32, room);
        }
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
            level.run(Read { scan: &mut scan, text });
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
