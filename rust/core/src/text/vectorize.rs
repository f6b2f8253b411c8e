//! Many messages -> one sparse matrix, for training.

use rayon::prelude::*;

use super::features::Extractor;
use super::fields::Message;
use super::hash::HashKey;
use super::specification::FeatureSpecification;

/// A CSR matrix of one row a message: what the scorer sums, in the form that training takes.
#[derive(Debug, Default, PartialEq)]
pub struct FeatureMatrix {
    /// Where each row ends, after a 0: one value more than there are rows.
    pub indptr: Vec<i64>,
    /// The slots of each row, rising.
    pub indices: Vec<i32>,
    /// The value of each feature.
    pub values: Vec<f32>,
}

/// Messages that a core reads in a row at the most: few enough that no core waits for another.
const IN_A_ROW: usize = 64;

/// Calls `work` with each message on all cores; returns its results in order. The buffers that it is given
/// are used again, since making them anew costs as much as reading a message.
pub fn for_all<M: Copy + Send + Sync, T: Send>(
    messages: &[M],
    work: impl Fn(M, &mut Extractor) -> T + Sync + Send,
) -> Vec<T> {
    let threads = rayon::current_num_threads();
    if threads == 1 || messages.len() == 1 {
        let mut extractor = Extractor::default();
        return messages.iter().map(|&message| work(message, &mut extractor)).collect();
    }
    let in_a_row = messages.len().div_ceil(8 * threads).min(IN_A_ROW);
    let pieces = messages.par_iter().with_min_len(in_a_row);
    pieces.map_init(Extractor::default, |extractor, &message| work(message, extractor)).collect()
}

/// The features of `messages` on all cores, in order.
#[must_use]
pub fn vectorize(
    messages: &[Message<'_>],
    specification: &FeatureSpecification,
    key: HashKey,
) -> FeatureMatrix {
    let row = |message: Message<'_>, extractor: &mut Extractor| {
        let features = extractor.extract(message, specification, key);
        let groups = features.groups();
        let pairs = groups.iter().flat_map(|group| group.slots.iter().map(|&slot| (slot, group.value)));
        let mut row: Vec<(u32, f32)> = pairs.collect();
        row.sort_unstable_by_key(|&(slot, _)| slot);
        row
    };
    let rows: Vec<Vec<(u32, f32)>> = for_all(messages, row);
    let count = rows.iter().map(Vec::len).sum();
    let mut matrix = FeatureMatrix {
        indptr: Vec::with_capacity(rows.len() + 1),
        indices: Vec::with_capacity(count),
        values: Vec::with_capacity(count),
    };
    matrix.indptr.push(0);
    for row in rows {
        // A table has at most 2^24 slots, so that a slot fits an i32.
        matrix.indices.extend(row.iter().map(|&(slot, _)| slot.cast_signed()));
        matrix.values.extend(row.iter().map(|&(_, value)| value));
        matrix.indptr.push(matrix.indices.len().cast_signed() as i64);
    }
    matrix
}
