//! What a rule says, in Elastic's own words for its parts.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::Checklist;
use super::duration::{parse_duration, parse_look_back};

/// A rule's severity, as Elastic names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// low
    Low,
    /// medium
    Medium,
    /// high
    High,
    /// critical
    Critical,
}

impl Severity {
    /// The word Elastic uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = ();

    fn from_str(s: &str) -> Result<Self, ()> {
        [Self::Low, Self::Medium, Self::High, Self::Critical]
            .into_iter()
            .find(|v| v.as_str().eq_ignore_ascii_case(s.trim()))
            .ok_or(())
    }
}

/// Elastic's rule types. Only those with a KQL query run here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleType {
    /// One event that matches is one alert.
    Query,
    /// A term not seen in the history window.
    NewTerms,
    /// A count over groups of events.
    Threshold,
    /// Event Query Language sequences.
    Eql,
    /// ES|QL.
    Esql,
    /// Anomaly scores of a machine-learning job.
    MachineLearning,
    /// Indicator matching.
    ThreatMatch,
}

impl RuleType {
    /// The word Elastic uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::NewTerms => "new_terms",
            Self::Threshold => "threshold",
            Self::Eql => "eql",
            Self::Esql => "esql",
            Self::MachineLearning => "machine_learning",
            Self::ThreatMatch => "threat_match",
        }
    }
}

/// Where a rule was loaded from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleOrigin {
    /// Bundled with the binary.
    Bundled,
    /// A file; NDJSON files hold several, told apart by their line, from 1.
    File {
        /// The file.
        path: PathBuf,
        /// The line, where the file holds several rules.
        line: Option<usize>,
    },
}

/// A detection rule. Durations are in seconds, as written in Elastic's `10m`, `now-60m` forms.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Elastic's `rule_id`: stable across versions. Derived from the name where the file gives none.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it identifies.
    pub description: String,
    /// Its type.
    pub kind: RuleType,
    /// Query language, e.g. `kuery`.
    pub language: String,
    /// The query, as written.
    pub query: String,
    /// The filters beside the query, all of which must hold, as KQL.
    pub filters: Vec<String>,
    /// Index patterns it searches.
    pub index: Vec<String>,
    /// Severity.
    pub severity: Severity,
    /// Risk score, 0–100.
    pub risk_score: u32,
    /// How often it runs, as written (`10m`). Elastic's default is `5m`.
    pub interval: String,
    /// Where its search window begins, as written (`now-60m`). Elastic's default is `now-6m`.
    pub from: String,
    /// Alerts per run. Elastic's default is 100.
    pub max_signals: u32,
    /// Known sources of false positives.
    pub false_positives: Vec<String>,
    /// Links.
    pub references: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Version, where the file gives one.
    pub version: Option<u32>,
    /// Authors.
    pub authors: Vec<String>,
    /// Licence.
    pub license: Option<String>,
    /// ATT&CK mapping.
    pub threat: Vec<Threat>,
    /// The investigation guide's Markdown, as written.
    pub note: Option<String>,
    /// Setup instructions, as written.
    pub setup: Option<String>,
    /// The field whose time counts instead of `@timestamp`.
    pub timestamp_override: Option<String>,
    /// Fields that the detail pane shows first.
    pub investigation_fields: Vec<String>,
    /// Whether it is a building block (an alert that only feeds other rules).
    pub building_block: bool,
    /// The terms it watches for, of a [`RuleType::NewTerms`] rule.
    pub new_terms: Option<NewTerms>,
    /// What it counts, of a [`RuleType::Threshold`] rule.
    pub threshold: Option<Threshold>,
    /// How repeated alerts are folded into one, where the rule asks for it.
    pub alert_suppression: Option<Suppression>,
    /// The exception lists it refers to.
    pub exceptions_list: Vec<ExceptionRef>,
    /// The exceptions in those lists.
    pub exceptions: Vec<RuleException>,
    /// The checklist made from [`Rule::note`].
    pub checklist: Arc<Checklist>,
    /// Where it came from.
    pub origin: RuleOrigin,
}

