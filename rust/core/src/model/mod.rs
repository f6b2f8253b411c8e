//! The model: message -> verdict in one call, its reasons, and the file that holds it.
//!
//! * [`filter`]: [`Model`], from a message to a probability and a label
//! * [`layers`]: the neuron or network on the features of one message, forward beside backward
//! * [`reasons`]: the logit written out as a sum over words
//! * [`decision`]: calibration and thresholds, logit -> probability -> label
//! * [`weights`]: the numbers of a layer, in memory or in the model file
//! * [`answers`]: verdicts as lines of JSON, and the lines of a batch
//! * [`requests`]: the usual request for one verdict, as it comes off a connection, and the reply to it
//! * [`backlog`]: verdicts that wait to be written down
//! * [`moves`]: what a few weights are moved by in a model that shares its table with others
//! * [`file`]: the model file, a safetensors container with a digest
//! * [`delta`]: the file of a model that is another one with moves

pub mod answers;
pub mod backlog;
pub mod decision;
pub mod delta;
pub mod file;
pub mod filter;
pub mod layers;
pub mod moves;
pub mod reasons;
pub mod requests;
pub mod weights;

pub use decision::{Calibration, Label, Thresholds};
pub use filter::{Model, Verdict};
pub use layers::{Layers, OwnedLayer};
pub use moves::Moves;
pub use reasons::{Explanation, Reason};
pub use weights::{FileBytes, Weights};
