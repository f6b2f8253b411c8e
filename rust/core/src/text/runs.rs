//! Overlapping runs of bytes: the text as they are taken from, and their slots.

#![allow(clippy::inline_always, reason = "a kernel must be inlined where its instruction set is switched on")]

use std::marker::PhantomData;

use super::filling::Filling;
use super::hash::RunHash;
use super::places::Recorder;
use super::take::{self, Hashes};
use crate::numeric::simd::{InstructionSet, Kernel, Level, Slots};

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// The text that runs are taken from: lower case, words divided by one space, a space at both ends.
#[derive(Debug, Default)]
pub struct RunText {
    bytes: Vec<u8>,
    /// For each byte the place in the stretch that it stands for; kept only when it was asked for.
    origins: Filling<u32>,
    length: usize,
}

impl RunText {
    /// Takes at most `limit` bytes of a stretch. It comes with a copy in which ASCII letters are in lower case and
    /// ASCII white space is a space, and behind which two blocks of spaces stand.
    ///
    /// A space stands for the place behind it, so that it belongs to the word that it comes before.
    pub fn read<R: Recorder>(&mut self, text: &str, lower: &[u8], limit: usize) {
        Level::chosen().run(Read { runs: self, text, lower, limit, recorder: PhantomData::<R> });
        self.close::<R>(text.len(), limit);
    }

    /// Ends what was read with a space, cuts it, and puts zeros behind it.
    fn close<R: Recorder>(&mut self, end: usize, limit: usize) {
        if self.bytes.last() != Some(&b' ') {
            self.push::<R>(b' ', end);
        }
        self.length = self.bytes.len().min(limit);
        self.bytes.truncate(self.length);
        self.bytes.resize(self.length.next_multiple_of(take::BLOCK) + 2 * take::BLOCK, 0);
    }

    #[inline(always)]
    fn read_all<I: InstructionSet, R: Recorder>(&mut self, text: &str, lower: &[u8], limit: usize) {
        self.bytes.clear();
        self.origins.clear();
        self.push::<R>(b' ', 0);
        let mut at = 0;
        while at < text.len() && self.bytes.len() < limit {
            // A block of ASCII is read at once; spaces behind the text come to the one that closes it.
            at += match lower[at..].first_chunk::<BLOCK>() {
                Some(block) if block.is_ascii() => self.read_block::<I, R>(block, lower, at),
                _ => self.read_characters::<R>(text, at, BLOCK),
            };
        }
    }

    #[inline(always)]
    fn read_block<I: InstructionSet, R: Recorder>(
        &mut self,
        block: &[u8; BLOCK],
        lower: &[u8],
        at: usize,
    ) -> usize {
        let mut answers = [0; BLOCK];
        for (answer, &byte) in answers.iter_mut().zip(block) {
            *answer = if byte == b' ' { u8::MAX } else { 0 };
        }
        let spaces = I::top_bits(&answers);
        let follows_space = self.bytes.last() == Some(&b' ');
        let doubled = spaces & (spaces << 1 | u64::from(follows_space));
        // From one stretch that is kept to the next. Each is copied with what stands behind it, since a copy of
        // so many bytes as are kept would be a call.
        let (mut kept, mut from) = (!doubled, 0);
        while kept != 0 {
            let skipped = kept.trailing_zeros();
            let length = (kept >> skipped).trailing_ones();
            from += skipped as usize;
            let end = self.bytes.len() + length as usize;
            self.bytes.extend_from_slice(lower[at + from..].first_chunk::<BLOCK>().unwrap_or(&[0; BLOCK]));
            self.bytes.truncate(end);
            from += length as usize;
            kept = (kept >> skipped).unbounded_shr(length);
        }
        if R::KEEPS {
            self.keep_origins::<I>(spaces, follows_space, at);
        }
        BLOCK
    }

    /// Keeps the places of a block from `at` on, in which these bytes are spaces, and which may follow one.
    ///
    /// Of spaces in a row the place of the last is kept, where that of the first would be to be put right.
    #[inline(always)]
    fn keep_origins<I: InstructionSet>(&mut self, spaces: u64, follows_space: bool, at: usize) {
        const QUARTER: usize = BLOCK / 4;
        if follows_space && spaces & 1 == 1 {
            self.origins.pop();
        }
        let kept = !(spaces & spaces >> 1);
        self.origins.reserve(BLOCK + QUARTER);
        for quarter in 0..4 {
            let from = quarter * QUARTER;
            let mut places = [0; QUARTER];
            for (index, place) in places.iter_mut().enumerate() {
                *place = (at + from + index) as u32 + (spaces >> (from + index) & 1) as u32;
            }
            let kept = (kept >> from) as u16;
            if let Some(room) = self.origins.room().first_chunk_mut() {
                I::compress(&places, kept, room);
            }
            self.origins.advance(kept.count_ones() as usize);
        }
    }

    /// Reads characters until at least `count` bytes are read, or the stretch ends.
    fn read_characters<R: Recorder>(&mut self, text: &str, at: usize, count: usize) -> usize {
        let mut read = 0;
        for character in text[at..].chars() {
            if read >= count {
                break;
            }
            let place = at + read;
            read += character.len_utf8();
            if character.is_whitespace() {
                if self.bytes.last() == Some(&b' ') {
                    if R::KEEPS
                        && let Some(origin) = self.origins.last_mut()
                    {
                        *origin = (at + read) as u32;
                    }
                } else {
                    self.push::<R>(b' ', at + read);
                }
            } else if character.is_ascii() {
                self.push::<R>(character.to_ascii_lowercase() as u8, place);
            } else {
                let mut buffer = [0; 4];
                for lowered in character.to_lowercase() {
                    for &byte in lowered.encode_utf8(&mut buffer).as_bytes() {
                        self.push::<R>(byte, place);
                    }
                }
            }
        }
        read
    }

