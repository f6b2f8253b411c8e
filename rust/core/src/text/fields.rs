//! What is read of a message: stretches of text, each with the field it stands in.

use super::limits;
use super::signs::Signs;
use super::specification::Profile;
use super::{domains, html, link, mime, shape};

/// A message as it reaches the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Where links lead; a stretch each. The target of a link in HTML is `http://host`, with `user@` and
    /// `:port` where it has them, and behind it the registrable domain where that is another. Of a link
    /// that is written out in text it is that domain alone: the rest stands in the text. Text.
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
    /// Bytes of text that may still be added; links and evidence have caps of their own.
    room: usize,
    evidence: usize,
    links: Links,
    /// The domain of the sender, with which those of the links are compared.
    pub(super) sender: Option<String>,
    page: html::Page,
    /// Of all stretches of text but those of links, which are short.
    signs: Signs,
    truncated: bool,
}

/// The links of one message.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// How many there are.
    pub count: usize,
    /// Hosts that were seen already, at most [`limits::HOSTS`].
    pub hosts: Vec<String>,
    /// Links to the domain of the sender.
    pub to_sender: usize,
}

impl Fields {
    /// Reads `message` again from the start, with the caps of [`limits`].
    pub fn read(&mut self, message: Message<'_>, profile: Profile) {
        self.text.clear();
        self.segments.clear();
        self.signs.clear();
        self.room = limits::TEXT_BYTES;
        self.evidence = 0;
        self.links.count = 0;
        self.links.hosts.clear();
        self.links.to_sender = 0;
        self.sender = None;
        self.truncated = false;
        match message {
            Message::Plain(text) => self.push_text(Field::Body, text),
            Message::Mail(bytes) => mime::read(bytes, profile, self),
        }
        if profile >= Profile::Portable {
            shape::describe(self);
        }
    }

    /// The stretches of text, in the order in which they were read.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &str)> {
        let ends = self.segments.iter().map(|&(_, end)| end);
        let starts = std::iter::once(0).chain(ends);
        self.segments.iter().zip(starts).map(|(&(field, end), start)| (field, &self.text[start..end]))
    }

    /// What links are known by, of all stretches of text but those of [`Field::Link`].
    pub(super) fn signs(&self) -> &Signs {
        &self.signs
    }

    /// All of the text, one stretch behind the other.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a cap was hit, so that a part of the message went unread.
    #[must_use]
    pub fn truncated(&self) -> bool {
        self.truncated
    }

    /// Bytes of text that may still be added.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    pub(super) fn links(&self) -> &Links {
        &self.links
    }

    pub(super) fn mark_truncated(&mut self) {
        self.truncated = true;
    }

    /// Adds `text`, or as much of it as there is room for, and the hosts of the links in it.
    pub(super) fn push_text(&mut self, field: Field, text: &str) {
        let mut end = text.len().min(self.room);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.truncated |= end < text.len();
        let text = &text[..end];
        self.room -= end;
        let base = self.text.len();
        self.text.push_str(text);
        self.segments.push((field, self.text.len()));
        let mut signs = std::mem::take(&mut self.signs);
        let first = signs.as_slice().len();
        signs.read(text, base);
        link::find_hosts(text, &signs.as_slice()[first..], base, |host| self.push_link(None, host));
        self.signs = signs;
    }

    /// Adds the text of an HTML document, what shows apart from what does not, and the hosts of its
    /// links.
    pub(super) fn push_html(&mut self, document: &str) {
        let mut page = std::mem::take(&mut self.page);
        page.read(document);
        self.truncated |= page.truncated;
        self.push_text(Field::Body, &page.text);
        if !page.hidden.is_empty() {
            self.push_text(Field::Hidden, &page.hidden);
        }
        for authority in page.authorities.lines() {
            self.push_link(Some(authority), link::host_within(authority).unwrap_or(""));
        }
        self.page = page;
    }

    /// Adds a piece of evidence as one token: `kind`, and `value` in lower case, without its blanks.
    pub(super) fn push_evidence(&mut self, field: Field, kind: &str, value: &str) {
        /// Evidence that is longer is one of a kind, and tells no more than its start.
        const VALUE_LETTERS: usize = 64;
        if self.evidence >= limits::EVIDENCE {
            self.truncated = true;
            return;
        }
        self.evidence += 1;
        self.text.push_str(kind);
        let as_chunk = |c: char| if c.is_whitespace() || c.is_control() { '-' } else { c };
        let value = value.trim();
        if value.is_ascii() {
            let start = &value.as_bytes()[..value.len().min(VALUE_LETTERS)];
            self.text.extend(start.iter().map(|byte| as_chunk(char::from(byte.to_ascii_lowercase()))));
        } else {
            let lower = value.chars().flat_map(char::to_lowercase).map(as_chunk).take(VALUE_LETTERS);
            lower.for_each(|c| self.text.push(c));
        }
        self.close_chunk(field);
    }

    /// Adds a link: its host, if it has an `authority` that no text shows, and the domain that the host
    /// belongs to, if that is another.
    fn push_link(&mut self, authority: Option<&str>, host: &str) {
        if self.links.count == limits::LINKS {
            self.truncated = true;
            return;
        }
        self.links.count += 1;
        let host = domains::normalise(host);
        let is_new = !host.is_empty() && !self.links.hosts.contains(&host);
        if !is_new && self.sender.is_none() {
            return;
        }
        let owner = domains::owner(&host);
        self.links.to_sender += usize::from(self.sender.as_deref() == Some(owner));
        if !is_new {
            return;
        }
        let start = self.text.len();
        if let Some(authority) = authority {
            let user = if authority.contains('@') { "user@" } else { "" };
            let port =
                if authority.rsplit('@').next().is_some_and(|rest| rest.contains(':')) { ":1" } else { "" };
            self.text.extend(["http://", user, &host, port, "\n"]);
        }
        if owner != host {
            self.text.extend([owner, "\n"]);
        }
        if self.text.len() > start {
            self.segments.push((Field::Link, self.text.len()));
        }
        if self.links.hosts.len() < limits::HOSTS {
            self.links.hosts.push(host);
        }
    }

    /// Ends a chunk of a field whose chunks stand apart by white space.
    fn close_chunk(&mut self, field: Field) {
        self.text.push('\n');
        match self.segments.last_mut() {
            Some((last, end)) if *last == field => *end = self.text.len(),
            _ => self.segments.push((field, self.text.len())),
        }
    }
}
