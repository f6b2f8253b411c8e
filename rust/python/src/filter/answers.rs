//! Verdicts as lines of JSON, made in one call without the GIL.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use sigmail_core::model::answers::{message_of_line, write_answer};
use sigmail_core::model::backlog::VerdictId;
use sigmail_core::model::requests::{self, Around, hexadecimal, plain_request, reply, verdict_id};
use sigmail_core::model::{self, Reason, Verdict};
use sigmail_core::text::{Extractor, Message, for_all};

use super::backlog::{Backlog, Destination};
use super::message::{run, with_message, with_view};
use super::model::{Model, featured, plainly, with_features};
use crate::errors::invalid_value;

/// The line, and what is counted of it: label, probability, whether a cap was hit; the packed features.
type Answer<'py> = (Bound<'py, PyBytes>, &'static str, f64, bool, Option<Bound<'py, PyBytes>>);
/// The line, and what is counted of it.
type Counted<'py> = (Bound<'py, PyBytes>, &'static str, f64, bool);
/// The reply and the id of the request; what is counted; whether there is news for the writer of the backlog.
type Reply<'py> = (Bound<'py, PyBytes>, String, &'static str, f64, bool, bool);
/// As many random bytes as a verdict's id and a request's take.
type Random = ([u8; VERDICT_RANDOM_BYTES], [u8; 16]);
const VERDICT_RANDOM_BYTES: usize = 10;

/// What stands in every answer of a call.
#[derive(Clone, Copy)]
struct Frame<'a> {
    model: &'a model::Model,
    most: usize,
    middle: &'a str,
}

impl Frame<'_> {
    fn line(&self, head: &str, verdict: Verdict, reasons: &[Reason]) -> Vec<u8> {
        let mut line = Vec::with_capacity(head.len() + self.middle.len() + 128);
        write_answer(&mut line, head, self.middle, verdict, reasons);
        line
    }

    /// The line and the verdict, which waits with its features to be written down if it has a destination, and
    /// whether there is news for the writer.
    fn answer(
        &self,
        message: Message<'_>,
        head: &str,
        (id, destination): (VerdictId, Option<&Destination>),
        extractor: &mut Extractor,
    ) -> (Vec<u8>, Verdict, bool) {
        let Some(destination) = destination else {
            let (verdict, reasons) = plainly(self.model, message, self.most, extractor);
            return (self.line(head, verdict, &reasons), verdict, false);
        };
        let (verdict, reasons, features) = with_features(self.model, message, self.most, extractor);
        let is_news = destination.put(id, verdict, &features.groups());
        (self.line(head, verdict, &reasons), verdict, is_news)
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
    let (line, verdict, features) = with_message(message, "classifying a message", |message, extractor| {
        let frame = Frame { model: &model.read(), most, middle };
        if keep {
            let (verdict, reasons, features) = featured(frame.model, message, most, extractor);
            return (frame.line(head, verdict, &reasons), verdict, Some(features));
        }
        let (verdict, reasons) = plainly(frame.model, message, most, extractor);
        (frame.line(head, verdict, &reasons), verdict, None)
    })?;
    let py = message.py();
    let features = features.map(|features| PyBytes::new(py, &features));
    Ok((PyBytes::new(py, &line), verdict.label.name(), verdict.probability, verdict.truncated, features))
}

/// The size of the body of a request that `Replies` may answer; 0 for every other one.
#[pyfunction]
pub fn size_of_plain_request(data: &[u8]) -> usize {
    requests::size_of_plain_request(data).unwrap_or(0)
}

/// Answers whole requests of HTTP, all with the same model: see `SpamFilter.replies`.
#[pyclass(frozen, module = "sigmail._core")]
pub struct Replies {
    model: Py<Model>,
    before: Vec<u8>,
    middle: String,
    destination: Option<Destination>,
}

#[pymethods]
impl Replies {
    /// With a backlog the verdicts and their features wait there, with the `origin`.
    #[new]
    #[pyo3(signature = (model, before, middle, backlog = None, origin = None))]
    fn new(
        py: Python<'_>,
        model: Py<Model>,
        before: Vec<u8>,
        middle: String,
        backlog: Option<Py<Backlog>>,
        origin: Option<Py<PyAny>>,
    ) -> Self {
        Self { model, before, middle, destination: Destination::of(py, backlog, origin) }
    }

