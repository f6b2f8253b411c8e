//! The usual request for one verdict, as it comes off a connection: HTTP/1.1, whole, and nothing unusual in it.
//!
//! A server that reads HTTP by a parser makes some twenty objects of a request before it knows what is asked.
//! Here a request that is plainly in order is read in one step. Everything else is none, be it wrong or only
//! rare, and is left to that parser: what is read here has to be what it would have read.

use std::borrow::Cow;

use super::answers::{Carried, message_of_line};
use super::backlog::VerdictId;

const FIRST: &[u8] = b"POST /classify";
const VERSION: &[u8] = b" HTTP/1.1\r\n";
const EXPLAIN: &[u8] = b"explain=";
const MOST_REASONS: usize = 100;
/// A head over this size is rare, and one that is searched for its end should not be long.
const HEAD_BYTES: usize = 8 * 1024;
const LENGTH_DIGITS: usize = 8;
const ID_BYTES: usize = 64;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A request that asks for the verdict on a message in its body.
#[derive(Clone, Debug, PartialEq)]
pub struct PlainRequest<'a> {
    /// The message.
    pub carried: Carried<'a>,
    /// How many reasons are asked for.
    pub most: usize,
    /// The id that the caller gave to the request, if it is fit for a log.
    pub id: Option<&'a str>,
}

/// What the headers say, each at most once.
#[derive(Default)]
struct Headers<'a> {
    length: Option<usize>,
    kind: Option<Kind>,
    id: Option<&'a [u8]>,
}

/// A request of which the head has been read.
struct Parts<'a> {
    most: usize,
    kind: Kind,
    id: Option<&'a [u8]>,
    body: &'a [u8],
}

#[derive(Clone, Copy)]
enum Kind {
    Mail,
    Text,
    Json,
}

/// The size of the body, if the head of `data` is that of a usual request, and the body is whole and nothing follows.
///
/// It is not looked at: what stands in it may still be no message, and then `plain_request` gives none.
#[must_use]
pub fn size_of_plain_request(data: &[u8]) -> Option<usize> {
    Some(split_request(data)?.body.len())
}

/// The request that `data` is, if it is one of the usual kind, whole, and nothing follows it.
#[must_use]
pub fn plain_request(data: &[u8]) -> Option<PlainRequest<'_>> {
    let Parts { most, kind, id, body } = split_request(data)?;
    let carried = match kind {
        Kind::Mail => Carried::Mail(Cow::Borrowed(body)),
        Kind::Text => {
            let text = str::from_utf8(body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body)).ok()?;
            (!text.is_empty()).then_some(Carried::Text(Cow::Borrowed(text)))?
        }
        Kind::Json => message_of_line(body)?,
    };
    let id = id.filter(|id| is_fit_for_a_log(id)).and_then(|id| str::from_utf8(id).ok());
    Some(PlainRequest { carried, most, id })
}

fn split_request(data: &[u8]) -> Option<Parts<'_>> {
    let (most, lines) = after_first_line(data)?;
    let (headers, body) = split_head(lines)?;
    let Headers { length, kind, id } = read_headers(headers)?;
    (length? == body.len() && !body.is_empty()).then_some(Parts { most, kind: kind?, id, body })
}

/// The number of reasons that the first line asks for, and what follows it.
fn after_first_line(data: &[u8]) -> Option<(usize, &[u8])> {
    let rest = data.strip_prefix(FIRST)?;
    let Some(query) = rest.strip_prefix(b"?") else {
        return Some((0, rest.strip_prefix(VERSION)?));
    };
    let Some(digits) = query.strip_prefix(EXPLAIN) else {
        return Some((0, query.strip_prefix(VERSION)?));
    };
    let count = digits.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at(count);
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with(b"0")) {
        return None;
    }
    let most = number_of(digits).filter(|&most| most <= MOST_REASONS)?;
    Some((most, rest.strip_prefix(VERSION)?))
}

/// The lines of the headers, each with its end, and what follows the empty line after them.
fn split_head(lines: &[u8]) -> Option<(&[u8], &[u8])> {
    let window = &lines[..lines.len().min(HEAD_BYTES)];
    let end = window.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((&lines[..end + 2], &lines[end + 4..]))
}

