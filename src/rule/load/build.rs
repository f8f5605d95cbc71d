//! Builds a rule from its table of fields, whichever format that came from.

use std::sync::Arc;

use super::exceptions::Lists;
use super::fields::Fields;
use super::node::{Node, Table, Value, place_in_file};
use super::{Failure, RuleFormat, filters, query, type_fields};
use crate::diag::{Diagnostic, Span};
use crate::rule::duration::{parse_duration, parse_look_back};
use crate::rule::{Rule, RuleOrigin, RuleType, Severity, Subtechnique, Tactic, Technique, Threat, derived_id, guide};

/// Elastic's defaults.
const INTERVAL: &str = "5m";
const FROM: &str = "now-6m";
const MAX_SIGNALS: u64 = 100;

/// The languages of rules, as `language` names them.
const KQL: &str = "kuery";
const EQL: &str = "eql";

/// The file or line that a rule's table comes from.
#[derive(Clone, Copy)]
pub(super) struct RuleSource<'a> {
    pub(super) text: &'a str,
    pub(super) format: RuleFormat,
    /// Where messages about a missing field point.
    pub(super) head: Span,
    /// Exceptions that the file holds beside its rules.
    pub(super) lists: &'a Lists,
}

impl<'a> RuleSource<'a> {
    pub(super) fn fields(self, table: &'a Table) -> Fields<'a> {
        Fields { source: self.text, table, head: self.head, path: String::new(), format: self.format }
    }
}

pub(super) fn build(table: &Table, source: RuleSource<'_>, origin: RuleOrigin) -> Result<Rule, Failure> {
    let rule = source.fields(table);
    let kind = kind(&rule)?;
    let shown = |why| {
        // Still shown, as far as it can be read.
        let query = rule.text("query", "").ok().flatten().unwrap_or_default().trim().to_owned();
        let rule = read(&rule, kind, query, origin.clone()).ok().map(Box::new);
        Err(Failure::Unsupported { why, rule })
    };
    if let Some(why) = unsupported(&rule)? {
        return shown(why);
    }
    let filters = match filters::read(&rule) {
        Ok(filters) => filters,
        Err(why) => return shown(why),
    };
    let query = match (kind, &filters[..]) {
        (RuleType::Eql, _) | (_, []) => query_text(&rule, source, kind)?,
        (_, [_, ..]) => query_beside_filters(&rule, source, kind)?,
    };
    if let Some(why) = query::unsupported(&rule, kind, &query) {
        return shown(why);
    }
    let mut made = read(&rule, kind, query, origin.clone())?;
    made.filters = filters;
    match source.lists.apply(&mut made) {
        Ok(()) => Ok(made),
        Err(why) => Err(Failure::Unsupported { why, rule: Some(Box::new(made)) }),
    }
}

/// A rule with filters may have an empty query.
fn query_beside_filters(rule: &Fields<'_>, source: RuleSource<'_>, kind: RuleType) -> Result<String, Diagnostic> {
    match rule.text("query", "\"\"")?.map(str::trim) {
        None | Some("") => Ok(String::new()),
        Some(_) => query_text(rule, source, kind),
    }
}

fn read(rule: &Fields<'_>, kind: RuleType, query: String, origin: RuleOrigin) -> Result<Rule, Diagnostic> {
    let name = rule.required("name", "\"What it finds\"")?.trim().to_owned();
    let usual = if kind == RuleType::Eql { EQL } else { KQL };
    let language = rule.text("language", &format!("\"{usual}\""))?.unwrap_or(usual).to_owned();
    let severity_word = rule.required("severity", "\"low\"")?;
    let severity = severity_word
        .parse::<Severity>()
        .map_err(|()| rule.unknown("severity", severity_word, &["low", "medium", "high", "critical"]))?;
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
        filters: Vec::new(),
        index: rule.list("index")?,
        severity,
        risk_score: small(risk_score),
        interval: duration_text(rule, "interval", INTERVAL, "10m", |t| {
            parse_duration(t).is_some_and(|d| !d.is_zero())
        })?,
        from: duration_text(rule, "from", FROM, "now-60m", |t| parse_look_back(t).is_some())?,
        max_signals: small(rule.whole("max_signals", 1, u64::from(u32::MAX), 100)?.unwrap_or(MAX_SIGNALS)),
        false_positives: rule.texts("false_positives")?.into_iter().map(reflow).collect(),
        references: rule.list("references")?,
        tags: rule.list("tags")?,
        version: rule.whole("version", 0, u64::from(u32::MAX), 1)?.map(small),
        authors: rule.list("author")?,
        license: rule.text("license", "\"…\"")?.map(str::to_owned),
        threat: rule.subs("threat")?.iter().map(threat).collect::<Result<_, _>>()?,
        checklist: Arc::new(guide::checklist(note.as_deref())),
        note,
        setup: rule.text("setup", "'''…'''")?.map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()),
        timestamp_override: rule.text("timestamp_override", "\"event.ingested\"")?.map(str::to_owned),
        investigation_fields: investigation_fields(rule)?,
        building_block,
        eql: type_fields::eql(rule, kind)?,
        new_terms: type_fields::new_terms(rule, kind)?,
        threshold: type_fields::threshold(rule, kind)?,
        alert_suppression: type_fields::suppression(rule)?,
        exceptions_list: type_fields::exceptions(rule)?,
        exceptions: Vec::new(),
        name,
        origin,
    })
}

