//! Opens the GeoIP databases that the configuration names, and warns of queries that ask for one that it does not.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use serde::Deserialize;

use super::output;
use crate::diag::Diagnostic;
use crate::event::{self, GeoIp, GeoIpKind, Lack};
use crate::query::FieldRef;

const HELP: &str = "name another file there, or leave the key out";

/// `[geoip]` in the configuration. Either file may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct GeoIpFiles {
    /// City, Country or Enterprise.
    pub city: Option<PathBuf>,
    /// ASN or ISP.
    pub asn: Option<PathBuf>,
}

pub(super) fn open(files: &GeoIpFiles) -> anyhow::Result<GeoIp> {
    let mut databases = GeoIp::default();
    for (key, kind, path) in [("city", GeoIpKind::City, &files.city), ("asn", GeoIpKind::Asn, &files.asn)] {
        let Some(path) = path else { continue };
        let refused = |why: String| {
            let path = output::path(path);
            anyhow!(Diagnostic::new(format!("{path}, {key} under [geoip] in the configuration, {why}")).help(HELP))
        };
        let bytes = read(path).map_err(|error| refused(format!("cannot be read: {error}")))?;
        databases.add(kind, bytes).map_err(|error| refused(format!("is {error}")))?;
    }
    Ok(databases)
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    // Anything else may never end.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    std::fs::read(path)
}

/// Warnings about a query that asks for a missing database.
pub(super) fn unanswered_query(fields: &[FieldRef], geoip: &GeoIp) -> Vec<String> {
    let lacks: BTreeSet<Lack> = fields.iter().filter_map(|field| event::lack(field, geoip)).collect();
    lacks
        .into_iter()
        .filter_map(|lack| Some(format!("the query asks for {}, {}", lack.fields()?, lack.in_words())))
        .collect()
}
