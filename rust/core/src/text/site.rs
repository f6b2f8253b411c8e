//! What the receiving site writes above a mail: for those who train on their own mail, where it is the
//! same from one mail to the next.

use super::fields::{Field, Fields};
use super::headers::{Headers, Name};
use super::{domains, limits};

/// Lines of Received that are looked at: the newest, which our own servers wrote, come first.
const HOPS: usize = 16;
/// Other headers of one name that are looked at.
const REPEATED: usize = 4;
/// The methods whose results are taken (RFC 8601, section 2.7).
const METHODS: [&str; 6] = ["spf", "dkim", "dmarc", "arc", "auth", "iprev"];

/// Adds what the headers of the whole mail tell of its way.
pub fn read(headers: &Headers<'_>, fields: &mut Fields) {
    let hops = headers.all(Name::Received).count();
    fields.push_evidence(Field::Site, "hops:", &hops.min(HOPS).to_string());
    headers.all(Name::Received).take(HOPS).for_each(|value| describe_hop(&text_of(value), fields));
    for value in headers.all(Name::Authentication).take(REPEATED) {
        describe_results(&text_of(value), fields);
    }
    for value in headers.all(Name::ReceivedSpf).take(REPEATED) {
        fields.push_evidence(Field::Site, "received-spf:", first_word(&text_of(value)));
    }
    if let Some(value) = headers.first(Name::ReturnPath) {
        describe_return_path(&text_of(value), fields);
    }
    for (name, kind) in [(Name::ListId, "list-id:"), (Name::Precedence, "precedence:")] {
        if let Some(value) = headers.first(name) {
            let text = text_of(value);
            let inner = text.rsplit('<').next().unwrap_or(&text);
            fields.push_evidence(Field::Site, kind, inner.trim().trim_end_matches('>'));
        }
    }
    for value in headers.all(Name::DeliveredTo).take(REPEATED) {
        fields.push_evidence(Field::Site, "delivered-to:", &text_of(value));
    }
}

/// Who gave the mail to whom, and how: `from a by b with ESMTP` (RFC 5321, section 4.4).
fn describe_hop(text: &str, fields: &mut Fields) {
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        let kind = match word {
            "from" => "from:",
            "by" => "by:",
            "with" => "with:",
            // The date, and comments of whoever received it.
            word if word.ends_with(';') => return,
            _ => continue,
        };
        let Some(value) = words.next() else { return };
        let value = domains::normalise(value.trim_matches(|c: char| !c.is_alphanumeric()));
        fields.push_evidence(Field::Site, kind, domains::owner(&value));
    }
}

/// The results of a check of the sender: `spf=pass`.
fn describe_results(text: &str, fields: &mut Fields) {
    for word in text.split(|c: char| c.is_whitespace() || c == ';') {
        if let Some((method, result)) = word.split_once('=')
            && METHODS.contains(&method)
        {
            fields.push_evidence(Field::Site, &format!("{method}="), result);
        }
    }
}

/// The domain to which errors go, and whether it is that of the sender.
fn describe_return_path(text: &str, fields: &mut Fields) {
    let Some(host) = domains::of_address(text) else {
        return fields.push_evidence(Field::Site, "return-path-empty", "");
    };
    fields.push_evidence(Field::Site, "return-path:", domains::owner(&host));
    if let Some(sender) = fields.sender.as_deref() {
        let agrees = domains::owner(&host) == sender;
        fields.push_evidence(Field::Site, "return-path", if agrees { "-agrees" } else { "-differs" });
    }
}

fn text_of(value: &[u8]) -> String {
    String::from_utf8_lossy(&value[..value.len().min(limits::STRUCTURED_BYTES)]).trim().to_owned()
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or("")
}
