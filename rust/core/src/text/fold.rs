//! What a word passes for: letters that look like others, or are not seen at all, undone.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, decompose_compatible, is_combining_mark};
use unicode_security::confusable_detection::skeleton;

use super::script::is_invisible;

/// Writes into `folded`, in lower case, what a reader takes `word` for. Returns whether letters of it are
/// invisible or look like what they are not; an accent is no disguise.
///
/// A word that can be read as ASCII is; else it is put in its compatibility form (NFKC), so that a word of
/// another script stays one. What a letter looks like is told by the skeletons of Unicode TR 39.
pub fn fold(word: &str, folded: &mut String) -> bool {
    let invisible = word.chars().any(is_invisible);
    let visible = || word.chars().filter(|&letter| !is_invisible(letter));
    folded.clear();
    let mut disguised = false;
    let reads_as_ascii = visible().all(|letter| match letter {
        _ if letter.is_ascii() => {
            folded.push(letter.to_ascii_lowercase());
            true
        }
        '\u{2019}' => {
            folded.push('\'');
            true
        }
        _ => {
            let start = folded.len();
            let looks = push_as_ascii(letter, folded);
            // A mark that only adds an accent leaves nothing and hides nothing.
            disguised |= looks == Some(true) && folded.len() > start;
            looks.is_some()
        }
    });
    // A whole word of a script that happens to have look-alikes of Latin is what it is.
    if reads_as_ascii
        && (invisible || !disguised || word.bytes().any(|byte| byte.is_ascii_alphabetic()) || is_styled(word))
    {
        return invisible || disguised;
    }
    folded.clear();
    folded.extend(visible().nfkc().flat_map(char::to_lowercase));
    invisible
}

/// Whether the letters are Latin ones in another dress: mathematical, full-width, in circles.
fn is_styled(word: &str) -> bool {
    word.chars().any(|letter| !letter.is_ascii() && compatible_ascii(letter).is_some())
}

/// The one ASCII letter or digit that a letter is compatible with, though not made of.
fn compatible_ascii(letter: char) -> Option<char> {
    let (mut first, mut count) = (None, 0);
    decompose_compatible(letter, |part| {
        first = Some(part);
        count += 1;
    });
    first.filter(|part| count == 1 && part.is_ascii_alphanumeric())
}

/// Adds what `letter` reads as in ASCII, if it does. Says whether it is more than an accented one.
fn push_as_ascii(letter: char, folded: &mut String) -> Option<bool> {
    let mut base = None;
    decompose_canonical(letter, |part| {
        if base.is_none() {
            base = Some(part);
        }
    });
    let base = base?;
    if is_combining_mark(base) {
        return Some(false);
    }
    if base.is_ascii() {
        folded.push(base.to_ascii_lowercase());
        return Some(false);
    }
    if let Some(ascii) = compatible_ascii(base) {
        folded.push(ascii.to_ascii_lowercase());
        return Some(true);
    }
    let start = folded.len();
    let mut buffer = [0; 4];
    let lower = base.to_lowercase().next().unwrap_or(base);
    // The skeleton of the small letter first: those of capitals may be of another letter (of Η it is H).
    for candidate in [lower, base] {
        folded.extend(skeleton(candidate.encode_utf8(&mut buffer)).map(|c| c.to_ascii_lowercase()));
        if folded[start..].bytes().all(|byte| byte.is_ascii_alphanumeric()) && folded.len() > start {
            return Some(true);
        }
        folded.truncate(start);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(word: &str) -> (String, bool) {
        let mut text = String::new();
        let disguised = fold(word, &mut text);
        (text, disguised)
    }

    #[test]
    fn a_disguise_is_seen_through_and_told() {
        let disguised = [
            ("vi\u{200b}agra", "viagra"),
            ("vіаgrа", "viagra"), // Cyrillic і, а, а
            ("ＶＩＡＧＲＡ", "viagra"),
            ("𝐯𝐢𝐚𝐠𝐫𝐚", "viagra"),
            ("\u{ad}free", "free"),
            ("frее", "free"), // Cyrillic е, е
        ];
        for (word, plain) in disguised {
            assert_eq!(folded(word), (plain.to_owned(), true), "{word}");
        }
    }

    #[test]
    fn another_language_is_no_disguise() {
        let honest = [
            ("café", "cafe"),
            ("Ünïted", "united"),
            ("e\u{301}t\u{e9}", "ete"),
            ("don’t", "don't"),
            ("привет", "привет"),
            ("соус", "соус"), // all of its letters have look-alikes
            ("한국어", "한국어"),
        ];
        for (word, plain) in honest {
            assert_eq!(folded(word), (plain.to_owned(), false), "{word}");
        }
    }
}
