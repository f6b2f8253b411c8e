//! Logit -> calibrated probability -> label.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::numeric::sigmoid::sigmoid_f64;

/// Platt scaling: the calibrated logit is `slope * logit + intercept` (Platt 1999).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Greater than 0: a higher logit must never mean a lower probability.
    pub slope: f64,
    /// What is added to the scaled logit.
    pub intercept: f64,
}

impl Calibration {
    /// Returns the calibration if its values are allowed.
    pub fn validated(self) -> Result<Self> {
        let Self { slope, intercept } = self;
        if slope.is_finite() && slope > 0.0 && intercept.is_finite() {
            return Ok(self);
        }
        Err(Error::Value(format!(
            "the calibration needs a finite slope above 0 and a finite intercept, got {slope} and {intercept}"
        )))
    }

    /// The calibrated logit.
    #[must_use]
    pub fn apply(self, logit: f64) -> f64 {
        self.slope * logit + self.intercept
    }
}

/// What a message is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// Unwanted.
    Spam,
    /// Too close to call: for a person to look at.
    Unsure,
    /// Wanted.
    Ham,
}

impl Label {
    /// `spam`, `unsure` or `ham`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Spam => "spam",
            Self::Unsure => "unsure",
            Self::Ham => "ham",
        }
    }

    /// The label of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Spam, Self::Unsure, Self::Ham].into_iter().find(|label| label.name() == name)
    }
}

/// The probabilities at which a message stops being ham, and starts being spam.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Below it a message is ham.
    pub ham_below: f64,
    /// From it on a message is spam.
    pub spam_from: f64,
}

impl Thresholds {
    /// Returns the thresholds if they are in order: 0 <= `ham_below` <= `spam_from` <= 1.
    pub fn validated(self) -> Result<Self> {
        let Self { ham_below, spam_from } = self;
        if 0.0 <= ham_below && ham_below <= spam_from && spam_from <= 1.0 {
            return Ok(self);
        }
        Err(Error::Value(format!(
            "thresholds must satisfy 0 <= ham_below <= spam_from <= 1, got {ham_below} and {spam_from}"
        )))
    }

    /// The label of a probability.
    #[must_use]
    pub fn label(self, probability: f64) -> Label {
        if probability >= self.spam_from {
            Label::Spam
        } else if probability < self.ham_below {
            Label::Ham
        } else {
            Label::Unsure
        }
    }
}

/// The probability of spam that a calibrated logit stands for.
#[must_use]
pub fn probability(calibrated_logit: f64) -> f64 {
    sigmoid_f64(calibrated_logit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_belongs_to_the_label_above_it() {
        let thresholds = Thresholds { ham_below: 0.2, spam_from: 0.9 }.validated().unwrap();
        let names = [0.0, 0.199, 0.2, 0.899, 0.9, 1.0].map(|p| thresholds.label(p).name());
        assert_eq!(names, ["ham", "ham", "unsure", "unsure", "spam", "spam"]);
    }

    #[test]
    fn nonsense_is_refused_with_its_values() {
        for (ham_below, spam_from) in [(0.9, 0.2), (-0.1, 0.5), (0.5, 1.1), (f64::NAN, 0.5), (0.5, f64::NAN)]
        {
            let error = Thresholds { ham_below, spam_from }.validated().unwrap_err().to_string();
            assert!(error.contains(&ham_below.to_string()), "{error}");
        }
        for (slope, intercept) in [(0.0, 0.0), (-1.0, 0.0), (f64::NAN, 0.0), (1.0, f64::INFINITY)] {
            assert!(Calibration { slope, intercept }.validated().is_err());
        }
    }
}
