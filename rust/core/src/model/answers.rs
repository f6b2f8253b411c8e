//! Verdicts as the service sends them, and the lines of a batch that it receives: JSON, without a detour.
//!
//! What stands in an answer beside the verdict (its id, the thresholds, the model's name) is the service's to
//! say, and comes here as text that is copied.

use std::borrow::Cow;
use std::io::Write;

use crate::model::{Reason, Verdict};
use crate::text::Message;

const RAW_BEGINNINGS: [&[u8]; 2] = [b"{\"raw\": \"", b"{\"raw\":\""];
const RAW_END: &[u8] = b"\"}";
const TEXT_BEGINNINGS: [&[u8]; 2] = [b"{\"text\": ", b"{\"text\":"];
const TEXT_END: &[u8] = b"}";

/// A message as something else carried it: where it had to be unpacked, it owns what came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried<'a> {
    /// A raw mail.
    Mail(Cow<'a, [u8]>),
    /// A text.
    Text(Cow<'a, str>),
}

impl Carried<'_> {
    /// The message.
    #[must_use]
    pub fn message(&self) -> Message<'_> {
        match self {
            Self::Mail(mail) => Message::Mail(mail),
            Self::Text(text) => Message::Plain(text),
        }
    }
}

/// Writes a verdict as one line of JSON.
///
/// `head` opens the object and ends with a comma; `middle` holds members that stand between the probability
/// and the reasons, and ends with a comma too.
pub fn write_answer(line: &mut Vec<u8>, head: &str, middle: &str, verdict: Verdict, reasons: &[Reason]) {
    line.extend_from_slice(head.as_bytes());
    line.extend_from_slice(b" \"label\": \"");
    line.extend_from_slice(verdict.label.name().as_bytes());
    line.extend_from_slice(b"\", \"probability\": ");
    write_number(line, verdict.probability);
    line.extend_from_slice(b", ");
    line.extend_from_slice(middle.as_bytes());
    line.extend_from_slice(b" \"reasons\": [");
    for (place, reason) in reasons.iter().enumerate() {
        line.extend_from_slice(if place == 0 { b"{\"token\": " } else { b", {\"token\": " });
        write_string(line, &reason.token);
        line.extend_from_slice(b", \"field\": ");
        write_string(line, reason.field.name());
        line.extend_from_slice(b", \"weight\": ");
        write_number(line, reason.weight);
        line.push(b'}');
    }
    line.extend_from_slice(b"], \"truncated\": ");
    line.extend_from_slice(if verdict.truncated { b"true" } else { b"false" });
    line.extend_from_slice(b"}\n");
}

/// The message of a line that is `{"raw": "BASE64"}` or `{"text": "TEXT"}` and nothing else; none for every
/// other line, and for a message that is empty: these, and every fault, are left to a reader of JSON.
#[must_use]
pub fn message_of_line(line: &[u8]) -> Option<Carried<'_>> {
    if let Some(text) = text_of_line(line) {
        return (!text.is_empty()).then_some(Carried::Text(text));
    }
    let mail = mail_of_line(line)?;
    (!mail.is_empty()).then_some(Carried::Mail(Cow::Owned(mail)))
}

/// Base64 needs no escapes in JSON, so that what decodes strictly is what a reader of JSON would have found.
fn mail_of_line(line: &[u8]) -> Option<Vec<u8>> {
    let inner = RAW_BEGINNINGS.iter().find_map(|beginning| line.strip_prefix(*beginning))?;
    decode_base64(inner.strip_suffix(RAW_END)?)
}

/// What stands between is a string of JSON, and no member more, if it is read to its end as one string.
fn text_of_line(line: &[u8]) -> Option<Cow<'_, str>> {
    let inner = TEXT_BEGINNINGS.iter().find_map(|beginning| line.strip_prefix(*beginning))?;
    let string = inner.strip_suffix(TEXT_END)?;
    let plain = serde_json::from_slice::<&str>(string).map(Cow::Borrowed);
    // One with escapes has to be written anew.
    plain.or_else(|_| serde_json::from_slice::<String>(string).map(Cow::Owned)).ok()
}

