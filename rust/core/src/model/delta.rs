//! The file of a model that is another one with a few weights moved: a safetensors container with a digest.
//!
//! | tensor | dtype | shape |
//! | --- | --- | --- |
//! | `moves.gap` | uint8 | bytes: for each move the slots passed over since the last one, in LEB128 |
//! | `moves.step` | int16 | moves |
//! | `digest` | uint8 | 32 |
//!
//! The metadata names the base by its digest, and the model itself by the digest that it would have in a
//! file of its own: the same model has the same name in either.

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::OnceLock;

use super::decision::Thresholds;
use super::file::{DIGEST, DIGEST_BYTES, HEADER_BYTES, damaged, header_length};
use super::filter::Model;
use super::moves::Moves;
use crate::error::{Error, Result};

/// The version of this format.
const FORMAT: u32 = 1;
/// The name of the one metadata entry, another one than in a file of a whole model.
const METADATA: &str = "sigmail-moves";
const GAP: &str = "moves.gap";
const STEP: &str = "moves.step";
/// Seven bits of a number a byte; the eighth says that more follow.
const MORE: u8 = 0x80;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    format: u32,
    base: String,
    model: String,
    unit: f32,
    thresholds: Thresholds,
    training: serde_json::Value,
}

/// The bytes of the file of a model that has moves; `Error::Value` for another one.
pub fn write(model: &Model) -> Result<Vec<u8>> {
    let (Some(moves), Some(base)) = (model.layers.moves(), model.base()) else {
        return Err(Error::Value("the model is whole: it is no other one with moves".into()));
    };
    let metadata = Metadata {
        format: FORMAT,
        base,
        model: model.identity(),
        unit: moves.unit(),
        thresholds: model.thresholds,
        training: model.training.clone(),
    };
    let metadata = text_of(&metadata);
    let (mut gaps, mut steps, mut next) = (Vec::new(), Vec::new(), 0);
    for (slot, step) in moves.iter() {
        push_number(&mut gaps, slot - next);
        steps.extend(step.to_le_bytes());
        next = slot + 1;
    }
    let digest = digest_of(&metadata, &gaps, &steps);
    let view =
        |dtype, length, bytes| TensorView::new(dtype, vec![length], bytes).map_err(|error| damaged(&error));
    let views = [
        (GAP, view(Dtype::U8, gaps.len(), &gaps)?),
        (STEP, view(Dtype::I16, steps.len() / 2, &steps)?),
        (DIGEST, view(Dtype::U8, DIGEST_BYTES, &digest)?),
    ];
    let metadata = HashMap::from([(METADATA.to_owned(), metadata)]);
    safetensors::serialize(views, Some(metadata)).map_err(|error| damaged(&error))
}

/// The 64 digits of the base that the bytes of such a file name; nothing if they are no such file.
#[must_use]
pub fn base_of(bytes: &[u8]) -> Option<String> {
    Some(parse_metadata(&metadata_of(bytes).ok()?).ok()?.base)
}

/// Reads such a file on top of its base. Anything but a whole, unaltered one is refused, and another base.
pub fn read(bytes: &[u8], base: &Model) -> Result<Model> {
    let text = metadata_of(bytes)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| damaged(&error))?;
    let data = |name: &str| tensors.tensor(name).map(|tensor| tensor.data()).map_err(|error| damaged(&error));
    let (gaps, steps) = (data(GAP)?, data(STEP)?);
    if data(DIGEST)? != digest_of(&text, gaps, steps) {
        return Err(damaged(&"its digest does not fit its contents"));
    }
    let metadata = parse_metadata(&text)?;
    if metadata.base != base.identity() {
        let why = format!("its base is {:.12}, got {:.12}", metadata.base, base.identity());
        return Err(damaged(&why));
    }
    let slots = slots_of(gaps).ok_or_else(|| damaged(&"its slots are not numbers"))?;
    let (steps, _) = steps.as_chunks::<2>();
    let steps: Vec<i16> = steps.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect();
    let moves = Moves::new(base.specification.slots(), &slots, &steps, metadata.unit);
    let model = moves.and_then(|moves| base.moved(moves, metadata.thresholds, metadata.training));
    let mut model = model.map_err(|error| damaged(&error))?;
    // The file's digest vouches for the name, which would take the whole table to be found again.
    model.digest = OnceLock::from(parse_digest(&metadata.model)?);
    Ok(model)
}

fn metadata_of(bytes: &[u8]) -> Result<String> {
    let header = header_length(bytes);
    if header == 0 || header > HEADER_BYTES {
        return Err(damaged(&"it does not begin like a safetensors file"));
    }
    let (_, container) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(&error))?;
    let text = container.metadata().as_ref().and_then(|texts| texts.get(METADATA));
    text.cloned().ok_or_else(|| damaged(&"it has no metadata of moves"))
}

fn text_of(metadata: &Metadata) -> String {
    serde_json::to_string(metadata).expect("numbers and texts have a JSON form")
}

fn parse_metadata(text: &str) -> Result<Metadata> {
    let metadata: Metadata = serde_json::from_str(text).map_err(|error| damaged(&error))?;
    if metadata.format != FORMAT {
        return Err(damaged(&format!("its format is {}, this build reads {FORMAT}", metadata.format)));
    }
    Ok(metadata)
}

