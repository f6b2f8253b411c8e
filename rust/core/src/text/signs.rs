//! What links are known by, found in one pass over a text.

#![allow(clippy::inline_always, reason = "a kernel must be inlined where its instruction set is switched on")]

use crate::numeric::simd::{InstructionSet, Kernel, Level};

/// Bytes that are looked at together: one bit of a mask each.
const BLOCK: usize = 64;

/// What a link is known by. Part of the file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `://`
    Scheme,
    /// `www.`
    Lower,
    /// `WWW.`
    Upper,
    /// `Www.`
    Title,
}

/// The signs of a text, in their order.
#[derive(Debug, Default)]
pub struct Signs(Vec<(Sign, usize)>);

impl Signs {
    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds the signs of `text`, which stands behind `base` bytes of others.
    pub fn read(&mut self, text: &str, base: usize) {
        Level::chosen().run(Find { bytes: text.as_bytes(), base, signs: self });
    }

    /// Where they begin, in the order of the text.
    pub fn as_slice(&self) -> &[(Sign, usize)] {
        &self.0
    }

    /// Takes what ends before `end` in a text behind `base` bytes.
    fn take(&mut self, bytes: &[u8], end: usize, base: usize) {
        let sign = match bytes[..end].last_chunk() {
            Some(b"www.") => Sign::Lower,
            Some(b"WWW.") => Sign::Upper,
            Some(b"Www.") => Sign::Title,
            // `wWw.` and the like, which nobody writes, begin no link.
            Some([_, _, _, b'.']) => return,
            _ => return self.0.push((Sign::Scheme, base + end - 3)),
        };
        self.0.push((sign, base + end - 4));
    }
}

/// Finding, by the instruction set that is chosen.
struct Find<'a> {
    bytes: &'a [u8],
    base: usize,
    signs: &'a mut Signs,
}

impl Kernel for Find<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: InstructionSet>(self) {
        let Self { bytes, base, signs } = self;
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        let mut last = [0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        let mut before = Ends::default();
        for (number, block) in blocks.iter().chain([&last]).enumerate() {
            let this = Ends::of::<I>(block);
            let mut ends = this.signs(before);
            before = this;
            while ends != 0 {
                signs.take(bytes, number * BLOCK + ends.trailing_zeros() as usize + 1, base);
                ends &= ends - 1;
            }
        }
    }
}

/// Which bytes of a block are what signs consist of, one bit each.
#[derive(Clone, Copy, Default)]
struct Ends {
    colons: u64,
    slashes: u64,
    letters: u64,
    dots: u64,
}

impl Ends {
    #[inline(always)]
    fn of<I: InstructionSet>(block: &[u8; BLOCK]) -> Self {
        Self {
            colons: equal::<I>(block, b':', 0),
            slashes: equal::<I>(block, b'/', 0),
            letters: equal::<I>(block, b'w', 0x20),
            dots: equal::<I>(block, b'.', 0),
        }
    }

    /// The last bytes of signs.
    #[inline(always)]
    fn signs(self, before: Self) -> u64 {
        let back = |this: u64, before: u64, by: u32| this << by | before >> (64 - by);
        let schemes =
            self.slashes & back(self.slashes, before.slashes, 1) & back(self.colons, before.colons, 2);
        let letters = back(self.letters, before.letters, 1)
            & back(self.letters, before.letters, 2)
            & back(self.letters, before.letters, 3);
        schemes | self.dots & letters
    }
}

/// One bit a byte: whether it is `sought` once the bits of `ignored` are set.
#[inline(always)]
fn equal<I: InstructionSet>(block: &[u8; BLOCK], sought: u8, ignored: u8) -> u64 {
    let mut answers = [0; BLOCK];
    for (answer, &byte) in answers.iter_mut().zip(block) {
        *answer = if byte | ignored == sought { u8::MAX } else { 0 };
    }
    I::top_bits(&answers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn signs_are_found_wherever_they_stand(
            text in "(://|:/|www[.]|WWW[.]|Www[.]|wWw[.]|w|é|[a-z ]{0,70}){0,30}",
        ) {
            let named = [("://", Sign::Scheme), ("www.", Sign::Lower), ("WWW.", Sign::Upper), ("Www.", Sign::Title)];
            let mut expected: Vec<(Sign, usize)> = Vec::new();
            for (pattern, sign) in named {
                expected.extend(text.match_indices(pattern).map(|(at, _)| (sign, at)));
            }
            expected.sort_by_key(|&(_, at)| at);
            for level in Level::available() {
                let mut signs = Signs::default();
                level.run(Find { bytes: text.as_bytes(), base: 0, signs: &mut signs });
                prop_assert_eq!(signs.as_slice(), &expected[..]);
                level.run(Find { bytes: text.as_bytes(), base: 500, signs: &mut signs });
                let behind = expected.iter().map(|&(sign, at)| (sign, 500 + at));
                prop_assert!(signs.as_slice()[expected.len()..].iter().copied().eq(behind));
            }
        }
    }
}
