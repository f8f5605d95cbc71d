use crate::rule::Rule;

use super::Facts;

/// The most characters of a value.
const VALUE: usize = 200;

/// The sentence of `kibana.alert.reason`: `etl-role/jsmith called StartExportTask on cluster-snapshot:orders from
/// 198.51.100.23 in us-east-1: low alert of AWS RDS Snapshot Export.` Parts that the log lacks are left out; values are
/// as the log gave them, but cut when very long.
#[must_use]
pub fn reason(rule: &Rule, facts: &Facts) -> String {
    let mut sentence = facts.identity.display.as_deref().map_or_else(|| "Somebody".to_owned(), cut);
    sentence.push_str(" called ");
    sentence.push_str(&facts.action.as_deref().map_or_else(|| "an action that is not recorded".to_owned(), cut));
    let target = facts.target();
    let parts = [("on", target.as_deref()), ("from", facts.source.as_deref()), ("in", facts.region.as_deref())];
    for (word, value) in parts {
        if let Some(value) = value {
            sentence.push_str(&format!(" {word} {}", cut(value)));
        }
    }
    if let Some(error) = &facts.error {
        sentence.push_str(&format!(", which failed with {}", cut(error)));
    }
    sentence.push_str(&format!(": {} alert of {}.", rule.severity, rule.name));
    sentence
}

/// Cuts a very long value.
#[must_use]
pub fn cut(value: &str) -> String {
    match value.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
