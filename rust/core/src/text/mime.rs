//! Raw mail -> fields. The parts of a mail are found here, so that depth, count and bytes have caps;
//! what stands in a header is parsed by `mail-parser`.

use memchr::{memchr, memchr2, memmem};
use std::borrow::Cow;

use super::fields::{Field, Fields};
use super::headers::{self, Headers, Name};
use super::kind::{self, Kind, Reading};
use super::specification::Profile;
use super::transfer::Encoding;
use super::{attachment, body, charset, encoded_words, limits, portable, shape, site};

/// Headers of one name that are looked at: of two types a reader takes one or the other, of many none.
const REPEATED: usize = 4;

/// A stretch of the mail that is still to be read: an entity with its own header block.
struct Pending<'a> {
    entity: &'a [u8],
    depth: usize,
    /// What it is if it does not say: plain text, or a mail within a digest.
    is_message: bool,
}

/// Reads one mail.
struct Reader<'f> {
    fields: &'f mut Fields,
    profile: Profile,
    parts: usize,
    /// Bytes that may still be decoded of mails and multiparts that are themselves encoded.
    decoded: usize,
}

/// Reads a raw mail into `fields`: the subject, then every text part in its order.
pub fn read(mail: &[u8], profile: Profile, fields: &mut Fields) {
    if mail.len() > limits::MESSAGE_BYTES {
        fields.mark_truncated();
    }
    let mail = with_line_ends(&mail[..mail.len().min(limits::MESSAGE_BYTES)]);
    let mut reader = Reader { fields, profile, parts: 0, decoded: limits::TEXT_BYTES };
    reader.read_all(Pending { entity: skip_envelope(&mail), depth: 0, is_message: false });
}

