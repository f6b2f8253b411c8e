//! Message -> fields -> tokens -> hashed features: one pass, bounded and linear.
//!
//! * [`limits`]: the caps, in one place
//! * [`fields`]: what is read of a message (`mime`, `body` and `html` read it)
//! * [`tokens`]: text -> tokens
//! * [`hash`]: token -> keyed hash
//! * [`features`]: the distinct slots of a message, and their values
//! * [`specification`]: what of this a model uses; a versioned file format
//! * [`vectorize`]: many messages as one sparse matrix
//! * [`fingerprint`]: which messages say the same

mod body;
pub mod features;
pub mod fields;
pub mod fingerprint;
pub mod hash;
mod html;
pub mod limits;
mod link;
mod mime;
pub mod specification;
pub mod tokens;
pub mod vectorize;

pub use features::{Extractor, FeatureGroup, Features};
pub use fields::{Field, Fields, Message};
pub use fingerprint::body_fingerprint;
pub use hash::HashKey;
pub use specification::{FeatureSpecification, Profile};
pub use tokens::{Family, Token, TokenSink};
pub use vectorize::{FeatureMatrix, vectorize};
