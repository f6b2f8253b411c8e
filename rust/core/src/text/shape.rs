//! The form of a message: its parts, charsets, links, and what does not show.

use super::charset;
use super::fields::{Field, Fields};
use super::headers::{Headers, Name};
use super::kind::Kind;
use super::transfer::Encoding;

/// The classes of a count.
fn class(count: usize) -> &'static str {
    match count {
        0 => "none",
        1 => "one",
        2..=3 => "2-3",
        4..=7 => "4-7",
        8..=15 => "8-15",
        16..=63 => "16-63",
        _ => "64-or-more",
    }
}

/// Adds what the headers of one part say of its form.
pub fn describe_part(headers: &Headers<'_>, kinds: &[Kind<'_>], fields: &mut Fields) {
    match kinds {
        [] if headers.has(Name::ContentType) => fields.push_evidence(Field::Shape, "part:malformed", ""),
        [] => fields.push_evidence(Field::Shape, "part:unnamed", ""),
        [_] => {}
        [..] => fields.push_evidence(Field::Shape, "part:of-several-types", ""),
    }
    for kind in kinds {
        let (main, sub) = kind.names();
        fields.push_evidence(Field::Shape, "part:", &format!("{main}/{sub}"));
        if let Some(name) = kind.parameter("charset") {
            describe_charset("charset:", name.as_bytes(), fields);
        }
    }
    match headers.first(Name::TransferEncoding).map(Encoding::of) {
        Some(Encoding::Base64) => fields.push_evidence(Field::Shape, "encoding:base64", ""),
        Some(Encoding::QuotedPrintable) => {
            fields.push_evidence(Field::Shape, "encoding:quoted-printable", "");
        }
        Some(Encoding::Plain) | None => {}
    }
}

/// Adds how the subject is written.
pub fn describe_subject(value: &[u8], charset: Option<&[u8]>, fields: &mut Fields) {
    if let Some(name) = charset {
        describe_charset("subject-charset:", name, fields);
    } else if !value.is_ascii() {
        fields.push_evidence(Field::Header, "subject-without-charset", "");
    }
}

/// Adds what can be said when all was read.
pub fn describe(fields: &mut Fields) {
    let (count, hosts, to_sender) =
        (fields.links().count, fields.links().hosts.len(), fields.links().to_sender);
    fields.push_evidence(Field::Shape, "links:", class(count));
    if count > 0 {
        fields.push_evidence(Field::Shape, "link-hosts:", class(hosts));
    }
    if count > 0 && fields.sender.is_some() {
        let agreement = match to_sender {
            0 => "links-differ-from-sender",
            _ if to_sender == count => "links-agree-with-sender",
            _ => "some-links-agree-with-sender",
        };
        fields.push_evidence(Field::Header, agreement, "");
    }
    if fields.iter().any(|(field, text)| field == Field::Hidden && !text.trim().is_empty()) {
        fields.push_evidence(Field::Shape, "hidden-text", "");
    }
}

/// A charset by its name if anyone knows it; names that nobody knows are all the same.
fn describe_charset(kind: &str, name: &[u8], fields: &mut Fields) {
    let known = std::str::from_utf8(name).ok().filter(|_| charset::is_known(name));
    fields.push_evidence(Field::Header, kind, known.unwrap_or("unknown"));
}