impl Reader<'_> {
    /// Reads an entity and all within it.
    fn read_all(&mut self, first: Pending<'_>) {
        let mut pending = vec![first];
        while let Some(next) = pending.pop() {
            self.parts += 1;
            if self.parts > limits::PARTS || next.depth > limits::MIME_DEPTH || self.fields.room() == 0 {
                self.fields.mark_truncated();
                continue;
            }
            self.read_entity(&next, &mut pending);
        }
    }

    /// Reads one entity: its text goes to the fields, the entities within it to `pending`.
    fn read_entity<'a>(&mut self, next: &Pending<'a>, pending: &mut Vec<Pending<'a>>) {
        let entity = headers::divide(next.entity, self.profile);
        if entity.truncated {
            self.fields.mark_truncated();
        }
        let (headers, content) = (&entity.headers, entity.content);
        let kinds: Vec<Kind<'_>> =
            headers.all(Name::ContentType).take(REPEATED).filter_map(kind::parse).collect();
        self.read_headers(headers, &kinds, content, next.depth);
        let encoding = encoding_of(headers);
        let multiparts = kinds.iter().filter(|kind| kind.reading() == Reading::Multipart);
        for kind in multiparts {
            if self.read_multipart(kind, content, encoding, next.depth, pending) {
                return;
            }
        }
        // Of several types the one is taken that shows most; a multipart that was not divided is the
        // text that it is.
        let kind = kinds.iter().max_by_key(|kind| shows(kind.reading()));
        let reading = match kind.map(Kind::reading) {
            None if next.is_message => Reading::Message,
            None | Some(Reading::Multipart) => Reading::Text,
            Some(reading) => reading,
        };
        let disposition = headers.first(Name::Disposition).and_then(kind::parse);
        let is_saved = disposition.as_ref().is_some_and(Kind::is_attachment);
        match reading {
            Reading::Message if encoding == Encoding::Plain => {
                pending.push(Pending { entity: content, depth: next.depth + 1, is_message: false });
            }
            Reading::Message => self.read_encoded(encoding, content, next.depth + 1),
            Reading::Html | Reading::Text if !is_saved => {
                let charset = kind.and_then(|kind| kind.parameter("charset"));
                let is_html = reading == Reading::Html;
                body::read(content, encoding, charset.map(str::as_bytes), is_html, self.fields);
            }
            _ if self.profile >= Profile::Portable => {
                attachment::describe(kind, disposition.as_ref(), encoding, content, self.fields);
            }
            _ => {}
        }
    }

    /// Reads what the headers say: of the whole mail all that the profile reads, of a part its kind.
    fn read_headers(&mut self, headers: &Headers<'_>, kinds: &[Kind<'_>], content: &[u8], depth: usize) {
        if self.profile >= Profile::Portable {
            shape::describe_part(headers, kinds, self.fields);
        }
        let declared = kinds.iter().find_map(|kind| kind.parameter("charset")).map(str::as_bytes);
        let is_raw = |name| headers.first(name).is_some_and(|value| !value.is_ascii());
        let has_raw = [Name::Subject, Name::From, Name::ReplyTo].into_iter().any(is_raw);
        let charset = declared.or_else(|| if has_raw { charset::named_within(content) } else { None });
        if depth == 0 && self.profile >= Profile::Portable {
            portable::read(headers, charset, self.fields);
        }
        if depth == 0 && self.profile >= Profile::Site {
            site::read(headers, self.fields);
        }
        if let Some(value) = headers.first(Name::Subject) {
            let mut subject = String::new();
            let named = encoded_words::decode(value, charset, &mut subject);
            // The subject of an attached mail is text that this mail carries.
            let field = if depth == 0 { Field::Subject } else { Field::Body };
            self.fields.push_text(field, &subject);
            if self.profile >= Profile::Portable {
                shape::describe_subject(value, named, self.fields);
            }
        }
    }

    /// Divides a multipart into its parts; returns whether there are any. A boundary that never occurs
    /// divides nothing, and must not hide what stands there.
    fn read_multipart<'a>(
        &mut self,
        kind: &Kind<'_>,
        content: &'a [u8],
        encoding: Encoding,
        depth: usize,
        pending: &mut Vec<Pending<'a>>,
    ) -> bool {
        let boundary = kind.parameter("boundary").filter(|text| text.len() <= limits::BOUNDARY_BYTES);
        let Some(boundary) = boundary else { return false };
        let room = (limits::PARTS + 1).saturating_sub(pending.len());
        let is_message = kind.names().1 == "digest";
        let depth = depth + 1;
        let parts = split_parts(content, boundary.as_bytes(), room);
        if !parts.is_empty() {
            // Last in, first out: reversed, the parts are read in the order in which they stand.
            pending.extend(parts.into_iter().rev().map(|entity| Pending { entity, depth, is_message }));
            return true;
        }
        if encoding == Encoding::Plain {
            return false;
        }
        // A multipart may not be encoded, and some are.
        let decoded = self.decode(encoding, content);
        let parts = split_parts(&decoded, boundary.as_bytes(), room);
        for &entity in &parts {
            self.read_all(Pending { entity, depth, is_message });
        }
        !parts.is_empty()
    }

    /// Reads a mail within the mail that is itself encoded. Each such layer takes its share of what may
    /// be decoded, so that layers upon layers take no more memory than one.
    fn read_encoded(&mut self, encoding: Encoding, content: &[u8], depth: usize) {
        let decoded = self.decode(encoding, content);
        self.read_all(Pending { entity: &decoded, depth, is_message: false });
    }

    fn decode<'a>(&mut self, encoding: Encoding, content: &'a [u8]) -> Cow<'a, [u8]> {
        let most = encoding.encoded_length(self.decoded);
        if content.len() > most {
            self.fields.mark_truncated();
        }
        let decoded = encoding.decode(&content[..content.len().min(most)]);
        self.decoded = self.decoded.saturating_sub(decoded.len());
        decoded
    }
}

/// How much of an entity shows if it is read that way.
fn shows(reading: Reading) -> u8 {
    match reading {
        Reading::Attachment => 0,
        Reading::Multipart => 1,
        Reading::Text => 2,
        Reading::Html => 3,
        Reading::Message => 4,
    }
}

/// The first encoding that is known.
fn encoding_of(headers: &Headers<'_>) -> Encoding {
    let mut named = headers.all(Name::TransferEncoding).take(REPEATED).map(Encoding::of);
    named.find(|&encoding| encoding != Encoding::Plain).unwrap_or(Encoding::Plain)
}

/// The mail with a line feed at the end of each line, also where there are carriage returns alone.
fn with_line_ends(mail: &[u8]) -> Cow<'_, [u8]> {
    let end = memchr2(b'\r', b'\n', mail).unwrap_or(mail.len());
    let bare = |at: usize| mail[at] == b'\r' && mail.get(at + 1) != Some(&b'\n');
    if end == mail.len() || !bare(end) {
        return Cow::Borrowed(mail);
    }
    Cow::Owned((0..mail.len()).map(|at| if bare(at) { b'\n' } else { mail[at] }).collect())
}

/// Drops the `From ` line that an mbox puts before a mail.
fn skip_envelope(mail: &[u8]) -> &[u8] {
    if mail.starts_with(b"From ") {
        let end = memchr(b'\n', mail).map_or(mail.len(), |at| at + 1);
        return &mail[end..];
    }
    mail
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
