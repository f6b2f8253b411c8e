//! Any bytes as a model file: refused, or a model that gives a finite probability.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sigmail_core::model::{FileBytes, file};
use sigmail_core::text::{Extractor, Message};
use std::sync::Arc;

fuzz_target!(|bytes: &[u8]| {
    let bytes: FileBytes = Arc::new(bytes.to_vec());
    if let Ok(model) = file::read(&bytes) {
        let verdict = model.classify(Message::Plain("Buy VIAGRA now"), &mut Extractor::default());
        assert!((0.0..=1.0).contains(&verdict.probability));
    }
});
