//! One document of an answer.

use std::sync::Arc;

use crate::trail::Origin;

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

impl Hit {
    /// Where it lies, in the cluster of this name.
    #[must_use]
    pub fn origin(&self, cluster: &str) -> Origin {
        Origin::in_cluster(cluster, &self.index, &self.id)
    }
}
