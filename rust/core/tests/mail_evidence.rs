//! What the profiles read beside the text: evidence of the sender, of the form, and of the site.

use sigmail_core::text::{Field, Fields, Message, Profile};

/// The chunks of a field, in their order.
fn chunks(mail: &str, profile: Profile, wanted: Field) -> Vec<String> {
    let mut fields = Fields::default();
    fields.read(Message::Mail(mail.as_bytes()), profile);
    let texts = fields.iter().filter(|&(field, _)| field == wanted);
    texts.flat_map(|(_, text)| text.split_whitespace().map(str::to_owned)).collect()
}

fn portable(mail: &str, wanted: Field) -> Vec<String> {
    chunks(mail, Profile::Portable, wanted)
}

/// All that a profile reads.
fn all(mail: &str, profile: Profile) -> Vec<(Field, String)> {
    let mut fields = Fields::default();
    fields.read(Message::Mail(mail.as_bytes()), profile);
    fields.iter().map(|(field, text)| (field, text.to_owned())).collect()
}

const MAIL: &str = "From: =?utf-8?q?Caf=C3=A9_News?= <news@mail.shop.co.uk>\n\
    Reply-To: \"Help Desk\" <help@other.example>\n\
    Message-ID: <1@mx.shop.co.uk>\n\
    DKIM-Signature: v=1; a=rsa-sha256; d=shop.co.uk; s=x; b=abc\n\
    List-Unsubscribe: <mailto:leave@esp.example?subject=x>, <https://click.esp.example/u>\n\
    X-Mailer: Microsoft Outlook Express 6.00.2600\n\
    Subject: =?koi8-r?q?=D0?=\n\
    Content-Type: text/html; charset=windows-1251\n\n\
    <a href=https://www.shop.co.uk/x>here</a>";

/// What collectors, list hosts and receiving sites write above a mail.
const SITE_HEADERS: &str = "Return-Path: <bounce@canary.example>\n\
    Delivered-To: canary@canary.example\n\
    Received: from canary.example (canary.example [1.2.3.4])\n\tby mx.canary.example with ESMTP; canary\n\
    Authentication-Results: mx.canary.example; spf=pass; dkim=fail\n\
    Received-SPF: softfail (canary)\n\
    List-Id: Canary <canary.example>\n\
    Precedence: canary\n\
    Errors-To: canary@canary.example\n\
    Sender: canary@canary.example\n\
    X-Loop: canary\n\
    X-Original-Date: canary\n\
    To: canary@canary.example\n\
    Date: canary\n\
    Status: canary\n";

/// What filters write.
const FILTER_HEADERS: &str = "X-Spam-Status: Yes, score=canary\n\
    X-Spam-Flag: canary\n\
    X-Spam-Level: canary\n\
    X-Spam: canary\n\
    X-Bogosity: canary, tests=canary\n\
    X-SpamProbe: canary\n\
    X-DSPAM-Result: canary\n\
    X-DSPAM-Signature: canary\n\
    X-Rspamd-Score: canary\n\
    X-Rspamd-Server: canary\n\
    X-Spamd-Result: canary\n\
    X-Virus-Scanned: canary\n\
    X-Virus-Status: canary\n\
    X-Amavis-Alert: canary\n\
    X-MailScanner: canary\n\
    X-MS-Exchange-Organization-SCL: canary\n\
    X-Forefront-Antispam-Report: canary\n\
    X-Microsoft-Antispam: canary\n\
    X-Barracuda-Spam-Score: canary\n\
    X-Proofpoint-Spam-Details: canary\n\
    X-IronPort-Anti-Spam-Result: canary\n\
    X-CRM114-Status: canary\n\
    X-SpamBayes-Classification: canary\n\
    X-Popfile-Link: canary\n\
    X-Classification: canary\n\
    X-Sigmail-Label: canary\n\
    SpamTest: canary\n\
    X-Keywords: canary\n";

