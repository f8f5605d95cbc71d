//! Fields that only some rules have: those of EQL, new terms, threshold, suppression, exceptions.

use super::fields::Fields;
use crate::diag::Diagnostic;
use crate::rule::duration::parse_look_back;
use crate::rule::{Cardinality, EqlFields, ExceptionRef, NewTerms, RuleType, Suppression, Threshold};

/// The most fields that form a term.
const MOST_TERMS: usize = 3;

pub(super) fn eql(rule: &Fields<'_>, kind: RuleType) -> Result<Option<EqlFields>, Diagnostic> {
    if kind != RuleType::Eql {
        return Ok(None);
    }
    let field = |key: &str, example: &str| {
        let name = rule.text(key, example)?.map(str::trim).filter(|name| !name.is_empty());
        Ok(name.map(str::to_owned))
    };
    Ok(Some(EqlFields {
        event_category: field("event_category_override", "\"event.type\"")?,
        timestamp: field("timestamp_field", "\"@timestamp\"")?,
        tiebreaker: field("tiebreaker_field", "\"event.id\"")?,
    }))
}

/// Reads both Kibana's two fields and detection-rules' `[rule.new_terms]`.
pub(super) fn new_terms(rule: &Fields<'_>, kind: RuleType) -> Result<Option<NewTerms>, Diagnostic> {
    if kind != RuleType::NewTerms {
        return Ok(None);
    }
    let sub = rule.sub("new_terms")?;
    let (holder, key) = match &sub {
        Some(sub) => (sub, "value"),
        None => (rule, "new_terms_fields"),
    };
    let fields = holder.list(key)?;
    if !(1..=MOST_TERMS).contains(&fields.len()) {
        let message = format!("a new_terms rule combines 1 to {MOST_TERMS} fields, not {}", fields.len());
        let help = match fields.len() {
            0 => format!("write it as `{}`", holder.example(key, "[\"user.id\"]")),
            _ => format!("keep at most {MOST_TERMS}: those whose combination must be new"),
        };
        return Err(match holder.get(key) {
            Some(entry) => holder.wrong(&entry.node, message, &help),
            None => Diagnostic::new(message).at(rule.source, holder.head).help(help),
        });
    }
    let windows = match &sub {
        Some(sub) if !sub.is_text("history_window_start") => sub.subs("history_window_start")?,
        _ => Vec::new(),
    };
    let (at, key) = match windows.first() {
        Some(window) => (window, "value"),
        None => (holder, "history_window_start"),
    };
    let start = at.required(key, "\"now-14d\"")?;
    if parse_look_back(start).is_none_or(|d| d.is_zero()) {
        let message = format!("the history window starts at `{start}`, which is no time before now");
        let help = "write `now-` and a whole number with a unit, s, m, h, d or w, as in `now-14d`";
        return Err(match at.get(key) {
            Some(entry) => at.wrong(&entry.node, message, help),
            None => at.missing(key, help),
        });
    }
    Ok(Some(NewTerms { fields, history_window_start: start.trim().to_owned() }))
}

pub(super) fn threshold(rule: &Fields<'_>, kind: RuleType) -> Result<Option<Threshold>, Diagnostic> {
    if kind != RuleType::Threshold {
        return Ok(None);
    }
    let fields = rule.sub("threshold")?;
    let fields =
        fields.ok_or_else(|| rule.missing("threshold", &format!("add `{}`", rule.table_example("threshold"))))?;
    let least = |fields: &Fields<'_>| {
        fields
            .whole("value", 1, u64::MAX, 5)?
            .ok_or_else(|| fields.missing("value", &format!("add `{}`", fields.example("value", "5"))))
    };
    Ok(Some(Threshold {
        fields: fields.list("field")?,
        value: least(&fields)?,
        cardinality: fields
            .subs("cardinality")?
            .iter()
            .map(|c| Ok(Cardinality { field: c.required("field", "\"user.id\"")?.to_owned(), value: least(c)? }))
            .collect::<Result<_, Diagnostic>>()?,
    }))
}

pub(super) fn suppression(rule: &Fields<'_>) -> Result<Option<Suppression>, Diagnostic> {
    let Some(fields) = rule.sub("alert_suppression")? else { return Ok(None) };
    let duration_seconds = match fields.sub("duration")? {
        None => None,
        Some(duration) => {
            let value = duration.whole("value", 1, 1_000_000, 5)?;
            let value =
                value.ok_or_else(|| duration.missing("value", &format!("add `{}`", duration.example("value", "5"))))?;
            let unit = duration.required("unit", "\"m\"")?;
            let seconds = match unit {
                "s" => 1,
                "m" => 60,
                "h" => 3_600,
                _ => return Err(duration.unknown("unit", unit, &["s", "m", "h"])),
            };
            Some(value * seconds)
        }
    };
    let suppress_missing = match fields.text("missing_fields_strategy", "\"suppress\"")? {
        None | Some("suppress") => true,
        Some("doNotSuppress") => false,
        Some(other) => {
            return Err(fields.unknown("missing_fields_strategy", other, &["suppress", "doNotSuppress"]));
        }
    };
    Ok(Some(Suppression { group_by: fields.list("group_by")?, duration_seconds, suppress_missing }))
}

pub(super) fn exceptions(rule: &Fields<'_>) -> Result<Vec<ExceptionRef>, Diagnostic> {
    let list = rule.subs("exceptions_list")?;
    list.iter()
        .map(|fields| {
            Ok(ExceptionRef {
                list_id: fields.required("list_id", "\"…\"")?.to_owned(),
                kind: fields.text("type", "\"detection\"")?.unwrap_or("detection").to_owned(),
                namespace_type: fields.text("namespace_type", "\"single\"")?.unwrap_or("single").to_owned(),
            })
        })
        .collect()
}
