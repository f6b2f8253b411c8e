//! From a message to a probability and a label, in one call.

use std::sync::OnceLock;

use super::decision::{self, Calibration, Label, Thresholds};
use super::file;
use super::layers::{Layers, OwnedLayer};
use super::moves::Moves;
use super::reasons::{self, Explanation};
use crate::error::Result;
use crate::numeric::gather;
use crate::text::{Extractor, FeatureSpecification, Features, HashKey, Message, for_all};

/// What the filter says of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// What the probability means under the model's thresholds.
    pub label: Label,
    /// The calibrated probability of spam, from 0 to 1.
    pub probability: f64,
    /// Whether a cap was hit, so that a part of the message went unread.
    pub truncated: bool,
}

/// Everything that turns a message into a verdict.
#[derive(Clone, Debug)]
pub struct Model {
    pub(super) specification: FeatureSpecification,
    pub(super) key: HashKey,
    pub(super) layers: Layers,
    pub(super) calibration: Calibration,
    pub(super) thresholds: Thresholds,
    /// What the training left for people to read.
    pub(super) training: serde_json::Value,
    pub(super) digest: OnceLock<[u8; file::DIGEST_BYTES]>,
    /// The digest of the model whose table this one shares, if it is that model with some weights moved.
    pub(super) base: Option<[u8; file::DIGEST_BYTES]>,
}

impl Model {
    /// A model of parts that fit each other.
    pub fn new(
        specification: FeatureSpecification,
        key: HashKey,
        layers: Vec<OwnedLayer>,
        calibration: Calibration,
        thresholds: Thresholds,
        training: serde_json::Value,
    ) -> Result<Self> {
        let specification = specification.validated()?;
        let (calibration, thresholds) = (calibration.validated()?, thresholds.validated()?);
        let layers = Layers::new(layers, specification.slots())?;
        let digest = OnceLock::new();
        Ok(Self { specification, key, layers, calibration, thresholds, training, digest, base: None })
    }

    /// This model, a neuron, with some weights moved and with thresholds and facts of its own. The two share
    /// the table of weights.
    pub fn moved(&self, moves: Moves, thresholds: Thresholds, training: serde_json::Value) -> Result<Self> {
        let layers = self.layers.moved(moves)?;
        Ok(Self { layers, base: Some(self.digest()), ..self.decided(thresholds, training)? })
    }

    /// This model with other thresholds and facts.
    pub fn decided(&self, thresholds: Thresholds, training: serde_json::Value) -> Result<Self> {
        let thresholds = thresholds.validated()?;
        Ok(Self { thresholds, training, digest: OnceLock::new(), ..self.clone() })
    }

    /// The 64 digits of the model whose table of weights this one shares, if it is that one with moves.
    #[must_use]
    pub fn base(&self) -> Option<String> {
        self.base.map(|digest| file::hexadecimal(&digest))
    }

    /// What of a message becomes a feature.
    #[must_use]
    pub fn specification(&self) -> &FeatureSpecification {
        &self.specification
    }

    /// The key of the feature hash.
    #[must_use]
    pub fn key(&self) -> HashKey {
        self.key
    }

    /// The neuron or network.
    #[must_use]
    pub fn layers(&self) -> &Layers {
        &self.layers
    }

    /// Logit to calibrated logit.
    #[must_use]
    pub fn calibration(&self) -> Calibration {
        self.calibration
    }

    /// Probability to label.
    #[must_use]
    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// What the training left for people to read.
    #[must_use]
    pub fn training(&self) -> &serde_json::Value {
        &self.training
    }

    /// The digest as 64 hexadecimal digits: the name of this model.
    #[must_use]
    pub fn identity(&self) -> String {
        file::hexadecimal(&self.digest())
    }

    /// The features that messages have under this model, as 64 hexadecimal digits: models that have the same
    /// digits see the same features in a message.
    #[must_use]
    pub fn feature_space(&self) -> String {
        file::hexadecimal(&file::feature_space_of(self))
    }

    /// The SHA-256 digest of all that decides a verdict.
    #[must_use]
    pub fn digest(&self) -> [u8; file::DIGEST_BYTES] {
        *self.digest.get_or_init(|| file::digest_of(self))
    }

    /// Classifies one message.
    #[must_use]
    pub fn classify(&self, message: Message<'_>, extractor: &mut Extractor) -> Verdict {
        self.classify_with_features(message, extractor).0
    }

    /// Classifies one message, and gives the features that it was classified by.
    #[must_use]
    pub fn classify_with_features<'a>(
        &self,
        message: Message<'_>,
        extractor: &'a mut Extractor,
    ) -> (Verdict, &'a Features) {
        let features = self.features(message, extractor);
        let logit = self.layers.logit(&features.groups());
        (self.decide(logit, features.truncated()), features)
    }

    /// Classifies one message and writes the sum out, with at most `most` reasons.
    #[must_use]
    pub fn explain(
        &self,
        message: Message<'_>,
        most: usize,
        extractor: &mut Extractor,
    ) -> (Verdict, Explanation) {
        let (verdict, explanation, _) = self.explain_with_features(message, most, extractor);
        (verdict, explanation)
    }

    /// Classifies one message, writes the sum out, and gives the features that are in it.
    #[must_use]
    pub fn explain_with_features<'a>(
        &self,
        message: Message<'_>,
        most: usize,
        extractor: &'a mut Extractor,
    ) -> (Verdict, Explanation, &'a Features) {
        let (features, fields, places) =
            extractor.extract_with_places(message, &self.specification, self.key);
        let groups = features.groups();
        let (logit, mut contributions) = self.layers.contributions(&groups);
        let verdict = self.decide(logit, features.truncated());
        for share in &mut contributions {
            *share *= self.calibration.slope;
        }
        let logit = self.calibration.apply(logit);
        let bias = logit - gather::sum(&contributions);
        let reasons = reasons::name_contributions(&groups, &contributions, fields, places, most);
        (verdict, Explanation { bias, logit, reasons }, features)
    }

    /// Classifies many messages on all cores, in order.
    #[must_use]
    pub fn classify_many(&self, messages: &[Message<'_>]) -> Vec<Verdict> {
        for_all(messages, |message, extractor| self.classify(message, extractor))
    }

    /// Classifies many messages on all cores, in order, each with at most `most` reasons.
    #[must_use]
    pub fn explain_many(&self, messages: &[Message<'_>], most: usize) -> Vec<(Verdict, Explanation)> {
        for_all(messages, |message, extractor| self.explain(message, most, extractor))
    }

    /// The features of a message under this model.
    #[must_use]
    pub fn features<'a>(&self, message: Message<'_>, extractor: &'a mut Extractor) -> &'a Features {
        extractor.extract(message, &self.specification, self.key)
    }

    /// One on-line step towards a label: a neuron's calibrated logit for these features moves by `rate`
    /// times the error of its probability, see [`Layers::step`].
    pub fn learn(&mut self, features: &Features, is_spam: bool, rate: f64) {
        let groups = features.groups();
        let verdict = self.decide(self.layers.logit(&groups), false);
        let error = verdict.probability - f64::from(is_spam);
        self.layers.step(&groups, rate * error / self.calibration.slope);
        self.digest = OnceLock::new();
        if self.layers.moves().is_none() {
            self.base = None;
        }
    }

    fn decide(&self, logit: f64, truncated: bool) -> Verdict {
        let probability = decision::probability(self.calibration.apply(logit));
        Verdict { label: self.thresholds.label(probability), probability, truncated }
    }
}
