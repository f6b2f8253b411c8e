//! Verdicts that wait to be written down: a bounded queue that is filled one by one and emptied block by block.
//!
//! Whoever judges pays no more for a verdict than to pack its features into the block that is open. The blocks
//! use their memory again, so that it stays in the processor's cache.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Label, Verdict};

/// Features of one block are some half a megabyte; what a rare one of large messages took is given back.
const MOST_SPARE_BYTES: usize = 2 << 20;

/// A verdict that waits, but for its features, which stand in its block.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting<T> {
    /// The id, as the one who asked was told.
    pub identity: String,
    /// What the message was taken for.
    pub label: Label,
    /// The calibrated probability of spam, 0 to 1.
    pub probability: f64,
    /// What else is known of it.
    pub origin: T,
    /// Where its features end in those of the block.
    end: usize,
}

/// Verdicts that are written down together, in the order in which they came.
#[derive(Debug)]
pub struct Block<T> {
    verdicts: Vec<Waiting<T>>,
    features: Vec<u8>,
    /// How much of the bound is its own.
    bytes: usize,
}

impl<T> Default for Block<T> {
    fn default() -> Self {
        Self { verdicts: Vec::new(), features: Vec::new(), bytes: 0 }
    }
}

impl<T> Block<T> {
    /// The verdicts, each with its packed features.
    pub fn iter(&self) -> impl Iterator<Item = (&Waiting<T>, &[u8])> {
        let starts = std::iter::once(0).chain(self.verdicts.iter().map(|verdict| verdict.end));
        self.verdicts.iter().zip(starts).map(|(verdict, start)| (verdict, &self.features[start..verdict.end]))
    }

    /// An empty block in the same memory.
    fn emptied(mut self) -> Self {
        self.verdicts.clear();
        self.features.clear();
        self.features.shrink_to(MOST_SPARE_BYTES);
        self.bytes = 0;
        self
    }
}

/// The queue.
#[derive(Debug)]
pub struct Backlog<T> {
    /// The blocks that take no more: they are full, or were looked at.
    closed: VecDeque<Arc<Block<T>>>,
    open: Block<T>,
    /// An empty block, whose memory the next one takes.
    spare: Block<T>,
    block_verdicts: usize,
    most_bytes: usize,
    bytes: usize,
    waiting: usize,
    lost: u64,
}

