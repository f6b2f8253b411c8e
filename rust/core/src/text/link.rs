//! Links: what of them is evidence.

/// What begins a link that leads to a host.
const SCHEMES: [&str; 3] = ["http", "https", "ftp"];

/// Divides `text` at a link: what stands before it, and the link's host without user, port, path and
/// query. Nothing if there is no link to a host in it.
///
/// Paths and queries are left out: they are as a rule made for one recipient, or name pictures.
pub fn split_at_host(text: &str) -> Option<(&str, &str)> {
    let (before, rest) = match text.find("://") {
        Some(at) => (scheme_start(&text[..at])?, &text[at + 3..]),
        None if starts_with_www(text) => ("", text),
        None => return None,
    };
    let authority = &rest[..rest.find(['/', '?', '#', '\\', '"', '<', '>']).unwrap_or(rest.len())];
    let host = &authority[authority.rfind('@').map_or(0, |at| at + 1)..];
    let host = host[..host.find(':').unwrap_or(host.len())].trim_matches(|c: char| !c.is_alphanumeric());
    (!host.is_empty()).then_some((before, host))
}

/// What stands before the scheme at the end of `text`; nothing if there is none that leads to a host.
fn scheme_start(text: &str) -> Option<&str> {
    let start = text
        .rfind(|c: char| !c.is_ascii_alphanumeric())
        .map_or(0, |at| at + text[at..].chars().next().map_or(0, char::len_utf8));
    let (before, scheme) = text.split_at(start);
    SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)).then_some(before)
}

fn starts_with_www(text: &str) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_behind_its_decoys() {
        assert_eq!(split_at_host("http://a.example/x?y=1"), Some(("", "a.example")));
        assert_eq!(split_at_host("<HTTPS://bank.example@evil.example:8080/>,"), Some(("<", "evil.example")));
        assert_eq!(split_at_host("WWW.a.example."), Some(("", "WWW.a.example")));
        assert_eq!(split_at_host("cheap-pills:http://a.example"), Some(("cheap-pills:", "a.example")));
        assert_eq!(split_at_host("é\u{2014}ftp://a.example"), Some(("é\u{2014}", "a.example")));
    }

    #[test]
    fn other_text_has_none() {
        for text in ["", "mailto:a@b.example", "://", "www", "/go", "a.example", "http:///path", "pills://x"]
        {
            assert_eq!(split_at_host(text), None, "{text}");
        }
    }
}
