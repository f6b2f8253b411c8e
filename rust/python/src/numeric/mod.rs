//! Sigmoid, neuron and network on NumPy arrays.
//!
//! The GIL is held for as long as a kernel reads or writes the memory of an array: another Python thread could
//! otherwise resize an array while it is read. NumPy lets the GIL go while it writes an array, so that values
//! may still change under a kernel, which gives another number; the indices of a sparse matrix, which would give
//! another address, are copied before they are checked.

pub mod arrays;
mod build_info;
mod compact;
mod limits;
pub mod matrix;
mod network;
mod neuron;
mod sigmoid;

use pyo3::prelude::*;
use sigmail_core::numeric::simd::Level;

use crate::errors::invalid_value;

/// The environment variable that makes all kernels use another instruction set, for tests and measurements.
const FORCE: &str = "SIGMAIL_SIMD";

/// Adds the numeric functions to the module. A wrong instruction set in the environment fails the import.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    if let Some(name) = std::env::var_os(FORCE) {
        let name = name.to_string_lossy();
        Level::choose(&name).map_err(|error| invalid_value(format!("{FORCE}: {error}")))?;
    }
    module.add_class::<compact::CompactWeights>()?;
    module.add_function(wrap_pyfunction!(build_info::build_info, module)?)?;
    module.add_function(wrap_pyfunction!(limits::streaming_copy, module)?)?;
    module.add_function(wrap_pyfunction!(limits::multiply_add_in_registers, module)?)?;
    module.add_function(wrap_pyfunction!(sigmoid::sigmoid, module)?)?;
    module.add_function(wrap_pyfunction!(sigmoid::sigmoid_derivative, module)?)?;
    module.add_function(wrap_pyfunction!(neuron::neuron, module)?)?;
    module.add_function(wrap_pyfunction!(neuron::logistic_loss_gradient, module)?)?;
    module.add_function(wrap_pyfunction!(network::network, module)?)?;
    module.add_function(wrap_pyfunction!(network::network_loss_gradient, module)?)
}
