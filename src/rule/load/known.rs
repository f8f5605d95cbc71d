//! Fields that rule files carry, so that a misspelt one is told from one that merely has no use here.

use super::node::Table;
use crate::diag::Diagnostic;

/// Every field of a rule that detection-rules or Kibana's export knows.
const KNOWN: &[&str] = &[
    "actions",
    "alert_suppression",
    "author",
    "building_block_type",
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
    "language",
    "license",
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

/// A warning for each field that nobody knows.
pub(super) fn unknown_fields(table: &Table, source: &str) -> Vec<Diagnostic> {
    let unknown = table.iter().filter(|(key, _)| !KNOWN.contains(&key.as_str()));
    unknown
        .map(|(key, entry)| {
            let warning = Diagnostic::new(format!("`{key}` is no field of a rule, and was passed over"));
            let nearest = KNOWN.iter().map(|k| (distance(k, key), k)).min().filter(|(d, _)| *d <= 2);
            let help = match nearest {
                Some((_, name)) => format!("did you mean `{name}`?"),
                None => "remove it, or check its spelling".to_owned(),
            };
            warning.at(source, entry.key).help(help)
        })
        .collect()
}

/// How many letters must change to turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}
