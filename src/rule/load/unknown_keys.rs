//! Warns about keys of a rule file that nobody knows; those known elsewhere and unused here pass.

use super::node::{Table, Value};
use crate::diag::{self, Diagnostic};

/// Every key of a rule in detection-rules or Kibana's export.
const KNOWN: &[&str] = &[
    "actions",
    "alert_suppression",
    "alias_purpose",
    "alias_target_id",
    "anomaly_threshold",
    "author",
    "building_block_type",
    "concurrent_searches",
    "created_at",
    "created_by",
    "data_view_id",
    "description",
    "enabled",
    "event_category_override",
    "exceptions_list",
    "execution_summary",
    "false_positives",
    "filters",
    "from",
    "history_window_start",
    "id",
    "immutable",
    "index",
    "interval",
    "investigation_fields",
    "items_per_search",
    "language",
    "license",
    "machine_learning_job_id",
    "max_signals",
    "meta",
    "name",
    "namespace",
    "new_terms",
    "new_terms_fields",
    "note",
    "outcome",
    "output_index",
    "query",
    "references",
    "related_integrations",
    "required_fields",
    "response_actions",
    "revision",
    "risk_score",
    "risk_score_mapping",
    "rule_id",
    "rule_name_override",
    "rule_source",
    "saved_id",
    "setup",
    "severity",
    "severity_mapping",
    "tags",
    "threat",
    "threat_filters",
    "threat_index",
    "threat_indicator_path",
    "threat_language",
    "threat_mapping",
    "threat_query",
    "threshold",
    "throttle",
    "tiebreaker_field",
    "timeline_id",
    "timeline_title",
    "timestamp_field",
    "timestamp_override",
    "timestamp_override_fallback_disabled",
    "to",
    "type",
    "updated_at",
    "updated_by",
    "version",
];

/// The keys of the tables inside a rule.
fn known_in(table: &str) -> &'static [&'static str] {
    match table {
        "alert_suppression" => &["duration", "group_by", "missing_fields_strategy"],
        "cardinality" => &["field", "value"],
        "duration" => &["unit", "value"],
        "exceptions_list" => &["id", "list_id", "namespace_type", "type"],
        "history_window_start" => &["field", "value"],
        "investigation_fields" => &["field_names"],
        "new_terms" => &["field", "history_window_start", "value"],
        "tactic" | "subtechnique" => &["id", "name", "reference"],
        "technique" => &["id", "name", "reference", "subtechnique"],
        "threat" => &["framework", "tactic", "technique"],
        "threshold" => &["cardinality", "field", "value"],
        _ => &[],
    }
}

/// A warning for each unknown key, in the rule and in the tables inside it that are read here.
pub(super) fn find(table: &Table, source: &str) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    find_in(table, "", KNOWN, source, &mut warnings);
    warnings
}

fn find_in(table: &Table, path: &str, known: &[&str], source: &str, warnings: &mut Vec<Diagnostic>) {
    for (key, entry) in table {
        if !known.contains(&key.as_str()) {
            let holder = if path.is_empty() { "a rule".to_owned() } else { format!("`{path}`") };
            let warning = Diagnostic::new(format!("`{key}` is no field of {holder}, and was passed over"));
            let help = match nearest(key, known) {
                Some(name) => format!("did you mean `{name}`?"),
                None => "remove it, or check its spelling".to_owned(),
            };
            warnings.push(warning.at(source, entry.key).help(help));
            continue;
        }
        let inside = known_in(key);
        let tables = match &entry.node.value {
            Value::List(items) => items.iter().map(|item| &item.value).collect(),
            value => vec![value],
        };
        for value in tables.into_iter().filter(|_| !inside.is_empty()) {
            if let Value::Table(table) = value {
                find_in(
                    table,
                    &format!("{path}{}{key}", if path.is_empty() { "" } else { "." }),
                    inside,
                    source,
                    warnings,
                );
            }
        }
    }
}

/// The name that `word` most likely misspells. A short word must be nearer than a long one.
pub(super) fn nearest<'n>(word: &str, names: &[&'n str]) -> Option<&'n str> {
    diag::nearest(word, names.iter().copied(), (word.chars().count() / 3).min(2)).first().copied()
}
