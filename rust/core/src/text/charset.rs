//! Bytes -> text: which charset they are in, whatever they say.

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;
use memchr::memchr;
use memchr::memmem::Finder;
use std::borrow::Cow;
use std::sync::LazyLock;

/// How far into a part a charset that it names in its text is looked for, as browsers do.
const PRESCAN_BYTES: usize = 1024;
/// The longest name of a charset that is looked up: the longest registered one has 45 letters.
const NAME_BYTES: usize = 64;

/// How a charset is named in a document or a header; made once.
static CHARSET: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| ["charset=", "CHARSET="].map(Finder::new));

/// Turns bytes into text. Bytes above 127 that are UTF-8 are hardly anything else, whatever they say;
/// otherwise the declared charset is used where it is known and fits, and at last windows-1252, which
/// fits anything.
pub fn decode<'a>(bytes: &'a [u8], charset: Option<&[u8]>) -> Cow<'a, str> {
    let declared = charset.filter(|name| name.len() <= NAME_BYTES);
    if let Ok(text) = std::str::from_utf8(bytes)
        && (!text.is_ascii() || declared.is_none_or(|name| leaves_ascii(name, bytes)))
    {
        return Cow::Borrowed(text);
    }
    let encoding = declared.and_then(encoding_of);
    // A byte order mark tells more than a name that leaves the order open.
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding).filter(|&found| found != UTF_8);
    if let Some(encoding) = marked.or(encoding) {
        return encoding.decode_without_bom_handling(bytes).0;
    }
    let other = declared.and_then(charset_decoder).map(|decoder| decoder(bytes));
    match other.filter(|text| text.chars().any(|c| c != char::REPLACEMENT_CHARACTER)) {
        Some(text) => Cow::Owned(text),
        None => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// Whether bytes of ASCII say in the charset of that name what they say in ASCII.
fn leaves_ascii(name: &[u8], bytes: &[u8]) -> bool {
    // Nearly all mail is of these, which need not be looked up.
    let is_usual = |usual: &&[u8]| name.eq_ignore_ascii_case(usual);
    [b"us-ascii".as_slice(), b"utf-8", b"iso-8859-1"].iter().any(is_usual)
        || encoding_of(name).is_none_or(Encoding::is_ascii_compatible)
            && !(is_utf7(name) && memchr(b'+', bytes).is_some())
}

/// Whether anyone knows a charset of that name.
pub fn is_known(name: &[u8]) -> bool {
    name.len() <= NAME_BYTES && (encoding_of(name).is_some() || charset_decoder(name).is_some())
}

/// The charset that a document names near its start, as in `<meta charset=koi8-r>`.
pub fn named_within(bytes: &[u8]) -> Option<&[u8]> {
    let start = &bytes[..bytes.len().min(PRESCAN_BYTES)];
    let found = CHARSET.iter().find_map(|finder| finder.find(start))?;
    let rest = start[found + b"charset=".len()..].trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let is_part_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(byte);
    let end = rest.iter().position(|byte| !is_part_of_name(byte)).unwrap_or(rest.len());
    (end > 0).then_some(&rest[..end])
}

/// The encoding of that name. The standard maps some old names to one that decodes to nothing, so that
/// they can't be used to attack: here that would hide what stands there.
fn encoding_of(name: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_label(name).filter(|&encoding| encoding != REPLACEMENT)
}

fn is_utf7(name: &[u8]) -> bool {
    let name = name.trim_ascii();
    [b"utf-7".as_slice(), b"unicode-1-1-utf-7", b"utf7"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charset_that_lies_is_not_believed() {
        assert_eq!(decode("née".as_bytes(), Some(b"utf-8")), "née");
        assert_eq!(decode(b"n\xe9e", Some(b"utf-8")), "n\u{fffd}e");
        assert_eq!(decode("née".as_bytes(), Some(b"us-ascii")), "née");
        assert_eq!(decode(b"\x1b$B8x\x1b(B", Some(b"iso-2022-jp")), "公");
        assert_eq!(decode(b"n\xe9e", Some(b"no-such-charset")), "née");
        assert_eq!(decode("née".as_bytes(), None), "née");
        assert_eq!(decode(b"n\xe9e", None), "née");
    }

    #[test]
    fn a_charset_that_hides_its_text_does_not() {
        for name in ["utf-7", "punycode", "iso-2022-kr", "hz-gb-2312", "replacement", "idna", "utf-16-x"] {
            assert_eq!(decode(b"cheap pills", Some(name.as_bytes())), "cheap pills", "{name}");
        }
        assert_eq!(decode(b"cheap pills", Some(&b"x".repeat(10_000))), "cheap pills");
        assert_eq!(decode(b"n\xe9e", Some(b"iso-2022-kr")), "née");
    }

    #[test]
    fn utf_7_and_16_are_read() {
        assert_eq!(decode(b"+AHYAaQBhAGcAcgBh-!", Some(b"UTF-7")), "viagra!");
        assert_eq!(decode(b"\xfe\xff\0v\0i", Some(b"utf-16")).trim_start_matches('\u{feff}'), "vi");
        assert_eq!(decode(b"v\0i\0", Some(b"utf-16le")), "vi");
    }

    #[test]
    fn a_document_may_name_its_charset() {
        assert_eq!(named_within(b"<meta charset=\"koi8-r\">"), Some(b"koi8-r".as_slice()));
        assert_eq!(named_within(b"text/html; charset=windows-1251>"), Some(b"windows-1251".as_slice()));
        assert_eq!(named_within(b"charset="), None);
        assert_eq!(named_within(b"a text"), None);
    }
}
