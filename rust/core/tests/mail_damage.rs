//! Mail that is damaged, lies about itself, or is larger than anyone has reason to send.

use sigmail_core::text::{Field, Fields, Message, Profile, limits};

/// The text of one field, its stretches joined and trimmed, and whether a cap was hit.
fn read(mail: &[u8], wanted: Field) -> (String, bool) {
    let mut fields = Fields::default();
    fields.read(Message::Mail(mail), Profile::Content);
    let text: String = fields.iter().filter(|&(field, _)| field == wanted).map(|(_, text)| text).collect();
    (text.trim().to_owned(), fields.truncated())
}

fn body_of(mail: &[u8]) -> String {
    let (text, truncated) = read(mail, Field::Body);
    assert!(!truncated);
    text
}

fn subject_of(value: &str) -> String {
    read(format!("Subject: {value}\n\n").as_bytes(), Field::Subject).0
}

fn encoded(encoding: &str, content: &[u8]) -> Vec<u8> {
    [format!("Content-Transfer-Encoding: {encoding}\n\n").as_bytes(), content].concat()
}

fn in_charset(charset: &str, content: &[u8]) -> Vec<u8> {
    [format!("Content-Type: text/plain; charset={charset}\n\n").as_bytes(), content].concat()
}

#[test]
fn encoded_words_are_decoded() {
    assert_eq!(subject_of("=?utf-8?B?dmlhZ3Jh?="), "viagra");
    assert_eq!(subject_of("=?iso-8859-1?Q?caf=E9_au?= lait"), "café au lait");
    assert_eq!(subject_of("=?utf-8?q?via?= =?utf-8?q?gra?="), "viagra");
    assert_eq!(subject_of("=?utf-8?q?via?=\r\n =?utf-8?b?Z3Jh?="), "viagra");
}

#[test]
fn a_broken_encoded_word_costs_nothing_else() {
    for broken in ["=?utf-8?B?dmlh", "=?utf-8?X?abc?=", "=?no-such-charset?q?abc?=", "=?", "=?utf-8?q?=ZZ?="]
    {
        let subject = subject_of(&format!("before {broken} after"));
        assert!(subject.starts_with("before"), "{broken}: {subject}");
        assert_eq!(body_of(format!("Subject: {broken}\n\ntext").as_bytes()), "text", "{broken}");
    }
}

#[test]
fn base64_is_read_through_its_damage() {
    assert_eq!(body_of(&encoded("base64", b"dmlhZ3Jh")), "viagra");
    assert_eq!(body_of(&encoded(" BASE64 ", b"dmlh\r\nZ3Jh\r\n")), "viagra");
    assert_eq!(body_of(&encoded("base64", b"dm*lh\xffZ3!Jh")), "viagra");
    assert!(body_of(&encoded("base64", b"dmlhZ3J")).starts_with("viag"), "cut in the middle of a group");
    assert_eq!(body_of(&encoded("base64", b"")), "");
}

#[test]
fn quoted_printable_is_read_through_its_damage() {
    assert_eq!(body_of(&encoded("quoted-printable", b"v=69a=\r\ngra=\n now")), "viagra now");
    assert_eq!(body_of(&encoded("Quoted-Printable", b"100=% =3D =ZZ =")).split(' ').next(), Some("100=%"));
    assert_eq!(body_of(&encoded("x-uuencode", b"as =41 is")), "as =41 is");
}

#[test]
fn a_charset_is_believed_where_it_fits() {
    assert_eq!(body_of(&in_charset("iso-8859-1", b"caf\xe9")), "café");
    assert_eq!(body_of(&in_charset("\"koi8-r\"", b"\xd0\xd2\xc9\xd7\xc5\xd4")), "привет");
    assert_eq!(body_of(&in_charset("UTF-8", "naïve".as_bytes())), "naïve");
    assert_eq!(body_of(&in_charset("utf-16le", b"h\0i\0")), "hi");
}

#[test]
fn a_charset_that_lies_loses_no_readable_letter() {
    assert_eq!(body_of(&in_charset("shift_jis", "zażółć".as_bytes())), "zażółć");
    assert_eq!(body_of(&in_charset("no-such", "zażółć".as_bytes())), "zażółć");
    assert_eq!(body_of(&in_charset("no-such", b"caf\xe9")), "café");
    assert!(body_of(&in_charset("utf-8", b"caf\xe9 viagra")).ends_with("viagra"));
}