fn read_headers(lines: &[u8]) -> Option<Headers<'_>> {
    let mut headers = Headers::default();
    let mut rest = lines;
    while !rest.is_empty() {
        let end = rest.iter().position(|&byte| byte == b'\r')?;
        let (line, ended) = rest.split_at(end);
        rest = ended.strip_prefix(b"\r\n")?;
        let colon = line.iter().position(|&byte| byte == b':')?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        if name.is_empty()
            || !name.iter().copied().all(is_of_a_name)
            || !value.iter().copied().all(is_of_a_value)
        {
            return None;
        }
        headers.take(name, value)?;
    }
    Some(headers)
}

impl<'a> Headers<'a> {
    /// Takes a header; none if it is one that asks for more than a plain answer, or comes twice.
    fn take(&mut self, name: &[u8], value: &'a [u8]) -> Option<()> {
        // The first letter and the length tell nearly all others from those that mean something here.
        match (name.len(), name[0] | 0x20) {
            (14, b'c') if name.eq_ignore_ascii_case(b"content-length") => {
                (value.len() <= LENGTH_DIGITS).then_some(())?;
                self.length.replace(number_of(value)?).is_none()
            }
            (12, b'c') if name.eq_ignore_ascii_case(b"content-type") => {
                self.kind.replace(kind_of(value)?).is_none()
            }
            (12, b'x') if name.eq_ignore_ascii_case(b"x-request-id") => {
                // What a parser makes of spaces around an id is its own affair.
                (!value.contains(&b' ')).then_some(())?;
                self.id.replace(value).is_none()
            }
            (10, b'c') if name.eq_ignore_ascii_case(b"connection") => {
                value.eq_ignore_ascii_case(b"keep-alive")
            }
            _ => !ASKING_MORE.iter().any(|other| name.eq_ignore_ascii_case(other)),
        }
        .then_some(())
    }
}

/// Headers of another framing, another protocol, or a caller who has a name.
const ASKING_MORE: [&[u8]; 9] = [
    b"authorization",
    b"expect",
    b"keep-alive",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
    b"x-api-key",
];

fn kind_of(value: &[u8]) -> Option<Kind> {
    const MAIL: &[u8] = b"message/rfc822";
    const JSON: &[u8] = b"application/json";
    const TEXTS: [&[u8]; 3] = [b"text/plain", b"text/plain; charset=utf-8", b"text/plain;charset=utf-8"];
    if value.eq_ignore_ascii_case(MAIL) {
        return Some(Kind::Mail);
    }
    if value.eq_ignore_ascii_case(JSON) {
        return Some(Kind::Json);
    }
    TEXTS.iter().any(|text| value.eq_ignore_ascii_case(text)).then_some(Kind::Text)
}

/// A number of decimal digits and nothing else.
fn number_of(digits: &[u8]) -> Option<usize> {
    let add =
        |number: usize, &digit: &u8| digit.is_ascii_digit().then(|| number * 10 + usize::from(digit - b'0'));
    if digits.is_empty() { None } else { digits.iter().try_fold(0, add) }
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn is_of_a_value(byte: u8) -> bool {
    (0x20..0x7f).contains(&byte)
}

fn is_fit_for_a_log(id: &[u8]) -> bool {
    let fit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=ID_BYTES).contains(&id.len()) && id.iter().all(fit)
}

/// What stands in a reply beside the verdict and the ids, as it is sent.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// From the status line to the name of the header with the request's id.
    pub before: &'a [u8],
    /// From the line after the length to the empty line after the head.
    pub after: &'a [u8],
}

/// The bytes of the reply to a request: its head with the id of the request and the length, and its body.
#[must_use]
pub fn reply(around: Around<'_>, id: &str, body: &[u8]) -> Vec<u8> {
    let Around { before, after } = around;
    let mut reply = Vec::with_capacity(before.len() + id.len() + after.len() + body.len() + 40);
    reply.extend(before);
    reply.extend(id.as_bytes());
    reply.extend(format!("\r\ncontent-length: {}\r\n", body.len()).as_bytes());
    reply.extend(after);
    reply.extend(body);
    reply
}

