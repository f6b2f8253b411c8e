//! Raw mail -> fields. The parts of a mail are found here, so that depth, count and bytes have caps;
//! what stands in a header is parsed by `mail-parser`.

use mail_parser::parsers::MessageStream;
use mail_parser::{ContentType, Header, HeaderName, HeaderValue, MessageParser};
use memchr::{memchr, memmem};
use std::borrow::Cow;
use std::sync::LazyLock;

use super::fields::{Field, Fields};
use super::{body, limits};

/// Which headers are parsed, and how. A constant: building it for each message would cost more than
/// parsing does.
static HEADERS: LazyLock<MessageParser> = LazyLock::new(|| {
    MessageParser::new()
        .header_text(HeaderName::Subject)
        .header_text(HeaderName::ContentTransferEncoding)
        .header_content_type(HeaderName::ContentType)
        .header_content_type(HeaderName::ContentDisposition)
        .default_header_ignore()
});

/// A stretch of the mail that is still to be read: an entity with its own header block.
struct Pending<'a> {
    entity: &'a [u8],
    depth: usize,
    /// What it is if it does not say: plain text, or a mail within a digest.
    is_message: bool,
}

/// Reads a raw mail into `fields`: the subject, then every text part in its order.
pub fn read(mail: &[u8], fields: &mut Fields) {
    let mail = &mail[..mail.len().min(limits::MESSAGE_BYTES)];
    let mut pending = vec![Pending { entity: skip_envelope(mail), depth: 0, is_message: false }];
    let mut parts = 0;
    while let Some(next) = pending.pop() {
        parts += 1;
        if parts > limits::PARTS || next.depth > limits::MIME_DEPTH || fields.room() == 0 {
            fields.mark_truncated();
            continue;
        }
        read_entity(&next, &mut pending, fields);
    }
}

/// Reads one entity: its text goes to `fields`, the entities within it to `pending`.
fn read_entity<'a>(next: &Pending<'a>, pending: &mut Vec<Pending<'a>>, fields: &mut Fields) {
    let (block, content) = split_header_block(next.entity);
    if block.len() == limits::HEADER_BYTES {
        fields.mark_truncated();
    }
    let block = with_line_end(block);
    let headers = parse(&block);
    if let Some(HeaderValue::Text(subject)) = find(&headers, &HeaderName::Subject) {
        // The subject of an attached mail is text that this mail carries.
        let field = if next.depth == 0 { Field::Subject } else { Field::Body };
        fields.push(field, subject);
    }
    let disposition = content_type(&headers, &HeaderName::ContentDisposition);
    let kind = content_type(&headers, &HeaderName::ContentType);
    let (main, sub) = match kind {
        Some(kind) => (kind.ctype(), kind.subtype().unwrap_or("")),
        None if next.is_message => ("message", "rfc822"),
        None => ("text", "plain"),
    };
    let boundary = kind.and_then(|kind| kind.attribute("boundary")).filter(|text| !text.is_empty());
    match (main, boundary) {
        ("multipart", Some(boundary)) if boundary.len() <= limits::BOUNDARY_BYTES => {
            let room = (limits::PARTS + 1).saturating_sub(pending.len());
            let inner = split_parts(content, boundary.as_bytes(), room);
            if inner.is_empty() {
                // A boundary that never occurs divides nothing, and must not hide what stands there.
                read_text(content, &headers, false, fields);
            }
            let depth = next.depth + 1;
            let is_message = sub.eq_ignore_ascii_case("digest");
            // Last in, first out: reversed, the parts are read in the order in which they stand.
            pending.extend(inner.into_iter().rev().map(|entity| Pending { entity, depth, is_message }));
        }
        ("message", _) if !sub.eq_ignore_ascii_case("partial") => {
            pending.push(Pending { entity: content, depth: next.depth + 1, is_message: false });
        }
        // A multipart without a boundary can't be divided: it is read as the text that it is.
        ("text" | "multipart", _) if !disposition.is_some_and(ContentType::is_attachment) => {
            read_text(content, &headers, sub.eq_ignore_ascii_case("html"), fields);
        }
        _ => {}
    }
}

