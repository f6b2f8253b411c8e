//! The model file: a safetensors container, with all but the weights as one JSON text in its metadata,
//! and a SHA-256 digest over everything.
//!
//! | tensor | dtype | shape |
//! | --- | --- | --- |
//! | `layer.N.weight` | float32 | inputs x neurons |
//! | `layer.N.bias` | float32 | neurons |
//! | `digest` | uint8 | 32 |
//!
//! The digest guards against damage, not against a forger, who could write a new one.

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use super::decision::{Calibration, Thresholds};
use super::filter::Model;
use super::layers::OwnedLayer;
use super::weights::{FileBytes, Weights};
use crate::error::{Error, Result};
use crate::numeric::Activation;
use crate::text::{FeatureSpecification, HashKey};

/// Bytes of the digest.
pub const DIGEST_BYTES: usize = 32;

/// Bytes of the container's header that are read. Ours has under 4 KiB; a longer one is no model.
pub(super) const HEADER_BYTES: u64 = 1 << 20;

/// The version of the file format that this code writes and reads.
const FORMAT: u32 = 1;

/// Bytes of the weights that are digested at once: a processor does it in some hundredths of a millisecond.
const PIECE_BYTES: usize = 1 << 15;

/// The name of the one metadata entry. With a single one the file's bytes do not hang on the order of
/// a hash map.
const METADATA: &str = "sigmail";
pub(super) const DIGEST: &str = "digest";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    format: u32,
    features: FeatureSpecification,
    hash_key: String,
    activations: Vec<String>,
    calibration: Calibration,
    thresholds: Thresholds,
    training: serde_json::Value,
}

/// The bytes of the model file. The same model gives the same bytes.
pub fn write(model: &Model) -> Result<Vec<u8>> {
    let metadata = metadata_of(model);
    let layers = model.layers.whole();
    let tensors = tensors_of(&layers);
    let digest = model.digest();
    let mut views = Vec::with_capacity(tensors.len() + 1);
    for (name, shape, bytes) in &tensors {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(|error| damaged(&error))?;
        views.push((name.as_str(), view));
    }
    let digest = TensorView::new(Dtype::U8, vec![DIGEST_BYTES], &digest).map_err(|error| damaged(&error))?;
    views.push((DIGEST, digest));
    let metadata = HashMap::from([(METADATA.to_owned(), metadata)]);
    let bytes = safetensors::serialize(views, Some(metadata)).map_err(|error| damaged(&error))?;
    let header = header_length(&bytes);
    if header > HEADER_BYTES {
        return Err(Error::Value(format!(
            "the model's header has {header} bytes, but at most {HEADER_BYTES} are read again: \
             store fewer training facts"
        )));
    }
    Ok(bytes)
}

/// What the file says of the length of its header; 0 if it does not come to that.
pub(super) fn header_length(bytes: &[u8]) -> u64 {
    bytes.first_chunk::<8>().map_or(0, |length| u64::from_le_bytes(*length))
}

/// Reads a model file. Anything but a whole, unaltered one is refused. The model's weights stay in the file's
/// bytes, which must not change while it lives.
pub fn read(file: &FileBytes) -> Result<Model> {
    read_in_pieces(file, &|| ())
}

/// As [`read`], with a call of `pause` between pieces of the work that take some hundredths of a millisecond.
pub fn read_in_pieces(file: &FileBytes, pause: &dyn Fn()) -> Result<Model> {
    let bytes = file.as_ref().as_ref();
    let header = header_length(bytes);
    if header == 0 || header > HEADER_BYTES {
        return Err(damaged(&"it does not begin like a safetensors file"));
    }
    let (_, container) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(&error))?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| damaged(&error))?;
    let texts = container.metadata().as_ref();
    let text =
        texts.and_then(|texts| texts.get(METADATA)).ok_or_else(|| damaged(&"it has no Sigmail metadata"))?;
    let mut model = model_of(text, &tensors, file)?;
    // The digest is of the metadata as they are written. A number or a digit may be spelt in other ways too.
    if *text != metadata_of(&model) {
        return Err(damaged(&"its metadata are not spelt as they are written"));
    }
    pause();
    let digest = digest_in_pieces(&model, pause);
    let stored = tensors.tensor(DIGEST).map_err(|error| damaged(&error))?;
    if stored.data() != digest {
        return Err(damaged(&"its digest does not fit its contents"));
    }
    model.digest = OnceLock::from(digest);
    Ok(model)
}

