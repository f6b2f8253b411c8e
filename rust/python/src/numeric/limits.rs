//! What measurements of the kernels are set beside.

use numpy::{PyReadonlyArray1, PyReadwriteArray1};
use pyo3::prelude::*;
use sigmail_core::numeric::limits;

use crate::errors::raise;

/// Copies `x` to `out` past the caches.
#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "the form in which arguments are extracted")]
pub fn streaming_copy(x: PyReadonlyArray1<'_, f32>, mut out: PyReadwriteArray1<'_, f32>) -> PyResult<()> {
    limits::streaming_copy(x.as_slice()?, out.as_slice_mut()?).map_err(raise)
}

/// Multiplies and adds in registers alone, on each core; returns the number of operations done.
#[pyfunction]
pub fn multiply_add_in_registers(rounds: u32) -> f64 {
    limits::multiply_add_in_registers(rounds)
}
