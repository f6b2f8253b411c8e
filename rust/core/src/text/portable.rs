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
pub fn read(headers: &Headers<'_>, body_charset: Option<&[u8]>, fields: &mut Fields) {
    let from = headers.first(Name::From).map_or_else(Vec::new, |value| mailboxes(value, body_charset));
    describe_mailboxes("from:", &from, fields);
    fields.sender =
        from.iter().find_map(|mailbox| mailbox.domain.as_deref()).map(|d| domains::owner(d).to_owned());
    describe_message_id(headers, fields);
    describe_mailer(headers, fields);
    // A mailing list sets these anew, and so tells of itself, not of the sender.
    if !headers.has(Name::ListHost) {
        let reply_to =
            headers.first(Name::ReplyTo).map_or_else(Vec::new, |value| mailboxes(value, body_charset));
        describe_mailboxes("reply-to:", &reply_to, fields);
        let domains: Vec<String> = reply_to.into_iter().filter_map(|mailbox| mailbox.domain).collect();
        describe_agreement("reply-to", &domains, fields);
        let signers: Vec<String> = headers.all(Name::Dkim).take(ADDRESSES).filter_map(signer).collect();
        describe_agreement("dkim", &signers, fields);
        let targets = headers.first(Name::ListUnsubscribe).map_or_else(Vec::new, targets);
        describe_agreement("list-unsubscribe", &targets, fields);
    }
}

/// Names as text, domains as evidence.
fn describe_mailboxes(kind: &str, mailboxes: &[Mailbox], fields: &mut Fields) {
    for Mailbox { name, domain } in mailboxes {
        if !name.is_empty() {
            fields.push_text(Field::Sender, name);
        }
        let Some(domain) = domain else { continue };
        fields.push_evidence(Field::Domain, kind, domains::owner(domain));
        if let Some(suffix) = domains::suffix(domain) {
            fields.push_evidence(Field::Domain, kind, &format!(".{suffix}"));
        }
        // A name that shows an address of someone else.
        if let Some(shown) = domains::of_address(name)
            && domains::owner(&shown) != domains::owner(domain)
        {
            fields.push_evidence(Field::Header, "name-shows-other-address", "");
        }
    }
}

/// Whether one of `hosts` belongs to the domain of the sender.
fn describe_agreement(name: &str, hosts: &[String], fields: &mut Fields) {
    let Some(sender) = fields.sender.as_deref().filter(|_| !hosts.is_empty()) else { return };
    let agrees = hosts.iter().any(|host| domains::owner(host) == sender);
    fields.push_evidence(Field::Header, name, if agrees { "-agrees" } else { "-differs" });
}

fn describe_message_id(headers: &Headers<'_>, fields: &mut Fields) {
    let Some(value) = headers.first(Name::MessageId) else {
        return fields.push_evidence(Field::Header, "message-id-missing", "");
    };
    let value = String::from_utf8_lossy(bounded(value));
    match domains::of_address(&value) {
        Some(host) => describe_agreement("message-id", &[host], fields),
        None => fields.push_evidence(Field::Header, "message-id-malformed", ""),
    }
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
