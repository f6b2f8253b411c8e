//! Sigmoid, and the forward and backward pass of a neuron and of a layered network.
//!
//! * [`views`]: dense and CSR matrices over borrowed slices, validated once
//! * [`sigmoid`] and [`activation`]: functions of one number, the value beside its derivative
//! * [`neuron`]: one logistic neuron, forward beside loss and gradient
//! * [`network`]: layers of neurons, forward beside backward
//! * [`simd`]: the kernels on registers, and the choice of the instruction set
//! * [`gather`]: sums of table entries at given slots, for the fused scorer

#![cfg_attr(test, allow(clippy::float_cmp, reason = "the tests ask for exact values"))]

pub mod activation;
mod float;
pub mod gather;
pub mod network;
pub mod neuron;
pub mod sigmoid;
pub mod simd;
pub mod views;

pub use activation::Activation;
pub use float::Float;
pub use gather::{gather_rows, gather_sum};
pub use network::{Layer, LayerGradient, Network};
pub use views::{CsrView, DenseView, Index, Rows};