/// The digest of a model's metadata and weights.
pub(super) fn digest_of(model: &Model) -> [u8; DIGEST_BYTES] {
    digest_in_pieces(model, &|| ())
}

fn digest_in_pieces(model: &Model, pause: &dyn Fn()) -> [u8; DIGEST_BYTES] {
    let mut hasher = Sha256::new();
    hasher.update(metadata_of(model));
    for (name, shape, bytes) in tensors_of(&model.layers.whole()) {
        hasher.update(format!("\n{name} {shape:?}\n"));
        for piece in bytes.chunks(PIECE_BYTES) {
            hasher.update(piece);
            pause();
        }
    }
    hasher.finalize().into()
}

/// The digest of what decides which features a message has: the specification and the key of the hash.
pub(super) fn feature_space_of(model: &Model) -> [u8; DIGEST_BYTES] {
    let specification =
        serde_json::to_string(&model.specification).expect("numbers and texts have a JSON form");
    let mut hasher = Sha256::new();
    hasher.update(specification);
    hasher.update(model.key.to_bytes());
    hasher.finalize().into()
}

/// Bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
}

fn metadata_of(model: &Model) -> String {
    let activations = model.layers.unmoved().iter().map(|layer| layer.activation.name().to_owned());
    let metadata = Metadata {
        format: FORMAT,
        features: model.specification.clone(),
        hash_key: format!("{:032x}", u128::from_be_bytes(model.key.to_bytes())),
        activations: activations.collect(),
        calibration: model.calibration,
        thresholds: model.thresholds,
        training: model.training.clone(),
    };
    serde_json::to_string(&metadata).expect("numbers, texts and lists have a JSON form")
}

fn tensors_of(layers: &[OwnedLayer]) -> Vec<(String, Vec<usize>, Cow<'_, [u8]>)> {
    let bias = |values: &[f32]| Cow::Owned(values.iter().flat_map(|value| value.to_le_bytes()).collect());
    let tensors = layers.iter().enumerate().flat_map(|(at, layer)| {
        let shape = vec![layer.inputs(), layer.outputs()];
        [
            (format!("layer.{at}.weight"), shape, layer.weights.to_le_bytes()),
            (format!("layer.{at}.bias"), vec![layer.outputs()], bias(&layer.bias)),
        ]
    });
    tensors.collect()
}

fn model_of(text: &str, tensors: &SafeTensors<'_>, file: &FileBytes) -> Result<Model> {
    let metadata: Metadata = serde_json::from_str(text).map_err(|error| damaged(&error))?;
    if metadata.format != FORMAT {
        return Err(damaged(&format!("its format is {}, this build reads {FORMAT}", metadata.format)));
    }
    let key = parse_key(&metadata.hash_key)?;
    let activations = metadata.activations.iter().enumerate();
    let layers: Result<Vec<_>> = activations.map(|(at, name)| layer_of(at, name, tensors, file)).collect();
    let Metadata { calibration, thresholds, training, .. } = metadata;
    Model::new(metadata.features, key, layers?, calibration, thresholds, training)
        .map_err(|error| damaged(&error))
}

fn layer_of(at: usize, activation: &str, tensors: &SafeTensors<'_>, file: &FileBytes) -> Result<OwnedLayer> {
    let values = |part: &str| {
        let tensor = tensors.tensor(&format!("layer.{at}.{part}")).map_err(|error| damaged(&error))?;
        if tensor.dtype() != Dtype::F32 {
            return Err(damaged(&format!("expected weights of type F32, got {:?}", tensor.dtype())));
        }
        let start = tensor.data().as_ptr() as usize - file.as_ref().as_ref().as_ptr() as usize;
        Ok(Weights::filed(file, start..start + tensor.data().len()))
    };
    let activation = Activation::from_name(activation).map_err(|error| damaged(&error))?;
    Ok(OwnedLayer { weights: values("weight")?, bias: values("bias")?.to_vec(), activation })
}

