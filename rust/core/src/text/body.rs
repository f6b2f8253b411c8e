//! The content of a text part -> text: transfer encoding, charset, HTML.

use super::charset;
use super::fields::{Field, Fields};
use super::transfer::Encoding;

/// Decodes a text part and adds it to `fields`. `charset` is what the part says of itself.
pub fn read(content: &[u8], encoding: Encoding, charset: Option<&[u8]>, is_html: bool, fields: &mut Fields) {
    let most = encoding.encoded_length(fields.room());
    if content.len() > most {
        fields.mark_truncated();
    }
    let content = &content[..content.len().min(most)];
    let bytes = encoding.decode(content);
    let bytes = within(&bytes, fields);
    let charset = charset.or_else(|| charset::named_within(bytes).filter(|_| is_html));
    let text = charset::decode(bytes, charset);
    if is_html {
        fields.push_html(&text);
    } else {
        fields.push_text(Field::Body, &text);
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