#[test]
fn headers_without_end_are_read_to_their_cap() {
    let mail = [b"Subject: x\n".as_slice(), &b"X-Filler: y\n".repeat(limits::HEADER_BYTES / 12 + 1)].concat();
    assert_eq!(read(&mail, Field::Subject), ("x".into(), true));
    let one_line = [b"Subject: ".as_slice(), &b"viagra ".repeat(limits::HEADER_BYTES / 7 + 2)].concat();
    let (subject, truncated) = read(&one_line, Field::Subject);
    assert!(truncated && subject.len() <= limits::HEADER_BYTES);
}

#[test]
fn depth_has_a_cap() {
    let nested = |depth: usize, layer: &dyn Fn(usize) -> String| {
        let layers: String = (0..depth).map(layer).collect();
        read(format!("{layers}\ninnermost").as_bytes(), Field::Body)
    };
    let multipart = |at| format!("Content-Type: multipart/mixed; boundary=b{at}x\n\n--b{at}x\n");
    let attached = |_| "Content-Type: message/rfc822\n\n".to_owned();
    for layer in [&multipart as &dyn Fn(usize) -> String, &attached] {
        assert_eq!(nested(limits::MIME_DEPTH, layer), ("innermost".into(), false));
        assert_eq!(nested(limits::MIME_DEPTH + 1, layer), (String::new(), true));
        assert_eq!(nested(20_000, layer), (String::new(), true));
    }
}

#[test]
fn the_number_of_parts_has_a_cap() {
    // The multipart itself is the first part.
    let mail = |parts: usize| {
        let parts = "--b\n\nword\n".repeat(parts);
        format!("Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n")
    };
    let words = |parts| {
        let (text, truncated) = read(mail(parts).as_bytes(), Field::Body);
        (text.matches("word").count(), truncated)
    };
    assert_eq!(words(limits::PARTS - 1), (limits::PARTS - 1, false));
    assert_eq!(words(limits::PARTS), (limits::PARTS - 1, true));
    assert_eq!(words(50 * limits::PARTS), (limits::PARTS - 1, true));
}

#[test]
fn the_number_of_links_has_a_cap() {
    let links = |count: usize| {
        let links = (0..count).map(|at| format!("<a href=http://a{at}.example/>x</a> "));
        let mail = format!("Content-Type: text/html\n\n{}", links.collect::<String>());
        let mut fields = Fields::default();
        fields.read(Message::Mail(mail.as_bytes()), Profile::Content);
        let hosts = fields.iter().filter(|&(field, _)| field == Field::Link);
        let read = hosts.flat_map(|(_, text)| text.split_whitespace()).count();
        (read, fields.truncated())
    };
    assert_eq!(links(limits::LINKS), (limits::LINKS, false));
    assert_eq!(links(limits::LINKS + 1), (limits::LINKS, true));
}

#[test]
fn text_has_a_cap_that_cuts_between_characters() {
    let mut fields = Fields::default();
    let whole = "é".repeat(limits::TEXT_BYTES / 2);
    fields.read(Message::Plain(&whole), Profile::Content);
    assert!(!fields.truncated());
    let longer = format!("x{whole}");
    fields.read(Message::Plain(&longer), Profile::Content);
    assert!(fields.truncated());
    let (_, text) = fields.iter().next().unwrap();
    assert_eq!(text.len(), limits::TEXT_BYTES - 1);
}

#[test]
fn a_mail_far_over_the_cap_is_truncated() {
    let huge = [b"\n".as_slice(), &b"word ".repeat(limits::TEXT_BYTES)].concat();
    let (text, truncated) = read(&huge, Field::Body);
    assert!(truncated && text.len() <= limits::TEXT_BYTES);
    let parts = format!("--b\n\n{}\n", "word ".repeat(limits::TEXT_BYTES / 10)).repeat(3);
    let mail = format!("Content-Type: multipart/mixed; boundary=b\n\n{parts}");
    let (text, truncated) = read(mail.as_bytes(), Field::Body);
    assert!(truncated && text.len() <= limits::TEXT_BYTES);
}
