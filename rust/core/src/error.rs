//! The one error type of the crate. Its texts give both values: what was expected, and what came.

use std::panic::{AssertUnwindSafe, catch_unwind};
use thiserror::Error;

/// What can go wrong in the core.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// A length or a dimension does not fit another one.
    #[error("expected {expected} {what}, got {actual}")]
    Length {
        /// What is counted, in the plural: `weights`, `columns`.
        what: &'static str,
        /// How many the other arguments ask for.
        expected: usize,
        /// How many came.
        actual: usize,
    },

    /// The index pointer of a CSR matrix is not a rising sequence from 0.
    #[error(
        "the index pointer of a CSR matrix must start at 0 and never fall: entry {position} is {value}, \
         the one before it is {previous}"
    )]
    IndexPointer {
        /// Which entry is wrong.
        position: usize,
        /// Its value.
        value: i64,
        /// The value that it may not fall below.
        previous: i64,
    },

    /// A column index of a CSR matrix lies outside the matrix.
    #[error("expected column indices from 0 to {last}, got {value} at position {position}", last = i64::try_from(*columns).unwrap_or(i64::MAX) - 1)]
    ColumnIndex {
        /// Which entry of the indices is wrong.
        position: usize,
        /// Its value.
        value: i64,
        /// The number of columns of the matrix.
        columns: usize,
    },

    /// A value is not allowed; the text gives it, and what is allowed.
    #[error("{0}")]
    Value(String),

    /// A type or a dtype is not allowed; the text gives it, and what is allowed.
    #[error("{0}")]
    Type(String),

    /// A model file is damaged, of another version, or no model file.
    #[error("{0}")]
    ModelFile(String),

    /// A fault of the filter itself, caught at its edge; the text names the stage.
    #[error("an internal fault while {0}: please report it, with the message if it may be shared")]
    Panic(&'static str),
}

/// A result whose error is [`enum@Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Runs `work`. A panic, which would be a fault of ours or of a parser, becomes an error that names the
/// stage, and nothing of what was worked on.
pub fn guarded<T>(stage: &'static str, work: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Error::Panic(stage))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_that_names_the_stage_alone() {
        let failed = guarded("reading a mail", || -> usize { panic!("at the word viagra") });
        let text = failed.unwrap_err().to_string();
        assert!(text.contains("while reading a mail") && !text.contains("viagra"), "{text}");
        assert_eq!(guarded("reading a mail", || 7), Ok(7));
    }
}
