//! Overlapping runs of bytes: the text as they are taken from, and their slots.

use super::hash::RunHash;
use super::places::Recorder;
use super::scan::is_space;

/// A run is read as a window of eight bytes.
const WINDOW: usize = 8;
/// Bytes that are looked at together.
const BLOCK: usize = 32;

/// The text that runs are taken from: lower case, words divided by one space, a space at both ends.
#[derive(Debug, Default)]
pub struct RunText {
    bytes: Vec<u8>,
    /// For each byte the place in the stretch that it stands for; kept only when it was asked for.
    origins: Vec<u32>,
    length: usize,
}

impl RunText {
    /// Takes at most `limit` bytes of a stretch, which comes with a copy whose ASCII letters are in lower case.
    ///
    /// A space stands for the place behind it, so that it belongs to the word that it comes before.
    pub fn read<R: Recorder>(&mut self, text: &str, lower: &[u8], limit: usize) {
        self.bytes.clear();
        self.origins.clear();
        self.push::<R>(b' ', 0);
        let mut at = 0;
        while at < lower.len() && self.bytes.len() < limit {
            at += self.read_some::<R>(text, lower, at);
        }
        if self.bytes.last() != Some(&b' ') {
            self.push::<R>(b' ', lower.len());
        }
        self.length = self.bytes.len().min(limit);
        self.bytes.truncate(self.length);
        self.bytes.resize(self.length + WINDOW, 0);
    }

    /// Reads a block of bytes at once if it is ASCII; else its characters. Returns how many bytes it read.
    fn read_some<R: Recorder>(&mut self, text: &str, lower: &[u8], at: usize) -> usize {
        if let Some(block) = lower[at..].first_chunk::<BLOCK>()
            && block.is_ascii()
        {
            self.read_block::<R>(block, at);
            return BLOCK;
        }
        self.read_characters::<R>(text, at, BLOCK)
    }

    fn read_block<R: Recorder>(&mut self, block: &[u8; BLOCK], at: usize) {
        let mut clean = [b' '; BLOCK + 1];
        clean[0] = *self.bytes.last().unwrap_or(&b' ');
        for (clean, &byte) in clean[1..].iter_mut().zip(block) {
            *clean = if is_space(byte) { b' ' } else { byte };
        }
        let mut doubled = [0_u8; BLOCK];
        for (index, doubled) in doubled.iter_mut().enumerate() {
            *doubled = u8::from(clean[index] == b' ') & u8::from(clean[index + 1] == b' ');
        }
        if doubled == [0; BLOCK] {
            self.bytes.extend_from_slice(&clean[1..]);
            if R::KEEPS {
                let origin = |index| (at + index + usize::from(clean[index + 1] == b' ')) as u32;
                self.origins.extend((0..BLOCK).map(origin));
            }
            return;
        }
        let (mut kept, mut length) = ([0; BLOCK], 0);
        for (&byte, &doubled) in clean[1..].iter().zip(&doubled) {
            kept[length] = byte;
            length += usize::from(doubled == 0);
        }
        self.bytes.extend_from_slice(&kept[..length]);
        if R::KEEPS {
            for (index, &byte) in clean[1..].iter().enumerate() {
                let origin = (at + index + usize::from(byte == b' ')) as u32;
                match self.origins.last_mut() {
                    Some(last) if doubled[index] == 1 => *last = origin,
                    _ => self.origins.push(origin),
                }
            }
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
    pub fn origins(&self) -> impl Iterator<Item = u32> {
        self.origins.iter().copied()
    }

    /// The hashes of all runs of `length` bytes, in their order.
    #[inline]
    pub fn hashes(&self, length: usize, hash: RunHash) -> impl Iterator<Item = u64> {
        let mask = u64::MAX >> (64 - 8 * length);
        let count = (self.length + 1).saturating_sub(length);
        self.bytes.windows(WINDOW).take(count).map(move |window| {
            let window = window.first_chunk::<WINDOW>().copied().unwrap_or_default();
            hash.of(u64::from_le_bytes(window) & mask)
        })
    }
}
