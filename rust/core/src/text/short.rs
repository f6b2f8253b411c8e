//! Short words of ASCII: eight are read and hashed at once, without a branch for what they hold.

#![allow(clippy::inline_always, reason = "a kernel must be inlined where its instruction set is switched on")]

use super::hash::HashKey;
use super::limits;
use super::window::{MASKS, MASKS_OF_HIGH, SHORT, window};
use crate::numeric::simd::{EightWords, InstructionSet, Kernel, keep_pairs};

/// The word that is a feature of the whole message.
pub const VIAGRA: &[u8; 8] = b"viagra\0\0";
/// The bit that all letters of ASCII have, and digits and marks within words, but `_`, have not.
const LETTER: u64 = 0x4040_4040_4040_4040;
/// The bit that all bytes beyond ASCII have.
const BEYOND_ASCII: u64 = 0x8080_8080_8080_8080;

/// What a letter of ASCII differs by from its other case.
const OTHER_CASE: u64 = 0x2020_2020_2020_2020;

/// The shape of eight digits.
const ONLY_DIGITS: u64 = u64::from_le_bytes(*b"########");

/// Words that are read together.
const BLOCK: usize = 8;
/// So much more room is needed than there are words: blocks are written whole.
pub const ROOM: usize = BLOCK;

/// Reads words up to the first that is not all ASCII.
pub struct ShortWords<'a> {
    /// The text as written, with at least 16 bytes behind it.
    pub written: &'a [u8],
    pub key: HashKey,
    pub tag: u16,
    /// Where the words are, from and to.
    pub bounds: &'a [[u32; 2]],
    /// Takes the hash of each word. All four have [`ROOM`] more than there are words.
    pub hashes: &'a mut [u64],
    /// Takes the words that hold capitals.
    pub with_capitals: &'a mut [[u32; 2]],
    /// Takes the words that hold more than letters.
    pub with_numbers: &'a mut [[u32; 2]],
    /// Takes the numbers of the words that are longer than [`SHORT`] bytes, whose hashes are to be put right, and
    /// which stand in no other list.
    pub long: &'a mut [u32],
}

/// How many words were read, of which kind.
#[derive(Debug, Default, Clone, Copy)]
pub struct ShortRead {
    pub words: usize,
    pub with_capitals: usize,
    pub with_numbers: usize,
    pub long: usize,
    /// Whether one of them is [`VIAGRA`].
    pub viagra: bool,
}

impl Kernel for ShortWords<'_> {
    type Output = ShortRead;

    #[inline(always)]
    fn run<I: InstructionSet>(self) -> ShortRead {
        let Self { written, key, tag, bounds, hashes, with_capitals, with_numbers, long } = self;
        let splat = I::EightWords::splat;
        let mut read = ShortRead::default();
        for some in bounds.chunks(BLOCK) {
            let block = &eight_of(some);
            let (low, high) = I::EightWords::windows(written, block);
            let lengths = I::EightWords::lengths(block);
            let too_long = lengths.above(SHORT as u64);
            let mut others = low.or(high).and(splat(BEYOND_ASCII)).not_zero();
            for at in Bits(too_long) {
                let [from, to] = block[at];
                others |= u8::from(!written[from as usize..to as usize].is_ascii()) << at;
            }
            let count = (u32::from(others) | 1 << some.len()).trailing_zeros() as usize;
            let counted = ((1_u32 << count) - 1) as u8;
            let short = counted & !too_long;
            // Windows in lower case, hashed; what differs from them as it is written holds capitals.
            let lower = (low.lower_case(), high.lower_case());
            write(hashes, read.words, key.hash_eight(tag, lower.0, lower.1, lengths).to_array());
            let capitals = low.xor(lower.0).or(high.xor(lower.1)).not_zero() & short;
            read.with_capitals += list::<I>(block, capitals, with_capitals, read.with_capitals);
            let letters = low.xor(lengths.bits_of_bytes(0)).or(high.xor(lengths.bits_of_bytes(8)));
            let numbers = letters.and(splat(LETTER)).not_zero() & short;
            read.with_numbers += list::<I>(block, numbers, with_numbers, read.with_numbers);
            let viagra = splat(u64::from_le_bytes(*VIAGRA));
            read.viagra |= !lower.0.xor(viagra).or(lower.1).not_zero() & short != 0;
            for at in Bits(too_long & counted) {
                long[read.long] = (read.words + at) as u32;
                read.long += 1;
            }
            read.words += count;
            if count < some.len() {
                break;
            }
        }
        read
    }
}

/// Hashes short words of ASCII as they are written; how many are longer than a letter and hold no small one comes out.
pub struct WrittenWords<'a> {
    /// The text as written, with at least 16 bytes behind it.
    pub written: &'a [u8],
    pub key: HashKey,
    pub tag: u16,
    /// Where the words are, from and to.
    pub bounds: &'a [[u32; 2]],
    /// Takes the hash of each, with [`ROOM`] more than there are words.
    pub hashes: &'a mut [u64],
}

