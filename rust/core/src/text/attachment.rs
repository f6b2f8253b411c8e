//! What is attached: its type, the ending of its name, and the class of its size. It is never opened.

use super::fields::{Field, Fields};
use super::kind::Kind;
use super::transfer::Encoding;

/// Words of a name that are taken.
const WORDS: usize = 6;
/// An ending has few letters: what is longer is no ending.
const ENDING_BYTES: usize = 8;
/// The classes of size: up to so many bytes.
const SIZES: [(usize, &str); 4] =
    [(1 << 10, "1-KiB"), (16 << 10, "16-KiB"), (128 << 10, "128-KiB"), (1 << 20, "1-MiB")];

/// Adds what an attachment says of itself to `fields`.
pub fn describe(
    kind: Option<&Kind<'_>>,
    disposition: Option<&Kind<'_>>,
    encoding: Encoding,
    content: &[u8],
    fields: &mut Fields,
) {
    if let Some(kind) = kind {
        let (main, sub) = kind.names();
        fields.push_evidence(Field::Attachment, "type:", &format!("{main}/{sub}"));
    }
    let bytes = if encoding == Encoding::Base64 { content.len() / 4 * 3 } else { content.len() };
    let class = SIZES.iter().find(|&&(most, _)| bytes <= most).map_or("more-than-1-MiB", |&(_, name)| name);
    fields.push_evidence(Field::Attachment, "size:", class);
    let name = disposition.and_then(|kind| kind.parameter("filename"));
    if let Some(name) = name.or_else(|| kind.and_then(|kind| kind.parameter("name"))) {
        describe_name(name, fields);
    }
}

/// The words of a name, its ending, and the one before it: `.pdf.exe` is no PDF.
fn describe_name(name: &str, fields: &mut Fields) {
    let mut pieces = name.rsplit('.');
    let is_ending = |piece: &&str| (1..=ENDING_BYTES).contains(&piece.len()) && !piece.contains(' ');
    let last = pieces.next().filter(|last| last.len() < name.len()).filter(is_ending);
    if let Some(last) = last {
        fields.push_evidence(Field::Attachment, "ending:.", last);
        let inner = pieces.next().filter(is_ending).filter(|_| pieces.next().is_some());
        if let Some(inner) = inner {
            fields.push_evidence(Field::Attachment, "endings:.", &format!("{inner}.{last}"));
        }
    }
    let stem = &name[..name.len() - last.map_or(0, |last| last.len() + 1)];
    let words = stem.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.take(WORDS).for_each(|word| fields.push_evidence(Field::Attachment, "name:", word));
}
