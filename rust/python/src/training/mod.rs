//! Training loops of the core as Python classes: they own what they learn from, and release the GIL.

mod dual;
mod examples;
mod lessons;
mod network;

use pyo3::prelude::*;

/// The stage that an error names if a loop of training fails in itself.
const LEARNING: &str = "learning from examples";

/// Adds the classes to the module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<examples::Examples>()?;
    module.add_class::<dual::DualTraining>()?;
    module.add_function(wrap_pyfunction!(lessons::moves_of_lessons, module)?)?;
    module.add_class::<network::NetworkTraining>()
}
