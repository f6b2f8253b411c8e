//! The caps on what is read of a message. Over a cap the rest is left unread, the verdict says
//! `truncated`, and that a cap was hit is itself a feature.

/// Bytes of a message that are looked at: mail servers rarely accept more than 32 MiB.
pub const MESSAGE_BYTES: usize = 32 << 20;
/// Bytes of a header block. Real ones stay under 64 KiB; a longer one is an attack or damage.
pub const HEADER_BYTES: usize = 256 << 10;
/// Headers of one entity that are kept; a mail has a few dozen.
pub const HEADERS: usize = 1_000;
/// Depth to which multiparts and attached messages are opened.
pub const MIME_DEPTH: usize = 64;
/// Parts that are opened in one message.
pub const PARTS: usize = 1_000;
/// Bytes of a MIME boundary: RFC 2046 allows 70.
pub const BOUNDARY_BYTES: usize = 256;
/// Bytes of decoded text from which features are made.
pub const TEXT_BYTES: usize = 1 << 20;
/// Tokens of one message.
pub const TOKENS: usize = 100_000;
/// Links of one message.
pub const LINKS: usize = 1_000;
/// Hosts that are told apart among the links; of more, a host may be taken twice.
pub const HOSTS: usize = 32;
/// Pieces of evidence that are taken of headers, parts and attachments.
pub const EVIDENCE: usize = 2_000;
/// Bytes of a header that is taken apart: a list of addresses, a type with its parameters.
pub const STRUCTURED_BYTES: usize = 4 << 10;
/// Bytes of one word: a longer run of letters is known by its first bytes and its length.
pub const WORD_BYTES: usize = 48;

/// The caps that a sender can run into, by name, for those who ask from outside.
pub const NAMED: [(&str, usize); 7] = [
    ("message_bytes", MESSAGE_BYTES),
    ("header_bytes", HEADER_BYTES),
    ("mime_depth", MIME_DEPTH),
    ("parts", PARTS),
    ("text_bytes", TEXT_BYTES),
    ("tokens", TOKENS),
    ("links", LINKS),
];
