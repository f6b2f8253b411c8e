//! The model behind `sigmail.SpamFilter`.

use memmap2::Mmap;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList};
use sigmail_core::error::Error;
use sigmail_core::model::{self, Calibration, FileBytes, Moves, OwnedLayer, Reason, Thresholds, Verdict};
use sigmail_core::numeric::Activation;
use sigmail_core::text::packing::pack;
use sigmail_core::text::{Extractor, FeatureSpecification, Features, Fields, Message, for_all};
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::message::{run, with_message, with_messages};
use super::priority::{give_way, run_behind};
use super::vectorizer::key_of;
use crate::errors::raise;

/// Label, probability, whether a cap was hit.
type Plain = (&'static str, f64, bool);
/// What one word adds: token, field, weight.
type Named = (String, &'static str, f64);
/// A verdict, its bias and logit, and what each word adds.
type Explained = (Plain, f64, f64, Vec<Named>);
/// A verdict, its reasons, and the features that it comes from, as bytes.
type Featured = (Verdict, Vec<Reason>, Vec<u8>);
/// The same as Python takes it.
type FeaturedObjects<'py> = (Plain, Vec<Named>, Bound<'py, PyBytes>);
/// The weights, biases and activation of one layer.
type LayerArrays<'py> = (PyReadonlyArray2<'py, f32>, PyReadonlyArray1<'py, f32>, String);
/// The same, given out.
type LayerCopies<'py> = (Bound<'py, PyArray2<f32>>, Bound<'py, PyArray1<f32>>, &'static str);

/// Everything that turns a message into a verdict.
#[pyclass(frozen, module = "sigmail._core")]
pub struct Model {
    /// Read by every classification, written by `learn` alone.
    inner: RwLock<model::Model>,
}

impl Model {
    /// The model, to be read.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, model::Model> {
        // A panic in `learn` can't leave a model half written that would be unsafe to read.
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Model {
    /// A model of parts that fit each other.
    #[staticmethod]
    fn build(
        specification: &str,
        hash_key: &[u8],
        layers: Vec<LayerArrays<'_>>,
        calibration: (f64, f64),
        thresholds: (f64, f64),
        training: &str,
    ) -> PyResult<Self> {
        let specification = FeatureSpecification::from_json(specification).map_err(raise)?;
        let layers = layers.into_iter().map(layer_of).collect::<PyResult<Vec<_>>>()?;
        let training = facts_of(training)?;
        let calibration = Calibration { slope: calibration.0, intercept: calibration.1 };
        let thresholds = thresholds_of(thresholds);
        let key = key_of(hash_key)?;
        let model = model::Model::new(specification, key, layers, calibration, thresholds, training);
        Ok(Self { inner: RwLock::new(model.map_err(raise)?) })
    }

    /// Reads a model file, behind the process's other threads if `behind`.
    #[staticmethod]
    #[pyo3(signature = (data, behind = false))]
    fn from_bytes(data: &Bound<'_, PyBytes>, behind: bool) -> PyResult<Self> {
        Self::read_file(data.py(), Arc::new(PyBackedBytes::from(data.clone())), behind)
    }

    /// Maps a model file into memory, where all processes that read it share its pages.
    #[staticmethod]
    #[pyo3(signature = (path, behind = false))]
    fn from_path(py: Python<'_>, path: PathBuf, behind: bool) -> PyResult<Self> {
        let file = File::open(path)?;
        // SAFETY: the map is read-only. That nobody changes the bytes of the file while it is
        // mapped can't be checked here, as for every mapped file; `SpamFilter.save` never does, it puts a
        // new file in its place. Weights may hold any bits, so that a change can make verdicts wrong, and a
        // file cut short ends the process, but neither lets anybody run code.
        #[allow(unsafe_code, reason = "mapping a file is unsafe in any crate")]
        let map = unsafe { Mmap::map(&file) }?;
        Self::read_file(py, Arc::new(map), behind)
    }

    /// This neuron with the weights of `slots`, which rise, moved by as many steps of `unit`. The two share
    /// their table.
    fn moved(
        &self,
        slots: PyReadonlyArray1<'_, u32>,
        steps: PyReadonlyArray1<'_, i16>,
        unit: f32,
        thresholds: (f64, f64),
        training: &str,
    ) -> PyResult<Self> {
        let slots: Vec<u32> = slots.as_array().iter().copied().collect();
        let steps: Vec<i16> = steps.as_array().iter().copied().collect();
        let base = self.read();
        let moves = Moves::new(base.specification().slots(), &slots, &steps, unit).map_err(raise)?;
        let model = base.moved(moves, thresholds_of(thresholds), facts_of(training)?);
        Ok(Self { inner: RwLock::new(model.map_err(raise)?) })
    }

    /// This model with other thresholds and facts.
    fn decided(&self, thresholds: (f64, f64), training: &str) -> PyResult<Self> {
        let model = self.read().decided(thresholds_of(thresholds), facts_of(training)?);
        Ok(Self { inner: RwLock::new(model.map_err(raise)?) })
    }

    /// Reads the file of a model that is another one with moves, on top of that one.
    #[staticmethod]
    fn from_delta(data: &Bound<'_, PyBytes>, base: &Bound<'_, Self>) -> PyResult<Self> {
        let (bytes, base) = (data.as_bytes(), base.get());
        let model = run(data.py(), "reading the moves", || model::delta::read(bytes, &base.read()))?;
        Ok(Self { inner: RwLock::new(model.map_err(raise)?) })
    }

    /// The bytes of the file of a model that is another one with moves.
    fn to_delta<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = run(py, "writing the moves", || model::delta::write(&self.read()))?;
        Ok(PyBytes::new(py, &bytes.map_err(raise)?))
    }