impl Kernel for WrittenWords<'_> {
    type Output = usize;

    #[inline(always)]
    fn run<I: InstructionSet>(self) -> usize {
        let Self { written, key, tag, bounds, hashes } = self;
        let case = I::EightWords::splat(OTHER_CASE);
        let mut capitals = 0;
        for (number, some) in bounds.chunks(BLOCK).enumerate() {
            let block = &eight_of(some);
            let (low, high) = I::EightWords::windows(written, block);
            let lengths = I::EightWords::lengths(block);
            write(hashes, number * BLOCK, key.hash_eight(tag, low, high, lengths).to_array());
            // In the other case small letters are capitals; what is no letter becomes none.
            let (other_low, other_high) = (low.xor(case), high.xor(case));
            let small = other_low.xor(other_low.lower_case()).or(other_high.xor(other_high.lower_case()));
            // A block that is not full is filled with words of no length.
            capitals += (lengths.above(1) & !small.not_zero()).count_ones() as usize;
        }
        capitals
    }
}

/// The places of the bits that are set, the lowest first.
struct Bits(u8);

impl Iterator for Bits {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let place = self.0.trailing_zeros() as usize;
        self.0 &= self.0.wrapping_sub(1);
        (place < BLOCK).then_some(place)
    }
}

/// Up to eight pairs, then zeros.
#[inline(always)]
fn eight_of(pairs: &[[u32; 2]]) -> [[u32; 2]; BLOCK] {
    if let Some(block) = pairs.first_chunk() {
        return *block;
    }
    let mut block = [[0; 2]; BLOCK];
    block[..pairs.len()].copy_from_slice(pairs);
    block
}

/// Writes a block to a place that has room for it.
#[inline(always)]
fn write<T: Copy>(target: &mut [T], place: usize, block: [T; BLOCK]) {
    target[place..place + BLOCK].copy_from_slice(&block);
}

/// Writes those of a block whose bit is set to a place that has room for all; returns how many they are.
#[inline(always)]
fn list<I: InstructionSet>(
    block: &[[u32; 2]; BLOCK],
    kept: u8,
    target: &mut [[u32; 2]],
    place: usize,
) -> usize {
    let mut found = [[0; 2]; BLOCK];
    let count = keep_pairs::<I>(block, kept, &mut found);
    write(target, place, found);
    count
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
            words in prop::collection::vec("[a-zA-Z0-9$'-]{1,18}|é|[a-z]{16}é|viagra|VIAGRA", 0..40),
        ) {
            let text = words.join(" ");
            let mut bounds = Vec::new();
            let mut from = 0;
            for word in &words {
                bounds.push([from, from + word.len() as u32]);
                from += word.len() as u32 + 1;
            }
            let key = HashKey::from_bytes(*b"any key will do.");
            let expected: Vec<&String> = words.iter().take_while(|word| word.is_ascii()).collect();
            let padded = text + &" ".repeat(SHORT);
            let hash = |word: &str, tag: u16| {
                let mut bytes = [0; SHORT];
                bytes[..word.len()].copy_from_slice(word.as_bytes());
                let both = u128::from_le_bytes(bytes);
                key.hash_short(tag, both as u64, (both >> 64) as u64, word.len())
            };
            for level in Level::available() {
                let (mut hashes, mut long) = ([0; 48], [0; 48]);
                let (mut capitals, mut numbers) = ([[0; 2]; 48], [[0; 2]; 48]);
                let read = level.run(ShortWords {
                    written: padded.as_bytes(),
                    key,
                    tag: 3,
                    bounds: &bounds,
                    hashes: &mut hashes,
                    with_capitals: &mut capitals,
                    with_numbers: &mut numbers,
                    long: &mut long,
                });
                prop_assert_eq!(read.words, expected.len());
                let is_long = |number: usize| expected[number].len() > SHORT;
                let long: Vec<usize> = long[..read.long].iter().map(|&number| number as usize).collect();
                prop_assert_eq!(long, (0..expected.len()).filter(|&at| is_long(at)).collect::<Vec<_>>());
                for (word, &found) in expected.iter().zip(&hashes).filter(|(word, _)| word.len() <= SHORT) {
                    prop_assert_eq!(found, hash(&word.to_ascii_lowercase(), 3));
                }
                let of = |found: &[[u32; 2]], holds: fn(u8) -> bool| {
                    let read = bounds.iter().zip(&expected).filter(|(_, word)| word.len() <= SHORT);
                    read.filter(|(_, word)| word.bytes().any(holds)).map(|(at, _)| *at).eq(found.iter().copied())
                };
                prop_assert!(of(&capitals[..read.with_capitals], |byte| byte.is_ascii_uppercase()));
                prop_assert!(of(&numbers[..read.with_numbers], |byte| !byte.is_ascii_alphabetic()));
                let viagra = expected.iter().any(|word| word.eq_ignore_ascii_case("viagra"));
                prop_assert_eq!(read.viagra, viagra);

                let short: Vec<_> = bounds.iter().zip(&expected).filter(|(_, word)| word.len() <= SHORT).collect();
                let bounds: Vec<[u32; 2]> = short.iter().map(|(at, _)| **at).collect();
                let (written, hashes) = (padded.as_bytes(), &mut hashes[..]);
                let loud = level.run(WrittenWords { written, key, tag: 5, bounds: &bounds, hashes });
                for ((_, word), &found) in short.iter().zip(&hashes[..]) {
                    prop_assert_eq!(found, hash(word, 5));
                }
                let is_loud = |word: &str| word.len() > 1 && !word.bytes().any(|byte| byte.is_ascii_lowercase());
                prop_assert_eq!(loud, short.iter().filter(|(_, word)| is_loud(word)).count());
            }
        }
    }
}