impl<T> Backlog<T> {
    /// A queue of blocks of so many verdicts, for at most so many bytes of features and the like.
    #[must_use]
    pub fn new(block_verdicts: usize, most_bytes: usize) -> Self {
        Self {
            closed: VecDeque::new(),
            open: Block::default(),
            spare: Block::default(),
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
    /// `features` puts them behind those that are there; `more_bytes` is the size of what `origin` holds. Returns
    /// whether there is news for the one who writes: a first verdict waits, or a block is full.
    pub fn put(
        &mut self,
        identity: String,
        verdict: Verdict,
        features: impl FnOnce(&mut Vec<u8>),
        origin: T,
        more_bytes: usize,
    ) -> bool {
        let start = self.open.features.len();
        features(&mut self.open.features);
        let end = self.open.features.len();
        let size = end - start + more_bytes;
        if self.bytes + size > self.most_bytes {
            self.open.features.truncate(start);
            self.lost += 1;
            return false;
        }
        let Verdict { label, probability, .. } = verdict;
        self.open.verdicts.push(Waiting { identity, label, probability, origin, end });
        self.open.bytes += size;
        self.bytes += size;
        self.waiting += 1;
        let is_full = self.open.verdicts.len() >= self.block_verdicts;
        if is_full {
            self.close();
        }
        is_full || self.waiting == 1
    }

    /// The oldest verdicts that wait: they stay until `forget_first`, and none is added to them any more.
    pub fn first(&mut self) -> Option<Arc<Block<T>>> {
        if self.closed.is_empty() && !self.open.verdicts.is_empty() {
            self.close();
        }
        self.closed.front().cloned()
    }

    /// Drops what `first` gave, and returns how many verdicts that were.
    pub fn forget_first(&mut self) -> usize {
        let Some(block) = self.closed.pop_front() else {
            return 0;
        };
        let count = block.verdicts.len();
        self.bytes -= block.bytes;
        self.waiting -= count;
        if let Ok(block) = Arc::try_unwrap(block) {
            self.spare = block.emptied();
        }
        count
    }

    /// How many were lost since the last call.
    pub fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    fn close(&mut self) {
        let next = std::mem::take(&mut self.spare);
        self.closed.push_back(Arc::new(std::mem::replace(&mut self.open, next)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn put(backlog: &mut Backlog<u32>, number: u32, features: &[u8]) -> bool {
        let verdict = Verdict { label: Label::Ham, probability: f64::from(number), truncated: false };
        backlog.put(number.to_string(), verdict, |all| all.extend_from_slice(features), number, 1)
    }

    fn first(backlog: &mut Backlog<u32>) -> Option<Vec<(u32, Vec<u8>)>> {
        let block = backlog.first()?;
        Some(block.iter().map(|(one, features)| (one.origin, features.to_vec())).collect())
    }

    #[derive(Clone, Debug)]
    enum Step {
        Put(Vec<u8>),
        Look,
        Forget,
    }

    proptest! {
        /// Against plain lists of verdicts, the last of which is open.
        #[test]
        fn verdicts_come_out_in_order_whole_and_once(
            steps in prop::collection::vec(
                prop_oneof![
                    4 => prop::collection::vec(any::<u8>(), 0..9).prop_map(Step::Put),
                    1 => Just(Step::Look),
                    1 => Just(Step::Forget),
                ],
                0..60,
            ),
            most in 0_usize..60,
        ) {
            let mut backlog = Backlog::new(4, most);
            let mut blocks: VecDeque<Vec<(u32, Vec<u8>)>> = VecDeque::from([vec![]]);
            let (mut lost, mut number) = (0, 0);
            for step in steps {
                let held: usize = blocks.iter().flatten().map(|(_, features)| features.len() + 1).sum();
                let waiting: usize = blocks.iter().map(Vec::len).sum();
                match step {
                    Step::Put(features) => {
                        number += 1;
                        let is_news = put(&mut backlog, number, &features);
                        if held + features.len() + 1 > most {
                            lost += 1;
                            prop_assert!(!is_news);
                            continue;
                        }
                        let open = blocks.back_mut().unwrap();
                        open.push((number, features));
                        prop_assert_eq!(is_news, waiting == 0 || open.len() == 4);
                        if open.len() == 4 {
                            blocks.push_back(Vec::new());
                        }
                    }
                    Step::Look => {
                        if blocks.len() == 1 && waiting > 0 {
                            blocks.push_back(Vec::new());
                        }
                        prop_assert_eq!(first(&mut backlog), (waiting > 0).then(|| blocks[0].clone()));
                    }
                    Step::Forget => {
                        let gone = if blocks.len() > 1 { blocks.pop_front() } else { None };
                        prop_assert_eq!(backlog.forget_first(), gone.map_or(0, |block| block.len()));
                    }
                }
                let waiting: usize = blocks.iter().map(Vec::len).sum();
                prop_assert_eq!((backlog.len(), backlog.is_empty()), (waiting, waiting == 0));
                prop_assert_eq!(backlog.ready(), blocks.len() - 1);
            }
            prop_assert_eq!((backlog.take_lost(), backlog.take_lost()), (lost, 0));
        }
    }

    #[test]
    fn a_block_that_is_read_while_it_is_forgotten_stays_as_it_was() {
        let mut backlog = Backlog::new(512, 1 << 20);
        put(&mut backlog, 1, b"one");
        let block = backlog.first().unwrap();
        assert_eq!(backlog.forget_first(), 1);
        put(&mut backlog, 2, b"two");
        let seen: Vec<_> = block.iter().map(|(one, features)| (one.origin, features)).collect();
        assert_eq!((seen, first(&mut backlog)), (vec![(1, &b"one"[..])], Some(vec![(2, b"two".to_vec())])));
    }
}
