//! Verdicts that wait to be written down: a bounded queue that is filled one by one and emptied block by block.
//!
//! Whoever judges pays no more for a verdict than to pack its features into the block that is open. A block holds
//! its verdicts column by column, as they are written down.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Label, Verdict};

/// The bytes of a UUID of version 7, of which the first six are the milliseconds since 1970.
pub type VerdictId = [u8; 16];

/// The verdicts of one block are of so short a time, by their ids, that an id tells where to look for it.
pub const MOST_MILLISECONDS: u64 = 10_000;
/// What a verdict takes beside its features and its message: many empty messages are bounded, too.
const VERDICT_BYTES: usize = 48;
/// Blocks are open for so many origins at most.
const MOST_OPEN: usize = 64;

/// Verdicts of one origin that are written down together, in the order in which they came.
#[derive(Clone, Debug, PartialEq)]
pub struct Block<O, M> {
    /// What they have in common.
    pub origin: O,
    /// Their ids.
    pub ids: Vec<VerdictId>,
    /// What the messages were taken for.
    pub labels: Vec<Label>,
    /// The calibrated probabilities of spam, 0 to 1.
    pub probabilities: Vec<f64>,
    /// How many bytes of `features` are of each.
    pub feature_lengths: Vec<u32>,
    /// The packed features of all.
    pub features: Vec<u8>,
    /// The messages, where they are kept.
    pub messages: Vec<Option<M>>,
    /// How much of the bound is its own.
    bytes: usize,
}

impl<O, M> Block<O, M> {
    fn new(origin: O) -> Self {
        Self {
            origin,
            ids: Vec::new(),
            labels: Vec::new(),
            probabilities: Vec::new(),
            feature_lengths: Vec::new(),
            features: Vec::new(),
            messages: Vec::new(),
            bytes: 0,
        }
    }

    fn takes(&self, id: &VerdictId) -> bool {
        let Some(first) = self.ids.first() else {
            return true;
        };
        milliseconds(id).checked_sub(milliseconds(first)).is_some_and(|later| later <= MOST_MILLISECONDS)
    }
}

/// The queue.
#[derive(Debug)]
pub struct Backlog<O, M> {
    /// The blocks that take no more: they are full, or were looked at.
    closed: VecDeque<Arc<Block<O, M>>>,
    open: Vec<Block<O, M>>,
    block_verdicts: usize,
    most_bytes: usize,
    bytes: usize,
    waiting: usize,
    lost: u64,
}

impl<O: Clone + PartialEq, M> Backlog<O, M> {
    /// A queue of blocks of so many verdicts, for at most so many bytes.
    #[must_use]
    pub fn new(block_verdicts: usize, most_bytes: usize) -> Self {
        Self {
            closed: VecDeque::new(),
            open: Vec::new(),
            block_verdicts,
            most_bytes,
            bytes: 0,
            waiting: 0,
            lost: 0,
        }
    }

    /// How many verdicts wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting
    }

    /// Whether none does.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// How many blocks take no more: they are full, or were looked at.
    #[must_use]
    pub fn ready(&self) -> usize {
        self.closed.len()
    }

    /// Puts a verdict at the end; where there is no room it is lost, and counted.
    ///
    /// `features` puts them behind those that are there; a message has a size. Returns whether there is news for the
    /// one who writes: a first verdict waits, or a block is closed.
    pub fn put(
        &mut self,
        id: VerdictId,
        verdict: Verdict,
        features: impl FnOnce(&mut Vec<u8>),
        origin: &O,
        message: Option<(M, usize)>,
    ) -> bool {
        let ready = self.ready();
        let (most_bytes, bytes, place) = (self.most_bytes, self.bytes, self.open_for(&id, origin));
        let block = &mut self.open[place];
        let start = block.features.len();
        features(&mut block.features);
        let length = block.features.len() - start;
        let size = VERDICT_BYTES + length + message.as_ref().map_or(0, |(_, size)| *size);
        let length = u32::try_from(length).ok().filter(|_| bytes + size <= most_bytes);
        let Some(length) = length else {
            block.features.truncate(start);
            self.lost += 1;
            return self.ready() > ready;
        };
        block.ids.push(id);
        block.labels.push(verdict.label);
        block.probabilities.push(verdict.probability);
        block.feature_lengths.push(length);
        block.messages.push(message.map(|(message, _)| message));
        block.bytes += size;
        let is_full = block.ids.len() >= self.block_verdicts;
        self.bytes += size;
        self.waiting += 1;
        if is_full {
            self.close(place);
        }
        self.ready() > ready || self.waiting == 1
    }

    /// The oldest blocks; they stay until they are forgotten, and nothing is added to them any more.
    ///
    /// Those that are still open are closed where no others are left.
    pub fn first(&mut self, most: usize) -> Vec<Arc<Block<O, M>>> {
        if self.closed.is_empty() {
            while !self.open.is_empty() {
                self.close(0);
            }
        }
        self.closed.iter().take(most).cloned().collect()
    }

    /// Drops the oldest blocks, and returns how many verdicts that were.
    pub fn forget(&mut self, blocks: usize) -> usize {
        let gone = self.closed.drain(..blocks.min(self.closed.len()));
        let (verdicts, bytes) =
            gone.fold((0, 0), |(verdicts, bytes), block| (verdicts + block.ids.len(), bytes + block.bytes));
        self.waiting -= verdicts;
        self.bytes -= bytes;
        verdicts
    }

    /// How many were lost since the last call.
    pub fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// The place of an open block that takes a verdict of that id and origin.
    fn open_for(&mut self, id: &VerdictId, origin: &O) -> usize {
        if let Some(place) = self.open.iter().position(|block| block.origin == *origin) {
            if self.open[place].takes(id) {
                return place;
            }
            self.close(place);
        } else if self.open.len() == MOST_OPEN {
            self.close(0);
        }
        self.open.push(Block::new(origin.clone()));
        self.open.len() - 1
    }

    fn close(&mut self, place: usize) {
        let block = self.open.remove(place);
        if !block.ids.is_empty() {
            self.closed.push_back(Arc::new(block));
        }
    }
}

