//! What this build is.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use sigmail_core::numeric::simd::Level;

/// How the extension was built, and which kernels it chose on this machine.
#[pyfunction]
pub fn build_info(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let facts = PyDict::new(py);
    facts.set_item("profile", if cfg!(debug_assertions) { "debug" } else { "release" })?;
    facts.set_item("simd", Level::chosen().name())?;
    facts.set_item("version", env!("CARGO_PKG_VERSION"))?;
    Ok(facts)
}
