//! Links that are written out in text, and what of their form is evidence.

use memchr::{memchr, memchr_iter};
use std::ops::Range;

use super::link::split_at_host;
use super::seek::{end_of, start_of_chunk};
use super::signs::Sign;
use super::tokens::offset_in;

/// A link within a text: the bytes from its scheme to the end of the chunk that it stands in, and its host.
#[derive(Debug)]
pub struct Link {
    /// Where the link begins.
    pub start: usize,
    /// Where the white space behind it begins.
    pub end: usize,
    /// Its host, without user, port, path and query.
    pub host: Range<usize>,
}

/// The links of a text, in their order; at most one in a chunk between white space.
pub struct Links<'a> {
    text: &'a str,
    from: usize,
    /// Those from the last link on, or some more.
    signs: &'a [(Sign, usize)],
    base: usize,
}

impl<'a> Links<'a> {
    /// The links of `text`, which stands behind `base` bytes of others and has these signs.
    pub fn of(text: &'a str, signs: &'a [(Sign, usize)], base: usize) -> Self {
        Self { text, from: 0, signs, base }
    }
}

impl Iterator for Links<'_> {
    type Item = Link;

    fn next(&mut self) -> Option<Link> {
        loop {
            let (&(_, at), rest) = self.signs.split_first()?;
            let (signs, at) = (self.signs, at - self.base);
            self.signs = rest;
            if at < self.from {
                continue;
            }
            let start = self.from + start_of_chunk(&self.text[self.from..at]);
            let end = at + end_of(&self.text[at..], |_| false);
            let chunk = &self.text[start..end];
            self.from = end;
            // No sign stands in the chunk before this one.
            let mut of_chunk = signs.iter().take_while(|(_, at)| at - self.base < end);
            let scheme = of_chunk.find(|(sign, _)| *sign == Sign::Scheme);
            if let Some((before, host)) = split_at_host(chunk, scheme.map(|(_, at)| at - self.base - start)) {
                let host_start = start + offset_in(chunk, host);
                let host = host_start..host_start + host.len();
                return Some(Link { start: start + before.len(), end, host });
            }
        }
    }
}

/// What the form of a link tells beyond its host. The names are part of the file format.
pub fn form_of(link: &str) -> impl Iterator<Item = &'static str> {
    // Byte by byte: these are a few bytes each, and nearly all of ASCII.
    let scheme_end = memchr_iter(b':', link.as_bytes()).find(|&at| link[at..].starts_with("://"));
    let rest = scheme_end.map_or(link, |at| &link[at + 3..]);
    let ends = |byte| matches!(byte, b'/' | b'?' | b'#' | b'\\' | b'"' | b'<' | b'>');
    let end = rest.bytes().position(ends).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let user = authority.bytes().rposition(|byte| byte == b'@');
    let host = &authority[user.map_or(0, |at| at + 1)..];
    let colon = host.bytes().position(|byte| byte == b':');
    let (name, port) = colon.map_or((host, ""), |at| (&host[..at], &host[at + 1..]));
    let is_address = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let lower_start = |start: &str| name.get(..4).is_some_and(|first| first.eq_ignore_ascii_case(start));
    let has_punycode = || name.as_bytes().windows(5).any(|bytes| bytes == b".xn--");
    [
        ("link to a number in place of a name", is_address && !name.is_empty()),
        ("link with a user name", user.is_some_and(|at| at > 0)),
        ("link with a port", port.bytes().next().is_some_and(|byte| byte.is_ascii_digit())),
        ("link to a name in Punycode", lower_start("xn--") || has_punycode()),
        ("link with escaped letters", memchr(b'%', path.as_bytes()).is_some()),
        ("link with a query", memchr(b'?', path.as_bytes()).is_some()),
        ("long link", link.len() > 80),
    ]
    .into_iter()
    .filter_map(|(name, holds)| holds.then_some(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::signs::Signs;

    #[test]
    fn links_are_found_in_their_chunks() {
        let text = "see (http://a.example/x) http pills://b WWW.c.example. xwww.d e http://e.example";
        let mut signs = Signs::default();
        signs.read(text, 7);
        let links = Links::of(text, signs.as_slice(), 7);
        let found: Vec<_> = links.map(|link| (&text[link.start..link.end], &text[link.host])).collect();
        let expected = [
            ("http://a.example/x)", "a.example"),
            ("WWW.c.example.", "WWW.c.example"),
            ("http://e.example", "e.example"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_form_of_a_link_is_told() {
        let forms = |link| form_of(link).collect::<Vec<_>>();
        assert!(forms("https://a.example/x").is_empty());
        assert_eq!(
            forms("http://bank.example@1.2.3.4:8080/?q=%20"),
            [
                "link to a number in place of a name",
                "link with a user name",
                "link with a port",
                "link with escaped letters",
                "link with a query"
            ]
        );
        assert_eq!(forms("http://XN--abc.example"), ["link to a name in Punycode"]);
        assert_eq!(forms(&format!("http://a.example/{}", "x".repeat(80))), ["long link"]);
    }
}
