//! The text of a header: folded lines joined, encoded words decoded (RFC 2047).

use memchr::{memchr, memchr_iter};

use super::{charset, transfer};

/// The longest encoded word that is looked for: RFC 2047 allows 75 bytes, and some mailers put a whole
/// subject into one.
const WORD_BYTES: usize = 2048;

/// An encoded word, taken apart.
struct EncodedWord<'a> {
    charset: &'a [u8],
    bytes: Vec<u8>,
    /// How many bytes it takes in the header.
    length: usize,
}

/// Adds the text of a header's value to `text`; returns the charset that its first encoded word names.
///
/// Bytes above 127 should not stand there. They are read by `fallback`, the charset of the body.
pub fn decode<'a>(value: &'a [u8], fallback: Option<&[u8]>, text: &mut String) -> Option<&'a [u8]> {
    let mut first = None;
    // Words that follow each other are decoded as one, for those mailers that cut within a character.
    let mut run: Option<(&[u8], Vec<u8>)> = None;
    let mut rest = value.trim_ascii();
    if memchr(b'?', rest).is_none() {
        push_unfolded(&charset::decode(rest, fallback), text);
        return None;
    }
    let mut scanned = 0;
    while let Some(at) = find_pair(&rest[scanned..], *b"=?").map(|at| scanned + at) {
        let Some(word) = encoded_word(&rest[at..]) else {
            scanned = at + 2;
            continue;
        };
        first = first.or(Some(word.charset));
        let between = &rest[..at];
        match &mut run {
            Some((charset, bytes)) if *charset == word.charset && between.trim_ascii().is_empty() => {
                bytes.extend_from_slice(&word.bytes);
            }
            _ => {
                let is_gap = run.is_some() && between.trim_ascii().is_empty();
                close(run.take(), text);
                if !is_gap {
                    push_unfolded(&charset::decode(between, fallback), text);
                }
                run = Some((word.charset, word.bytes));
            }
        }
        rest = &rest[at + word.length..];
        scanned = 0;
    }
    close(run, text);
    push_unfolded(&charset::decode(rest, fallback), text);
    first
}

fn close(run: Option<(&[u8], Vec<u8>)>, text: &mut String) {
    if let Some((charset, bytes)) = run {
        text.push_str(&charset::decode(&bytes, Some(charset)));
    }
}

/// Adds text without its line ends: the blank after each stays.
fn push_unfolded(text: &str, unfolded: &mut String) {
    if text.contains(['\r', '\n']) {
        unfolded.extend(text.split(['\r', '\n']));
    } else {
        unfolded.push_str(text);
    }
}

/// Where two bytes first stand side by side. A searcher for longer texts takes more time to be made than subjects have.
fn find_pair(text: &[u8], pair: [u8; 2]) -> Option<usize> {
    memchr_iter(pair[0], text).find(|&at| text.get(at + 1) == Some(&pair[1]))
}

/// The encoded word with which `text` begins: `=?charset?encoding?data?=`.
fn encoded_word(text: &[u8]) -> Option<EncodedWord<'_>> {
    let text = &text[..text.len().min(WORD_BYTES)];
    let inner = text.strip_prefix(b"=?")?;
    let mark = inner.iter().take_while(|byte| !byte.is_ascii_whitespace()).position(|&byte| byte == b'?')?;
    let charset = &inner[..mark];
    let [encoding, b'?', data @ ..] = &inner[mark + 1..] else { return None };
    let end = find_pair(data, *b"?=")?;
    let data = &data[..end];
    if charset.is_empty() || find_pair(data, *b"=?").is_some() {
        return None;
    }
    let bytes = match encoding {
        b'b' | b'B' => transfer::decode_base64(data).into_owned(),
        b'q' | b'Q' => {
            let spaced: Vec<u8> = data.iter().map(|&byte| if byte == b'_' { b' ' } else { byte }).collect();
            transfer::decode_quoted_printable(&spaced).into_owned()
        }
        _ => return None,
    };
    // A language may follow the charset after an asterisk (RFC 2231, section 5).
    let charset = charset.split(|&byte| byte == b'*').next().unwrap_or(charset);
    Some(EncodedWord { charset, bytes, length: b"=??Q??=".len() + mark + end })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(value: &str) -> String {
        let mut text = String::new();
        decode(value.as_bytes(), None, &mut text);
        text
    }

    #[test]
    fn words_that_follow_each_other_are_joined() {
        assert_eq!(text_of("=?utf-8?q?via?= =?utf-8?q?gra?="), "viagra");
        assert_eq!(text_of("=?utf-8?q?via?=\r\n =?utf-8?B?Z3Jh?= now"), "viagra now");
        assert_eq!(text_of("=?utf-8?q?n=C3?= =?utf-8?q?=A9e?="), "née", "cut within a character");
        assert_eq!(text_of("=?utf-8?q?n?= =?iso-8859-1?q?=E9e?="), "née");
        assert_eq!(text_of("=?utf-8?q?n?= and =?utf-8?q?m?="), "n and m");
    }

    #[test]
    fn what_is_no_encoded_word_stays() {
        for text in ["=?", "=?utf-8?q?", "=?utf-8?q?abc", "=?utf-8?x?abc?=", "=??q?abc?=", "=? utf-8?q?a?="] {
            assert_eq!(text_of(text), text);
        }
        assert_eq!(text_of("=?utf-8?q?lost =?utf-8?q?found?="), "=?utf-8?q?lost found");
    }

    #[test]
    fn raw_bytes_are_read_by_the_charset_of_the_body() {
        let read = |charset: Option<&[u8]>| {
            let mut text = String::new();
            decode(b"\xd0\xd2\xc9", charset, &mut text);
            text
        };
        assert_eq!(read(Some(b"koi8-r")), "при");
        assert_eq!(read(None), "ÐÒÉ");
    }

    #[test]
    fn the_first_charset_is_named() {
        let mut text = String::new();
        assert_eq!(decode(b"=?koi8-r*ru?q?=D0?=", None, &mut text), Some(b"koi8-r".as_slice()));
        assert_eq!(decode(b"plain", None, &mut text), None);
    }
}