/// A UUID of version 7 (RFC 9562): milliseconds since 1970, then 74 random bits. It is written by [`hexadecimal`].
#[must_use]
pub fn verdict_id(milliseconds: u64, random: [u8; 10]) -> VerdictId {
    let [_, _, time @ ..] = milliseconds.to_be_bytes();
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&time);
    bytes[6..].copy_from_slice(&random);
    bytes[6] = bytes[6] & 0x0f | 0x70;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes
}

/// Bytes as hexadecimal digits.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from(b"0123456789abcdef"[usize::from(four)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(first: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let mut data = format!("{first}\r\n").into_bytes();
        for (name, value) in headers {
            data.extend(format!("{name}: {value}\r\n").bytes());
        }
        data.extend(b"\r\n");
        data.extend(body);
        data
    }

    const USUAL: [(&str, &str); 3] =
        [("Host", "a:80"), ("Content-Type", "message/rfc822"), ("Content-Length", "5")];

    #[test]
    fn a_usual_request_is_read() {
        let data = request("POST /classify?explain=100 HTTP/1.1", &USUAL, b"hello");
        let asked = PlainRequest { carried: Carried::Mail(Cow::Borrowed(b"hello")), most: 100, id: None };
        assert_eq!(plain_request(&data), Some(asked));
        let mut headers = USUAL.to_vec();
        headers[1].1 = "Text/Plain; charset=UTF-8";
        headers[2].1 = "8";
        headers.extend([("X-Request-ID", "a.b-c_1"), ("connection", "Keep-Alive"), ("Accept", "*/*")]);
        let data = request("POST /classify? HTTP/1.1", &headers, "\u{feff}hello".as_bytes());
        let asked =
            PlainRequest { carried: Carried::Text(Cow::Borrowed("hello")), most: 0, id: Some("a.b-c_1") };
        assert_eq!(plain_request(&data), Some(asked));
    }

    #[test]
    fn a_message_in_json_is_read() {
        let headers = [("Content-Type", "application/json"), ("Content-Length", "15")];
        let data = request("POST /classify HTTP/1.1", &headers, b"{\"text\": \"hi\"} ");
        assert_eq!(plain_request(&data), None);
        let data = request("POST /classify HTTP/1.1", &headers, b"{\"text\": \"a\\t\"}");
        let text = Carried::Text(Cow::Borrowed("a\t"));
        assert_eq!(plain_request(&data).map(|request| request.carried), Some(text));
    }

    #[test]
    fn an_id_that_is_unfit_for_a_log_is_passed_over() {
        for (id, found) in [("", None), ("a/b", None), ("a", Some("a")), (&"x".repeat(65), None)] {
            let headers = [&USUAL[..], &[("X-Request-ID", id)]].concat();
            let data = request("POST /classify HTTP/1.1", &headers, b"hello");
            assert_eq!(plain_request(&data).unwrap().id, found, "{id}");
        }
    }

    #[test]
    fn another_first_line_is_left_to_others() {
        for first in [
            "GET /classify HTTP/1.1",
            "POST /classify HTTP/1.0",
            "POST /classify/batch HTTP/1.1",
            "POST /classify?explain= HTTP/1.1",
            "POST /classify?explain=01 HTTP/1.1",
            "POST /classify?explain=101 HTTP/1.1",
            "POST /classify?explain=1000 HTTP/1.1",
            "POST /classify?explain=1&explain=2 HTTP/1.1",
            "POST /classify?why=1 HTTP/1.1",
            "POST /classify#a HTTP/1.1",
            "POST  /classify HTTP/1.1",
        ] {
            assert_eq!(plain_request(&request(first, &USUAL, b"hello")), None, "{first}");
        }
    }

    #[test]
    fn headers_that_ask_for_more_are_left_to_others() {
        for header in [
            ("Content-Length", "5"),
            ("content-type", "message/rfc822"),
            ("Connection", "close"),
            ("Connection", "keep-alive, upgrade"),
            ("Transfer-Encoding", "chunked"),
            ("Expect", "100-continue"),
            ("UPGRADE", "h2c"),
            ("Authorization", "Bearer a"),
            ("X-API-Key", "a"),
            ("X-Request-ID", "a b"),
            ("X-Request-ID", " a"),
            ("X Y", "a"),
            ("", "a"),
            ("A", "b\u{7f}"),
            ("A", "é"),
            ("A", "b\nC: d"),
            ("A", "b\rC: d"),
        ] {
            let headers = [&USUAL[..], &[header]].concat();
            assert_eq!(
                plain_request(&request("POST /classify HTTP/1.1", &headers, b"hello")),
                None,
                "{header:?}"
            );
        }
    }

    #[test]
    fn headers_that_are_wrong_or_missing_are_left_to_others() {
        for (place, value) in
            [(1, "text/html"), (1, "text/plain; charset=utf-16"), (2, "+5"), (2, ""), (2, "5 "), (2, "6")]
        {
            let mut headers = USUAL;
            headers[place].1 = value;
            assert_eq!(
                plain_request(&request("POST /classify HTTP/1.1", &headers, b"hello")),
                None,
                "{value}"
            );
        }
        assert_eq!(plain_request(&request("POST /classify HTTP/1.1", &USUAL[..2], b"hello")), None);
        assert_eq!(plain_request(&request("POST /classify HTTP/1.1", &[USUAL[2]], b"hello")), None);
        let text = [("Content-Type", "text/plain"), ("Content-Length", "3")];
        for body in [&b"\xff\xfe\xff"[..], b"\xef\xbb\xbf"] {
            let data = request("POST /classify HTTP/1.1", &text, body);
            assert_eq!((size_of_plain_request(&data), plain_request(&data)), (Some(3), None));
        }
        let none = [("Content-Type", "message/rfc822"), ("Content-Length", "0")];
        assert_eq!(plain_request(&request("POST /classify HTTP/1.1", &none, b"")), None);
    }

    #[test]
    fn a_reply_says_its_length() {
        let around = Around { before: b"HTTP/1.1 200 OK\r\nx-request-id: ", after: b"date: now\r\n\r\n" };
        let asked =
            b"HTTP/1.1 200 OK\r\nx-request-id: a\r\ncontent-length: 12\r\ndate: now\r\n\r\n{\"b\": \"cde\"}";
        assert_eq!(reply(around, "a", b"{\"b\": \"cde\"}"), asked);
    }

    proptest! {
        #[test]
        fn an_id_has_its_time_its_version_and_its_bits(milliseconds in 0_u64..1 << 48, random: [u8; 10]) {
            let id = hexadecimal(&verdict_id(milliseconds, random));
            let bits = random.iter().fold(0_u128, |bits, &byte| bits << 8 | u128::from(byte));
            let kept = bits & !(0xf << 76) & !(0b11 << 62);
            let whole = u128::from(milliseconds) << 80 | kept | 0x7 << 76 | 0b10 << 62;
            prop_assert_eq!(id, format!("{whole:032x}"));
        }

        #[test]
        fn only_the_whole_of_a_request_is_one(body in prop::collection::vec(any::<u8>(), 1..40), more in 1_usize..9) {
            let length = body.len().to_string();
            let headers = [("Content-Type", "message/rfc822"), ("Content-Length", length.as_str())];
            let mut data = request("POST /classify HTTP/1.1", &headers, &body);
            let asked = PlainRequest { carried: Carried::Mail(Cow::Borrowed(&body)), most: 0, id: None };
            prop_assert_eq!(plain_request(&data), Some(asked));
            prop_assert_eq!(size_of_plain_request(&data), Some(body.len()));
            for end in 0..data.len() {
                prop_assert_eq!(plain_request(&data[..end]), None);
                prop_assert_eq!(size_of_plain_request(&data[..end]), None);
            }
            data.resize(data.len() + more, b'P');
            prop_assert_eq!(plain_request(&data), None);
            prop_assert_eq!(size_of_plain_request(&data), None);
        }

        #[test]
        fn any_bytes_may_come(data in prop::collection::vec(any::<u8>(), 0..80)) {
            let head = [b"POST /classify HTTP/1.1\r\n", &data[..]].concat();
            prop_assert_eq!(plain_request(&data), None);
            prop_assert!(plain_request(&head).is_none() || size_of_plain_request(&head).is_some());
        }
    }
}
