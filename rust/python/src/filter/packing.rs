//! The features of a message as bytes, and back.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use sigmail_core::text::{FeatureGroup, min_hash, packing};

use crate::errors::raise;

/// The slots and values of a message's features.
type Arrays<'py> = (Bound<'py, PyArray1<u32>>, Bound<'py, PyArray1<f32>>);

/// Packs features; the arrays have the same length.
#[pyfunction]
pub fn pack_features<'py>(
    py: Python<'py>,
    slots: PyReadonlyArray1<'py, u32>,
    values: PyReadonlyArray1<'py, f32>,
) -> PyResult<Bound<'py, PyBytes>> {
    // Copies: another thread may write the arrays meanwhile.
    let slots: Vec<u32> = slots.as_array().iter().copied().collect();
    let values: Vec<f32> = values.as_array().iter().copied().collect();
    if slots.len() != values.len() {
        let (expected, actual) = (slots.len(), values.len());
        return Err(raise(sigmail_core::error::Error::Length { what: "values", expected, actual }));
    }
    let mut rest = slots.as_slice();
    let mut groups = Vec::new();
    for run in values.chunk_by(|one, next| one.to_bits() == next.to_bits()) {
        let (slots, others) = rest.split_at(run.len());
        groups.push(FeatureGroup { slots, value: run[0] });
        rest = others;
    }
    Ok(PyBytes::new(py, &packing::pack(&groups)))
}

/// The slots and values that bytes hold.
#[pyfunction]
pub fn unpack_features<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Arrays<'py>> {
    let (slots, values) = packing::unpack(data).map_err(raise)?;
    Ok((slots.into_pyarray(py), values.into_pyarray(py)))
}

/// The least number that each permutation gives one of the packed slots, with the lowest byte first.
#[pyfunction]
pub fn min_hash_of_features<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let (slots, _) = packing::unpack(data).map_err(raise)?;
    let least = min_hash::least_of_permutations(&slots).map(|least| least.map(u32::to_le_bytes));
    Ok(PyBytes::new(py, least.as_ref().map_or(&[], |least| least.as_flattened())))
}