    fn push<R: Recorder>(&mut self, byte: u8, origin: usize) {
        self.bytes.push(byte);
        if R::KEEPS {
            self.origins.push(origin as u32);
        }
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// For each byte the place in the stretch that it stands for; none if places were not asked for.
    pub fn origins(&self) -> &[u32] {
        self.origins.as_slice()
    }

    /// The hashes of all runs of `length` bytes, in their order.
    pub fn hashes(&self, length: usize, hash: RunHash) -> RunHashes<'_> {
        RunHashes { bytes: &self.bytes, count: (self.length + 1).saturating_sub(length), length, hash }
    }
}

/// Reading, by the instruction set that is chosen.
struct Read<'a, R> {
    runs: &'a mut RunText,
    text: &'a str,
    lower: &'a [u8],
    limit: usize,
    recorder: PhantomData<R>,
}

impl<R: Recorder> Kernel for Read<'_, R> {
    type Output = ();

    #[inline(always)]
    fn run<I: InstructionSet>(self) {
        self.runs.read_all::<I, R>(self.text, self.lower, self.limit);
    }
}

/// The hashes of the runs of one length.
#[derive(Clone, Copy)]
pub struct RunHashes<'a> {
    /// With two blocks more than there are runs.
    bytes: &'a [u8],
    count: usize,
    length: usize,
    hash: RunHash,
}

impl Hashes for RunHashes<'_> {
    #[inline(always)]
    fn len(&self) -> usize {
        self.count
    }

    #[inline(always)]
    fn slots<I: InstructionSet>(&self, index: usize, shift: u32) -> Slots {
        let bytes = self.bytes[index * take::BLOCK..].first_chunk().unwrap_or(&[0; 2 * take::BLOCK]);
        I::scale_windows(bytes, self.hash.scale(self.length, shift))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::places::{Nowhere, Places};
    use crate::text::{HashKey, scan::Scan};
    use proptest::prelude::*;

    /// One character after another: the bytes, and the place of each.
    fn naive(text: &str, limit: usize) -> (Vec<u8>, Vec<u32>) {
        let (mut bytes, mut origins) = (vec![b' '], vec![0]);
        for (at, character) in text.char_indices() {
            if character.is_whitespace() {
                let origin = (at + character.len_utf8()) as u32;
                if bytes.last() == Some(&b' ') {
                    *origins.last_mut().unwrap() = origin;
                } else {
                    bytes.push(b' ');
                    origins.push(origin);
                }
            } else {
                let lower = character.to_lowercase().to_string();
                bytes.extend(lower.bytes());
                origins.extend(lower.bytes().map(|_| at as u32));
            }
        }
        if bytes.last() != Some(&b' ') {
            bytes.push(b' ');
        }
        bytes.truncate(limit);
        (bytes, origins)
    }

    proptest! {
        #[test]
        fn runs_are_those_of_single_characters(
            text in "([a-zA-Z0-9.]{0,90}|[ \n\t]{1,70}|é|K|\u{a0}|[a-c ]{1,200}){0,12}",
            limit in 1_usize..400, length in 2_usize..=8, shift in 40_u32..=56,
        ) {
            let hash = HashKey::from_bytes(*b"any key will do.").runs(7);
            let (mut scan, mut runs) = (Scan::default(), RunText::default());
            scan.read(&text);
            let (bytes, origins) = naive(&text, limit);
            let number = |run: &[u8]| run.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
            let expected: Vec<u32> = bytes.windows(length).map(|run| (hash.of(number(run)) >> shift) as u32).collect();
            for level in Level::available() {
                let (lower, recorder) = (scan.lower_padded(), PhantomData::<Places>);
                level.run(Read { runs: &mut runs, text: &text, lower, limit, recorder });
                runs.close::<Places>(text.len(), limit);
                prop_assert_eq!(&runs.bytes[..runs.len()], &bytes[..]);
                // The last byte begins no run.
                prop_assert_eq!(&runs.origins()[..expected.len()], &origins[..expected.len()]);
                let found = level.run(Collect { hashes: runs.hashes(length, hash), shift });
                prop_assert_eq!(&found, &expected);
            }
            runs.read::<Nowhere>(&text, scan.lower_padded(), limit);
            prop_assert_eq!(&runs.bytes[..runs.len()], &bytes[..]);
        }
    }

    /// The slots of all hashes.
    struct Collect<'a> {
        hashes: RunHashes<'a>,
        shift: u32,
    }

    impl Kernel for Collect<'_> {
        type Output = Vec<u32>;

        #[inline(always)]
        fn run<I: InstructionSet>(self) -> Vec<u32> {
            let blocks = 0..self.hashes.len().div_ceil(take::BLOCK);
            let mut slots: Vec<u32> = blocks
                .flat_map(|index| self.hashes.slots::<I>(index, self.shift).as_slice().to_vec())
                .collect();
            slots.truncate(self.hashes.len());
            slots
        }
    }
}
