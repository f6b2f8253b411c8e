//! Message -> fields -> tokens -> hashed features: one pass, bounded and linear.
//!
//! * [`limits`]: the caps, in one place
//! * [`fields`]: what is read of a message, and of what kind each piece is
//! * `mime`, `headers`, `kind`: a raw mail -> its parts; `body`, `transfer`, `charset`, `encoded_words`: bytes
//!   -> text; `html`, `style`: what of it shows; `link`, `domains`: where it leads
//! * `portable`, `site`, `shape`, `attachment`: evidence beside the text
//! * [`tokens`]: text -> tokens; `links` are cut out by their `signs`, `seek` ends their chunks; `scan` and `script` find the
//!   `words`, of which `short` ones are hashed together, `fold` undoes their disguises, `runs` slides over the bytes
//! * [`places`]: where the tokens stand, for the reasons
//! * [`hash`]: token -> keyed hash
//! * [`features`]: the distinct slots of a message, and their values
//! * [`specification`]: what of this a model uses; a versioned file format
//! * [`packing`]: features as bytes, to be kept; [`min_hash`]: which are nearly alike
//! * [`vectorize`]: many messages as one sparse matrix
//! * [`fingerprint`]: which messages say the same

mod attachment;
mod body;
mod charset;
mod domains;
mod encoded_words;
pub mod features;
pub mod fields;
mod filling;
pub mod fingerprint;
mod fold;
pub mod hash;
mod headers;
mod html;
mod kind;
pub mod limits;
mod link;
mod links;
mod mime;
pub mod min_hash;
pub mod packing;
pub mod places;
mod portable;
mod runs;
mod scan;
mod script;
mod seek;
mod shape;
mod short;
mod signs;
mod site;
pub mod specification;
mod style;
mod take;
pub mod tokens;
mod transfer;
pub mod vectorize;
mod window;
mod words;

pub use features::{Extractor, FeatureGroup, Features};
pub use fields::{Field, Fields, Message};
pub use fingerprint::body_fingerprint;
pub use hash::HashKey;
pub use places::{Name, Place, Places};
pub use specification::{FeatureSpecification, Profile};
pub use tokens::Family;
pub use vectorize::{FeatureMatrix, for_all, vectorize};