#[test]
fn names_are_text_and_domains_are_evidence() {
    assert_eq!(portable(MAIL, Field::Sender), ["Café", "News", "Help", "Desk"]);
    let expected = ["from:shop.co.uk", "from:.co.uk", "reply-to:other.example"];
    assert_eq!(portable(MAIL, Field::Domain), expected);
}

#[test]
fn agreement_of_domains_is_told() {
    let expected = [
        "message-id-agrees",
        "mailer:microsoft-outlook-express",
        "reply-to-differs",
        "list-unsubscribe-differs",
        "subject-charset:koi8-r",
        "links-agree-with-sender",
    ];
    let header = portable(MAIL, Field::Header);
    for chunk in expected {
        assert!(header.contains(&chunk.to_owned()), "{chunk} in {header:?}");
    }
    assert!(header.contains(&"charset:windows-1251".to_owned()), "{header:?}");
    let agrees = "From: a@b.example\nReply-To: <c@d.b.example>\nDKIM-Signature: d=b.example\n\n";
    assert_eq!(portable(agrees, Field::Header), ["message-id-missing"], "headers that may be missing");
    let differs = portable("From: a@b.example\nDKIM-Signature: v=1; d=evil.example\n\n", Field::Header);
    assert_eq!(differs, ["message-id-missing", "dkim-differs"]);
    let bare = portable("From: a@b.example\n\nhttp://c.example", Field::Header);
    assert_eq!(bare, ["message-id-missing", "links-differ-from-sender"]);
}

#[test]
fn a_name_that_shows_the_address_of_another_is_told() {
    let header = portable("From: \"service@bank.example\" <x@evil.example>\n\n", Field::Header);
    assert!(header.contains(&"name-shows-other-address".to_owned()), "{header:?}");
    let header = portable("From: \"x@evil.example\" <x@mail.evil.example>\n\n", Field::Header);
    assert!(!header.contains(&"name-shows-other-address".to_owned()), "{header:?}");
}

#[test]
fn what_a_mailing_list_sets_anew_is_not_taken_for_the_sender() {
    let list = format!("List-Post: <mailto:list@list.example>\n{MAIL}");
    for field in [Field::Domain, Field::Header, Field::Sender] {
        let text = portable(&list, field).join(" ");
        assert!(!text.contains("list"), "{text}");
        assert!(!text.contains("reply-to") && !text.contains("Help"), "{text}");
    }
}

#[test]
fn the_parts_are_told() {
    let mail = "Content-Type: multipart/mixed; boundary=b\n\n\
        --b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\naGk=\n\
        --b\nContent-Type: ;\n\nx\n--b\n\ny\n--b--\n";
    let shape = portable(mail, Field::Shape);
    let expected =
        ["part:multipart/mixed", "part:text/plain", "encoding:base64", "part:malformed", "part:unnamed"];
    for chunk in expected {
        assert!(shape.contains(&chunk.to_owned()), "{chunk} in {shape:?}");
    }
}

#[test]
fn attachments_are_known_by_name_type_and_size_and_are_never_opened() {
    let content = "UEsDBAoAAAAAAHZpYWdyYQ==".repeat(100);
    let mail = format!(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/zip; name=ignored.txt\n\
         Content-Disposition: attachment; filename=\"Your Invoice.pdf.ZIP\"\n\
         Content-Transfer-Encoding: base64\n\n{content}\n\
         --b\nContent-Type: text/plain\nContent-Disposition: attachment\n\nviagra\n--b--\n"
    );
    let expected = [
        "type:application/zip",
        "size:16-kib",
        "ending:.zip",
        "endings:.pdf.zip",
        "name:your",
        "name:invoice",
        "name:pdf",
        "type:text/plain",
        "size:1-kib",
    ];
    assert_eq!(portable(&mail, Field::Attachment), expected);
    assert_eq!(portable(&mail, Field::Body), Vec::<String>::new());
}

