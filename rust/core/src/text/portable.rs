//! What the sender writes into headers, and any site that receives the mail would see alike.
//!
//! Nothing that the receiving site, a mailing list or a collector of mail adds is taken: a model would
//! learn who collected which mail, and know nothing of yours.

use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, HeaderValue};

use super::fields::{Field, Fields};
use super::headers::{Headers, Name};
use super::{charset, domains, limits, link};

/// Addresses of one header that are looked at.
const ADDRESSES: usize = 4;
/// Words of a mail client's name that are taken: what follows is its version.
const MAILER_WORDS: usize = 3;

/// An address: the name that it shows, and its domain.
struct Mailbox {
    name: String,
    domain: Option<String>,
}

/// Adds what the headers of the whole mail tell. `body_charset` is for names in raw bytes.
///
/// Of headers that a mail may have or not, only a disagreement is told. That one is there at all says
/// when a mail was written and through which lists it came, which differs from one site to the next.
pub fn read(headers: &Headers<'_>, body_charset: Option<&[u8]>, fields: &mut Fields) {
    let addresses = |name| headers.first(name).map_or_else(Vec::new, |value| mailboxes(value, body_charset));
    let from = addresses(Name::From);
    describe_names(&from, fields);
    let sender = from.iter().find_map(|mailbox| mailbox.domain.as_deref()).map(domains::owner);
    for domain in from.iter().filter_map(|mailbox| mailbox.domain.as_deref()) {
        fields.push_evidence(Field::Domain, "from:", domains::owner(domain));
        if let Some(suffix) = domains::suffix(domain) {
            fields.push_evidence(Field::Domain, "from:.", suffix);
        }
    }
    describe_message_id(headers, sender, fields);
    describe_mailer(headers, fields);
    // A mailing list sets these anew, and so tells of itself, not of the sender.
    if !headers.has(Name::ListHost) {
        let reply_to = addresses(Name::ReplyTo);
        describe_names(&reply_to, fields);
        let domains: Vec<String> = reply_to.into_iter().filter_map(|mailbox| mailbox.domain).collect();
        if agrees(&domains, sender) == Some(false) {
            fields.push_evidence(Field::Header, "reply-to-differs", "");
            let other =
                |domain: &String| fields.push_evidence(Field::Domain, "reply-to:", domains::owner(domain));
            domains.iter().for_each(other);
        }
        let signers: Vec<String> = headers.all(Name::Dkim).take(ADDRESSES).filter_map(signer).collect();
        if agrees(&signers, sender) == Some(false) {
            fields.push_evidence(Field::Header, "dkim-differs", "");
        }
        let targets = headers.first(Name::ListUnsubscribe).map_or_else(Vec::new, targets);
        if agrees(&targets, sender) == Some(false) {
            fields.push_evidence(Field::Header, "list-unsubscribe-differs", "");
        }
    }
    fields.sender = sender.map(str::to_owned);
}

/// The names that addresses show, as text; and whether one shows the address of someone else.
fn describe_names(mailboxes: &[Mailbox], fields: &mut Fields) {
    for Mailbox { name, domain } in mailboxes {
        if !name.is_empty() {
            fields.push_text(Field::Sender, name);
        }
        if let (Some(shown), Some(domain)) = (domains::of_address(name), domain)
            && domains::owner(&shown) != domains::owner(domain)
        {
            fields.push_evidence(Field::Header, "name-shows-other-address", "");
        }
    }
}

/// Whether one of `hosts` belongs to the domain of the sender; nothing where one of the two is missing.
fn agrees(hosts: &[String], sender: Option<&str>) -> Option<bool> {
    let sender = sender.filter(|_| !hosts.is_empty())?;
    Some(hosts.iter().any(|host| domains::owner(host) == sender))
}

fn describe_message_id(headers: &Headers<'_>, sender: Option<&str>, fields: &mut Fields) {
    let said = match headers.first(Name::MessageId) {
        None => "message-id-missing",
        Some(value) => match domains::of_address(&String::from_utf8_lossy(bounded(value))) {
            None => "message-id-malformed",
            Some(host) => match agrees(&[host], sender) {
                Some(true) => "message-id-agrees",
                Some(false) | None => "message-id-differs",
            },
        },
    };
    fields.push_evidence(Field::Header, said, "");
}

/// The family of the mail client: the words before its version.
fn describe_mailer(headers: &Headers<'_>, fields: &mut Fields) {
    for value in headers.all(Name::Mailer).take(ADDRESSES) {
        let value = String::from_utf8_lossy(bounded(value));
        let is_name = |word: &&str| !word.starts_with(|c: char| c.is_ascii_digit() || "([{<".contains(c));
        let words = value.split(|c: char| c.is_whitespace() || c == '/').filter(|word| !word.is_empty());
        let family: Vec<&str> = words.take_while(is_name).take(MAILER_WORDS).collect();
        fields.push_evidence(Field::Header, "mailer:", &family.join("-"));
    }
}

/// The addresses of From or Reply-To.
fn mailboxes(value: &[u8], body_charset: Option<&[u8]>) -> Vec<Mailbox> {
    // The parser wants UTF-8, and a line end at the end.
    let text = format!("{}\n", charset::decode(bounded(value), body_charset).trim_end());
    let HeaderValue::Address(addresses) = MessageStream::new(text.as_bytes()).parse_address() else {
        return Vec::new();
    };
    let mailbox = |addr: &Addr<'_>| Mailbox {
        name: addr.name.as_deref().unwrap_or("").to_owned(),
        domain: addr.address.as_deref().and_then(domains::of_address),
    };
    addresses.iter().take(ADDRESSES).map(mailbox).collect()
}

/// The domain that signed: the tag `d=` (RFC 6376, section 3.5).
fn signer(value: &[u8]) -> Option<String> {
    let value = String::from_utf8_lossy(bounded(value));
    let domain = value.split(';').find_map(|tag| tag.trim().strip_prefix("d=").map(domains::normalise));
    domain.filter(|domain| !domain.is_empty())
}

/// The domains of the links in List-Unsubscribe (RFC 2369): of addresses and of web pages.
fn targets(value: &[u8]) -> Vec<String> {
    let value = String::from_utf8_lossy(bounded(value));
    let target = |link: &str| {
        let link = link.trim().trim_matches(['<', '>']);
        if let Some(address) = link.strip_prefix("mailto:") {
            return domains::of_address(address.split('?').next().unwrap_or(""));
        }
        link::authority_of_target(link).and_then(link::host_within).map(domains::normalise)
    };
    value.split(',').take(ADDRESSES).filter_map(target).collect()
}

fn bounded(value: &[u8]) -> &[u8] {
    &value[..value.len().min(limits::STRUCTURED_BYTES)]
}
