//! A detection rule, with its parts named as Elastic names them.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::Checklist;
use super::duration::{parse_duration, parse_look_back};
use crate::query::eql;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
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

/// Elastic's rule types. Those run here whose query is KQL or EQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleType {
    /// Each matching event is an alert.
    Query,
    NewTerms,
    Threshold,
    Eql,
    Esql,
    MachineLearning,
    ThreatMatch,
}

impl RuleType {
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleOrigin {
    Bundled,
    File {
        path: PathBuf,
        /// From 1; only where the file holds several rules.
        line: Option<usize>,
    },
}

/// A detection rule. Text is as the file has it, durations included (`10m`, `now-60m`).
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Elastic's `rule_id`, stable across versions; [`super::derived_id`] where the file has none.
    pub id: String,
    pub name: String,
    pub description: String,
    pub kind: RuleType,
    /// `kuery`, `eql`, or that of a rule that does not run here.
    pub language: String,
    pub query: String,
    /// For [`RuleType::Eql`].
    pub eql: Option<EqlFields>,
    /// Filters that must hold besides the query, as KQL.
    pub filters: Vec<String>,
    /// Index patterns.
    pub index: Vec<String>,
    pub severity: Severity,
    /// 0–100.
    pub risk_score: u32,
    /// How often it runs (`10m`). Elastic's default is `5m`.
    pub interval: String,
    /// Start of its search window (`now-60m`). Elastic's default is `now-6m`.
    pub from: String,
    /// The most alerts per run. Elastic's default is 100.
    pub max_signals: u32,
    pub false_positives: Vec<String>,
    pub references: Vec<String>,
    pub tags: Vec<String>,
    pub version: Option<u32>,
    pub authors: Vec<String>,
    pub license: Option<String>,
    pub threat: Vec<Threat>,
    /// The investigation guide, in Markdown.
    pub note: Option<String>,
    /// Setup instructions, in Markdown.
    pub setup: Option<String>,
    /// The field that replaces `@timestamp`.
    pub timestamp_override: Option<String>,
    /// Fields that the detail pane shows first.
    pub investigation_fields: Vec<String>,
    /// Its alerts only feed other rules.
    pub building_block: bool,
    /// For [`RuleType::NewTerms`].
    pub new_terms: Option<NewTerms>,
    /// For [`RuleType::Threshold`].
    pub threshold: Option<Threshold>,
    pub alert_suppression: Option<Suppression>,
    pub exceptions_list: Vec<ExceptionRef>,
    /// The exceptions in [`Rule::exceptions_list`].
    pub exceptions: Vec<RuleException>,
    /// Made from [`Rule::note`].
    pub checklist: Arc<Checklist>,
    pub origin: RuleOrigin,
}

impl Rule {
    #[must_use]
    pub fn interval(&self) -> Duration {
        parse_duration(&self.interval).unwrap_or_else(|| Duration::minutes(5))
    }

    /// How far its search window reaches back.
    #[must_use]
    pub fn look_back(&self) -> Duration {
        parse_look_back(&self.from).unwrap_or_else(|| Duration::minutes(6))
    }

    /// The query, which is KQL, joined with the filters.
    #[must_use]
    pub fn search(&self) -> Cow<'_, str> {
        let query = Some(self.query.as_str()).filter(|query| !query.trim().is_empty());
        joined(query, &self.filters).unwrap_or(Cow::Borrowed(&self.query))
    }

    /// The filters alone, as KQL: beside a query in another language.
    #[must_use]
    pub fn filter(&self) -> Option<Cow<'_, str>> {
        joined(None, &self.filters)
    }

    /// The field that an EQL query compares its category with.
    #[must_use]
    pub fn event_category(&self) -> &str {
        self.eql.as_ref().map_or(eql::CATEGORY, EqlFields::category)
    }
}

/// KQL that asks for a query and all filters; nothing where there are no filters.
fn joined<'r>(query: Option<&'r str>, filters: &'r [String]) -> Option<Cow<'r, str>> {
    match (query, filters) {
        (_, []) => None,
        (None, [filter]) => Some(Cow::Borrowed(filter)),
        (query, filters) => {
            let parts = query.into_iter().chain(filters.iter().map(String::as_str));
            Some(Cow::Owned(parts.map(|part| format!("({part})")).collect::<Vec<_>>().join(" and ")))
        }
    }
}

/// Fields that an EQL query takes in place of the usual ones.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EqlFields {
    /// In place of `event.category`.
    #[serde(rename = "event_category_override", default, skip_serializing_if = "Option::is_none")]
    pub event_category: Option<String>,
    /// In place of `@timestamp`.
    #[serde(rename = "timestamp_field", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// Orders events of the same time.
    #[serde(rename = "tiebreaker_field", default, skip_serializing_if = "Option::is_none")]
    pub tiebreaker: Option<String>,
}

impl EqlFields {
    /// The field that the category of a query is compared with.
    #[must_use]
    pub fn category(&self) -> &str {
        self.event_category.as_deref().unwrap_or(eql::CATEGORY)
    }
}

/// A combination of terms not seen in the history window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTerms {
    /// The fields whose values form the combination; one to three.
    #[serde(rename = "new_terms_fields")]
    pub fields: Vec<String>,
    /// Start of the history, e.g. `now-14d`.
    pub history_window_start: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    /// Group by these; empty counts all events together.
    #[serde(rename = "field")]
    pub fields: Vec<String>,
    /// Least events in a group, at least 1.
    pub value: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cardinality: Vec<Cardinality>,
}

/// A field that must have this many distinct values in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cardinality {
    pub field: String,
    /// Least distinct values.
    pub value: u64,
}

/// Elastic's alert suppression: folds alerts that share field values into one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_by: Vec<String>,
    /// `None`: within one run of the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u64>,
    /// Events that lack a field are folded too (`suppress`), or each raises its own alert (`doNotSuppress`).
    pub suppress_missing: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionRef {
    pub list_id: String,
    /// `detection`, `rule_default`, `endpoint` …
    #[serde(rename = "type")]
    pub kind: String,
    /// `single` or `agnostic`.
    pub namespace_type: String,
}

/// An exception that was exported with its rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleException {
    pub name: String,
    pub list_id: String,
    /// It covers events before this.
    #[serde(rename = "expire_time", skip_serializing_if = "Option::is_none")]
    pub expires: Option<DateTime<Utc>>,
    /// KQL for the events that it covers.
    pub query: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threat {
    /// Usually `MITRE ATT&CK`.
    pub framework: Framework,
    pub tactic: Tactic,
    #[serde(rename = "technique", default, skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<Technique>,
}

pub type Framework = String;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tactic {
    /// `TA0010`
    pub id: String,
    /// `Exfiltration`
    pub name: String,
    #[serde(default)]
    pub reference: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Technique {
    /// `T1567`
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub reference: String,
    #[serde(rename = "subtechnique", default, skip_serializing_if = "Vec::is_empty")]
    pub subtechniques: Vec<Subtechnique>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subtechnique {
    /// `T1567.002`
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub reference: String,
}
