//! What is read of a message: stretches of text, each with the field it stands in.

use super::limits;
use super::specification::Profile;
use super::{html, mime};

/// A message as it reaches the filter.
#[derive(Clone, Copy, Debug)]
pub enum Message<'a> {
    /// A raw mail: headers, an empty line, a body (RFC 5322 with MIME).
    Mail(&'a [u8]),
    /// Plain text: a comment, a form, a chat line.
    Plain(&'a str),
}

/// The part of a message in which a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Field {
    /// The subject line.
    Subject = 0,
    /// The text of the body, as a reader sees it.
    Body = 1,
    /// The target of a link.
    Link = 2,
    /// The form of the message as a whole.
    Shape = 3,
}

impl Field {
    /// The name that reasons carry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Body => "body",
            Self::Link => "link",
            Self::Shape => "shape",
        }
    }
}

/// The decoded text of one message, in one buffer that is used again for the next.
#[derive(Debug, Default)]
pub struct Fields {
    text: String,
    segments: Vec<(Field, usize)>,
    links: usize,
    truncated: bool,
}

impl Fields {
    /// Reads `message` again from the start, with the caps of [`limits`].
    pub fn read(&mut self, message: Message<'_>, profile: Profile) {
        self.text.clear();
        self.segments.clear();
        self.links = 0;
        self.truncated = false;
        match (profile, message) {
            (Profile::Content, Message::Plain(text)) => self.push(Field::Body, text),
            (Profile::Content, Message::Mail(bytes)) => mime::read(bytes, self),
        }
    }

    /// The stretches of text, in the order in which they were read.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &str)> {
        let ends = self.segments.iter().map(|&(_, end)| end);
        let starts = std::iter::once(0).chain(ends);
        self.segments.iter().zip(starts).map(|(&(field, end), start)| (field, &self.text[start..end]))
    }

    /// Whether a cap was hit, so that a part of the message went unread.
    #[must_use]
    pub fn truncated(&self) -> bool {
        self.truncated
    }

    /// Bytes of text that may still be added.
    pub(super) fn room(&self) -> usize {
        limits::TEXT_BYTES - self.text.len()
    }

    pub(super) fn mark_truncated(&mut self) {
        self.truncated = true;
    }

    /// Adds `text`, or as much of it as there is room for.
    pub(super) fn push(&mut self, field: Field, text: &str) {
        let mut end = text.len().min(self.room());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.truncated |= end < text.len();
        self.text.push_str(&text[..end]);
        self.close(field);
    }

    /// Adds the visible text of an HTML document, and the targets of its links.
    pub(super) fn push_html(&mut self, document: &str) {
        let page = html::read(document);
        self.truncated |= page.truncated;
        self.push(Field::Body, &page.text);
        for link in &page.links {
            if self.links == limits::LINKS {
                self.truncated = true;
                break;
            }
            self.links += 1;
            self.push(Field::Link, link);
        }
    }

    fn close(&mut self, field: Field) {
        self.segments.push((field, self.text.len()));
    }
}
