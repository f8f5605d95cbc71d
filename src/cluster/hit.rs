//! One document of an answer.

use std::sync::Arc;

/// A document that a server sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub index: Arc<str>,
    pub id: Box<str>,
    /// The `_source` as the server keeps it, byte for byte: a JSON object, hostile, perhaps no valid UTF-8.
    pub source: Vec<u8>,
    /// Its sequence number, where it was asked for.
    pub number: Option<i64>,
}
