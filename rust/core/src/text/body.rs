//! The content of a text part -> text: transfer encoding, charset, HTML.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use mail_parser::decoders::base64::base64_decode;
use quoted_printable::ParseMode;
use std::borrow::Cow;

use super::fields::{Field, Fields};

/// How much longer than its decoded text a part may be: three bytes a byte in quoted-printable, and
/// some for line ends. What lies beyond is left unread.
const ENCODED_PER_DECODED: usize = 4;

/// Decodes a text part and adds it to `fields`.
///
/// * `encoding`: the value of Content-Transfer-Encoding; anything unknown means none.
/// * `charset`: what the part says of itself; doubted, see [`decode_charset`].
pub fn read(content: &[u8], encoding: &str, charset: Option<&str>, is_html: bool, fields: &mut Fields) {
    let room = fields.room().saturating_mul(ENCODED_PER_DECODED);
    if content.len() > room {
        fields.mark_truncated();
    }
    let content = &content[..content.len().min(room)];
    let bytes = decode_transfer(content, encoding.trim());
    let text = decode_charset(within(&bytes, fields), charset);
    if is_html {
        fields.push_html(&text);
    } else {
        fields.push(Field::Body, &text);
    }
}

/// The bytes that there is room for, cut between two characters if they are UTF-8.
fn within<'a>(bytes: &'a [u8], fields: &mut Fields) -> &'a [u8] {
    let mut end = fields.room();
    if bytes.len() <= end {
        return bytes;
    }
    fields.mark_truncated();
    let continues = |at: usize| at > 0 && bytes[at] & 0b1100_0000 == 0b1000_0000;
    for _ in 0..3 {
        end -= usize::from(continues(end));
    }
    &bytes[..end]
}

/// Undoes base64 or quoted-printable; damage is passed over, as mail readers do.
fn decode_transfer<'a>(content: &'a [u8], encoding: &str) -> Cow<'a, [u8]> {
    if encoding.eq_ignore_ascii_case("base64") {
        if let Some(bytes) = base64_decode(content) {
            return Cow::Owned(bytes);
        }
        let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        let clean: Vec<u8> = content.iter().copied().filter(is_base64).collect();
        return base64_decode(&clean).map_or(Cow::Borrowed(content), Cow::Owned);
    }
    if encoding.eq_ignore_ascii_case("quoted-printable") {
        return quoted_printable::decode(content, ParseMode::Robust)
            .map_or(Cow::Borrowed(content), Cow::Owned);
    }
    Cow::Borrowed(content)
}

/// Turns bytes into text. Bytes above 127 that are UTF-8 are hardly anything else, whatever the part
/// says; otherwise the declared charset is used where it is known and fits, and at last windows-1252,
/// which fits anything.
fn decode_charset<'a>(bytes: &'a [u8], charset: Option<&str>) -> Cow<'a, str> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text.is_ascii()
    {
        return Cow::Borrowed(text);
    }
    let declared = charset.and_then(|name| Encoding::for_label(name.as_bytes()));
    [declared, Some(UTF_8)]
        .into_iter()
        .flatten()
        .find_map(|encoding| encoding.decode_without_bom_handling_and_without_replacement(bytes))
        .unwrap_or_else(|| declared.unwrap_or(WINDOWS_1252).decode_without_bom_handling(bytes).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charset_that_lies_is_not_believed() {
        assert_eq!(decode_charset("née".as_bytes(), Some("utf-8")), "née");
        assert_eq!(decode_charset(b"n\xe9e", Some("utf-8")), "n\u{fffd}e");
        assert_eq!(decode_charset("née".as_bytes(), Some("us-ascii")), "née");
        assert_eq!(decode_charset(b"\x1b$B8x\x1b(B", Some("iso-2022-jp")), "公");
        assert_eq!(decode_charset(b"n\xe9e", Some("no-such-charset")), "née");
        assert_eq!(decode_charset("née".as_bytes(), None), "née");
        assert_eq!(decode_charset(b"n\xe9e", None), "née");
    }

    #[test]
    fn damage_in_a_transfer_encoding_is_passed_over() {
        assert_eq!(&*decode_transfer(b"dmlhZ3Jh", "base64"), b"viagra");
        assert_eq!(&*decode_transfer(b"dml*hZ!3\nJh", "BASE64"), b"viagra");
        assert_eq!(&*decode_transfer(b"via=\ngra =ZZ=21", "quoted-printable"), b"viagra =ZZ!");
        assert_eq!(&*decode_transfer(b"viagra", "x-unknown"), b"viagra");
    }
}