fn parse_key(text: &str) -> Result<HashKey> {
    let value = u128::from_str_radix(text, 16).ok().filter(|_| text.len() == 2 * HashKey::BYTES);
    let value = value.ok_or_else(|| damaged(&"its hash key is not 32 hexadecimal digits"))?;
    Ok(HashKey::from_bytes(value.to_be_bytes()))
}

pub(super) fn damaged(why: &dyn std::fmt::Display) -> Error {
    Error::ModelFile(format!("not a usable model file: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Profile;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Result<Model> {
        let file: FileBytes = std::sync::Arc::new(bytes.to_vec());
        super::read(&file)
    }

    fn model() -> Model {
        let specification = FeatureSpecification {
            version: FeatureSpecification::VERSION,
            profile: Profile::Content,
            table_bits: 8,
            words: true,
            folded_words: true,
            word_pairs: true,
            gram_lengths: vec![3, 4],
            gram_prefix: 3000,
        };
        let neuron = |inputs: usize, outputs: usize| OwnedLayer {
            weights: (0..inputs * outputs).map(|at| at as f32 / 7.0).collect::<Vec<_>>().into(),
            bias: vec![-0.5; outputs],
            activation: Activation::Sigmoid,
        };
        let layers = vec![neuron(256, 2), neuron(2, 1)];
        let calibration = Calibration { slope: 1.5, intercept: -0.25 };
        let thresholds = Thresholds { ham_below: 0.2, spam_from: 0.9 };
        let training = serde_json::json!({"spam": 3, "ham": 4});
        Model::new(
            specification,
            HashKey::from_bytes(*b"0123456789abcdef"),
            layers,
            calibration,
            thresholds,
            training,
        )
        .unwrap()
    }

    #[test]
    fn a_model_survives_its_file() {
        let bytes = write(&model()).unwrap();
        let again = read(&bytes).unwrap();
        assert_eq!(again.layers, model().layers);
        assert_eq!((again.key, again.training()), (model().key, model().training()));
        assert_eq!(write(&again).unwrap(), bytes);
    }

    #[test]
    fn every_truncation_is_refused() {
        let bytes = write(&model()).unwrap();
        for length in 0..bytes.len() {
            assert!(matches!(read(&bytes[..length]), Err(Error::ModelFile(_))), "{length}");
        }
    }

    #[test]
    fn another_version_is_named() {
        let bytes = write(&model()).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let at = text.find(r#"{\"format\":1"#).unwrap() + r#"{\"format\":"#.len();
        let mut other = bytes.clone();
        other[at] = b'7';
        assert!(read(&other).unwrap_err().to_string().contains("its format is 7"));
    }

    proptest! {
        #[test]
        fn every_flipped_bit_is_refused(at in any::<prop::sample::Index>(), bit in 0..8) {
            let mut bytes = write(&model()).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            prop_assert!(matches!(read(&bytes), Err(Error::ModelFile(_))));
        }
    }

    #[test]
    fn every_flipped_bit_of_the_header_is_refused() {
        let whole = write(&model()).unwrap();
        let header = 8 + usize::try_from(header_length(&whole)).unwrap();
        for at in 0..header {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[at] ^= 1_u8 << bit;
                assert!(matches!(read(&bytes), Err(Error::ModelFile(_))), "bit {bit} of byte {at}");
            }
        }
    }

    #[test]
    fn a_number_that_is_spelt_otherwise_is_refused() {
        let bytes = write(&model()).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let at = text.find(r#"\"slope\":1.5,"#).unwrap();
        let mut other = bytes.clone();
        // As long as before, so that the container is whole, and of the same value.
        other[at..at + 15].copy_from_slice(br#"\"slope\":15e-1"#);
        assert!(read(&other).is_err());
    }

    #[test]
    fn reading_in_pieces_gives_the_same_model_and_pauses() {
        let bytes = write(&model()).unwrap();
        let file: FileBytes = std::sync::Arc::new(bytes.clone());
        let pauses = std::cell::Cell::new(0);
        let piecewise = super::read_in_pieces(&file, &|| pauses.set(pauses.get() + 1)).unwrap();
        assert_eq!(write(&piecewise).unwrap(), bytes);
        assert_eq!(piecewise.digest(), digest_of(&model()));
        assert!(pauses.get() > 2);
    }
}