/// Undoes base64 that is whole, padded, and holds nothing else.
fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let padding = text.iter().rev().take_while(|&&byte| byte == b'=').count();
    let (digits, _) = text.split_at(text.len().checked_sub(padding)?);
    if padding > 2 {
        return None;
    }
    let (quads, last) = digits.as_chunks::<4>();
    let mut bytes = vec![0; quads.len() * 3];
    let mut wrong = 0;
    for (triple, &[one, two, three, four]) in bytes.as_chunks_mut::<3>().0.iter_mut().zip(quads) {
        let bits = placed(0, one) | placed(1, two) | placed(2, three) | placed(3, four);
        wrong |= bits;
        let [_, first, second, third] = bits.to_be_bytes();
        *triple = [first, second, third];
    }
    let bits = last.iter().zip(0..).fold(0, |bits, (&digit, place)| bits | placed(place, digit));
    let [_, first, second, _] = bits.to_be_bytes();
    match last.len() {
        0 => {}
        2 => bytes.push(first),
        3 => bytes.extend([first, second]),
        _ => return None,
    }
    ((wrong | bits) & NO_DIGIT == 0).then_some(bytes)
}

/// A bit that no digit has in any place.
const NO_DIGIT: u32 = 1 << 31;

/// What each byte is worth in each place of a group of four: four digits are joined without a shift.
const VALUES: [[u32; 256]; 4] = {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [[NO_DIGIT; 256]; 4];
    let mut place = 0;
    while place < 4 {
        let mut value = 0;
        while value < digits.len() {
            values[place][digits[value] as usize] = (value as u32) << (18 - 6 * place);
            value += 1;
        }
        place += 1;
    }
    values
};

fn placed(place: usize, digit: u8) -> u32 {
    VALUES[place][usize::from(digit)]
}

fn write_string(line: &mut Vec<u8>, text: &str) {
    // Writing to memory does not fail, and a string is always JSON.
    serde_json::to_writer(line, text).unwrap_or_default();
}