/// When an id was made, since 1970.
#[must_use]
pub fn milliseconds(id: &VerdictId) -> u64 {
    id[..6].iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BLOCK: usize = 4;

    fn id(milliseconds: u64) -> VerdictId {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&milliseconds.to_be_bytes()[2..]);
        bytes
    }

    fn put(backlog: &mut Backlog<u8, u8>, origin: u8, at: u64, features: &[u8]) -> bool {
        let verdict = Verdict { label: Label::Ham, probability: at as f64, truncated: false };
        backlog.put(id(at), verdict, |all| all.extend_from_slice(features), &origin, Some((7, 1)))
    }

    /// Origin, time and features of each verdict of a block.
    fn verdicts(block: &Block<u8, u8>) -> Vec<(u8, u64, Vec<u8>)> {
        let mut rest = block.features.as_slice();
        let each = block.ids.iter().zip(&block.feature_lengths).map(|(id, &length)| {
            let (features, others) = rest.split_at(length as usize);
            rest = others;
            (block.origin, milliseconds(id), features.to_vec())
        });
        each.collect()
    }

    #[derive(Clone, Debug)]
    enum Step {
        Put(u8, u64, Vec<u8>),
        Write(usize),
    }

    proptest! {
        #[test]
        fn verdicts_come_out_whole_and_once_in_the_order_of_their_origin(
            steps in prop::collection::vec(
                prop_oneof![
                    5 => (0..3_u8, 0..30_000_u64, prop::collection::vec(any::<u8>(), 0..9))
                        .prop_map(|(origin, at, features)| Step::Put(origin, at, features)),
                    1 => (0_usize..4).prop_map(Step::Write),
                ],
                0..60,
            ),
            most in 0_usize..1_000,
        ) {
            let mut backlog = Backlog::new(BLOCK, most);
            let mut waiting: Vec<(u8, u64, Vec<u8>)> = Vec::new();
            let mut lost = 0;
            let steps = steps.into_iter().chain([Step::Write(99), Step::Write(99)]);
            for step in steps {
                match step {
                    Step::Put(origin, at, features) => {
                        let held: usize = waiting.iter().map(|(.., features)| features.len() + 1 + VERDICT_BYTES).sum();
                        let (ready, was_empty) = (backlog.ready(), backlog.is_empty());
                        let is_news = put(&mut backlog, origin, at, &features);
                        if held + features.len() + 1 + VERDICT_BYTES <= most {
                            waiting.push((origin, at, features));
                            prop_assert_eq!(is_news, was_empty || backlog.ready() > ready);
                        } else {
                            lost += 1;
                        }
                    }
                    Step::Write(count) => {
                        let blocks = backlog.first(count);
                        prop_assert_eq!(&backlog.first(count), &blocks);
                        prop_assert!(blocks.len() <= count);
                        for block in &blocks {
                            let written = verdicts(block);
                            prop_assert!((1..=BLOCK).contains(&written.len()));
                            let times = written.iter().map(|one| one.1);
                            let (first, last) = (times.clone().min().unwrap(), times.max().unwrap());
                            prop_assert!(last - first <= MOST_MILLISECONDS);
                            for one in written {
                                let place = waiting.iter().position(|other| other.0 == one.0).unwrap();
                                prop_assert_eq!(waiting.remove(place), one);
                            }
                        }
                        let count: usize = blocks.iter().map(|block| block.ids.len()).sum();
                        prop_assert_eq!(backlog.forget(blocks.len()), count);
                    }
                }
                prop_assert_eq!((backlog.len(), backlog.is_empty()), (waiting.len(), waiting.is_empty()));
            }
            prop_assert_eq!((waiting.len(), backlog.take_lost(), backlog.take_lost()), (0, lost, 0));
        }
    }

    #[test]
    fn what_was_looked_at_takes_no_more() {
        let mut backlog = Backlog::new(512, 1 << 20);
        put(&mut backlog, 1, 5, b"one");
        let seen = backlog.first(9);
        put(&mut backlog, 1, 6, b"two");
        assert_eq!(
            seen.iter().flat_map(|block| verdicts(block)).collect::<Vec<_>>(),
            [(1, 5, b"one".to_vec())]
        );
        assert_eq!((backlog.first(9), backlog.ready(), backlog.len()), (seen, 1, 2));
    }

    #[test]
    fn many_origins_do_not_leave_many_blocks_open() {
        let mut backlog = Backlog::new(512, 1 << 20);
        for origin in 0..=255 {
            put(&mut backlog, origin, 5, b"");
        }
        assert_eq!((backlog.ready(), backlog.len()), (256 - MOST_OPEN, 256));
    }
}
