//! The structure of a mail: which of its parts are read, and as what.

use sigmail_core::text::{Field, Fields, Message, Profile};

/// The stretches of text that are read of a mail, their white space trimmed, empty ones left out.
fn read(mail: &str) -> Vec<(Field, String)> {
    let mut fields = Fields::default();
    fields.read(Message::Mail(mail.as_bytes()), Profile::Content);
    assert!(!fields.truncated(), "nothing here is over a cap");
    let stretches = fields.iter().map(|(field, text)| (field, text.trim().to_owned()));
    stretches.filter(|(_, text)| !text.is_empty()).collect()
}

fn body_of(mail: &str) -> Vec<String> {
    read(mail).into_iter().filter(|&(field, _)| field == Field::Body).map(|(_, text)| text).collect()
}

#[test]
fn a_plain_mail_is_its_subject_and_its_body() {
    let mail = "Received: from nowhere\r\nSubject: A word\r\n about it\r\nX-Spam: yes\r\n\r\nThe text.\r\n";
    let expected = [(Field::Subject, "A word about it".into()), (Field::Body, "The text.".into())];
    assert_eq!(read(mail), expected);
}

#[test]
fn plain_text_is_body_even_if_it_looks_like_a_mail() {
    let mut fields = Fields::default();
    fields.read(Message::Plain("Subject: x\n\ny"), Profile::Content);
    assert_eq!(fields.iter().collect::<Vec<_>>(), [(Field::Body, "Subject: x\n\ny")]);
}

#[test]
fn the_fields_of_one_mail_leave_nothing_for_the_next() {
    let mut fields = Fields::default();
    fields.read(Message::Mail(b"Subject: first\n\nfirst"), Profile::Content);
    fields.read(Message::Mail(b"\nsecond"), Profile::Content);
    assert_eq!(fields.iter().collect::<Vec<_>>(), [(Field::Body, "second")]);
}

#[test]
fn nested_multiparts_are_read_in_the_order_in_which_they_stand() {
    let mail = "Content-Type: multipart/mixed; boundary=outer\n\npreamble\n\
        --outer\nContent-Type: multipart/alternative; boundary=\"in ner\"\n\n\
        --in ner\nContent-Type: text/plain\n\none\n\
        --in ner\nContent-Type: text/html\n\n<p>two\n\
        --in ner--\nepilogue\n\
        --outer\n\nthree\n--outer--\nepilogue\n";
    assert_eq!(body_of(mail), ["one", "two", "three"]);
}

#[test]
fn a_boundary_that_begins_with_the_outer_one_belongs_to_the_inner_multipart() {
    let mail = "Content-Type: multipart/mixed; boundary=b\n\n\
        --b\nContent-Type: multipart/mixed; boundary=b1\n\n--b1\n\none\n--b1\n\ntwo\n--b1--\n\
        --b\n\nthree\n--b--\n";
    assert_eq!(body_of(mail), ["one", "two", "three"]);
}

#[test]
fn a_boundary_within_a_line_does_not_divide() {
    let mail = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none --b two\n--b--\n";
    assert_eq!(body_of(mail), ["one --b two"]);
}

#[test]
fn attachments_and_what_is_no_text_stay_unread() {
    let mail = "Content-Type: multipart/mixed; boundary=b\n\n\
        --b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nattached\n\
        --b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n\
        --b\nContent-Type: application/octet-stream\n\nbinary\n\
        --b\nContent-Type: text/plain\nContent-Disposition: inline\n\nshown\n--b--\n";
    assert_eq!(body_of(mail), ["shown"]);
}

#[test]
fn an_attached_mail_is_text_that_this_mail_carries() {
    let mail = "Subject: outer\nContent-Type: multipart/mixed; boundary=b\n\n\
        --b\n\nsee below\n\
        --b\nContent-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/html\n\n<b>in</b>side\n--b--\n";
    let expected = [
        (Field::Subject, "outer".into()),
        (Field::Body, "see below".into()),
        (Field::Body, "inner".into()),
        (Field::Body, "inside".into()),
    ];
    assert_eq!(read(mail), expected);
}

#[test]
fn the_parts_of_a_digest_are_mails() {
    let mail = "Content-Type: multipart/digest; boundary=b\n\n\
        --b\n\nSubject: first\n\none\n--b\n\nSubject: second\n\ntwo\n--b--\n";
    assert_eq!(body_of(mail), ["first", "one", "second", "two"]);
}

#[test]
fn a_piece_of_a_mail_in_several_is_not_taken_for_a_mail() {
    let mail =
        "Content-Type: message/partial; id=x; number=2; total=3\n\nSubject: no subject\n\nnor a body\n";
    assert_eq!(read(mail), []);
}

#[test]
fn a_mail_that_was_cut_keeps_its_last_part() {
    let mail = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo and then the line";
    assert_eq!(body_of(mail), ["one", "two and then the line"]);
}

#[test]
fn a_multipart_without_a_boundary_is_the_text_that_it_is() {
    assert_eq!(body_of("Content-Type: multipart/mixed\n\nhello\n"), ["hello"]);
    assert_eq!(body_of("Content-Type: multipart/mixed; boundary=\"\"\n\nhello\n"), ["hello"]);
    let long = "b".repeat(257);
    assert_eq!(body_of(&format!("Content-Type: multipart/mixed; boundary={long}\n\nhello\n")), ["hello"]);
}

#[test]
fn a_mail_without_the_empty_line_still_has_its_subject() {
    let expected = [(Field::Subject, "dinner".into()), (Field::Body, "are you coming\ntonight ?".into())];
    assert_eq!(read("Subject: dinner\nare you coming\ntonight ?\n"), expected);
}

#[test]
fn a_mail_without_headers_is_its_body() {
    assert_eq!(read("just text, no header"), [(Field::Body, "just text, no header".into())]);
    assert_eq!(read("\n\nSubject: late\n"), [(Field::Body, "Subject: late".into())]);
    assert_eq!(read(""), []);
    assert_eq!(read("Subject: alone\n"), [(Field::Subject, "alone".into())]);
}

#[test]
fn the_line_of_an_mbox_is_no_header() {
    let mail = "From someone@example.org Mon Jan  1 00:00:00 2024\nSubject: x\n\nFrom me to you\n";
    assert_eq!(read(mail), [(Field::Subject, "x".into()), (Field::Body, "From me to you".into())]);
    assert_eq!(read("From someone@example.org without an end"), []);
}

#[test]
fn the_visible_text_of_html_and_its_links_are_read() {
    let mail = "Content-Type: text/html\n\n<html><head><style>p{color:red}</style></head>\
        <body><!-- hidden --><p>Cl<b>ick</b> <a href=\"http://evil.example/?a=1&amp;b=2\">here</a> &amp; \
        w&#105;n</body></html>";
    let read = read(mail);
    let words: Vec<_> = read[0].1.split_whitespace().collect();
    assert_eq!((read[0].0, words), (Field::Body, vec!["Click", "here", "&", "win"]));
    assert_eq!(read[1..], [(Field::Link, "http://evil.example".into())]);
}

#[test]
fn a_last_header_without_a_line_end_is_read() {
    assert_eq!(read("Subject: cheap pills"), [(Field::Subject, "cheap pills".to_owned())]);
}

#[test]
fn a_boundary_that_never_occurs_hides_nothing() {
    let mail = "Content-Type: multipart/mixed; boundary=never\n\ncheap pills";
    assert_eq!(read(mail), [(Field::Body, "cheap pills".to_owned())]);
}
