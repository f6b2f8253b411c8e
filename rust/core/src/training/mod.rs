//! Training loops that learn from a row at a time, too many steps for Python.
//!
//! * [`examples`]: rows, targets and weights, owned and valid, so that a loop may run without the GIL
//! * [`ftrl`]: FTRL-Proximal, a rate of its own for each weight
//! * [`descent`]: stochastic gradient descent, one falling rate
//! * [`dual`]: dual coordinate descent, exact in few passes; [`lanes`] does it on two threads
//! * [`ranked`]: rows whose frequent columns lie side by side
//! * [`lessons`]: corrections on top of a neuron that has learnt elsewhere
//! * [`network`]: a network's mini-batches, with [`optimizer`] for its steps
//!
//! Every loop visits the rows in the order that it is given: the same order gives the same bits.

#![cfg_attr(test, allow(clippy::float_cmp, reason = "the tests ask for exact values"))]

mod backward;
pub mod descent;
pub mod dual;
pub mod examples;
pub mod ftrl;
pub mod lanes;
pub mod lessons;
pub mod network;
pub mod optimizer;
pub mod ranked;

pub use examples::{Example, Examples};
