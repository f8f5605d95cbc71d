//! One sentence on what happened.

use crate::rule::Rule;

use super::Facts;

/// The most characters of one value in the sentence.
const VALUE: usize = 200;

/// What happened and which rule says so, for `kibana.alert.reason`: `etl-role/jsmith called StartExportTask on
/// cluster-snapshot:orders from 198.51.100.23 in us-east-1: low alert of AWS RDS Snapshot Export.` Parts that the log does
/// not have are left out; values are as the log gave them, cut where they are very long.
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

/// A value, cut where it is very long.
#[must_use]
pub fn cut(value: &str) -> String {
    match value.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
