//! Words of any script: where they begin and end in text that is not all ASCII.

use std::ops::Range;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};

/// A piece of a stretch of letters; the ranges count bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A word, which spaces or other marks set apart.
    Word(Range<usize>),
    /// Two neighbouring letters of a script that sets no spaces between words, or one that stands alone.
    Letters(Range<usize>),
    /// A mark beyond ASCII: a picture, an arrow, a dash.
    Symbol(Range<usize>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Core,
    Joiner,
    Unspaced,
    Symbol,
    Space,
}

/// Letters that take no room on the page: zero-width spaces and joiners, soft hyphens, marks of direction
/// and of variation. Within a word they serve to hide it.
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Scripts whose words no spaces divide.
fn is_unspaced(character: char) -> bool {
    character >= '\u{e00}'
        && matches!(
            character.script(),
            Script::Han
                | Script::Hiragana
                | Script::Katakana
                | Script::Bopomofo
                | Script::Thai
                | Script::Lao
                | Script::Khmer
                | Script::Myanmar
                | Script::Tibetan
        )
}

fn class(character: char) -> Class {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '$' => Class::Core,
        '\'' | '-' | '_' | '\u{2019}' => Class::Joiner,
        _ if is_unspaced(character) => Class::Unspaced,
        _ if character.is_alphanumeric() || is_invisible(character) || is_combining_mark(character) => {
            Class::Core
        }
        _ if character.is_whitespace() => Class::Space,
        _ => Class::Symbol,
    }
}

/// Calls `piece` for each piece of `text` in turn. `characters` is a buffer.
pub fn divide(text: &str, characters: &mut Vec<(usize, char)>, mut piece: impl FnMut(Piece)) {
    characters.clear();
    characters.extend(text.char_indices());
    let start_of = |at: usize| characters.get(at).map_or(text.len(), |&(start, _)| start);
    let class_of = |at: usize| {
        let class_at = |at: usize| characters.get(at).map_or(Class::Space, |&(_, letter)| class(letter));
        match class_at(at) {
            Class::Joiner if at > 0 && class_at(at - 1) == Class::Core && class_at(at + 1) == Class::Core => {
                Class::Core
            }
            other => other,
        }
    };
    let mut at = 0;
    while at < characters.len() {
        let kind = class_of(at);
        let mut end = at + 1;
        if matches!(kind, Class::Core | Class::Unspaced) {
            while end < characters.len() && class_of(end) == kind {
                end += 1;
            }
        }
        let range = start_of(at)..start_of(end);
        match kind {
            Class::Core if text[range.clone()].chars().any(|c| c.is_alphanumeric() || c == '$') => {
                piece(Piece::Word(range));
            }
            Class::Unspaced if end - at > 1 => {
                (at..end - 1).for_each(|first| piece(Piece::Letters(start_of(first)..start_of(first + 2))));
            }
            Class::Unspaced => piece(Piece::Letters(range)),
            Class::Core | Class::Symbol => piece(Piece::Symbol(range)),
            Class::Joiner | Class::Space => {}
        }
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> (Vec<&str>, Vec<&str>, Vec<&str>) {
        let (mut words, mut letters, mut symbols) = (Vec::new(), Vec::new(), Vec::new());
        divide(text, &mut Vec::new(), |piece| match piece {
            Piece::Word(range) => words.push(&text[range]),
            Piece::Letters(range) => letters.push(&text[range]),
            Piece::Symbol(range) => symbols.push(&text[range]),
        });
        (words, letters, symbols)
    }

    #[test]
    fn words_and_symbols_are_told_apart() {
        let (words, letters, symbols) = pieces("“don’t”—e-mail\u{a0}für★★ no\u{300}n vi\u{200b}agra -é-");
        assert_eq!(words, ["don’t", "e-mail", "für", "no\u{300}n", "vi\u{200b}agra", "é"]);
        assert_eq!(symbols, ["“", "”", "—", "★", "★"]);
        assert!(letters.is_empty());
    }

    #[test]
    fn scripts_without_spaces_are_read_in_pairs() {
        let (words, letters, symbols) = pieces("你好世界abc、我 สวัส");
        assert_eq!(words, ["abc"]);
        assert_eq!(letters, ["你好", "好世", "世界", "我", "สว", "วั", "ัส"]);
        assert_eq!(symbols, ["、"]);
        assert_eq!(pieces("\u{200b}").2, ["\u{200b}"], "nothing but an invisible letter is no word");
        assert_eq!(pieces("한국어 привет").0, ["한국어", "привет"]);
    }
}