    /// Return the reply to a request, or None if it is no usual one; see `SpamFilter.replies`.
    fn reply<'py>(
        &self,
        data: &Bound<'py, PyBytes>,
        milliseconds: u64,
        random: &[u8],
        after: &[u8],
    ) -> PyResult<Option<Reply<'py>>> {
        let Some(request) = plain_request(data.as_bytes()) else {
            return Ok(None);
        };
        let (py, model) = (data.py(), self.model.get());
        let (of_verdict, of_request) = parted(random)?;
        let verdict_id = verdict_id(milliseconds, of_verdict);
        let id = request.id.map_or_else(|| hexadecimal(&of_request), str::to_owned);
        let head = format!("{{\"id\": \"{}\",", hexadecimal(&verdict_id));
        let (line, verdict, is_news) =
            with_view(py, request.carried.message(), "classifying a message", |message, extractor| {
                let frame = Frame { model: &model.read(), most: request.most, middle: &self.middle };
                frame.answer(message, &head, (verdict_id, self.destination.as_ref()), extractor)
            })?;
        let whole = PyBytes::new(py, &reply(Around { before: &self.before, after }, &id, &line));
        Ok(Some((whole, id, verdict.label.name(), verdict.probability, verdict.truncated, is_news)))
    }
}

/// The verdicts on the messages of lines, on all cores; none for a line that `message_of_line` leaves to others.
///
/// `first` is the index of the first line in its stream, and `random` has ten bytes for the id of each. With a
/// backlog the verdicts and their features wait there, with the `origin`.
#[pyfunction]
#[pyo3(signature = (model, lines, most, *, first, milliseconds, random, middle, backlog = None, origin = None))]
#[allow(clippy::too_many_arguments, reason = "each is named by the caller")]
pub fn answer_lines<'py>(
    model: &Bound<'py, Model>,
    lines: &Bound<'py, PyList>,
    most: usize,
    first: u64,
    milliseconds: u64,
    random: &[u8],
    middle: &str,
    backlog: Option<Py<Backlog>>,
    origin: Option<Py<PyAny>>,
) -> PyResult<Vec<Option<Counted<'py>>>> {
    // The list could change while the GIL is released; the objects that it holds now stay alive here.
    let lines: Vec<Option<Bound<'py, PyBytes>>> =
        lines.iter().map(|line| line.cast_into::<PyBytes>().ok()).collect();
    let (of_verdicts, rest) = random.as_chunks::<VERDICT_RANDOM_BYTES>();
    if of_verdicts.len() != lines.len() || !rest.is_empty() {
        let (count, size) = (lines.len(), random.len());
        return Err(invalid_value(format!(
            "expected ten random bytes for each of {count} lines, got {size}"
        )));
    }
    let lines: Vec<&[u8]> =
        lines.iter().map(|line| line.as_ref().map_or(&b""[..], |line| line.as_bytes())).collect();
    let work: Vec<_> = (first..).zip(lines).zip(of_verdicts).collect();
    let (py, model) = (model.py(), model.get());
    let destination = Destination::of(py, backlog, origin);
    let written = run(py, "classifying messages", || {
        let model = model.read();
        let frame = Frame { model: &model, most, middle };
        for_all(&work, |((index, line), random), extractor| {
            message_of_line(line).map(|carried| {
                let id = verdict_id(milliseconds, *random);
                let head = format!("{{\"index\": {index}, \"id\": \"{}\",", hexadecimal(&id));
                frame.answer(carried.message(), &head, (id, destination.as_ref()), extractor)
            })
        })
    })?;
    let counted = written.into_iter().map(|one| {
        one.map(|(line, verdict, _)| {
            (PyBytes::new(py, &line), verdict.label.name(), verdict.probability, verdict.truncated)
        })
    });
    Ok(counted.collect())
}

fn parted(random: &[u8]) -> PyResult<Random> {
    let parts = random.split_first_chunk().and_then(|(one, rest)| Some((*one, rest.try_into().ok()?)));
    parts.ok_or_else(|| invalid_value(format!("expected 26 random bytes, got {}", random.len())))
}