/// Reads the content of a text part as its headers say.
fn read_text(content: &[u8], headers: &[Header<'_>], is_html: bool, fields: &mut Fields) {
    let encoding = match find(headers, &HeaderName::ContentTransferEncoding) {
        Some(HeaderValue::Text(encoding)) => encoding,
        _ => "",
    };
    let kind = content_type(headers, &HeaderName::ContentType);
    let charset = kind.and_then(|kind| kind.attribute("charset"));
    body::read(content, encoding, charset, is_html, fields);
}

/// The block with a line end at its end, without which the parser drops the last header.
fn with_line_end(block: &[u8]) -> Cow<'_, [u8]> {
    if block.is_empty() || block.ends_with(b"\n") {
        Cow::Borrowed(block)
    } else {
        Cow::Owned([block, b"\n"].concat())
    }
}

/// Drops the `From ` line that an mbox puts before a mail.
fn skip_envelope(mail: &[u8]) -> &[u8] {
    if mail.starts_with(b"From ") {
        let end = memchr(b'\n', mail).map_or(mail.len(), |at| at + 1);
        return &mail[end..];
    }
    mail
}

/// Divides an entity into its header block and its content. A line that can't be a header ends the
/// block too, for mail whose empty line was lost.
fn split_header_block(entity: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    while at < entity.len() {
        let rest = &entity[at..];
        let line_end = memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let line = &rest[..line_end];
        if matches!(line, b"\n" | b"\r\n") {
            return (&entity[..at], &rest[line_end..]);
        }
        if at + line_end > limits::HEADER_BYTES {
            return (&entity[..limits::HEADER_BYTES], &entity[limits::HEADER_BYTES..]);
        }
        let continues = at > 0 && matches!(line[0], b' ' | b'\t');
        if !continues && !starts_with_name(line) {
            return (&entity[..at], rest);
        }
        at += line_end;
    }
    (entity, &[])
}

/// Whether a line begins with a header's name and a colon (RFC 5322, section 3.6.8).
fn starts_with_name(line: &[u8]) -> bool {
    let name = line.iter().position(|byte| !matches!(byte, b'!'..=b'9' | b';'..=b'~'));
    name.is_some_and(|end| end > 0 && line[end] == b':')
}

/// The entities between the lines `--boundary`, at most `room` of them. What stands before the
/// first and after the last (`--boundary--`) is no part (RFC 2046, section 5.1.1).
fn split_parts<'a>(content: &'a [u8], boundary: &[u8], room: usize) -> Vec<&'a [u8]> {
    let delimiter: Vec<u8> = [b"--", boundary].concat();
    let mut parts = Vec::new();
    let mut start = None;
    for at in memmem::find_iter(content, &delimiter) {
        if at > 0 && content[at - 1] != b'\n' {
            continue;
        }
        let after = &content[at + delimiter.len()..];
        let closes = after.starts_with(b"--");
        // A longer boundary that begins with this one belongs to another multipart.
        if !closes && after.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
            continue;
        }
        if let Some(start) = start {
            parts.push(&content[start..at.max(start)]);
        }
        let line_end =
            memchr(b'\n', after).map_or(content.len(), |end| content.len() - after.len() + end + 1);
        start = (!closes).then_some(line_end);
        if closes || parts.len() >= room {
            return parts;
        }
    }
    // The closing line is missing: the mail was cut, and its last part with it.
    parts.extend(start.map(|start| &content[start..]));
    parts
}

fn parse(block: &[u8]) -> Vec<Header<'_>> {
    let mut headers = Vec::new();
    MessageStream::new(block).parse_headers(&HEADERS, &mut headers);
    headers
}

/// The first header of that name that was parsed to a value.
fn find<'a>(headers: &'a [Header<'a>], name: &HeaderName<'_>) -> Option<&'a HeaderValue<'a>> {
    headers.iter().find(|header| header.name == *name).map(|header| &header.value)
}

fn content_type<'a>(headers: &'a [Header<'a>], name: &HeaderName<'_>) -> Option<&'a ContentType<'a>> {
    find(headers, name).and_then(HeaderValue::as_content_type)
}