fn parse_digest(text: &str) -> Result<[u8; DIGEST_BYTES]> {
    let pairs = text.as_bytes().as_chunks::<2>().0;
    let byte = |pair: &[u8; 2]| {
        let digits = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(digits, 16).ok()
    };
    let digest: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    let digest = digest.and_then(|bytes| <[u8; DIGEST_BYTES]>::try_from(bytes).ok());
    digest.ok_or_else(|| damaged(&"its name is not 64 hexadecimal digits"))
}

fn digest_of(metadata: &str, gaps: &[u8], steps: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut hasher = Sha256::new();
    for part in [metadata.as_bytes(), gaps, steps] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn push_number(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= usize::from(MORE) {
        bytes.push(number as u8 | MORE);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn slots_of(gaps: &[u8]) -> Option<Vec<u32>> {
    let (mut slots, mut number, mut shift, mut next) = (Vec::new(), 0_u32, 0, 0_u32);
    for &byte in gaps {
        number |= u32::from(byte & !MORE).checked_shl(shift)?;
        shift += 7;
        if byte & MORE == 0 {
            let slot = next.checked_add(number)?;
            slots.push(slot);
            next = slot.checked_add(1)?;
            (number, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(slots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Calibration, FileBytes, OwnedLayer, file};
    use crate::numeric::Activation;
    use crate::text::{FeatureSpecification, HashKey, Profile};
    use proptest::prelude::*;

    fn base(bias: f32) -> Model {
        let specification = FeatureSpecification {
            version: FeatureSpecification::VERSION,
            profile: Profile::Content,
            table_bits: 10,
            words: true,
            folded_words: true,
            word_pairs: true,
            gram_lengths: vec![3],
            gram_prefix: 3000,
        };
        let weights: Vec<f32> = (0_u16..1024).map(|at| f32::from(at) / 7.0).collect();
        let neuron =
            OwnedLayer { weights: weights.into(), bias: vec![bias], activation: Activation::Sigmoid };
        let calibration = Calibration { slope: 1.5, intercept: 0.0 };
        let thresholds = Thresholds { ham_below: 0.2, spam_from: 0.9 };
        let key = HashKey::from_bytes(*b"0123456789abcdef");
        Model::new(specification, key, vec![neuron], calibration, thresholds, serde_json::json!({})).unwrap()
    }

    fn moved() -> Model {
        let moves = Moves::new(1024, &[0, 1, 200, 1023], &[5, -7, i16::MIN, 1], 0.001).unwrap();
        let thresholds = Thresholds { ham_below: 0.1, spam_from: 0.95 };
        base(0.5).moved(moves, thresholds, serde_json::json!({"lessons": 3})).unwrap()
    }

    #[test]
    fn it_is_the_model_that_a_file_of_its_own_would_hold() {
        let bytes = write(&moved()).unwrap();
        assert!(bytes.len() < 1024);
        let again = read(&bytes, &base(0.5)).unwrap();
        let file: FileBytes = std::sync::Arc::new(file::write(&moved()).unwrap());
        let whole = file::read(&file).unwrap();
        assert_eq!((again.identity(), again.digest()), (whole.identity(), file::digest_of(&again)));
        assert_eq!((&again.layers, again.thresholds()), (&whole.layers, whole.thresholds()));
        assert_eq!(write(&again).unwrap(), bytes);
        assert_eq!(base_of(&bytes), Some(base(0.5).identity()));
        assert_eq!((base_of(file.as_ref().as_ref()), base_of(b"")), (None, None));
        assert!(write(&whole).is_err());
    }

    #[test]
    fn another_base_is_refused() {
        let error = read(&write(&moved()).unwrap(), &base(0.25)).unwrap_err().to_string();
        assert!(error.contains("its base is"), "{error}");
    }

    #[test]
    fn every_truncation_is_refused() {
        let bytes = write(&moved()).unwrap();
        for length in 0..bytes.len() {
            assert!(matches!(read(&bytes[..length], &base(0.5)), Err(Error::ModelFile(_))), "{length}");
        }
    }

    proptest! {
        #[test]
        fn every_flipped_bit_is_refused(at in any::<prop::sample::Index>(), bit in 0..8) {
            let mut bytes = write(&moved()).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            // White space in the container's header carries nothing.
            if let Ok(read) = read(&bytes, &base(0.5)) {
                prop_assert_eq!(write(&read).unwrap(), write(&moved()).unwrap());
            }
        }

        #[test]
        fn slots_survive_their_gaps(slots in prop::collection::btree_set(0_u32..1 << 24, 0..60)) {
            let (mut gaps, mut next) = (Vec::new(), 0);
            for &slot in &slots {
                push_number(&mut gaps, slot as usize - next);
                next = slot as usize + 1;
            }
            prop_assert_eq!(slots_of(&gaps), Some(slots.into_iter().collect::<Vec<_>>()));
        }

        #[test]
        fn any_gaps_are_read_or_refused(gaps in prop::collection::vec(any::<u8>(), 0..20)) {
            if let Some(slots) = slots_of(&gaps) {
                prop_assert!(slots.windows(2).all(|pair| pair[0] < pair[1]));
            }
        }
    }
}