/// Writes a number so that it is read as the same one; it is finite.
fn write_number(line: &mut Vec<u8>, number: f64) {
    if number.is_finite() {
        serde_json::to_writer(&mut *line, &number).unwrap_or_default();
    } else {
        write!(line, "null").unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Label;
    use crate::text::Field;
    use proptest::prelude::*;
    use serde_json::Value;

    /// Base64 by the book (RFC 4648), a bit at a time.
    fn encoded(bytes: &[u8]) -> String {
        let digits: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
        let mut text = String::new();
        for group in bytes.chunks(3) {
            let bits: Vec<bool> =
                group.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
            for six in bits.chunks(6) {
                let value =
                    (0..6).fold(0, |value, bit| value << 1 | usize::from(six.get(bit) == Some(&true)));
                text.push(digits[value]);
            }
            text.extend(std::iter::repeat_n('=', 3 - group.len()));
        }
        text
    }

    proptest! {
        #[test]
        fn a_mail_comes_back_from_its_line(mail in prop::collection::vec(any::<u8>(), 1..200), spaced: bool) {
            let space = if spaced { " " } else { "" };
            let line = format!("{{\"raw\":{space}\"{}\"}}", encoded(&mail));
            prop_assert_eq!(message_of_line(line.as_bytes()), Some(Carried::Mail(Cow::Owned(mail))));
        }

        #[test]
        fn a_text_comes_back_from_its_line(text in ".{1,60}", spaced: bool, escaped: bool) {
            let mut string = serde_json::to_string(&text).unwrap();
            if escaped {
                let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
                string = format!("\"{}\"", units.collect::<String>());
            }
            let space = if spaced { " " } else { "" };
            let line = format!("{{\"text\":{space}{string}}}");
            prop_assert_eq!(message_of_line(line.as_bytes()), Some(Carried::Text(Cow::Owned(text))));
        }

        #[test]
        fn what_is_taken_as_text_is_all_that_a_reader_of_json_finds(
            line in "\\{\"text\": ?\"[a\\\\\"u0d8,:{} ]{0,14}\"? ?\\}"
        ) {
            if let Some(Carried::Text(text)) = message_of_line(line.as_bytes()) {
                let value: Value = serde_json::from_str(&line).unwrap();
                prop_assert_eq!(value, serde_json::json!({ "text": text }));
            }
        }

        #[test]
        fn what_is_taken_is_what_a_reader_of_json_finds(line in "\\{\"raw\": ?\"[A-Za-z0-9+/=\\\\\" ]{0,12}\"\\}") {
            if let Some(Carried::Mail(mail)) = message_of_line(line.as_bytes()) {
                let value: Value = serde_json::from_str(&line).unwrap();
                let text = value["raw"].as_str().unwrap();
                // The bits that a last digit has too many may differ: all else is as it was sent.
                let again = encoded(&mail);
                prop_assert_eq!(again.len(), text.len());
                prop_assert_eq!(&again[..mail.len() / 3 * 4], &text[..mail.len() / 3 * 4]);
            }
        }

        #[test]
        fn an_answer_is_json_that_says_what_the_verdict_says(
            token: String, weight in -1e3..1e3, probability in 0.0..1.0, truncated: bool, count in 0_usize..3
        ) {
            let verdict = Verdict { label: Label::Unsure, probability, truncated };
            let reason = Reason { token: token.clone(), field: Field::Subject, weight };
            let mut line = Vec::new();
            write_answer(&mut line, "{\"id\": \"a\",", "\"model\": \"m\",", verdict, &vec![reason; count]);
            prop_assert_eq!(line.iter().position(|&byte| byte == b'\n'), Some(line.len() - 1));
            let value: Value = serde_json::from_slice(&line).unwrap();
            prop_assert_eq!(&value["label"], "unsure");
            prop_assert_eq!(value["probability"].as_f64(), Some(probability));
            prop_assert_eq!(value["truncated"].as_bool(), Some(truncated));
            let reasons = value["reasons"].as_array().unwrap();
            prop_assert_eq!(reasons.len(), count);
            for found in reasons {
                prop_assert_eq!(found["token"].as_str(), Some(token.as_str()));
                prop_assert_eq!(found["weight"].as_f64(), Some(weight));
                prop_assert_eq!(&found["field"], "subject");
            }
        }
    }

    #[test]
    fn what_is_not_quite_usual_is_left_to_others() {
        for line in [
            &b"{\"raw\": \"\"}"[..],
            b"{\"raw\": \"AAA\"}",
            b"{\"raw\": \"A===\"}",
            b"{\"raw\": \"AA=A\"}",
            b"{\"raw\": \"AA A\"}",
            b"{\"raw\": \"AAAA\", \"raw\": \"\"}",
            b"{\"text\": \"\"}",
            b"{\"text\": \"a\", \"text\": \"b\"}",
            b"{\"text\": \"a\", \"html\": \"b\"}",
            b"{\"text\": 7}",
            b"{\"text\": \"a\"",
            b"{\"text\": \"\\ud800\"}",
            b"{\"text\": \"\xff\"}",
            b"{\"text\": \"\n\"}",
            b"{\"html\": \"AAAA\"}",
            b"{\"raw\":  \"AAAA\"}",
            b"",
        ] {
            assert_eq!(message_of_line(line), None, "{}", String::from_utf8_lossy(line));
        }
        let mail = Carried::Mail(Cow::Borrowed(b"hi"));
        assert_eq!(message_of_line(b"{\"raw\": \"aGk=\"}"), Some(mail));
        assert_eq!(message_of_line(b"{\"text\":\"hi\"}"), Some(Carried::Text(Cow::Borrowed("hi"))));
    }
}
