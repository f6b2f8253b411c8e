//! Messages -> features and verdicts. The GIL is released around each call of the core: messages are
//! `bytes` and `str`, which nobody can change.

mod answers;
mod backlog;
mod message;
mod model;
mod packing;
mod priority;
mod vectorizer;

use pyo3::prelude::*;
use pyo3::types::IntoPyDict;
use sigmail_core::text::limits;

/// Adds the classes and functions for messages to the module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<model::Model>()?;
    module.add_class::<backlog::Backlog>()?;
    module.add_class::<answers::Replies>()?;
    module.add_class::<vectorizer::Vectorizer>()?;
    module.add("MESSAGE_LIMITS", limits::NAMED.into_py_dict(module.py())?)?;
    module.add_function(wrap_pyfunction!(answers::answer_message, module)?)?;
    module.add_function(wrap_pyfunction!(answers::answer_lines, module)?)?;
    module.add_function(wrap_pyfunction!(answers::size_of_plain_request, module)?)?;
    module.add_function(wrap_pyfunction!(model::base_of_delta, module)?)?;
    module.add_function(wrap_pyfunction!(packing::pack_features, module)?)?;
    module.add_function(wrap_pyfunction!(packing::unpack_features, module)?)?;
    module.add_function(wrap_pyfunction!(packing::min_hash_of_features, module)?)?;
    module.add_function(wrap_pyfunction!(vectorizer::body_fingerprint, module)?)
}
