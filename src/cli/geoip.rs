//! Opens the GeoIP databases that the configuration names, and warns about those that are missing.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use serde::Deserialize;

use super::output::{self, first_few};
use crate::detect::RuleSet;
use crate::diag::Diagnostic;
use crate::event::{self, GeoIp, GeoIpKind};
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

/// Warnings about rules that ask for a missing database.
pub(super) fn unanswered(set: &RuleSet) -> Vec<String> {
    let asked: Vec<_> = set.asked().collect();
    let missing = missing(set.geoip()).filter_map(|(kind, what)| {
        let who: Vec<String> =
            asked.iter().filter(|(_, asked)| asks(asked, kind)).map(|(rule, _)| rule.name.clone()).collect();
        match who.len() {
            0 => None,
            1 => Some(format!("1 rule asks for {what} ({})", first_few(&who))),
            n => Some(format!("{n} rules ask for {what} ({})", first_few(&who))),
        }
    });
    missing.collect()
}

/// The same for a query that asks for `fields`.
pub(super) fn unanswered_query(fields: &[FieldRef], geoip: &GeoIp) -> Vec<String> {
    let asked = missing(geoip).filter(|(kind, _)| asks(fields, *kind));
    asked.map(|(_, what)| format!("the query asks for {what}")).collect()
}

/// The missing databases, each with its fields and how to name it.
fn missing(geoip: &GeoIp) -> impl Iterator<Item = (GeoIpKind, &'static str)> {
    const TEXTS: [(GeoIpKind, &str); 2] = [
        (
            GeoIpKind::City,
            "source.geo.*, which no CloudTrail record holds: name a MaxMind database as city under [geoip] in the \
             configuration",
        ),
        (
            GeoIpKind::Asn,
            "source.as.*, which no CloudTrail record holds: name a MaxMind database as asn under [geoip] in the \
             configuration",
        ),
    ];
    TEXTS.into_iter().filter(|(kind, _)| !geoip.has(*kind))
}

fn asks(fields: &[FieldRef], kind: GeoIpKind) -> bool {
    fields.iter().any(|field| event::needs_geoip(field) == Some(kind))
}
