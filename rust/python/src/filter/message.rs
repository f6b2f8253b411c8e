//! Python messages as the core takes them.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};
use sigmail_core::text::{Extractor, Message};
use std::borrow::Cow;
use std::cell::RefCell;

use crate::errors::invalid_type;
pub use crate::errors::run;

thread_local! {
    /// The buffers of this thread: a message then allocates little.
    static EXTRACTOR: RefCell<Extractor> = RefCell::default();
}

/// The content of a Python message.
pub enum Content<'a> {
    /// `bytes`: a raw mail.
    Mail(&'a [u8]),
    /// `str`: plain text. A lone surrogate, which no text can hold, is replaced.
    Plain(Cow<'a, str>),
}

impl<'a> Content<'a> {
    /// The content of a `bytes` or `str` object, without a copy where there is none to make.
    pub fn of(object: &'a Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = object.cast::<PyBytes>() {
            Ok(Self::Mail(bytes.as_bytes()))
        } else if let Ok(text) = object.cast::<PyString>() {
            Ok(Self::Plain(text.to_string_lossy()))
        } else {
            let name = object.get_type().name()?;
            let hint = "a message must be bytes (a raw mail) or str (plain text)";
            Err(invalid_type(format!("{hint}, got {name}")))
        }
    }

    /// The content as the core takes it.
    pub fn as_message(&self) -> Message<'_> {
        match self {
            Self::Mail(bytes) => Message::Mail(bytes),
            Self::Plain(text) => Message::Plain(text),
        }
    }
}

/// Runs `work` on many messages without the GIL.
pub fn with_messages<T: Send>(
    messages: &Bound<'_, PyList>,
    stage: &'static str,
    work: impl FnOnce(&[Message<'_>]) -> T + Send,
) -> PyResult<T> {
    // The list could change while the GIL is released; the objects that it holds now stay alive here.
    let objects: Vec<Bound<'_, PyAny>> = messages.iter().collect();
    let contents = objects.iter().map(Content::of).collect::<PyResult<Vec<_>>>()?;
    let views: Vec<Message<'_>> = contents.iter().map(Content::as_message).collect();
    run(messages.py(), stage, || work(&views))
}

/// Runs `work` on one message with this thread's buffers, without the GIL.
pub fn with_message<T: Send>(
    message: &Bound<'_, PyAny>,
    stage: &'static str,
    work: impl FnOnce(Message<'_>, &mut Extractor) -> T + Send,
) -> PyResult<T> {
    with_view(message.py(), Content::of(message)?.as_message(), stage, work)
}

/// Does the same with a message that is a part of an object.
pub fn with_view<T: Send>(
    py: Python<'_>,
    view: Message<'_>,
    stage: &'static str,
    work: impl FnOnce(Message<'_>, &mut Extractor) -> T + Send,
) -> PyResult<T> {
    run(py, stage, || EXTRACTOR.with_borrow_mut(|extractor| work(view, extractor)))
}
