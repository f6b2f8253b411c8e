//! Sigmoid, neuron and network on NumPy arrays.
//!
//! **Arrays that another thread may write.** The GIL is held for as long as a kernel reads or writes the memory of
//! an array, so nobody can free or resize it meanwhile. That does not stop its contents from changing: NumPy itself
//! copies without the GIL. So no address is ever computed from memory that another thread can write: index pointers
//! and column indices are copied, and the copies are checked and used. Values are read where they lie; written at the
//! same time, they give the numbers of neither state, as in NumPy. Kernels run on all cores under the one GIL.

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
