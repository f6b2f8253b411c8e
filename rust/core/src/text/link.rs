//! Links: what of them is evidence.
//!
//! Paths and queries are left out: they are as a rule made for one recipient, or name pictures.

use std::borrow::Cow;

use super::seek::end_of;
use super::signs::Sign;

/// What begins a link that leads to a host.
const SCHEMES: [&str; 3] = ["http", "https", "ftp"];
/// One byte more than the longest of them has, to see that it begins there.
const LONGEST_SCHEME: usize = 6;

/// How far into a link its host is looked for: a name has 253 bytes at most, and a decoy may stand
/// before it.
const AUTHORITY_BYTES: usize = 512;

/// Calls `found` with the host of each link that is written out in `text`, which stands behind `base` bytes of others
/// and has these signs.
pub fn find_hosts(text: &str, signs: &[(Sign, usize)], base: usize, mut found: impl FnMut(&str)) {
    for &(_, at) in signs.iter().filter(|(sign, _)| *sign == Sign::Scheme) {
        let at = at - base;
        if leads_to_host(&text.as_bytes()[..at])
            && let Some(host) = host_of(&text[at + 3..])
        {
            found(host);
        }
    }
    for kind in [Sign::Lower, Sign::Upper] {
        for &(_, at) in signs.iter().filter(|(sign, _)| *sign == kind) {
            let at = at - base;
            let before = text.as_bytes()[..at].last();
            if !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"/@.-_".contains(byte))
                && let Some(host) = host_of(&text[at..]).filter(|host| host.contains('.'))
            {
                found(host);
            }
        }
    }
}

/// A target without the line ends and tabs that browsers drop wherever they stand.
pub fn as_browsers_read(target: Cow<'_, str>) -> Cow<'_, str> {
    let is_dropped = |c: char| matches!(c, '\t' | '\n' | '\r');
    if target.contains(is_dropped) {
        return Cow::Owned(target.chars().filter(|&c| !is_dropped(c)).collect());
    }
    target
}

/// What stands between the slashes of the target of a link in HTML: a host, maybe with user and port.
pub fn authority_of_target(target: &str) -> Option<&str> {
    let target = target.trim();
    let is_slash = |c: char| matches!(c, '/' | '\\');
    let rest = match target.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => rest,
        _ if target.starts_with("//") || target.starts_with("\\\\") => target,
        _ if starts_with_www(target) => target,
        _ => return None,
    };
    let authority = authority_of(rest.trim_start_matches(is_slash));
    host_within(authority).map(|_| authority)
}

/// The host at the start of `rest`, which stands behind a scheme and its slashes.
fn host_of(rest: &str) -> Option<&str> {
    host_within(authority_of(rest))
}

fn authority_of(rest: &str) -> &str {
    let mut end = rest.len().min(AUTHORITY_BYTES);
    while !rest.is_char_boundary(end) {
        end -= 1;
    }
    let rest = &rest[..end];
    &rest[..end_of(rest, |byte| matches!(byte, b'/' | b'?' | b'#' | b'\\' | b'"' | b'<' | b'>'))]
}

/// The host of an authority: what stands behind a user and before a port.
pub fn host_within(authority: &str) -> Option<&str> {
    let host = &authority[authority.bytes().rposition(|byte| byte == b'@').map_or(0, |at| at + 1)..];
    let end = host.bytes().position(|byte| byte == b':').unwrap_or(host.len());
    let host = host[..end].trim_matches(|c: char| !c.is_alphanumeric());
    (!host.is_empty()).then_some(host)
}

/// Whether the scheme at the end of `before` is one that leads to a host.
fn leads_to_host(before: &[u8]) -> bool {
    let start = before.len().saturating_sub(LONGEST_SCHEME);
    let end = &before[start..];
    SCHEMES.iter().any(|scheme| {
        end.len().checked_sub(scheme.len()).is_some_and(|at| {
            end[at..].eq_ignore_ascii_case(scheme.as_bytes())
                && !end[..at].last().is_some_and(u8::is_ascii_alphanumeric)
        })
    })
}

fn is_scheme(scheme: &str) -> bool {
    SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// Divides `text`, in which the first `://` is at `scheme_end`, at a link: what stands before it, and the link's host
/// without user, port, path and query. Nothing if there is no link to a host in it.
pub fn split_at_host(text: &str, scheme_end: Option<usize>) -> Option<(&str, &str)> {
    let (before, rest) = match scheme_end {
        Some(at) => (scheme_start(&text[..at])?, &text[at + 3..]),
        None if starts_with_www(text) => ("", text),
        None => return None,
    };
    host_of(rest).map(|host| (before, host))
}

/// What stands before the scheme at the end of `text`; nothing if there is none that leads to a host.
fn scheme_start(text: &str) -> Option<&str> {
    let start = text.bytes().rposition(|byte| !byte.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
    let (before, scheme) = text.split_at(start);
    is_scheme(scheme).then_some(before)
}

fn starts_with_www(text: &str) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::signs::Signs;

    #[test]
    fn a_host_is_found_behind_its_decoys() {
        let split_at_host = |text| super::split_at_host(text, str::find(text, "://"));
        assert_eq!(split_at_host("http://a.example/x?y=1"), Some(("", "a.example")));
        assert_eq!(split_at_host("<HTTPS://bank.example@evil.example:8080/>,"), Some(("<", "evil.example")));
        assert_eq!(split_at_host("WWW.a.example."), Some(("", "WWW.a.example")));
        assert_eq!(split_at_host("cheap-pills:http://a.example"), Some(("cheap-pills:", "a.example")));
        assert_eq!(split_at_host("é\u{2014}ftp://a.example"), Some(("é\u{2014}", "a.example")));
    }

    fn hosts_in(text: &str) -> Vec<String> {
        let (mut signs, mut hosts) = (Signs::default(), Vec::new());
        signs.read(text, 7);
        find_hosts(text, signs.as_slice(), 7, |host| hosts.push(host.to_owned()));
        hosts
    }

    #[test]
    fn hosts_are_found_in_running_text() {
        let text = "see http://a.example/x, (https://u@b.example:80) or www.c.example. not pills://d.example";
        assert_eq!(hosts_in(text), ["a.example", "b.example", "www.c.example"]);
        assert_eq!(hosts_in("http://www.a.example"), ["www.a.example"], "once");
        assert_eq!(hosts_in("xhttp://a.example awww.b.example http:// www. ://"), Vec::<String>::new());
        assert_eq!(hosts_in(&format!("http://{}", "é@".repeat(10_000))), ["é"], "of the first bytes alone");
    }

    #[test]
    fn a_target_is_read_as_browsers_read_it() {
        let hosts = [
            ("http://a.example/x", "a.example"),
            ("//a.example/x", "a.example"),
            ("ht\ntp:\\\\a.exa\tmple\\x", "a.example"),
            ("HTTPS:/a.example", "a.example"),
            (" www.a.example ", "www.a.example"),
        ];
        for (target, host) in hosts {
            let target = as_browsers_read(target.into());
            assert_eq!(authority_of_target(&target).and_then(host_within), Some(host), "{target}");
        }
        for target in ["", "/x", "mailto:a@b.example", "javascript://x", "cid:1", "#", "http:"] {
            assert_eq!(authority_of_target(target), None, "{target}");
        }
    }

    #[test]
    fn other_text_has_none() {
        for text in ["", "mailto:a@b.example", "://", "www", "/go", "a.example", "http:///path", "pills://x"]
        {
            assert_eq!(split_at_host(text, text.find("://")), None, "{text}");
        }
    }
}
