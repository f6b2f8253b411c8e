//! Sigmoid, and the forward and backward pass of a neuron and of a layered network.
//!
//! * [`views`] and [`csr`]: dense and sparse matrices over borrowed slices, validated once
//! * [`sigmoid`] and [`activation`]: functions of one number, the value beside its derivative
//! * [`neuron`]: one logistic neuron, forward beside loss and gradient
//! * [`network`]: layers of neurons, forward beside backward
//! * [`simd`]: the kernels on registers, and the choice of the instruction set
//! * [`compact`]: tables of weights in fewer bits
//! * [`limits`]: what the machine can do at best, for measurements
//! * [`gather`]: sums of table entries at given slots, for the fused scorer

#![cfg_attr(test, allow(clippy::float_cmp, reason = "the tests ask for exact values"))]

pub mod activation;
pub mod compact;
pub mod csr;
mod float;
mod forward;
pub mod gather;
pub mod limits;
pub mod network;
pub mod neuron;
mod parallel;
pub mod sigmoid;
pub mod simd;
pub mod views;

pub use activation::Activation;
pub use compact::{CompactWeights, Format};
pub use csr::{CsrParts, CsrView};
pub use float::Float;
pub use gather::{gather_rows, gather_sum, gather_sum_into};
pub use network::{Layer, LayerGradient, Network};
pub use views::{DenseView, ForwardRows, Index, Rows};
