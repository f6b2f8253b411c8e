//! Any text to features: the slots lie within the table, and the same text gives the same ones.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sigmail_core::text::{Extractor, FeatureSpecification, HashKey, Message};
use std::sync::LazyLock;

/// The specification of the golden vectors, so that this target need not change with it.
static SPECIFICATION: LazyLock<FeatureSpecification> = LazyLock::new(|| {
    let vectors = include_str!("../../../../tests/vectors/features.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).expect("the vectors are JSON");
    FeatureSpecification::from_json(&vectors["specification"].to_string())
        .expect("the vectors are of this version")
});

fuzz_target!(|text: &str| {
    let mut extractor = Extractor::default();
    let mut read = || {
        let features = extractor.extract(Message::Plain(text), &SPECIFICATION, HashKey::from_bytes([7; 16]));
        let groups = features.groups();
        groups
            .iter()
            .flat_map(|group| group.slots.iter().map(|&slot| (slot, group.value.to_bits())))
            .collect()
    };
    let (first, second): (Vec<_>, Vec<_>) = (read(), read());
    assert_eq!(first, second);
    assert!(first.iter().all(|&(slot, value)| {
        (slot as usize) < SPECIFICATION.slots() && f32::from_bits(value).is_finite()
    }));
});