    /// The digits of the model whose table this one shares, if it is that one with moves.
    #[getter]
    fn base(&self) -> Option<String> {
        self.read().base()
    }

    /// The bytes of the model file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = run(py, "writing the model file", || model::file::write(&self.read()))?;
        Ok(PyBytes::new(py, &bytes.map_err(raise)?))
    }

    fn classify(&self, message: &Bound<'_, PyAny>) -> PyResult<Plain> {
        let verdict = with_message(message, "classifying a message", |message, extractor| {
            self.read().classify(message, extractor)
        });
        verdict.map(plain)
    }

    /// The verdict, and its sum with at most so many reasons; all of them if no number is given.
    #[pyo3(signature = (message, most = None))]
    fn explain(&self, message: &Bound<'_, PyAny>, most: Option<usize>) -> PyResult<Explained> {
        let (verdict, sum) = with_message(message, "explaining a verdict", |message, extractor| {
            self.read().explain(message, most.unwrap_or(usize::MAX), extractor)
        })?;
        Ok((plain(verdict), sum.bias, sum.logit, named(sum.reasons)))
    }

    /// The verdict, its strongest reasons, and the packed features, all of one reading of the message.
    fn classify_with_features<'py>(
        &self,
        message: &Bound<'py, PyAny>,
        most: usize,
    ) -> PyResult<FeaturedObjects<'py>> {
        let one = with_message(message, "classifying a message", |message, extractor| {
            featured(&self.read(), message, most, extractor)
        })?;
        Ok(as_objects(message.py(), one))
    }

    fn explain_many(&self, messages: &Bound<'_, PyList>, most: usize) -> PyResult<Vec<(Plain, Vec<Named>)>> {
        let explained = with_messages(messages, "explaining verdicts", |messages| {
            self.read().explain_many(messages, most)
        })?;
        Ok(explained.into_iter().map(|(verdict, sum)| (plain(verdict), named(sum.reasons))).collect())
    }

    /// The same for many messages, on all cores.
    fn classify_many_with_features<'py>(
        &self,
        messages: &Bound<'py, PyList>,
        most: usize,
    ) -> PyResult<Vec<FeaturedObjects<'py>>> {
        let all = with_messages(messages, "classifying messages", |messages| {
            let model = self.read();
            for_all(messages, |message, extractor| featured(&model, message, most, extractor))
        })?;
        Ok(all.into_iter().map(|one| as_objects(messages.py(), one)).collect())
    }

    /// What is read of a message, stretch by stretch: the field and the text.
    fn passages(&self, message: &Bound<'_, PyAny>) -> PyResult<Vec<(&'static str, String)>> {
        let profile = self.read().specification().profile;
        with_message(message, "reading a message", |message, _| {
            let mut fields = Fields::default();
            fields.read(message, profile);
            fields.iter().map(|(field, text)| (field.name(), text.to_owned())).collect()
        })
    }

    fn classify_many(&self, messages: &Bound<'_, PyList>) -> PyResult<Vec<Plain>> {
        Ok(self.verdicts(messages)?.into_iter().map(plain).collect())
    }

    fn probabilities<'py>(&self, messages: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let verdicts = self.verdicts(messages)?;
        let probabilities: Vec<f32> = verdicts.iter().map(|verdict| verdict.probability as f32).collect();
        Ok(probabilities.into_pyarray(messages.py()))
    }

    fn learn(&self, message: &Bound<'_, PyAny>, is_spam: bool, rate: f64) -> PyResult<()> {
        with_message(message, "learning a message", |message, extractor| {
            // The message is read before the model is held for writing, so that others go on classifying.
            // Specification and key of a model never change.
            let features = self.read().features(message, extractor);
            self.inner.write().unwrap_or_else(PoisonError::into_inner).learn(features, is_spam, rate);
        })
    }

    #[getter]
    fn thresholds(&self) -> (f64, f64) {
        let thresholds = self.read().thresholds();
        (thresholds.ham_below, thresholds.spam_from)
    }

    #[getter]
    fn calibration(&self) -> (f64, f64) {
        let calibration = self.read().calibration();
        (calibration.slope, calibration.intercept)
    }

    /// What the training left for people to read, as JSON.
    #[getter]
    fn training(&self) -> String {
        self.read().training().to_string()
    }

    /// What of a message becomes a feature, as JSON.
    #[getter]
    fn specification(&self) -> PyResult<String> {
        serde_json::to_string(self.read().specification())
            .map_err(|error| raise(Error::Value(error.to_string())))
    }

    /// Names the features that messages have under this model, as hexadecimal digits.
    #[getter]
    fn feature_space(&self) -> String {
        self.read().feature_space()
    }

    /// The inputs and outputs of each layer.
    #[getter]
    fn shape(&self) -> Vec<(usize, usize)> {
        self.read().layers().unmoved().iter().map(|layer| (layer.inputs(), layer.outputs())).collect()
    }

    /// The 16 bytes of the feature hash's key.
    #[getter]
    fn hash_key<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.read().key().to_bytes())
    }

    /// A copy of the weights, biases and activation of each layer, as `build` takes them.
    fn layers<'py>(&self, py: Python<'py>) -> PyResult<Vec<LayerCopies<'py>>> {
        let model = self.read();
        model.layers().whole().iter().map(|layer| copies_of(py, layer)).collect()
    }

    /// The SHA-256 digest that names the model, as hexadecimal digits.
    #[getter]
    fn identity(&self) -> String {
        self.read().identity()
    }
}

