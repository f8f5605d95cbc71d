//! From a table of fields, whichever format it came from, to a rule.

use std::sync::Arc;

use super::fields::Fields;
use super::node::{Table, Value, place_in_file};
use super::{Failure, Format, query};
use crate::diag::{Diagnostic, Span};
use crate::rule::duration::{parse_duration, parse_look_back};
use crate::rule::{
    Cardinality, ExceptionRef, NewTerms, Origin, Rule, RuleType, Severity, Subtechnique, Suppression, Tactic,
    Technique, Threat, Threshold, derived_id, guide,
};

/// Elastic's defaults for what a rule leaves out.
const INTERVAL: &str = "5m";
const FROM: &str = "now-6m";
const MAX_SIGNALS: u64 = 100;

/// Where the table comes from.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) source: &'a str,
    pub(super) format: Format,
    /// Where to point when a field is missing.
    pub(super) head: Span,
}

/// Builds the rule that `table` describes.
pub(super) fn build(table: &Table, place: Place<'_>, origin: Origin) -> Result<Rule, Failure> {
    let rule = Fields { source: place.source, table, head: place.head, name: "the rule", format: place.format };
    let kind = kind(&rule)?;
    match unsupported(&rule)? {
        None => read(rule, kind, query_text(&rule, place)?, origin).map_err(Into::into),
        Some(why) => {
            // Shown all the same, as far as it can be read.
            let query = rule.text("query", "").ok().flatten().unwrap_or_default().trim().to_owned();
            let rule = read(rule, kind, query, origin).ok().map(Box::new);
            Err(Failure::Unsupported { why, rule })
        }
    }
}

fn read(rule: Fields<'_>, kind: RuleType, query: String, origin: Origin) -> Result<Rule, Diagnostic> {
    let name = rule.required("name", "\"What it finds\"")?.trim().to_owned();
    let language = rule.text("language", "\"kuery\"")?.unwrap_or("kuery").to_owned();
    let severity_word = rule.required("severity", "\"low\"")?;
    let severity = severity_word
        .parse::<Severity>()
        .map_err(|()| unknown(&rule, "severity", severity_word, "low, medium, high, critical"))?;
    let risk_score = rule.whole("risk_score", 0, 100, 21)?;
    let risk_score = risk_score.ok_or_else(|| {
        rule.missing("risk_score", &format!("add `{}`, from 0 to 100", rule.example("risk_score", "21")))
    })?;
    let note = rule.text("note", "'''…'''")?.map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned);
    let building_block = rule.text("building_block_type", "\"default\"")?.is_some();
    Ok(Rule {
        id: match rule.text("rule_id", "\"…\"")?.map(str::trim).filter(|id| !id.is_empty()) {
            Some(id) => id.to_owned(),
            None => derived_id(&name),
        },
        description: reflow(rule.text("description", "\"…\"")?.unwrap_or_default()),
        kind,
        language,
        query,
        index: owned(rule.texts("index")?),
        severity,
        risk_score: small(risk_score),
        interval: duration_text(&rule, "interval", INTERVAL, "10m", |t| {
            parse_duration(t).is_some_and(|d| !d.is_zero())
        })?,
        from: duration_text(&rule, "from", FROM, "now-60m", |t| parse_look_back(t).is_some())?,
        max_signals: small(rule.whole("max_signals", 1, u64::from(u32::MAX), 100)?.unwrap_or(MAX_SIGNALS)),
        false_positives: rule.texts("false_positives")?.into_iter().map(reflow).collect(),
        references: owned(rule.texts("references")?),
        tags: owned(rule.texts("tags")?),
        version: rule.whole("version", 0, u64::from(u32::MAX), 1)?.map(small),
        authors: owned(rule.texts("author")?),
        license: rule.text("license", "\"…\"")?.map(str::to_owned),
        threat: rule.subs("threat")?.iter().map(threat).collect::<Result<_, _>>()?,
        checklist: Arc::new(guide::checklist(note.as_deref())),
        note,
        setup: rule.text("setup", "'''…'''")?.map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()),
        timestamp_override: rule.text("timestamp_override", "\"event.ingested\"")?.map(str::to_owned),
        investigation_fields: investigation_fields(&rule)?,
        building_block,
        new_terms: new_terms(&rule, kind)?,
        threshold: threshold(&rule, kind)?,
        alert_suppression: suppression(&rule)?,
        exceptions_list: exceptions(&rule)?,
        name,
        origin,
    })
}

fn owned(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect()
}

