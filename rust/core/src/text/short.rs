//! Short words of ASCII: hashed from two registers each, without a branch for what they hold.

#![allow(clippy::inline_always, reason = "a kernel must be inlined where its instruction set is switched on")]

use super::hash::HashKey;
use super::limits;
use super::window::{MASKS, MASKS_OF_HIGH, SHORT, window};
use crate::numeric::simd::{InstructionSet, Kernel};

/// The word that is a feature of the whole message.
pub const VIAGRA: &[u8; 8] = b"viagra\0\0";
/// The bit that all letters of ASCII have, and digits and marks within words, but `_`, have not.
const LETTER: u64 = 0x4040_4040_4040_4040;
/// The bit that all bytes beyond ASCII have.
const BEYOND_ASCII: u64 = 0x8080_8080_8080_8080;

/// The shape of eight digits.
const ONLY_DIGITS: u64 = u64::from_le_bytes(*b"########");

/// Reads words up to the first that is longer than [`SHORT`] bytes or not all ASCII.
pub struct ShortWords<'a> {
    /// The text in lower case and as written, each with at least 16 bytes behind it.
    pub lower: &'a [u8],
    pub written: &'a [u8],
    pub key: HashKey,
    pub tag: u16,
    /// Where the words are, from and to.
    pub bounds: &'a [[u32; 2]],
    /// Takes the hash of each word. All three have room for one more than there are words.
    pub hashes: &'a mut [u64],
    /// Takes the words that hold capitals.
    pub with_capitals: &'a mut [[u32; 2]],
    /// Takes the words that hold more than letters.
    pub with_numbers: &'a mut [[u32; 2]],
}

/// How many words were read, of which kind.
#[derive(Debug, Default, Clone, Copy)]
pub struct ShortRead {
    pub words: usize,
    pub with_capitals: usize,
    pub with_numbers: usize,
    /// Whether one of them is [`VIAGRA`].
    pub viagra: bool,
}

impl Kernel for ShortWords<'_> {
    type Output = ShortRead;

    #[inline(always)]
    fn run<I: InstructionSet>(self) -> ShortRead {
        let Self { lower, written, key, tag, bounds, hashes, with_capitals, with_numbers } = self;
        let mut read = ShortRead::default();
        for &[from, to] in bounds {
            let (at, length) = (from as usize, (to - from) as usize);
            if length > SHORT {
                break;
            }
            let masks = (MASKS[length], MASKS_OF_HIGH[length]);
            let (written_low, written_high) = window(written, at, masks);
            if (written_low | written_high) & BEYOND_ASCII != 0 {
                break;
            }
            let (low, high) = window(lower, at, masks);
            hashes[read.words] = key.hash_short(tag, low, high, length);
            read.words += 1;
            // Which words have capitals or digits can't be foreseen: each is listed, and counts if it has.
            with_capitals[read.with_capitals] = [from, to];
            read.with_capitals += usize::from((low ^ written_low) | (high ^ written_high) != 0);
            with_numbers[read.with_numbers] = [from, to];
            read.with_numbers += usize::from((!low & masks.0 | !high & masks.1) & LETTER != 0);
            read.viagra |= low ^ u64::from_le_bytes(*VIAGRA) | high == 0;
        }
        read
    }
}

