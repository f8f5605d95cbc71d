//! Which of the two servers answers.

/// The maker of a server. What both do differently is written where it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Vendor {
    Elasticsearch,
    OpenSearch,
}