#[test]
fn hidden_text_is_a_field_of_its_own() {
    let mail = "Content-Type: text/html\n\nseen <span style='font-size:0'>unseen</span>";
    assert_eq!(chunks(mail, Profile::Content, Field::Hidden), ["unseen"]);
    assert_eq!(chunks(mail, Profile::Content, Field::Body), ["seen"]);
    assert!(portable(mail, Field::Shape).contains(&"hidden-text".to_owned()));
}

#[test]
fn content_reads_the_text_and_no_other_header() {
    let subject_and_body = "Subject: hello\nContent-Type: text/plain\n\nhttp://www.a.example/ text";
    let with_headers =
        format!("{SITE_HEADERS}{FILTER_HEADERS}From: canary@canary.example\n{subject_and_body}");
    assert_eq!(all(&with_headers, Profile::Content), all(subject_and_body, Profile::Content));
    let fields = [Field::Subject, Field::Body, Field::Link, Field::Hidden];
    assert!(all(&with_headers, Profile::Content).iter().all(|(field, _)| fields.contains(field)));
}

#[test]
fn portable_reads_nothing_that_was_added_on_the_way() {
    let added = format!("{SITE_HEADERS}{FILTER_HEADERS}{MAIL}");
    assert_eq!(all(&added, Profile::Portable), all(MAIL, Profile::Portable));
}

#[test]
fn no_profile_reads_what_filters_add() {
    let added = format!("{FILTER_HEADERS}{SITE_HEADERS}{MAIL}");
    let without = format!("{SITE_HEADERS}{MAIL}");
    for profile in [Profile::Content, Profile::Portable, Profile::Site] {
        assert_eq!(all(&added, profile), all(&without, profile));
    }
    for line in FILTER_HEADERS.lines() {
        let mail = format!("{line}\n\n");
        let site = all(&mail, Profile::Site);
        assert!(!site.iter().any(|(_, text)| text.contains("canary")), "{line}");
    }
}

#[test]
fn site_reads_the_way_of_the_mail() {
    let site = chunks(&format!("{SITE_HEADERS}{MAIL}"), Profile::Site, Field::Site);
    let expected = [
        "hops:1",
        "from:canary.example",
        "by:canary.example",
        "with:esmtp",
        "spf=pass",
        "dkim=fail",
        "received-spf:softfail",
        "return-path:canary.example",
        "return-path-differs",
        "list-id:canary.example",
        "precedence:canary",
        "delivered-to:canary@canary.example",
    ];
    for chunk in expected {
        assert!(site.contains(&chunk.to_owned()), "{chunk} in {site:?}");
    }
    assert!(
        chunks("Return-Path: <>\n\n", Profile::Site, Field::Site).contains(&"return-path-empty".to_owned())
    );
}

#[test]
fn evidence_is_one_chunk_whatever_it_is_made_of() {
    let mail = "X-Mailer: \u{1}a\u{a0}b\tc\nContent-Type: text/x y z; charset=\"a b\"\n\n";
    for field in [Field::Header, Field::Shape] {
        for chunk in portable(mail, field) {
            let known = ["message-id", "mailer:", "charset:", "part:", "links:", "link-hosts:"];
            assert!(known.iter().any(|start| chunk.starts_with(start)), "{chunk}");
            assert!(!chunk.chars().any(char::is_control), "{chunk:?}");
        }
    }
}

#[test]
fn evidence_without_end_is_cut() {
    let part = "--b\nContent-Type: a/b; name=a.b.c; charset=x\n\n\n";
    let mail = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", part.repeat(900));
    let count = |field| portable(&mail, field).len();
    let all = count(Field::Shape) + count(Field::Header) + count(Field::Attachment);
    assert!((1_000..=2_000).contains(&all), "{all}");
    assert!(portable(&format!("X-Mailer: {}\n\n", "x".repeat(100_000)), Field::Header).concat().len() < 500);
}
