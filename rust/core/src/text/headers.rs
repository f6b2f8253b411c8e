//! The header block of an entity: where it ends, and which of its headers are read.

use memchr::memchr;

use super::limits;
use super::specification::Profile;

/// The headers that are read, under one name where several say the same.
///
/// What is not listed here is read in no profile: above all what other filters write (`X-Spam-…`,
/// `X-Virus-…`, `X-Bogosity` and their like), which would teach a model to repeat their verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// `Subject`.
    Subject,
    /// `Content-Type`.
    ContentType,
    /// `Content-Transfer-Encoding`.
    TransferEncoding,
    /// `Content-Disposition`.
    Disposition,
    /// `From`.
    From,
    /// `Reply-To`.
    ReplyTo,
    /// `Message-ID`.
    MessageId,
    /// `DKIM-Signature`.
    Dkim,
    /// `List-Unsubscribe`.
    ListUnsubscribe,
    /// The mail client, as `X-Mailer` or `User-Agent`.
    Mailer,
    /// A header that the host of a mailing list adds; that there is one is all that is taken of it.
    ListHost,
    /// `Received`.
    Received,
    /// `Authentication-Results`.
    Authentication,
    /// `Received-SPF`.
    ReceivedSpf,
    /// `Return-Path`.
    ReturnPath,
    /// `List-Id`.
    ListId,
    /// `Precedence`.
    Precedence,
    /// `Delivered-To`.
    DeliveredTo,
}

/// Each header by its name, and the least profile that reads it.
const NAMES: [(&str, Name, Profile); 22] = [
    ("subject", Name::Subject, Profile::Content),
    ("content-type", Name::ContentType, Profile::Content),
    ("content-transfer-encoding", Name::TransferEncoding, Profile::Content),
    ("content-disposition", Name::Disposition, Profile::Content),
    ("from", Name::From, Profile::Portable),
    ("reply-to", Name::ReplyTo, Profile::Portable),
    ("message-id", Name::MessageId, Profile::Portable),
    ("dkim-signature", Name::Dkim, Profile::Portable),
    ("list-unsubscribe", Name::ListUnsubscribe, Profile::Portable),
    ("x-mailer", Name::Mailer, Profile::Portable),
    ("user-agent", Name::Mailer, Profile::Portable),
    ("list-post", Name::ListHost, Profile::Portable),
    ("mailing-list", Name::ListHost, Profile::Portable),
    ("x-beenthere", Name::ListHost, Profile::Portable),
    ("x-mailman-version", Name::ListHost, Profile::Portable),
    ("received", Name::Received, Profile::Site),
    ("authentication-results", Name::Authentication, Profile::Site),
    ("received-spf", Name::ReceivedSpf, Profile::Site),
    ("return-path", Name::ReturnPath, Profile::Site),
    ("list-id", Name::ListId, Profile::Site),
    ("precedence", Name::Precedence, Profile::Site),
    ("delivered-to", Name::DeliveredTo, Profile::Site),
];

/// The headers of one entity that the profile reads, in their order.
#[derive(Debug, Default)]
pub struct Headers<'a> {
    found: Vec<(Name, &'a [u8])>,
}

/// An entity, divided.
#[derive(Debug)]
pub struct Entity<'a> {
    /// Its headers.
    pub headers: Headers<'a>,
    /// What stands below them.
    pub content: &'a [u8],
    /// Whether the block went on beyond the cap.
    pub truncated: bool,
}

impl<'a> Headers<'a> {
    /// The values of a header, from the first on: what stands after the colon, line ends included.
    pub fn all(&self, name: Name) -> impl Iterator<Item = &'a [u8]> + use<'a, '_> {
        self.found.iter().filter(move |(found, _)| *found == name).map(|&(_, value)| value)
    }

    /// The first value of a header.
    pub fn first(&self, name: Name) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// Whether the header is there.
    pub fn has(&self, name: Name) -> bool {
        self.first(name).is_some()
    }
}