// The range was checked when the field was read.
fn small(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Paragraphs without the line breaks and indents that only fit them into the file.
fn reflow(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|p| p.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.filter(|p| !p.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn unknown(rule: &Fields<'_>, key: &str, found: &str, known: &str) -> Diagnostic {
    let message = format!("`{found}` is no {}", key.replace('_', " "));
    let help = format!("use one of: {known}");
    match rule.get(key) {
        Some(entry) => rule.wrong(&entry.node, message, &help),
        None => rule.missing(key, &help),
    }
}

fn kind(rule: &Fields<'_>) -> Result<RuleType, Diagnostic> {
    match rule.required("type", "\"query\"")? {
        // A saved query is a query that is kept elsewhere.
        "query" | "saved_query" => Ok(RuleType::Query),
        "new_terms" => Ok(RuleType::NewTerms),
        "threshold" => Ok(RuleType::Threshold),
        "eql" => Ok(RuleType::Eql),
        "esql" => Ok(RuleType::Esql),
        "machine_learning" => Ok(RuleType::MachineLearning),
        "threat_match" => Ok(RuleType::ThreatMatch),
        other => Err(unknown(
            rule,
            "type",
            other,
            "query, new_terms, threshold (eql, esql, machine_learning, threat_match and saved_query are known, but do not run here)",
        )),
    }
}

/// Why a rule does not run here, where its type or its language says so.
fn unsupported(rule: &Fields<'_>) -> Result<Option<String>, Diagnostic> {
    match rule.required("type", "\"query\"")? {
        "query" | "new_terms" | "threshold" => {}
        other => return Ok(Some(format!("{other} rules do not run here"))),
    }
    match rule.text("language", "\"kuery\"")?.unwrap_or("kuery") {
        "kuery" => {}
        "lucene" => return Ok(Some("lucene queries do not run here".to_owned())),
        other => return Err(unknown(rule, "language", other, "kuery, lucene (which does not run here)")),
    }
    let empty = |value: &Value| matches!(value, Value::List(items) if items.is_empty());
    let filters = rule.get("filters").is_some_and(|e| !empty(&e.node.value));
    Ok(filters.then(|| "filters beside the query do not run here".to_owned()))
}

fn query_text(rule: &Fields<'_>, place: Place<'_>) -> Result<String, Diagnostic> {
    let text = rule.required("query", "'''event.action: \"…\"'''")?;
    let query = text.trim();
    let Some(wrong) = query::check(query) else { return Ok(query.to_owned()) };
    let leading = text.len() - text.trim_start().len();
    let node = rule.get("query").map(|e| &e.node);
    let quoted = place.format != Format::Page;
    let find = |offset: usize| match node {
        Some(node) => {
            let written = place.source.get(node.span.start..node.span.end).unwrap_or_default();
            place_in_file(written, quoted, node.span.start, text, leading + offset)
        }
        None => place.head.start,
    };
    let span = Span::new(find(wrong.span.start), find(wrong.span.end));
    let found = Diagnostic::new(format!("the query is not valid KQL: {}", wrong.message)).at(place.source, span);
    Err(match wrong.help {
        Some(help) => found.help(help),
        None => found.help("correct the query at the place shown"),
    })
}

fn duration_text(
    rule: &Fields<'_>,
    key: &str,
    default: &str,
    example: &str,
    valid: impl Fn(&str) -> bool,
) -> Result<String, Diagnostic> {
    let Some(text) = rule.text(key, &format!("\"{example}\""))? else { return Ok(default.to_owned()) };
    match rule.get(key) {
        Some(entry) if !valid(text) => Err(rule.wrong(
            &entry.node,
            format!("`{text}` is no valid `{key}`"),
            &format!("write a whole number and a unit, s, m, h, d or w, as in `{example}`"),
        )),
        _ => Ok(text.trim().to_owned()),
    }
}

fn investigation_fields(rule: &Fields<'_>) -> Result<Vec<String>, Diagnostic> {
    match rule.get("investigation_fields").map(|e| &e.node.value) {
        // The form that Kibana used before field_names.
        Some(Value::List(_)) => Ok(owned(rule.texts("investigation_fields")?)),
        _ => match rule.sub("investigation_fields")? {
            Some(fields) => Ok(owned(fields.texts("field_names")?)),
            None => Ok(Vec::new()),
        },
    }
}

fn threat(fields: &Fields<'_>) -> Result<Threat, Diagnostic> {
    let tactic = fields.sub("tactic")?.ok_or_else(|| fields.missing("tactic", "add a `[rule.threat.tactic]` table"))?;
    let techniques = fields.subs("technique")?;
    Ok(Threat {
        framework: fields.text("framework", "\"MITRE ATT&CK\"")?.unwrap_or("MITRE ATT&CK").to_owned(),
        tactic: {
            let (id, name, reference) = attack(&tactic, "TA0010")?;
            Tactic { id, name, reference }
        },
        techniques: techniques
            .iter()
            .map(|technique| {
                let (id, name, reference) = attack(technique, "T1537")?;
                let subtechniques = technique
                    .subs("subtechnique")?
                    .iter()
                    .map(|sub| {
                        attack(sub, "T1567.002").map(|(id, name, reference)| Subtechnique { id, name, reference })
                    })
                    .collect::<Result<_, _>>()?;
                Ok(Technique { id, name, reference, subtechniques })
            })
            .collect::<Result<_, Diagnostic>>()?,
    })
}

fn attack(fields: &Fields<'_>, example: &str) -> Result<(String, String, String), Diagnostic> {
    let id = fields.required("id", &format!("\"{example}\""))?;
    let name = fields.required("name", "\"…\"")?;
    let reference = fields.text("reference", "\"https://…\"")?.unwrap_or_default();
    Ok((id.trim().to_owned(), name.trim().to_owned(), reference.trim().to_owned()))
}

/// Both forms: Kibana's two fields, and detection-rules' `[rule.new_terms]`.
fn new_terms(rule: &Fields<'_>, kind: RuleType) -> Result<Option<NewTerms>, Diagnostic> {
    if kind != RuleType::NewTerms {
        return Ok(None);
    }
    let example = "\"now-14d\"";
    let sub = rule.sub("new_terms")?;
    let (holder, fields) = match &sub {
        Some(sub) => (*sub, sub.texts("value")?),
        None => (*rule, rule.texts("new_terms_fields")?),
    };
    if !(1..=3).contains(&fields.len()) {
        let message = format!("a new_terms rule needs one to three fields, not {}", fields.len());
        return Err(Diagnostic::new(message)
            .at(rule.source, holder.head)
            .help("add `[rule.new_terms]` with `field = \"new_terms_fields\"` and `value = [\"user.id\"]`"));
    }
    let windows = match &sub {
        Some(sub) => sub.subs("history_window_start")?,
        None => Vec::new(),
    };
    let (at, key) = match windows.first() {
        Some(window) => (*window, "value"),
        None => (holder, "history_window_start"),
    };
    let start = at.required(key, example)?;
    if parse_look_back(start).is_none_or(|d| d.is_zero()) {
        let message = format!("`{start}` is no valid start of a history window");
        let help = "write `now-` and a whole number with a unit, as in `now-14d`";
        return Err(match at.get(key) {
            Some(entry) => at.wrong(&entry.node, message, help),
            None => at.missing(key, help),
        });
    }
    Ok(Some(NewTerms { fields: owned(fields), history_window_start: start.trim().to_owned() }))
}

fn threshold(rule: &Fields<'_>, kind: RuleType) -> Result<Option<Threshold>, Diagnostic> {
    if kind != RuleType::Threshold {
        return Ok(None);
    }
    let fields = rule.sub("threshold")?;
    let fields =
        fields.ok_or_else(|| rule.missing("threshold", "add a `[rule.threshold]` table with `field` and `value`"))?;
    let least = |fields: &Fields<'_>| {
        fields
            .whole("value", 1, u64::MAX, 5)?
            .ok_or_else(|| fields.missing("value", &format!("add `{}`", fields.example("value", "5"))))
    };
    Ok(Some(Threshold {
        fields: owned(fields.texts("field")?),
        value: least(&fields)?,
        cardinality: fields
            .subs("cardinality")?
            .iter()
            .map(|c| Ok(Cardinality { field: c.required("field", "\"user.id\"")?.to_owned(), value: least(c)? }))
            .collect::<Result<_, Diagnostic>>()?,
    }))
}

fn suppression(rule: &Fields<'_>) -> Result<Option<Suppression>, Diagnostic> {
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
                _ => return Err(unknown(&duration, "unit", unit, "s, m, h")),
            };
            Some(value * seconds)
        }
    };
    let suppress_missing = match fields.text("missing_fields_strategy", "\"suppress\"")? {
        None | Some("suppress") => true,
        Some("doNotSuppress") => false,
        Some(other) => return Err(unknown(&fields, "missing_fields_strategy", other, "suppress, doNotSuppress")),
    };
    Ok(Some(Suppression { group_by: owned(fields.texts("group_by")?), duration_seconds, suppress_missing }))
}

fn exceptions(rule: &Fields<'_>) -> Result<Vec<ExceptionRef>, Diagnostic> {
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