impl Rule {
    /// How often it runs.
    #[must_use]
    pub fn interval(&self) -> Duration {
        parse_duration(&self.interval).unwrap_or_else(|| Duration::minutes(5))
    }

    /// How far back from now its search window begins.
    #[must_use]
    pub fn look_back(&self) -> Duration {
        parse_look_back(&self.from).unwrap_or_else(|| Duration::minutes(6))
    }

    /// The query with the filters beside it.
    #[must_use]
    pub fn search(&self) -> Cow<'_, str> {
        let query = Some(self.query.as_str()).filter(|query| !query.trim().is_empty());
        match (query, &self.filters[..]) {
            (_, []) => Cow::Borrowed(&self.query),
            (None, [filter]) => Cow::Borrowed(filter),
            (query, filters) => {
                let parts = query.into_iter().chain(filters.iter().map(String::as_str));
                Cow::Owned(parts.map(|part| format!("({part})")).collect::<Vec<_>>().join(" and "))
            }
        }
    }
}

/// A term, or combination of terms, not seen before in the history window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTerms {
    /// The fields whose values are combined; one to three.
    #[serde(rename = "new_terms_fields")]
    pub fields: Vec<String>,
    /// Where the history begins, as written (`now-14d`).
    pub history_window_start: String,
}

/// A count over groups of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    /// The fields to group by; none counts all events together.
    #[serde(rename = "field")]
    pub fields: Vec<String>,
    /// The least number of events in a group, at least 1.
    pub value: u64,
    /// Fields that must have at least so many different values in a group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cardinality: Vec<Cardinality>,
}

/// The least number of different values of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cardinality {
    /// The field.
    pub field: String,
    /// How many different values, at least.
    pub value: u64,
}

/// Alerts that share the values of some fields are folded into one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// The fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_by: Vec<String>,
    /// For how long, in seconds; `None` is within one run of the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u64>,
    /// Whether events that lack a field are folded too (`suppress`), or each raises its alert (`doNotSuppress`).
    pub suppress_missing: bool,
}

/// A rule's reference to a list of exceptions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionRef {
    /// The list's id within its source.
    pub list_id: String,
    /// `detection`, `rule_default`, `endpoint` …
    #[serde(rename = "type")]
    pub kind: String,
    /// `single` or `agnostic`.
    pub namespace_type: String,
}

/// An exception that came with its rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleException {
    /// Its name.
    pub name: String,
    /// The list it is in.
    pub list_id: String,
    /// When it ends: it covers what happened before.
    #[serde(rename = "expire_time", skip_serializing_if = "Option::is_none")]
    pub expires: Option<DateTime<Utc>>,
    /// The events that it covers.
    pub query: String,
}

/// A mapping onto one tactic of a framework.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threat {
    /// `MITRE ATT&CK`, as a rule.
    pub framework: Framework,
    /// The tactic.
    pub tactic: Tactic,
    /// Its techniques.
    #[serde(rename = "technique", default, skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<Technique>,
}

/// The name of a threat framework.
pub type Framework = String;

/// An ATT&CK tactic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tactic {
    /// `TA0010`
    pub id: String,
    /// `Exfiltration`
    pub name: String,
    /// Link.
    #[serde(default)]
    pub reference: String,
}

/// An ATT&CK technique.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Technique {
    /// `T1567`
    pub id: String,
    /// Name.
    pub name: String,
    /// Link.
    #[serde(default)]
    pub reference: String,
    /// Its sub-techniques.
    #[serde(rename = "subtechnique", default, skip_serializing_if = "Vec::is_empty")]
    pub subtechniques: Vec<Subtechnique>,
}

/// An ATT&CK sub-technique.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subtechnique {
    /// `T1567.002`
    pub id: String,
    /// Name.
    pub name: String,
    /// Link.
    #[serde(default)]
    pub reference: String,
}
