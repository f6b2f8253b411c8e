//! Links: what of them is evidence.

/// The host of a link, without user, port, path and query; nothing if `text` is no link to a host.
///
/// Paths and queries are left out: they are as a rule made for one recipient, or name pictures.
pub fn host(text: &str) -> Option<&str> {
    let start = text.find("://").map(|at| at + 3).or_else(|| starts_with_www(text).then_some(0))?;
    let rest = &text[start..];
    let authority = &rest[..rest.find(['/', '?', '#', '\\', '"', '<', '>']).unwrap_or(rest.len())];
    let host = &authority[authority.rfind('@').map_or(0, |at| at + 1)..];
    let host = host[..host.find(':').unwrap_or(host.len())].trim_matches(|c: char| !c.is_alphanumeric());
    (!host.is_empty()).then_some(host)
}

fn starts_with_www(text: &str) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_behind_its_decoys() {
        assert_eq!(host("http://a.example/x?y=1"), Some("a.example"));
        assert_eq!(host("<https://bank.example@evil.example:8080/>,"), Some("evil.example"));
        assert_eq!(host("WWW.a.example."), Some("WWW.a.example"));
        assert_eq!(host("(http://a.example)"), Some("a.example"));
    }

    #[test]
    fn other_text_has_none() {
        for text in ["", "mailto:a@b.example", "://", "www", "/go", "a.example", "http:///path"] {
            assert_eq!(host(text), None, "{text}");
        }
    }
}
