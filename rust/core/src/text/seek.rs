//! Where chunks and names end, sought byte by byte: ASCII, of which links mostly are, is not decoded for it.

use super::scan::is_space;

/// Where the first white space or byte of ASCII that `ends` names begins, or where the text ends.
pub fn end_of(text: &str, ends: impl Fn(u8) -> bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte.is_ascii() {
            if is_space(byte) || ends(byte) {
                return at;
            }
            at += 1;
        } else {
            match text[at..].chars().next() {
                Some(character) if !character.is_whitespace() => at += character.len_utf8(),
                _ => return at,
            }
        }
    }
    at
}

/// Where the last chunk begins: behind the last white space, or where the text begins.
pub fn start_of_chunk(text: &str) -> usize {
    let mut at = text.len();
    for &byte in text.as_bytes().iter().rev() {
        if !byte.is_ascii() {
            let before = &text[..at];
            return before.trim_end_matches(|character: char| !character.is_whitespace()).len();
        }
        if is_space(byte) {
            break;
        }
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_end_where_characters_do(text in "([a-z/:]{0,9}|[ \t\u{b}\u{1c}\u{85}\u{a0}\u{2003}é字]{0,3}){0,6}") {
            let end = text.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(text.len());
            prop_assert_eq!(end_of(&text, |byte| byte == b'/'), end);
            let start = text.rfind(char::is_whitespace);
            let start = start.map_or(0, |at| at + text[at..].chars().next().map_or(0, char::len_utf8));
            prop_assert_eq!(start_of_chunk(&text), start);
        }
    }
}