// The range was checked when the field was read.
fn small(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Joins the lines of each paragraph.
fn reflow(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|p| p.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.filter(|p| !p.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn kind(rule: &Fields<'_>) -> Result<RuleType, Diagnostic> {
    match rule.required("type", "\"query\"")? {
        // A saved query is kept elsewhere and works the same.
        "query" | "saved_query" => Ok(RuleType::Query),
        "new_terms" => Ok(RuleType::NewTerms),
        "threshold" => Ok(RuleType::Threshold),
        "eql" => Ok(RuleType::Eql),
        "esql" => Ok(RuleType::Esql),
        "machine_learning" => Ok(RuleType::MachineLearning),
        "threat_match" => Ok(RuleType::ThreatMatch),
        other => {
            let known = ["query", "new_terms", "threshold", "eql", "esql", "machine_learning", "threat_match"];
            Err(rule.unknown("type", other, &known))
        }
    }
}

/// The reason why rules of this type or language do not run here.
fn unsupported(rule: &Fields<'_>) -> Result<Option<String>, Diagnostic> {
    let language = match rule.required("type", "\"query\"")? {
        "query" | "new_terms" | "threshold" => KQL,
        "eql" => EQL,
        other => return Ok(Some(format!("{other} rules do not run here"))),
    };
    match rule.text("language", &format!("\"{language}\""))?.unwrap_or(language) {
        found if found == language => Ok(None),
        "lucene" if language == KQL => Ok(Some("lucene queries do not run here".to_owned())),
        other if language == KQL => Err(rule.unknown("language", other, &[KQL, "lucene"])),
        other => Err(rule.unknown("language", other, &[EQL])),
    }
}

fn query_text(rule: &Fields<'_>, source: RuleSource<'_>, kind: RuleType) -> Result<String, Diagnostic> {
    let (language, example) = match kind {
        RuleType::Eql => ("EQL", "'''any where event.action == \"…\"'''"),
        _ => ("KQL", "'''event.action: \"…\"'''"),
    };
    let text = rule.required("query", example)?;
    let query = text.trim();
    let Some(wrong) = query::check(rule, kind, query) else { return Ok(query.to_owned()) };
    let leading = text.len() - text.trim_start().len();
    let find = |offset: usize| match rule.get("query") {
        Some(entry) => place_in_query(source, &entry.node, text, leading + offset),
        None => source.head.start,
    };
    let span = Span::new(find(wrong.span.start), find(wrong.span.end));
    let found = Diagnostic::new(format!("the query is not valid {language}: {}", wrong.message)).at(source.text, span);
    Err(match wrong.help {
        Some(help) => found.help(help),
        None => found.help("correct the query at the place shown"),
    })
}

/// The place in the file of the byte at `offset` of a query.
pub(super) fn place_in_query(source: RuleSource<'_>, node: &Node, query: &str, offset: usize) -> usize {
    let written = source.text.get(node.span.start..node.span.end).unwrap_or_default();
    place_in_file(written, source.format != RuleFormat::Page, node.span.start, query, offset)
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
            format!(
                "`{key}` is `{text}`, which is no {}",
                if key == "from" { "time before now" } else { "length of time" }
            ),
            &format!("write a whole number and a unit, s, m, h, d or w, as in `{example}`"),
        )),
        _ => Ok(text.trim().to_owned()),
    }
}

fn investigation_fields(rule: &Fields<'_>) -> Result<Vec<String>, Diagnostic> {
    match rule.get("investigation_fields").map(|e| &e.node.value) {
        // Kibana's form before `field_names`.
        Some(Value::List(_)) => rule.list("investigation_fields"),
        _ => match rule.sub("investigation_fields")? {
            Some(fields) => fields.list("field_names"),
            None => Ok(Vec::new()),
        },
    }
}

fn threat(fields: &Fields<'_>) -> Result<Threat, Diagnostic> {
    let tactic = fields
        .sub("tactic")?
        .ok_or_else(|| fields.missing("tactic", &format!("add `{}`", fields.table_example("tactic"))))?;
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