/// The hash of the shape of a lower-case word, if it holds digits: its letters do not count, its digits do by
/// their number.
pub fn number_of(word: &[u8], key: HashKey, tag: u16) -> Option<u64> {
    let digits = word.iter().map(|byte| usize::from(byte.is_ascii_digit())).sum::<usize>();
    if digits == 0 {
        return None;
    }
    if digits == word.len() && digits <= SHORT {
        let (low, high) = (ONLY_DIGITS & MASKS[digits], ONLY_DIGITS & MASKS_OF_HIGH[digits]);
        return Some(key.hash_short(tag, low, high, digits));
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
    Some(key.hash(tag, &shape[..length]))
}

/// [`number_of`] of the word from and to in a lower-cased text with 16 bytes behind it: ASCII of at most [`SHORT`]
/// bytes.
pub fn short_number_of(padded: &[u8], [from, to]: [u32; 2], key: HashKey, tag: u16) -> Option<u64> {
    let length = (to - from) as usize;
    let masks = (MASKS[length], MASKS_OF_HIGH[length]);
    let (low, high) = window(padded, from as usize, masks);
    let digits = (digits_in(low) + digits_in(high)) as usize;
    if digits == 0 {
        return None;
    }
    if digits == length {
        return Some(key.hash_short(tag, ONLY_DIGITS & masks.0, ONLY_DIGITS & masks.1, length));
    }
    number_of(&padded[from as usize..to as usize], key, tag)
}

/// How many of eight bytes of ASCII are digits.
fn digits_in(bytes: u64) -> u32 {
    // A digit becomes its value; whatever is 10 or more reaches the top bit of its byte, and no further.
    let values = bytes ^ u64::from_le_bytes(*b"00000000");
    let others = values.wrapping_add(0x7676_7676_7676_7676) & BEYOND_ASCII;
    8 - others.count_ones()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::simd::Level;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_shape_of_a_short_word_is_that_of_any(word in "[a-z0-9$'_-]{1,16}|[0-9]{1,16}|[a-z]{1,16}") {
            let key = HashKey::from_bytes(*b"any key will do.");
            let padded = format!("0{word}000000000000000000");
            let bounds = [1, 1 + word.len() as u32];
            let found = short_number_of(padded.as_bytes(), bounds, key, 3);
            prop_assert_eq!(found, number_of(word.as_bytes(), key, 3));
        }

        #[test]
        fn short_words_are_read_alike_by_every_instruction_set(
            words in prop::collection::vec("[a-zA-Z0-9$'-]{1,18}|é|viagra|VIAGRA", 0..40),
        ) {
            let text = words.join(" ");
            let mut bounds = Vec::new();
            let mut from = 0;
            for word in &words {
                bounds.push([from, from + word.len() as u32]);
                from += word.len() as u32 + 1;
            }
            let key = HashKey::from_bytes(*b"any key will do.");
            let expected: Vec<&String> =
                words.iter().take_while(|word| word.len() <= SHORT && word.is_ascii()).collect();
            let padded = text + &" ".repeat(SHORT);
            for level in Level::available() {
                let (mut hashes, mut capitals, mut numbers) = ([0; 41], [[0; 2]; 41], [[0; 2]; 41]);
                let read = level.run(ShortWords {
                    lower: padded.to_ascii_lowercase().as_bytes(),
                    written: padded.as_bytes(),
                    key,
                    tag: 3,
                    bounds: &bounds,
                    hashes: &mut hashes,
                    with_capitals: &mut capitals,
                    with_numbers: &mut numbers,
                });
                prop_assert_eq!(read.words, expected.len());
                for (word, &hash) in expected.iter().zip(&hashes) {
                    let mut bytes = [0; SHORT];
                    bytes[..word.len()].copy_from_slice(word.to_ascii_lowercase().as_bytes());
                    let both = u128::from_le_bytes(bytes);
                    let expected = key.hash_short(3, both as u64, (both >> 64) as u64, word.len());
                    prop_assert_eq!(hash, expected);
                }
                let of = |found: &[[u32; 2]], holds: fn(u8) -> bool| {
                    let read = bounds.iter().zip(&expected);
                    read.filter(|(_, word)| word.bytes().any(holds)).map(|(at, _)| *at).eq(found.iter().copied())
                };
                prop_assert!(of(&capitals[..read.with_capitals], |byte| byte.is_ascii_uppercase()));
                prop_assert!(of(&numbers[..read.with_numbers], |byte| !byte.is_ascii_alphabetic()));
                let viagra = expected.iter().any(|word| word.eq_ignore_ascii_case("viagra"));
                prop_assert_eq!(read.viagra, viagra);
            }
        }
    }
}
