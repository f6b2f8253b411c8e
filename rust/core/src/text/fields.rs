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

/// The part of a message in which a token stands. The numbers are hashed: they are part of the file
/// format.
///
/// A field is either text, which is divided into words, or evidence, whose chunks between white space
/// are tokens as they stand: `reply-to-differs`, `charset:koi8-r`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Field {
    /// The subject line. Text.
    Subject = 0,
    /// The text of the body, as a reader sees it. Text.
    Body = 1,
    /// The hosts to which links lead. Text.
    Link = 2,
    /// The form of the message as a whole. Evidence.
    Shape = 3,
    /// Text that HTML holds but does not show. Text.
    Hidden = 4,
    /// The names that From and Reply-To show. Text.
    Sender = 5,
    /// The domains of the addresses in From and Reply-To. Evidence.
    Domain = 6,
    /// What is attached: types, extensions, the class of the size; never the content. Evidence.
    Attachment = 7,
    /// What other headers of the sender tell: the mail client, the charset, which domains agree. Evidence.
    Header = 8,
    /// What the receiving site wrote above the mail. Evidence.
    Site = 9,
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
            Self::Hidden => "hidden",
            Self::Sender => "sender",
            Self::Domain => "domain",
            Self::Attachment => "attachment",
            Self::Header => "header",
            Self::Site => "site",
        }
    }

    /// Whether each chunk between white space is one token as it stands.
    #[must_use]
    pub fn is_evidence(self) -> bool {
        matches!(self, Self::Shape | Self::Domain | Self::Attachment | Self::Header | Self::Site)
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
            (_, Message::Plain(text)) => self.push(Field::Body, text),
            (Profile::Content | Profile::Portable | Profile::Site, Message::Mail(bytes)) => {
                mime::read(bytes, self);
            }
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
