//! Verdicts as lines of JSON, made in one call without the GIL.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};
use sigmail_core::model::answers::{mail_of_line, write_answer};
use sigmail_core::model::{self, Verdict};
use sigmail_core::text::{Extractor, Message, for_all};

use super::message::{run, with_message};
use super::model::{Model, featured, plainly};

/// The line, and what is counted of it: label, probability, whether a cap was hit; the packed features.
type Answer<'py> = (Bound<'py, PyBytes>, &'static str, f64, bool, Option<Bound<'py, PyBytes>>);
/// The same before Python sees it.
type Written = (Vec<u8>, Verdict, Option<Vec<u8>>);

/// What stands in every answer of a call.
#[derive(Clone, Copy)]
struct Frame<'a> {
    model: &'a model::Model,
    most: usize,
    middle: &'a str,
    keep: bool,
}

impl Frame<'_> {
    fn written(&self, message: Message<'_>, head: &str, extractor: &mut Extractor) -> Written {
        let (verdict, reasons, features) = if self.keep {
            let (verdict, reasons, features) = featured(self.model, message, self.most, extractor);
            (verdict, reasons, Some(features))
        } else {
            let (verdict, reasons) = plainly(self.model, message, self.most, extractor);
            (verdict, reasons, None)
        };
        let mut line = Vec::with_capacity(head.len() + self.middle.len() + 128);
        write_answer(&mut line, head, self.middle, verdict, &reasons);
        (line, verdict, features)
    }
}

/// The verdict on one message as a line of JSON; see `sigmail_core::model::answers::write_answer`.
#[pyfunction]
pub fn answer_message<'py>(
    model: &Bound<'py, Model>,
    message: &Bound<'py, PyAny>,
    most: usize,
    head: &str,
    middle: &str,
    keep: bool,
) -> PyResult<Answer<'py>> {
    let model = model.get();
    let written = with_message(message, "classifying a message", |message, extractor| {
        let frame = Frame { model: &model.read(), most, middle, keep };
        frame.written(message, head, extractor)
    })?;
    Ok(as_objects(message.py(), written))
}

/// The verdicts on the mails of lines, on all cores; none for a line that is not `{"raw": "BASE64"}`.
#[pyfunction]
pub fn answer_lines<'py>(
    model: &Bound<'py, Model>,
    lines: &Bound<'py, PyList>,
    most: usize,
    heads: &Bound<'py, PyList>,
    middle: &str,
    keep: bool,
) -> PyResult<Vec<Option<Answer<'py>>>> {
    // The lists could change while the GIL is released; the objects that they hold now stay alive here.
    let lines: Vec<Option<Bound<'py, PyBytes>>> =
        lines.iter().map(|line| line.cast_into::<PyBytes>().ok()).collect();
    let heads: Vec<Bound<'py, PyString>> =
        heads.iter().map(|head| Ok(head.cast_into::<PyString>()?)).collect::<PyResult<_>>()?;
    let heads = heads.iter().map(|head| head.to_str()).collect::<PyResult<Vec<&str>>>()?;
    let work: Vec<(&[u8], &str)> =
        lines.iter().map(|line| line.as_ref().map_or(&b""[..], |line| line.as_bytes())).zip(heads).collect();
    let (py, model) = (model.py(), model.get());
    let written = run(py, "classifying messages", || {
        let model = model.read();
        let frame = Frame { model: &model, most, middle, keep };
        for_all(&work, |(line, head), extractor| {
            mail_of_line(line).map(|mail| frame.written(Message::Mail(&mail), head, extractor))
        })
    })?;
    Ok(written.into_iter().map(|one| one.map(|one| as_objects(py, one))).collect())
}

fn as_objects(py: Python<'_>, (line, verdict, features): Written) -> Answer<'_> {
    let features = features.map(|features| PyBytes::new(py, &features));
    (PyBytes::new(py, &line), verdict.label.name(), verdict.probability, verdict.truncated, features)
}
