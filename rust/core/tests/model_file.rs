//! Files that are no model of ours, however well they are formed.

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sigmail_core::error::Error;
use sigmail_core::model::{Calibration, FileBytes, Model, OwnedLayer, Thresholds, file};
use sigmail_core::numeric::Activation;
use sigmail_core::text::{FeatureSpecification, HashKey, Profile};
use std::collections::HashMap;
use std::sync::Arc;

const SLOTS: usize = 256;

fn read(bytes: &[u8]) -> Result<Model, Error> {
    let file: FileBytes = Arc::new(bytes.to_vec());
    file::read(&file)
}

fn specification() -> FeatureSpecification {
    FeatureSpecification {
        version: FeatureSpecification::VERSION,
        profile: Profile::Content,
        table_bits: 8,
        words: true,
        folded_words: true,
        word_pairs: false,
        gram_lengths: vec![4],
        gram_prefix: 100,
    }
}

fn model_with(weights: Vec<f32>, training: serde_json::Value) -> Result<Model, Error> {
    let key = HashKey::from_bytes([0xA5; 16]);
    let neuron = OwnedLayer { weights: weights.into(), bias: vec![0.5], activation: Activation::Sigmoid };
    let calibration = Calibration { slope: 1.0, intercept: 0.0 };
    let thresholds = Thresholds { ham_below: 0.25, spam_from: 0.75 };
    Model::new(specification(), key, vec![neuron], calibration, thresholds, training)
}

fn whole_file() -> Vec<u8> {
    file::write(&model_with(vec![0.125; SLOTS], serde_json::json!({"spam": 1})).unwrap()).unwrap()
}

/// The whole file, taken apart and put together again with changed metadata or tensors.
fn altered(
    metadata: impl Fn(String) -> String,
    tensor: impl Fn(&str, Dtype, Vec<u8>) -> Option<(Dtype, Vec<u8>)>,
) -> Vec<u8> {
    let bytes = whole_file();
    let (_, container) = SafeTensors::read_metadata(&bytes).unwrap();
    let text = container.metadata().as_ref().unwrap()["sigmail"].clone();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let kept: Vec<_> = tensors
        .iter()
        .filter_map(|(name, view)| Some((name, tensor(name, view.dtype(), view.data().to_vec())?)))
        .collect();
    let views = kept.iter().map(|(name, (dtype, data))| {
        let length = if *dtype == Dtype::U8 { data.len() } else { data.len() / 4 };
        (*name, TensorView::new(*dtype, vec![length], data).unwrap())
    });
    let metadata = HashMap::from([("sigmail".to_owned(), metadata(text))]);
    safetensors::serialize(views.collect::<Vec<_>>(), Some(metadata)).unwrap()
}

#[allow(clippy::unnecessary_wraps, reason = "the form that `altered` asks for")]
fn keep(_: &str, dtype: Dtype, data: Vec<u8>) -> Option<(Dtype, Vec<u8>)> {
    Some((dtype, data))
}

#[track_caller]
fn assert_refused(bytes: &[u8], why: &str) {
    match read(bytes) {
        Err(Error::ModelFile(text)) => assert!(text.contains(why), "{text}"),
        other => panic!("expected a refusal over {why:?}, got {other:?}"),
    }
}

#[test]
fn what_is_no_container_is_refused() {
    for bytes in [b"".as_slice(), b"x", b"PK\x03\x04 a zip archive", &[0; 64], &[0xFF; 64]] {
        assert_refused(bytes, "does not begin like a safetensors file");
    }
    assert_refused(&[&100_u64.to_le_bytes()[..], &[b'{'; 100]].concat(), "not a usable model file");
}

#[test]
fn a_container_of_another_program_is_refused() {
    let data = [0; 4];
    let view = TensorView::new(Dtype::F32, vec![1], &data).unwrap();
    assert_refused(&safetensors::serialize([("x", view.clone())], None).unwrap(), "no Sigmail metadata");
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    assert_refused(&safetensors::serialize([("x", view)], Some(metadata)).unwrap(), "no Sigmail metadata");
}

#[test]
fn a_file_put_together_again_is_the_same_model() {
    let again = read(&altered(|text| text, keep)).unwrap();
    assert_eq!(file::write(&again).unwrap(), whole_file());
}

#[test]
fn each_altered_value_is_refused() {
    let replaced = |from: &'static str, to: &'static str| {
        altered(
            move |text| {
                assert!(text.contains(from), "{text}");
                text.replacen(from, to, 1)
            },
            keep,
        )
    };
    assert_refused(&replaced(r#""format":1"#, r#""format":2"#), "its format is 2, this build reads 1");
    assert_refused(
        &replaced(r#""version":2"#, r#""version":9"#),
        "version 9, but this build reads version 2",
    );
    assert_refused(&replaced(r#""table_bits":8"#, r#""table_bits":9"#), "expected 512 weights");
    assert_refused(&replaced(r#""table_bits":8"#, r#""table_bits":63"#), "table_bits is 63");
    assert_refused(&replaced(r#""gram_lengths":[4]"#, r#""gram_lengths":[9]"#), "gram_lengths is [9]");
    assert_refused(&replaced(r#""words""#, r#""werds""#), "unknown field `werds`");
    assert_refused(&replaced("a5a5", "a5a"), "32 hexadecimal digits");
    assert_refused(&replaced("a5a5", "+5a5"), "not spelt as they are written");
    assert_refused(&replaced(r#"["sigmoid"]"#, r#"["softmax"]"#), "softmax");
    assert_refused(&replaced(r#"["sigmoid"]"#, "[]"), "one sigmoid neuron");
    assert_refused(&replaced(r#""slope":1.0"#, r#""slope":-1.0"#), "slope above 0");
    assert_refused(&replaced(r#""spam_from":0.75"#, r#""spam_from":0.1"#), "got 0.25 and 0.1");
    assert_refused(&replaced(r#""spam_from":0.75"#, r#""spam_from":0.76"#), "digest does not fit");
    assert_refused(&replaced(r#"{"spam":1}"#, r#"{"spam":2}"#), "digest does not fit");
}

#[test]
fn each_altered_tensor_is_refused() {
    for name in ["layer.0.weight", "layer.0.bias", "digest"] {
        let without = altered(|text| text, |found, dtype, data| (found != name).then_some((dtype, data)));
        assert_refused(&without, name);
        let other = altered(
            |text| text,
            |found, dtype, mut data| {
                data[0] ^= u8::from(found == name);
                Some((dtype, data))
            },
        );
        assert_refused(&other, "digest does not fit");
    }
    let whole_numbers =
        |_: &str, dtype, data| Some((if dtype == Dtype::F32 { Dtype::I32 } else { dtype }, data));
    assert_refused(&altered(|text| text, whole_numbers), "type F32, got I32");
}

#[test]
fn a_model_that_could_not_be_read_again_is_not_made() {
    for weight in [f32::NAN, f32::INFINITY] {
        assert!(model_with(vec![weight; SLOTS], serde_json::Value::Null).is_err());
    }
    let facts = serde_json::Value::String("x".repeat(1 << 20));
    let error = file::write(&model_with(vec![0.0; SLOTS], facts).unwrap()).unwrap_err();
    assert!(matches!(&error, Error::Value(text) if text.contains("fewer training facts")), "{error}");
}
