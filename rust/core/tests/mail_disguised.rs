//! Mail that says one thing of itself and is another: what a reader sees is read nevertheless.

use sigmail_core::text::{Field, Fields, Message, Profile};

/// The text of one field, its words joined by one space each.
fn text_of(mail: &[u8], wanted: Field) -> String {
    let mut fields = Fields::default();
    fields.read(Message::Mail(mail), Profile::Content);
    let texts: Vec<_> = fields.iter().filter(|&(field, _)| field == wanted).map(|(_, text)| text).collect();
    texts.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn body_of(mail: &str) -> String {
    text_of(mail.as_bytes(), Field::Body)
}

#[test]
fn of_two_content_types_the_one_that_shows_more_is_read() {
    let html = "<p>cheap</p><p>pills</p>";
    for types in [["application/octet-stream", "text/html"], ["text/html", "application/octet-stream"]] {
        let mail = format!("Content-Type: {}\nContent-Type: {}\n\n{html}", types[0], types[1]);
        assert_eq!(body_of(&mail), "cheap pills", "{types:?}");
    }
    for types in ["text/plain\nContent-Type: multipart/mixed; boundary=b", "multipart/mixed; boundary=b"] {
        let mail = format!("Content-Type: {types}\n\n--b\nContent-Type: text/html\n\n{html}\n--b--");
        assert_eq!(body_of(&mail), "cheap pills", "{types}");
    }
    let bogus = "Content-Type: multipart/mixed; boundary=never\nContent-Type: text/html\n\n";
    assert_eq!(body_of(&format!("{bogus}{html}")), "cheap pills");
    let known = "Content-Transfer-Encoding: x\nContent-Transfer-Encoding: base64\n\n";
    assert_eq!(body_of(&format!("{known}Y2hlYXAgcGlsbHM=")), "cheap pills");
}

#[test]
fn types_that_readers_take_for_text_are_read() {
    for kind in ["application/xhtml+xml", "TEXT/HTML", "text/html; charset=\"", "text/html;;;"] {
        assert_eq!(body_of(&format!("Content-Type: {kind}\n\n<p>cheap</p>pills")), "cheap pills", "{kind}");
    }
    for kind in ["foo", "text", "text/", "", "; charset=utf-8", "plain text", "text/rtf"] {
        assert_eq!(body_of(&format!("Content-Type: {kind}\n\ncheap pills")), "cheap pills", "{kind}");
    }
}

#[test]
fn an_encoding_is_known_through_its_comment() {
    for encoding in ["base64 (x)", "(x) base64", "base64;", "\"base64\"", "BASE64\t"] {
        let mail = format!("Content-Transfer-Encoding: {encoding}\n\nY2hlYXAgcGlsbHM=");
        assert_eq!(body_of(&mail), "cheap pills", "{encoding}");
    }
}

#[test]
fn an_attached_mail_is_read_through_its_encoding() {
    let inner = "U3ViamVjdDogY2hlYXAKCnBpbGxz";
    let mail = format!("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{inner}");
    assert_eq!(body_of(&mail), "cheap pills");
    let quoted = "Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n\
        Subject: che=61p\n\npi=\nlls";
    assert_eq!(body_of(quoted), "cheap pills");
    let parts = "LS1iCgpjaGVhcAotLWIKCnBpbGxzCi0tYi0tCg==";
    let mail =
        format!("Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n{parts}");
    assert_eq!(body_of(&mail), "cheap pills");
}

#[test]
fn lines_may_end_in_any_way() {
    for end in ["\n", "\r\n", "\r"] {
        let mail = ["Subject: cheap", "Content-Transfer-Encoding: base64", "", "cGlsbHM=", ""].join(end);
        assert_eq!(text_of(mail.as_bytes(), Field::Subject), "cheap", "{end:?}");
        assert_eq!(text_of(mail.as_bytes(), Field::Body), "pills", "{end:?}");
    }
}

#[test]
fn a_subject_in_raw_bytes_is_read_as_the_body_is() {
    let subject = |mail: &[u8]| text_of(mail, Field::Subject);
    assert_eq!(subject(b"Subject: caf\xe9\n\n"), "café");
    assert_eq!(subject(b"Subject: \xd0\xd2\xc9\nContent-Type: text/plain; charset=koi8-r\n\n"), "при");
    assert_eq!(subject("Subject: naïve\n\n".as_bytes()), "naïve");
    let part = b"Subject: \xd0\xd2\xc9\nContent-Type: multipart/mixed; boundary=b\n\n\
        --b\nContent-Type: text/plain; charset=koi8-r\n\nx";
    assert_eq!(subject(part), "при");
    let page = b"Content-Type: text/html\n\n<meta charset=koi8-r>\xd0\xd2\xc9";
    assert_eq!(text_of(page, Field::Body), "при");
}

#[test]
fn a_header_is_known_through_its_blanks_and_the_damage_around_it() {
    assert_eq!(text_of(b"Subject : cheap\n\n", Field::Subject), "cheap");
    assert_eq!(text_of(b"SUBJECT\t:cheap\n\n", Field::Subject), "cheap");
    let damaged = b"To: me\n>From someone at noon\nSubject: cheap\n\npills";
    assert_eq!(text_of(damaged, Field::Subject), "cheap");
    assert_eq!(text_of(damaged, Field::Body), "pills");
}

#[test]
fn quoted_printable_keeps_the_bytes_that_should_not_be_there() {
    let mail = "Content-Transfer-Encoding: quoted-printable\n\nnaïve =C3=A9";
    assert_eq!(body_of(mail), "naïve é");
}

#[test]
fn a_charset_that_nobody_knows_hides_nothing() {
    for charset in ["punycode", "utf-7", "iso-2022-kr", "hz-gb-2312", "x-none", "\"", &"x".repeat(10_000)] {
        let mail = format!("Content-Type: text/plain; charset={charset}\n\ncheap pills");
        assert_eq!(body_of(&mail), "cheap pills", "{charset}");
    }
    assert_eq!(body_of("Content-Type: text/plain; charset=utf-7\n\n+AGM-heap"), "cheap");
    assert_eq!(
        text_of(b"Subject: =?punycode?q?cheap?= =?x-none?b?cGlsbHM=?=\n\n", Field::Subject),
        "cheappills"
    );
}
