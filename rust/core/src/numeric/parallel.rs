//! When work goes to all cores, and in which pieces.

use std::ops::Range;

use rayon::prelude::*;

/// Work of fewer multiply-adds than this stays on one thread: handing it over would cost as much.
const SPLIT_FROM: usize = 1 << 18;

/// Pieces of about this many multiply-adds: enough of them to even out, few enough to cost nothing.
const PIECE: usize = 1 << 16;

/// Calls `work(rows, output of these rows)` for all rows, in pieces on all cores if there is enough to do.
///
/// `output` holds `width` values a row; `effort` is the number of multiply-adds. Rows do not depend on one
/// another, so neither the pieces nor the cores change a result.
pub fn for_rows<T: Send>(
    rows: usize,
    width: usize,
    effort: usize,
    output: &mut [T],
    work: impl Fn(Range<usize>, &mut [T]) + Sync,
) {
    if effort < SPLIT_FROM || rows < 2 || width == 0 || rayon::current_num_threads() == 1 {
        work(0..rows, output);
        return;
    }
    let rows_a_piece = (rows * PIECE).div_ceil(effort).next_multiple_of(48).min(rows);
    output.par_chunks_mut(rows_a_piece * width).enumerate().for_each(|(piece, output)| {
        let first = piece * rows_a_piece;
        work(first..first + output.len() / width, output);
    });
}

/// Values of a function of one number from which on they go to all cores: about a third of a millisecond.
const SPLIT_VALUES_FROM: usize = 1 << 20;

/// Values a piece; whole pages, so that no two pieces share a cache line.
const PIECE_VALUES: usize = 1 << 17;

/// Calls `work(place of the first value, values)` for all values, in pieces on all cores if there are enough.
pub fn for_pieces<T: Send>(values: &mut [T], work: impl Fn(usize, &mut [T]) + Sync) {
    if values.len() < SPLIT_VALUES_FROM || rayon::current_num_threads() == 1 {
        work(0, values);
        return;
    }
    let pieces = values.par_chunks_mut(PIECE_VALUES).enumerate();
    pieces.for_each(|(piece, values)| work(piece * PIECE_VALUES, values));
}

/// Calls `work` once on each core, at the same time.
pub fn on_all_cores<T: Send>(work: impl Fn() -> T + Sync) -> Vec<T> {
    if rayon::current_num_threads() == 1 {
        return vec![work()];
    }
    rayon::broadcast(|_| work())
}
