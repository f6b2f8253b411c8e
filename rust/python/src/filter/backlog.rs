//! The queue of verdicts that wait to be written down, for Python.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use sigmail_core::model::{Label, Verdict, backlog};
use sigmail_core::text::FeatureGroup;
use sigmail_core::text::packing::pack_into;

use crate::errors::invalid_value;

/// A verdict for Python: id, label, probability, packed features, origin, and message.
type Row<'py> = (String, &'static str, f64, Bound<'py, PyBytes>, Py<PyAny>, Option<Py<PyAny>>);

/// What Python keeps with a verdict; many may share it, also where no GIL is held.
#[derive(Debug)]
pub struct Origin {
    origin: Py<PyAny>,
    message: Option<Py<PyAny>>,
}

/// Where verdicts go, and what is kept with them.
pub struct Destination {
    backlog: Py<Backlog>,
    origin: Arc<Origin>,
}

impl Destination {
    /// The destination that a caller names, if any.
    pub fn of(backlog: Option<Py<Backlog>>, origin: Option<Py<PyAny>>) -> Option<Self> {
        let (backlog, origin) = (backlog?, origin?);
        Some(Self { backlog, origin: Arc::new(Origin { origin, message: None }) })
    }

    /// Puts a verdict at the end; see `sigmail_core::model::backlog::Backlog::put`.
    pub fn put(&self, identity: String, verdict: Verdict, groups: &[FeatureGroup<'_>]) -> bool {
        let features = |all: &mut Vec<u8>| pack_into(all, groups);
        self.backlog.get().locked().put(identity, verdict, features, Arc::clone(&self.origin), 0)
    }
}

/// Verdicts that wait to be written down; see `sigmail_core::model::backlog`.
#[pyclass(frozen, module = "sigmail._core")]
pub struct Backlog {
    inner: Mutex<backlog::Backlog<Arc<Origin>>>,
}

impl Backlog {
    fn locked(&self) -> MutexGuard<'_, backlog::Backlog<Arc<Origin>>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Backlog {
    #[new]
    fn new(block_verdicts: usize, most_bytes: usize) -> Self {
        Self { inner: Mutex::new(backlog::Backlog::new(block_verdicts, most_bytes)) }
    }

    fn __len__(&self) -> usize {
        self.locked().len()
    }

    /// How many blocks take no more verdicts.
    #[getter]
    fn ready(&self) -> usize {
        self.locked().ready()
    }

    /// Puts a verdict at the end, perhaps with a message of so many bytes; whether there is news for the writer.
    #[pyo3(signature = (identity, label, probability, features, origin, message = None, message_bytes = 0))]
    #[allow(clippy::too_many_arguments, reason = "the parts of a verdict")]
    fn put(
        &self,
        identity: String,
        label: &str,
        probability: f64,
        features: &[u8],
        origin: Py<PyAny>,
        message: Option<Py<PyAny>>,
        message_bytes: usize,
    ) -> PyResult<bool> {
        let known = Label::from_name(label);
        let label = known.ok_or_else(|| invalid_value(format!("no verdict has the label {label:?}")))?;
        let verdict = Verdict { label, probability, truncated: false };
        let origin = Arc::new(Origin { origin, message });
        let features = |all: &mut Vec<u8>| all.extend_from_slice(features);
        Ok(self.locked().put(identity, verdict, features, origin, message_bytes))
    }

    /// The oldest verdicts, which are written together; they stay until `forget_first`.
    fn first<'py>(&self, py: Python<'py>) -> Vec<Row<'py>> {
        let block = self.locked().first();
        let rows = block.iter().flat_map(|block| block.iter()).map(|(one, features)| {
            let origin = one.origin.origin.clone_ref(py);
            let message = one.origin.message.as_ref().map(|message| message.clone_ref(py));
            let features = PyBytes::new(py, features);
            (one.identity.clone(), one.label.name(), one.probability, features, origin, message)
        });
        rows.collect()
    }

    fn forget_first(&self) -> usize {
        self.locked().forget_first()
    }

    /// How many were lost since the last call, since there was no room.
    fn take_lost(&self) -> u64 {
        self.locked().take_lost()
    }
}