impl Model {
    /// The digest and the check of all weights go over the whole file, so that its pages are in memory after.
    fn read_file(py: Python<'_>, bytes: FileBytes, behind: bool) -> PyResult<Self> {
        let stage = "reading the model file";
        let model = if behind {
            run_behind(py, stage, || model::file::read_in_pieces(&bytes, &give_way))
        } else {
            run(py, stage, || model::file::read(&bytes))
        }?;
        Ok(Self { inner: RwLock::new(model.map_err(raise)?) })
    }

    fn verdicts(&self, messages: &Bound<'_, PyList>) -> PyResult<Vec<Verdict>> {
        with_messages(messages, "classifying messages", |messages| self.read().classify_many(messages))
    }
}

/// The digits of the base that the file of a model with moves names; None for any other bytes.
#[pyfunction]
pub fn base_of_delta(data: &[u8]) -> Option<String> {
    model::delta::base_of(data)
}

fn thresholds_of((ham_below, spam_from): (f64, f64)) -> Thresholds {
    Thresholds { ham_below, spam_from }
}

fn facts_of(training: &str) -> PyResult<serde_json::Value> {
    serde_json::from_str(training)
        .map_err(|error| raise(Error::Value(format!("the training facts are not JSON: {error}"))))
}

fn named(reasons: Vec<Reason>) -> Vec<Named> {
    reasons.into_iter().map(|reason| (reason.token, reason.field.name(), reason.weight)).collect()
}

/// The verdict, and its reasons if any are asked for.
pub(super) fn plainly(
    model: &model::Model,
    message: Message<'_>,
    most: usize,
    extractor: &mut Extractor,
) -> (Verdict, Vec<Reason>) {
    if most == 0 {
        return (model.classify(message, extractor), Vec::new());
    }
    let (verdict, sum) = model.explain(message, most, extractor);
    (verdict, sum.reasons)
}

/// The same, and the features.
pub(super) fn with_features<'a>(
    model: &model::Model,
    message: Message<'_>,
    most: usize,
    extractor: &'a mut Extractor,
) -> (Verdict, Vec<Reason>, &'a Features) {
    if most == 0 {
        let (verdict, features) = model.classify_with_features(message, extractor);
        return (verdict, Vec::new(), features);
    }
    let (verdict, sum, features) = model.explain_with_features(message, most, extractor);
    (verdict, sum.reasons, features)
}

/// The same, and the features, packed.
pub(super) fn featured(
    model: &model::Model,
    message: Message<'_>,
    most: usize,
    extractor: &mut Extractor,
) -> Featured {
    let (verdict, reasons, features) = with_features(model, message, most, extractor);
    (verdict, reasons, pack(&features.groups()))
}

fn as_objects(py: Python<'_>, (verdict, reasons, features): Featured) -> FeaturedObjects<'_> {
    (plain(verdict), named(reasons), PyBytes::new(py, &features))
}

fn plain(verdict: Verdict) -> Plain {
    (verdict.label.name(), verdict.probability, verdict.truncated)
}

fn copies_of<'py>(py: Python<'py>, layer: &OwnedLayer) -> PyResult<LayerCopies<'py>> {
    let weights = PyArray1::from_slice(py, &layer.weights).reshape([layer.inputs(), layer.outputs()])?;
    Ok((weights, PyArray1::from_slice(py, &layer.bias), layer.activation.name()))
}

fn layer_of((weights, bias, activation): LayerArrays<'_>) -> PyResult<OwnedLayer> {
    Ok(OwnedLayer {
        weights: weights.as_array().iter().copied().collect::<Vec<_>>().into(),
        bias: bias.as_array().iter().copied().collect(),
        activation: Activation::from_name(&activation).map_err(raise)?,
    })
}
