//! Verdicts as lines of JSON, made in one call without the GIL.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};
use sigmail_core::model::answers::{message_of_line, write_answer};
use sigmail_core::model::requests::{Around, hexadecimal, plain_request, reply, verdict_id};
use sigmail_core::model::{self, Verdict};
use sigmail_core::text::{Extractor, Message, for_all};

use super::message::{run, with_message, with_view};
use super::model::{Model, featured, plainly};
use crate::errors::invalid_value;

/// The line, and what is counted of it: label, probability, whether a cap was hit; the packed features.
type Answer<'py> = (Bound<'py, PyBytes>, &'static str, f64, bool, Option<Bound<'py, PyBytes>>);
/// The same before Python sees it.
type Written = (Vec<u8>, Verdict, Option<Vec<u8>>);

/// The reply, the id of the verdict and that of the request; what is counted; the packed features.
type Reply<'py> = (Bound<'py, PyBytes>, String, String, &'static str, f64, bool, Option<Bound<'py, PyBytes>>);
/// As many random bytes as a verdict's id and a request's take.
type Random = ([u8; 10], [u8; 16]);

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

/// The size of the body of a request that `answer_request` answers; 0 for every other one.
#[pyfunction]
pub fn size_of_plain_request(data: &[u8]) -> usize {
    plain_request(data).map_or(0, |request| request.size)
}

/// The reply to a plain request; none if `data` is something else. See `sigmail_core::model::requests`.
#[pyfunction]
#[pyo3(signature = (model, data, *, milliseconds, random, before, after, middle, keep))]
#[allow(clippy::too_many_arguments, reason = "each is named by the caller")]
pub fn answer_request<'py>(
    model: &Bound<'py, Model>,
    data: &Bound<'py, PyBytes>,
    milliseconds: u64,
    random: &[u8],
    before: &[u8],
    after: &[u8],
    middle: &str,
    keep: bool,
) -> PyResult<Option<Reply<'py>>> {
    let Some(request) = plain_request(data.as_bytes()) else {
        return Ok(None);
    };
    let (py, model) = (data.py(), model.get());
    let (of_verdict, of_request) = parted(random)?;
    let identity = verdict_id(milliseconds, of_verdict);
    let id = request.id.map_or_else(|| hexadecimal(&of_request), str::to_owned);
    let head = format!("{{\"id\": \"{identity}\",");
    let (line, verdict, features) =
        with_view(py, request.carried.message(), "classifying a message", |message, extractor| {
            let frame = Frame { model: &model.read(), most: request.most, middle, keep };
            frame.written(message, &head, extractor)
        })?;
    let whole = PyBytes::new(py, &reply(Around { before, after }, &id, &line));
    let features = features.map(|features| PyBytes::new(py, &features));
    Ok(Some((whole, identity, id, verdict.label.name(), verdict.probability, verdict.truncated, features)))
}

/// The verdicts on the messages of lines, on all cores; none for a line that `message_of_line` leaves to others.
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
            message_of_line(line).map(|carried| frame.written(carried.message(), head, extractor))
        })
    })?;
    Ok(written.into_iter().map(|one| one.map(|one| as_objects(py, one))).collect())
}

fn parted(random: &[u8]) -> PyResult<Random> {
    let parts = random.split_first_chunk().and_then(|(one, rest)| Some((*one, rest.try_into().ok()?)));
    parts.ok_or_else(|| invalid_value(format!("expected 26 random bytes, got {}", random.len())))
}

fn as_objects(py: Python<'_>, (line, verdict, features): Written) -> Answer<'_> {
    let features = features.map(|features| PyBytes::new(py, &features));
    (PyBytes::new(py, &line), verdict.label.name(), verdict.probability, verdict.truncated, features)
}
