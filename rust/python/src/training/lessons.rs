//! Lessons on top of a base, for `sigmail.learning`.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use sigmail_core::training::lessons::{Ending, Lessons};

use super::LEARNING;
use crate::errors::{raise, run};

/// The moves of least loss for the rows of a sparse matrix, one a column, in units of calibrated logits.
#[pyfunction]
#[pyo3(signature = (starts, columns, values, is_spam, before, width, strength, passes, tolerance))]
#[allow(clippy::too_many_arguments, reason = "the parts of a matrix, and what the descent needs besides")]
pub fn moves_of_lessons<'py>(
    py: Python<'py>,
    starts: PyReadonlyArray1<'py, i64>,
    columns: PyReadonlyArray1<'py, u32>,
    values: PyReadonlyArray1<'py, f32>,
    is_spam: PyReadonlyArray1<'py, bool>,
    before: PyReadonlyArray1<'py, f64>,
    width: usize,
    strength: f64,
    passes: usize,
    tolerance: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    // Copies: another thread may write the arrays meanwhile. A negative start becomes one beyond every end.
    let starts: Vec<usize> =
        starts.as_array().iter().map(|&start| usize::try_from(start).unwrap_or(usize::MAX)).collect();
    let columns: Vec<u32> = columns.as_array().iter().copied().collect();
    let values: Vec<f32> = values.as_array().iter().copied().collect();
    let is_spam: Vec<bool> = is_spam.as_array().iter().copied().collect();
    let before: Vec<f64> = before.as_array().iter().copied().collect();
    let lessons = Lessons {
        starts: &starts,
        columns: &columns,
        values: &values,
        is_spam: &is_spam,
        before: &before,
        width,
    };
    let moves = run(py, LEARNING, || lessons.moves(strength, Ending { passes, tolerance }))?;
    Ok(moves.map_err(raise)?.into_pyarray(py))
}
