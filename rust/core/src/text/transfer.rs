//! Transfer encodings, undone: base64 and quoted-printable. Damage is passed over, as mail readers do.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode_char;
use memchr::memchr;
use std::borrow::Cow;

/// How the bytes of an entity are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As they are, or in a way that nobody knows.
    Plain,
    /// RFC 2045, section 6.8.
    Base64,
    /// RFC 2045, section 6.7.
    QuotedPrintable,
}

impl Encoding {
    /// The encoding that a header names: its first word, whatever comments stand around it.
    pub fn of(value: &[u8]) -> Self {
        let word = first_word(value);
        if word.eq_ignore_ascii_case(b"base64") {
            Self::Base64
        } else if word.eq_ignore_ascii_case(b"quoted-printable") {
            Self::QuotedPrintable
        } else {
            Self::Plain
        }
    }

    /// The bytes that `content` stands for.
    pub fn decode(self, content: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Plain => Cow::Borrowed(content),
            Self::Base64 => decode_base64(content),
            Self::QuotedPrintable => decode_quoted_printable(content),
        }
    }

    /// The bytes from which at least `decoded` bytes come, if that many are there.
    pub fn encoded_length(self, decoded: usize) -> usize {
        match self {
            Self::Plain => decoded,
            // Three bytes a byte in quoted-printable, and some for line ends.
            Self::Base64 | Self::QuotedPrintable => decoded.saturating_mul(4),
        }
    }
}

/// The first word outside of comments (RFC 5322, section 3.2.2).
fn first_word(value: &[u8]) -> &[u8] {
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"();\"'".contains(byte);
    let mut depth = 0_usize;
    for (at, byte) in value.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            byte if depth == 0 && !is_end(byte) => {
                let word = &value[at..];
                return &word[..word.iter().position(is_end).unwrap_or(word.len())];
            }
            _ => {}
        }
    }
    &[]
}

/// Undoes base64; what is no base64 is left out.
pub fn decode_base64(content: &[u8]) -> Cow<'_, [u8]> {
    if let Some(bytes) = base64_decode(content) {
        return Cow::Owned(bytes);
    }
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let clean: Vec<u8> = content.iter().copied().filter(is_base64).collect();
    base64_decode(&clean).map_or(Cow::Borrowed(content), Cow::Owned)
}

/// Undoes quoted-printable; an equals sign that begins nothing stays what it is.
pub fn decode_quoted_printable(content: &[u8]) -> Cow<'_, [u8]> {
    let mut decoded = Vec::with_capacity(content.len());
    let mut rest = content;
    while let Some(at) = memchr(b'=', rest) {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        decoded.extend_from_slice(before);
        let byte = after.first_chunk().and_then(|&[high, low]| quoted_printable_decode_char(high, low));
        rest = if let Some(byte) = byte {
            decoded.push(byte);
            &after[2..]
        } else if let Some(next_line) = after_line_end(after) {
            next_line
        } else {
            decoded.push(b'=');
            after
        };
    }
    decoded.extend_from_slice(rest);
    Cow::Owned(decoded)
}

/// What follows the line end with which `text` begins, blanks before it left out.
fn after_line_end(text: &[u8]) -> Option<&[u8]> {
    /// Blanks at the end of a line are few; were they without end, each sign would look at all of them.
    const MOST_BLANKS: usize = 100;
    let blanks =
        text.iter().take(MOST_BLANKS).take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
    match text.get(blanks) {
        Some(b'\n') => Some(&text[blanks + 1..]),
        None => Some(&[]),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_known_through_comments_and_signs() {
        for value in
            ["base64", " BASE64 \r\n", "base64 (so it says)", "(a (nested) one) base64; x", "\"base64\""]
        {
            assert_eq!(Encoding::of(value.as_bytes()), Encoding::Base64, "{value}");
        }
        assert_eq!(Encoding::of(b"Quoted-Printable"), Encoding::QuotedPrintable);
        for value in ["", "8bit", "x-uuencode", "(base64)", "(", "base65"] {
            assert_eq!(Encoding::of(value.as_bytes()), Encoding::Plain, "{value}");
        }
    }

    #[test]
    fn damage_in_a_transfer_encoding_is_passed_over() {
        assert_eq!(&*decode_base64(b"dmlhZ3Jh"), b"viagra");
        assert_eq!(&*decode_base64(b"dml*hZ!3\nJh"), b"viagra");
        assert_eq!(&*decode_quoted_printable(b"via=\ngra =ZZ=21"), b"viagra =ZZ!");
        assert_eq!(&*decode_quoted_printable(b"v=69a= \t\r\ngra=="), b"viagra=".as_slice(), "cut at the end");
        assert_eq!(&*decode_quoted_printable("n\u{e9}e=".as_bytes()), "n\u{e9}e".as_bytes());
        assert_eq!(&*Encoding::Plain.decode(b"viagra"), b"viagra");
    }
}
