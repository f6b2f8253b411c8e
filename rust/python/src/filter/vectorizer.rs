//! Messages -> sparse features, for training.

use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::types::PyList;
use sigmail_core::text::{self, FeatureSpecification, HashKey};

use super::message::{with_message, with_messages};
use crate::errors::{invalid_value, raise};

type Csr<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i32>>, Bound<'py, PyArray1<f32>>);

/// Messages to rows of a CSR matrix, under one specification and hash key.
#[pyclass(frozen, module = "sigmail._core")]
pub struct Vectorizer {
    specification: FeatureSpecification,
    key: HashKey,
}

#[pymethods]
impl Vectorizer {
    #[new]
    fn new(specification: &str, hash_key: &[u8]) -> PyResult<Self> {
        let specification = FeatureSpecification::from_json(specification).map_err(raise)?;
        Ok(Self { specification, key: key_of(hash_key)? })
    }

    /// The number of columns.
    #[getter]
    fn n_features(&self) -> usize {
        self.specification.slots()
    }

    /// The index pointer, column indices and values of one row a message.
    fn transform<'py>(&self, messages: &Bound<'py, PyList>) -> PyResult<Csr<'py>> {
        let matrix = with_messages(messages, "turning messages into features", |messages| {
            text::vectorize(messages, &self.specification, self.key)
        })?;
        let py = messages.py();
        Ok((matrix.indptr.into_pyarray(py), matrix.indices.into_pyarray(py), matrix.values.into_pyarray(py)))
    }
}

/// A hash of the decoded body, lower-cased and reduced to its letters: the group of a message.
#[pyfunction]
pub fn body_fingerprint(message: &Bound<'_, PyAny>) -> PyResult<u64> {
    with_message(message, "reading the body", text::body_fingerprint)
}

/// The hash key that these bytes spell.
pub fn key_of(bytes: &[u8]) -> PyResult<HashKey> {
    let bytes: [u8; HashKey::BYTES] = bytes.try_into().map_err(|_| {
        invalid_value(format!("a hash key has {} bytes, got {}", HashKey::BYTES, bytes.len()))
    })?;
    Ok(HashKey::from_bytes(bytes))
}
