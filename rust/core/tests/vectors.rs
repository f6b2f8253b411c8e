//! The golden vectors of `tests/vectors`, which Python reads as well: a difference is a change of the
//! file format.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sigmail_core::numeric::sigmoid::sigmoid as logistic;
use sigmail_core::text::{Extractor, FeatureSpecification, Fields, HashKey, Message, Profile};
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct HashVectors {
    tokens: Vec<TokenVector>,
    pairs: Vec<PairVector>,
}

#[derive(Deserialize)]
struct TokenVector {
    key: String,
    tag: u16,
    bytes: String,
    hash: String,
}

#[derive(Deserialize)]
struct PairVector {
    key: String,
    first: String,
    second: String,
    hash: String,
}

#[derive(Deserialize)]
struct SigmoidVectors {
    points: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    name: String,
    x: String,
    sigmoid: String,
}

#[derive(Deserialize)]
struct FeatureVectors {
    specification: FeatureSpecification,
    hash_key: String,
    messages: Vec<MessageVector>,
}

#[derive(Deserialize)]
struct MessageVector {
    name: String,
    text: Option<String>,
    mail: Option<Vec<String>>,
    fields: Vec<(String, String)>,
    slots_by_value: Vec<(f32, String)>,
}

impl MessageVector {
    /// Calls `work` with the message. The lines of a mail hold one byte a letter.
    fn with<T>(&self, work: impl FnOnce(Message<'_>) -> T) -> T {
        let Some(lines) = &self.mail else {
            return work(Message::Plain(self.text.as_deref().expect("a message is a text or a mail")));
        };
        let mail: Vec<u8> = lines.join("\r\n").chars().map(|c| u8::try_from(c).unwrap()).collect();
        work(Message::Mail(&mail))
    }
}

fn load<T: DeserializeOwned>(name: &str) -> T {
    let path = format!("{}/../../tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let pairs = (0..hex.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn key_of(hex: &str) -> HashKey {
    HashKey::from_bytes(bytes_of(hex).try_into().unwrap())
}

fn number_of(hex: &str) -> u64 {
    u64::from_str_radix(hex, 16).unwrap()
}

#[test]
fn hashes_are_those_of_the_file_format() {
    let vectors: HashVectors = load("hash.json");
    assert!(vectors.tokens.len() >= 30 && vectors.pairs.len() >= 15);
    for vector in vectors.tokens {
        let hash = key_of(&vector.key).hash(vector.tag, &bytes_of(&vector.bytes));
        assert_eq!(format!("{hash:016x}"), vector.hash, "{} {}", vector.tag, vector.bytes);
    }
    for vector in vectors.pairs {
        let hash = key_of(&vector.key).pair(number_of(&vector.first), number_of(&vector.second));
        assert_eq!(format!("{hash:016x}"), vector.hash, "{} {}", vector.first, vector.second);
    }
}

#[test]
fn sigmoids_are_right_to_the_last_place() {
    let vectors: SigmoidVectors = load("sigmoid.json");
    assert!(vectors.points.len() >= 12);
    for Point { name, x, sigmoid } in vectors.points {
        let (x, exact): (f64, f64) = (x.parse().unwrap(), sigmoid.parse().unwrap());
        let (double, single) = (logistic(x), logistic(x as f32));
        if exact.is_nan() {
            assert!(double.is_nan() && single.is_nan(), "{name}");
            continue;
        }
        assert!(double.to_bits().abs_diff(exact.to_bits()) <= 1, "{name}: {double:e}, not {exact:e}");
        // In float32 the point itself is rounded too; these points are so few-digit that it stays put.
        assert!(
            single.to_bits().abs_diff((exact as f32).to_bits()) <= 1,
            "{name}: {single:e}, not {exact:e}"
        );
    }
}

#[test]
fn mails_are_read_as_the_vectors_say() {
    let vectors: FeatureVectors = load("features.json");
    for message in vectors.messages {
        let mut fields = Fields::default();
        message.with(|message| fields.read(message, Profile::Content));
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let read: Vec<_> =
            fields.iter().map(|(field, text)| (field.name().to_owned(), words(text))).collect();
        let expected = message.fields.iter().map(|(field, text)| (field.clone(), words(text)));
        let read: Vec<_> = read.into_iter().filter(|(_, words)| !words.is_empty()).collect();
        assert_eq!(
            read,
            expected.filter(|(_, words)| !words.is_empty()).collect::<Vec<_>>(),
            "{}",
            message.name
        );
    }
}

#[test]
fn slots_and_values_are_those_of_the_file_format() {
    let vectors: FeatureVectors = load("features.json");
    let key = key_of(&vectors.hash_key);
    assert!(vectors.messages.len() >= 15);
    let mut extractor = Extractor::default();
    for vector in vectors.messages {
        let mut read = BTreeMap::new();
        vector.with(|message| {
            for group in extractor.extract(message, &vectors.specification, key).groups() {
                read.extend(group.slots.iter().map(|&slot| (slot, group.value.to_bits())));
            }
        });
        let mut expected = BTreeMap::new();
        for (value, slots) in &vector.slots_by_value {
            expected.extend(slots.split(' ').map(|slot| (slot.parse::<u32>().unwrap(), value.to_bits())));
        }
        assert_eq!(read, expected, "{}", vector.name);
    }
}
