//! What at least one of some queries may match, as a server can be asked for it.

use serde_json::{Value, json};

use super::Caps;
use crate::cluster::Vendor;
use crate::query::{Schema, kql::Node};

/// Clauses that together find at least every document which one of the named `queries` matches when it is read and
/// evaluated here, each small enough for one request and with the names of the queries that it answers for. Where a query
/// may match any document there is one clause, `match_all`, with the names of the queries that need it.
#[must_use]
pub fn candidates(
    queries: &[(String, Node)],
    _schema: &dyn Schema,
    _caps: &Caps,
    _vendor: Vendor,
) -> Vec<(Value, Vec<String>)> {
    vec![(json!({ "match_all": {} }), queries.iter().map(|(name, _)| name.clone()).collect())]
}
