//! What an entity says that it is: type, charset, name, place.

use mail_parser::parsers::MessageStream;
use mail_parser::{ContentType, HeaderValue};
use std::borrow::Cow;

use super::limits;

/// What is done with an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Its parts are read, each on its own.
    Multipart,
    /// It is a mail within the mail.
    Message,
    /// It is text in HTML.
    Html,
    /// It is text.
    Text,
    /// It is not opened.
    Attachment,
}

/// A value of Content-Type, taken apart.
#[derive(Debug)]
pub struct Kind<'a>(ContentType<'a>);

/// A header with a value and parameters: Content-Type, Content-Disposition.
pub fn parse(value: &[u8]) -> Option<Kind<'_>> {
    let value = &value[..value.len().min(limits::STRUCTURED_BYTES)];
    if value.ends_with(b"\n") {
        return content_type(value).map(Kind);
    }
    // Without a line end at its end, the parser drops the header.
    content_type(&[value, b"\n"].concat()).map(|kind| Kind(into_owned(kind)))
}

impl Kind<'_> {
    /// The value of a parameter, if it has one.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.0.attribute(name).filter(|value| !value.trim().is_empty())
    }

    /// The type and the subtype in lower case; the subtype may be missing.
    pub fn names(&self) -> (&str, &str) {
        (self.0.ctype(), self.0.subtype().unwrap_or(""))
    }

    /// Whether a disposition says that the part is to be saved, not shown.
    pub fn is_attachment(&self) -> bool {
        self.0.ctype() == "attachment"
    }

    /// What is done with an entity of this type.
    pub fn reading(&self) -> Reading {
        match self.names() {
            ("multipart", _) => Reading::Multipart,
            ("message", "partial") => Reading::Attachment,
            ("message", _) => Reading::Message,
            ("text", "html") | ("application", "xhtml+xml") => Reading::Html,
            // A type without a subtype is none, and then the entity is plain text (RFC 2045, 5.2).
            ("text", _) | (_, "") => Reading::Text,
            _ => Reading::Attachment,
        }
    }
}

fn content_type(value: &[u8]) -> Option<ContentType<'_>> {
    match MessageStream::new(value).parse_content_type() {
        HeaderValue::ContentType(kind) => Some(kind),
        _ => None,
    }
}

fn into_owned(kind: ContentType<'_>) -> ContentType<'static> {
    let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
    ContentType {
        c_type: owned(kind.c_type),
        c_subtype: kind.c_subtype.map(owned),
        attributes: kind.attributes.map(|attributes| {
            let pairs = attributes.into_iter();
            pairs
                .map(|pair| mail_parser::Attribute { name: owned(pair.name), value: owned(pair.value) })
                .collect()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(value: &str) -> Reading {
        parse(value.as_bytes()).map_or(Reading::Text, |kind| kind.reading())
    }

    #[test]
    fn types_say_how_an_entity_is_read() {
        for value in
            ["text/html", " TEXT/HTML; charset=x\r\n", "application/xhtml+xml", "text/html (a comment)"]
        {
            assert_eq!(reading(value), Reading::Html, "{value}");
        }
        for value in ["text/plain", "foo", "", ";", "text", "text/x-anything", "/", "multi part"] {
            assert_eq!(reading(value), Reading::Text, "{value}");
        }
        assert_eq!(reading("multipart/mixed; boundary=x"), Reading::Multipart);
        assert_eq!(reading("message/rfc822"), Reading::Message);
        assert_eq!(reading("message/partial; id=x"), Reading::Attachment);
        assert_eq!(reading("application/octet-stream"), Reading::Attachment);
    }

    #[test]
    fn parameters_are_read_in_their_forms() {
        let value = b"text/plain; charset=\"koi8-r\"; name*=utf-8''n%C3%A9e.txt;\r\n boundary=\"\"";
        let kind = parse(value).unwrap();
        assert_eq!(kind.parameter("charset"), Some("koi8-r"));
        assert_eq!(kind.parameter("name"), Some("née.txt"));
        assert_eq!((kind.parameter("boundary"), kind.parameter("none")), (None, None));
    }

    #[test]
    fn a_header_beyond_its_cap_is_read_to_it() {
        let long = format!("text/html{}", "; a=b".repeat(limits::STRUCTURED_BYTES));
        assert_eq!(reading(&long), Reading::Html);
    }
}