/// Divides an entity into its headers and its content.
///
/// A line that can't be a header ends the block too, for mail whose empty line was lost; unless the
/// next line is a header that we know: then it is a piece of damage within the block.
pub fn divide(entity: &[u8], profile: Profile) -> Entity<'_> {
    let mut headers = Headers::default();
    let mut at = 0;
    while at < entity.len() {
        if at >= limits::HEADER_BYTES {
            let rest = &entity[at..];
            let empty_line = rest.strip_prefix(b"\n").or_else(|| rest.strip_prefix(b"\r\n"));
            let content = empty_line.filter(|_| entity[..at].ends_with(b"\n"));
            return Entity { headers, content: content.unwrap_or(rest), truncated: content.is_none() };
        }
        let end = line_end(entity, at);
        let line = &entity[at..end];
        if matches!(line, b"\n" | b"\r\n") {
            return Entity { headers, content: &entity[end..], truncated: false };
        }
        let is_cut = end == limits::HEADER_BYTES && end < entity.len() && !line.ends_with(b"\n");
        let Some(name) = name_of(line) else {
            if is_cut {
                return Entity { headers, content: &entity[end..], truncated: true };
            }
            if is_known_header(&entity[end..line_end(entity, end)]) {
                at = end;
                continue;
            }
            return Entity { headers, content: &entity[at..], truncated: false };
        };
        let header = at;
        at = folded_end(entity, end);
        if headers.found.len() < limits::HEADERS
            && let Some(found) = known(name, profile)
            && let Some(colon) = memchr(b':', line)
        {
            headers.found.push((found, &entity[header + colon + 1..at]));
        }
    }
    Entity { headers, content: &[], truncated: false }
}

/// Where the line at `at` ends, its line end included; at the latest at the cap of the block.
fn line_end(entity: &[u8], at: usize) -> usize {
    let within = &entity[at..entity.len().min(limits::HEADER_BYTES.max(at))];
    memchr(b'\n', within).map_or(at + within.len(), |end| at + end + 1)
}

/// Where the lines end that continue the one before `at`: they begin with a blank.
fn folded_end(entity: &[u8], mut at: usize) -> usize {
    while at < limits::HEADER_BYTES && matches!(entity.get(at), Some(b' ' | b'\t')) {
        at = line_end(entity, at);
    }
    at
}

fn is_known_header(line: &[u8]) -> bool {
    name_of(line).is_some_and(|name| known(name, Profile::Site).is_some())
}

/// The name before the colon (RFC 5322, section 3.6.8; blanks before the colon, section 4.5).
fn name_of(line: &[u8]) -> Option<&[u8]> {
    // Whatever is below `!` or above `~`, and the colon, ends it.
    let end = line.iter().position(|&byte| byte.wrapping_sub(b'!') > b'~' - b'!' || byte == b':')?;
    let rest = line[end..].trim_ascii_start();
    (end > 0 && rest.first() == Some(&b':')).then_some(&line[..end])
}

const fn lengths_of(profile: Profile) -> u32 {
    let (mut lengths, mut at) = (0, 0);
    while at < NAMES.len() {
        let (name, _, least) = NAMES[at];
        if least as u8 <= profile as u8 {
            lengths |= 1 << name.len();
        }
        at += 1;
    }
    lengths
}

fn known(name: &[u8], profile: Profile) -> Option<Name> {
    /// One bit a length: whether a profile reads a header whose name has it. Most of a mail's headers have another.
    const LENGTHS: [u32; 3] =
        [lengths_of(Profile::Content), lengths_of(Profile::Portable), lengths_of(Profile::Site)];
    let length = u32::try_from(name.len()).unwrap_or(u32::MAX);
    if LENGTHS[profile as usize].unbounded_shr(length) & 1 == 0 {
        return None;
    }
    let is_it = |&&(known, _, least): &&(&str, Name, Profile)| {
        known.len() == name.len() && least <= profile && name.eq_ignore_ascii_case(known.as_bytes())
    };
    NAMES.iter().find(is_it).map(|&(_, found, _)| found)
}
