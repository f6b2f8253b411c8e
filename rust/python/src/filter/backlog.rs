//! The queue of verdicts that wait to be written down, for Python.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use sigmail_core::model::backlog::{self, VerdictId};
use sigmail_core::model::{Label, Verdict};
use sigmail_core::text::FeatureGroup;
use sigmail_core::text::packing::pack_into;

use crate::errors::invalid_value;

/// A block for Python: origin; ids, labels, probabilities, lengths of the features and all features; messages.
type Columns<'py> = (
    Py<PyAny>,
    Bound<'py, PyBytes>,
    String,
    Bound<'py, PyBytes>,
    Bound<'py, PyBytes>,
    Bound<'py, PyBytes>,
    Vec<Option<Py<PyAny>>>,
);

/// What the verdicts of a block have in common: an object of Python, and the same one for all.
#[derive(Debug)]
pub struct Origin(Py<PyAny>);

impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_ptr() == other.0.as_ptr()
    }
}

type Queue = backlog::Backlog<Arc<Origin>, Py<PyAny>>;
type Block = backlog::Block<Arc<Origin>, Py<PyAny>>;

/// Where verdicts go, and what is kept with them.
pub struct Destination {
    backlog: Py<Backlog>,
    origin: Arc<Origin>,
}

impl Destination {
    /// The destination that a caller names, if any.
    pub fn of(py: Python<'_>, backlog: Option<Py<Backlog>>, origin: Option<Py<PyAny>>) -> Option<Self> {
        let origin = origin.unwrap_or_else(|| py.None());
        Some(Self { backlog: backlog?, origin: Arc::new(Origin(origin)) })
    }

    /// Puts a verdict at the end; see `sigmail_core::model::backlog::Backlog::put`.
    pub fn put(&self, id: VerdictId, verdict: Verdict, groups: &[FeatureGroup<'_>]) -> bool {
        let features = |all: &mut Vec<u8>| pack_into(all, groups);
        self.backlog.get().locked().put(id, verdict, features, &self.origin, None)
    }
}

/// Verdicts that wait to be written down: a bounded queue, in blocks of one origin.
///
/// Parameters
/// ----------
/// `block_verdicts`
///     How many verdicts a block takes. Those of one block are of ten seconds at most, by their ids.
/// `most_bytes`
///     How many bytes may wait: of features, of messages, and some for each verdict. A verdict beyond is lost, and counted.
#[pyclass(frozen, module = "sigmail._core")]
pub struct Backlog {
    inner: Mutex<Queue>,
}

impl Backlog {
    fn locked(&self) -> MutexGuard<'_, Queue> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Backlog {
    /// The ids of one block are of so short a time.
    #[classattr]
    const MOST_MILLISECONDS: u64 = backlog::MOST_MILLISECONDS;

    #[new]
    fn new(block_verdicts: usize, most_bytes: usize) -> Self {
        Self { inner: Mutex::new(backlog::Backlog::new(block_verdicts, most_bytes)) }
    }

    fn __len__(&self) -> usize {
        self.locked().len()
    }

    /// How many blocks take no more verdicts: they are full, too old, or were looked at.
    #[getter]
    fn ready(&self) -> usize {
        self.locked().ready()
    }

    /// Put a verdict at the end; return whether there is news for the writer: a first verdict waits, or a block
    /// takes no more.
    ///
    /// `identity` is a UUID of version 7 in 32 hexadecimal digits, `features` are `MessageFeatures.data`. Verdicts
    /// share a block only if `origin` is the same object. A `message` of any kind may go with it, and has a size.
    ///
    /// Raises `InvalidValueError` for an id or a label that no verdict has.
    #[pyo3(signature = (identity, label, probability, features, origin, message = None, message_bytes = 0))]
    #[allow(clippy::too_many_arguments, reason = "the parts of a verdict")]
    fn put(
        &self,
        identity: &str,
        label: &str,
        probability: f64,
        features: &[u8],
        origin: Py<PyAny>,
        message: Option<Py<PyAny>>,
        message_bytes: usize,
    ) -> PyResult<bool> {
        let unknown = |what, found| invalid_value(format!("no verdict has the {what} {found:?}"));
        let id = id_of(identity).ok_or_else(|| unknown("id", identity))?;
        let label = Label::from_name(label).ok_or_else(|| unknown("label", label))?;
        let verdict = Verdict { label, probability, truncated: false };
        let features = |all: &mut Vec<u8>| all.extend_from_slice(features);
        let message = message.map(|message| (message, message_bytes));
        Ok(self.locked().put(id, verdict, features, &Arc::new(Origin(origin)), message))
    }

    /// Return the oldest blocks, at most so many; they stay until they are forgotten, and take no more.
    ///
    /// Of each: the origin; the ids, 16 bytes each; the first letters of the labels; the probabilities, as float64;
    /// the lengths of the features, as uint32, and the features; the messages, or None. Little end first.
    fn first<'py>(&self, py: Python<'py>, most: usize) -> Vec<Columns<'py>> {
        let blocks = self.locked().first(most);
        blocks.iter().map(|block| columns(py, block)).collect()
    }

    /// Drop the oldest blocks, so many of them; return how many verdicts that were.
    fn forget(&self, blocks: usize) -> usize {
        self.locked().forget(blocks)
    }

    /// Return how many were lost since the last call, for there was no room.
    fn take_lost(&self) -> u64 {
        self.locked().take_lost()
    }
}

fn columns<'py>(py: Python<'py>, block: &Block) -> Columns<'py> {
    let bytes = |content: &[u8]| PyBytes::new(py, content);
    let probabilities: Vec<[u8; 8]> = block.probabilities.iter().map(|one| one.to_le_bytes()).collect();
    let lengths: Vec<[u8; 4]> = block.feature_lengths.iter().map(|one| one.to_le_bytes()).collect();
    (
        block.origin.0.clone_ref(py),
        bytes(block.ids.as_flattened()),
        block.labels.iter().map(|label| &label.name()[..1]).collect(),
        bytes(probabilities.as_flattened()),
        bytes(lengths.as_flattened()),
        bytes(&block.features),
        block.messages.iter().map(|one| one.as_ref().map(|message| message.clone_ref(py))).collect(),
    )
}

/// The id that 32 hexadecimal digits in lower case are.
fn id_of(digits: &str) -> Option<VerdictId> {
    let four = |digit: &u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let pairs = digits.as_bytes().as_chunks::<2>().0.iter();
    let bytes: Option<Vec<u8>> = pairs.map(|[high, low]| Some(four(high)? << 4 | four(low)?)).collect();
    bytes?.try_into().ok().filter(|_| digits.len() == 32)
}
