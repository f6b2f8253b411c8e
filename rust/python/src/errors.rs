//! The one place that turns an error of the core into the Python class for it, panics included.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use sigmail_core::error::{Error, guarded};

static INVALID_VALUE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static INVALID_TYPE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static INTERNAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static MODEL_FILE: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// Runs `work` without the GIL; a panic becomes an exception that names the stage.
pub fn run<T: Send>(py: Python<'_>, stage: &'static str, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    py.detach(|| guarded(stage, work)).map_err(raise)
}

/// Lets a panic print where it came from, and not what it says: that may hold words of a message.
pub fn keep_messages_out_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            eprintln!("sigmail: an internal fault at {}:{}", place.file(), place.line());
        }
    }));
}

/// The Python exception for an error of the core.
#[allow(clippy::needless_pass_by_value, reason = "the form that map_err asks for")]
pub fn raise(error: Error) -> PyErr {
    match error {
        Error::Type(text) => invalid_type(text),
        Error::Panic(_) => build(&INTERNAL, "SigmailError", error.to_string()),
        Error::ModelFile(text) => build(&MODEL_FILE, "ModelFileError", text),
        other => invalid_value(other.to_string()),
    }
}

/// A `sigmail.errors.InvalidTypeError` with that text.
pub fn invalid_type(text: String) -> PyErr {
    build(&INVALID_TYPE, "InvalidTypeError", text)
}

/// A `sigmail.errors.InvalidValueError` with that text.
pub fn invalid_value(text: String) -> PyErr {
    build(&INVALID_VALUE, "InvalidValueError", text)
}

fn build(class: &'static PyOnceLock<Py<PyType>>, name: &str, text: String) -> PyErr {
    Python::attach(|py| match class.import(py, "sigmail.errors", name) {
        Ok(class) => PyErr::from_type(class.clone(), (text,)),
        Err(failure) => failure,
    })
}
