//! Whether a cluster can be read, found out by doing each step of it once, without anything being read.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::ask::{Asker, Search};
use super::{Client, Failure, Narrowing, Vendor, indices, trouble};

/// What answers: `Elasticsearch 9.2.0`.
///
/// # Errors
/// When nobody answers, or a version that is not supported.
pub fn server(client: &Client) -> Result<String, Failure> {
    let vendor = match client.vendor(None)? {
        Vendor::Elasticsearch => "Elasticsearch",
        Vendor::OpenSearch => "OpenSearch",
    };
    // A key that may not ask for it is no hindrance.
    let root = Asker { client, stop: &|| false }.get("", &[]).unwrap_or_default();
    let version = root["version"]["number"].as_str().unwrap_or("of a version that this key may not ask for");
    Ok(format!("{vendor} {version}"))
}

/// What stands behind the names and patterns of the profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Indices {
    pub count: usize,
    /// What is wrong with some, each as a sentence without a full stop, and whether it keeps something from being read.
    pub troubles: Vec<(String, bool)>,
}

/// # Errors
/// When the key may not ask for it, or the cluster does not answer.
pub fn indices(client: &Client) -> Result<Indices, Failure> {
    let listing = indices::list(&Asker { client, stop: &|| false }, &client.profile().index)?;
    let troubles = trouble::standing(&listing, &Narrowing::default(), &[]);
    let troubles = troubles.into_iter().map(|trouble| (trouble.what, trouble.holds_up)).collect();
    Ok(Indices { count: listing.indices.len(), troubles })
}

/// What there is to read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Documents {
    pub count: u64,
    /// The time of the newest; nothing where none has one.
    pub newest: Option<DateTime<Utc>>,
}

/// # Errors
/// When the key may not read them, or the cluster does not answer wholly.
pub fn documents(client: &Client) -> Result<Documents, Failure> {
    let asker = Asker { client, stop: &|| false };
    let sort = json!({"@timestamp": {"order": "desc", "unmapped_type": "date", "numeric_type": "date"}});
    let body: Value = json!({"size": 1, "_source": false, "track_total_hits": true, "sort": [sort]});
    let mut documents = Documents::default();
    for names in indices::addresses(&client.profile().index) {
        let answer = asker.search(&Search { names: &names, shard: None, body: &body, any_size: false })?;
        documents.count += answer.total.unwrap_or_default();
        let time = answer.hits.first().and_then(|hit| hit.sort).and_then(DateTime::from_timestamp_millis);
        documents.newest = documents.newest.max(time);
    }
    Ok(documents)
}
