//! Hosts and domains: one spelling for each, and the domain that someone registered.

use idna::AsciiDenyList;
use std::borrow::Cow;
use std::net::Ipv4Addr;

/// Bytes of a host that are kept: the longest name that the DNS has.
const HOST_BYTES: usize = 253;

/// The one spelling of a host: lower case, internationalised labels in their ASCII form, escapes of
/// URLs undone, no dot at its ends. It holds no white space.
pub fn normalise(host: &str) -> String {
    let mut end = host.len().min(HOST_BYTES);
    while !host.is_char_boundary(end) {
        end -= 1;
    }
    // Nearly all hosts are of this kind, and need nothing else.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if host[..end].bytes().all(is_plain) {
        return host[..end].trim_matches('.').to_ascii_lowercase();
    }
    let host = if host.contains('%') { unescape(&host[..end]).into() } else { Cow::Borrowed(&host[..end]) };
    let mut name = if host.is_ascii() {
        host.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii_cow(host.as_bytes(), AsciiDenyList::EMPTY)
            .map_or_else(|_| host.to_lowercase(), Cow::into_owned)
    };
    name.retain(|c| !c.is_whitespace() && !c.is_control());
    name.trim_matches('.').to_owned()
}

/// The domain below a public suffix that the host belongs to: what someone registered. Nothing for an
/// address of numbers and for a host without a dot. `host` is in the spelling of [`normalise`].
pub fn registrable(host: &str) -> Option<&str> {
    let last = host.rsplit('.').next().unwrap_or(host);
    if last.bytes().all(|byte| byte.is_ascii_digit()) || host.parse::<Ipv4Addr>().is_ok() {
        return None;
    }
    psl::domain_str(host).filter(|domain| domain.contains('.'))
}

/// The registrable domain, or the host itself where there is none.
pub fn owner(host: &str) -> &str {
    registrable(host).unwrap_or(host)
}

/// The public suffix of a host: `co.uk`.
pub fn suffix(host: &str) -> Option<&str> {
    registrable(host).and_then(psl::suffix_str)
}

/// The domain of a mail address, in the spelling of [`normalise`]: what stands after the last `@`.
pub fn of_address(address: &str) -> Option<String> {
    let (_, domain) = address.rsplit_once('@')?;
    let is_end = |c: char| c.is_whitespace() || "<>(),;\"".contains(c);
    let domain = normalise(domain.split(is_end).next().unwrap_or(""));
    (!domain.is_empty()).then_some(domain)
}

/// Undoes the escapes of a URL: `%65` is an e.
fn unescape(host: &str) -> String {
    let mut bytes = Vec::with_capacity(host.len());
    let mut rest = host.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = after.first_chunk().copied().filter(|_| *first == b'%').and_then(hexadecimal);
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| host.to_owned())
}

fn hexadecimal(digits: [u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    u8::try_from(high? * 16 + low?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_one_spelling() {
        assert_eq!(normalise("WWW.A.Example."), "www.a.example");
        assert_eq!(normalise("b\u{fc}cher.example"), "xn--bcher-kva.example");
        assert_eq!(normalise("%65vil.exampl%65"), "evil.example");
        assert_eq!(normalise("a%zz.example%"), "a%zz.example%");
        assert_eq!(normalise("a\u{a0}b .example"), "ab.example");
        assert!(normalise(&"é".repeat(1000)).len() < 1000);
    }

    #[test]
    fn a_registrable_domain_stands_below_a_public_suffix() {
        assert_eq!(registrable("mail.shop.example.co.uk"), Some("example.co.uk"));
        assert_eq!(registrable("a.b.example"), Some("b.example"));
        assert_eq!(registrable("example.com"), Some("example.com"));
        for host in ["co.uk", "localhost", "", "10.0.0.1", "1.2.3", "3232235777"] {
            assert_eq!(registrable(host), None, "{host}");
            assert_eq!(owner(host), host);
        }
        assert_eq!(suffix("mail.example.co.uk"), Some("co.uk"));
    }

    #[test]
    fn an_address_has_a_domain() {
        assert_eq!(of_address("a@b.example").as_deref(), Some("b.example"));
        assert_eq!(of_address("\"a@b\"@C.example>").as_deref(), Some("c.example"));
        assert_eq!(of_address("a@"), None);
        assert_eq!(of_address("nobody"), None);
    }
}
