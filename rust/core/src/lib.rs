//! The pure core of Sigmail. It has never heard of Python, and does no input or output.
//!
//! * [`numeric`]: sigmoid, and the forward and backward pass of a neuron and of a layered network
//! * [`text`]: message -> fields -> tokens -> hashed features
//! * [`model`]: the model file, and message -> verdict in one call
//! * [`training`]: loops that learn from one row at a time
//! * [`error`]: the one error type

pub mod error;
pub mod model;
pub mod numeric;
pub mod text;
pub mod training;
