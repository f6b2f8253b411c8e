//! The extension module `sigmail._core`: it converts arguments and errors, and calls the core.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

mod errors;
mod filter;
mod numeric;
mod training;

use pyo3::prelude::*;

/// The compiled core of Sigmail.
#[pymodule(gil_used = true)]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    errors::keep_messages_out_of_panics();
    numeric::register(module)?;
    filter::register(module)?;
    training::register(module)
}
