//! Prints a rule: as JSON with Elastic's field names, or as a page of text.

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use super::{Checklist, ChecklistStep, Rule, RuleException, RuleOrigin, Section, StepDetail};
use crate::text::{visible, wrap};

/// Every fact of the rule under Elastic's names, and under `checklist` its checklist: `plain`, `intro`, `steps` (how
/// many to tick) and `sections`, each with its `steps` (`id`, `number`, `text`, `details` …).
#[must_use]
pub fn to_json(rule: &Rule) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            out.insert(key.to_owned(), value);
        }
    };
    put("rule_id", json!(rule.id));
    put("name", json!(rule.name));
    put("description", json!(rule.description));
    put("type", json!(rule.kind));
    put("language", json!(rule.language));
    put("query", json!(rule.query));
    put("filters_as_kql", json!(rule.filters));
    put("index", json!(rule.index));
    put("severity", json!(rule.severity));
    put("risk_score", json!(rule.risk_score));
    put("interval", json!(rule.interval));
    put("from", json!(rule.from));
    put("max_signals", json!(rule.max_signals));
    put("false_positives", json!(rule.false_positives));
    put("references", json!(rule.references));
    put("tags", json!(rule.tags));
    put("version", json!(rule.version));
    put("author", json!(rule.authors));
    put("license", json!(rule.license));
    put("threat", json!(rule.threat));
    put("timestamp_override", json!(rule.timestamp_override));
    if !rule.investigation_fields.is_empty() {
        put("investigation_fields", json!({ "field_names": rule.investigation_fields }));
    }
    put("building_block_type", json!(rule.building_block.then_some("default")));
    if let Some(eql) = &rule.eql {
        put("event_category_override", json!(eql.event_category));
        put("timestamp_field", json!(eql.timestamp));
        put("tiebreaker_field", json!(eql.tiebreaker));
    }
    if let Some(terms) = &rule.new_terms {
        put("new_terms_fields", json!(terms.fields));
        put("history_window_start", json!(terms.history_window_start));
    }
    put("threshold", json!(rule.threshold));
    if let Some(suppression) = &rule.alert_suppression {
        let duration = suppression.duration_seconds.map(|s| json!({ "value": s, "unit": "s" }));
        let strategy = if suppression.suppress_missing { "suppress" } else { "doNotSuppress" };
        let mut value = json!({ "group_by": suppression.group_by, "missing_fields_strategy": strategy });
        if let (Some(duration), Some(fields)) = (duration, value.as_object_mut()) {
            fields.insert("duration".to_owned(), duration);
        }
        put("alert_suppression", value);
    }
    put("exceptions_list", json!(rule.exceptions_list));
    put("exceptions_as_kql", json!(rule.exceptions));
    put("setup", json!(rule.setup));
    put("note", json!(rule.note));
    put("checklist", checklist_json(&rule.checklist));
    Value::Object(out)
}

fn checklist_json(list: &Checklist) -> Value {
    json!({ "plain": list.plain, "steps": list.len(), "intro": list.intro, "sections": list.sections })
}

const COLUMNS: usize = 100;

const LABELS: usize = 16;

/// A page of at most 100 columns, safe to print.
#[must_use]
pub fn to_text(rule: &Rule) -> String {
    let mut page = Page::default();
    page.text(0, &rule.name);
    page.blank();
    page.text(0, &rule.description);
    page.blank();
    page.fact("Rule id", &[&rule.id]);
    page.fact("Type", &[&format!("{} · {}", word(&json!(rule.kind)), rule.written_in())]);
    page.fact("Severity", &[&format!("{}, risk score {}", rule.severity, rule.risk_score)]);
    page.fact(
        "Schedule",
        &[&format!("every {}, from {}, at most {} alerts a run", rule.interval, rule.from, rule.max_signals)],
    );
    page.fact("Version", rule.version.map(|v| v.to_string()).as_slice());
    page.fact("Authors", &rule.authors);
    page.fact("Licence", rule.license.as_slice());
    page.fact("Indices", &rule.index);
    page.fact("Tags", &rule.tags);
    page.fact("ATT&CK", &attack(rule));
    page.fact("References", &rule.references);
    page.fact("Time field", rule.timestamp_override.as_slice());
    page.fact("Shown first", &rule.investigation_fields);
    page.fact("False positives", &rule.false_positives);
    kind_facts(&mut page, rule);
    page.fact("Loaded from", &[&origin(&rule.origin)]);
    page.blank();
    page.text(0, "Query");
    for line in rule.query.lines() {
        page.text(2, line);
    }
    page.fact("Filters", &rule.filters);
    if let Some(setup) = &rule.setup {
        page.blank();
        page.text(0, "Setup");
        page.paragraphs(2, &reflow(setup));
    }
    page.blank();
    page.checklist(&rule.checklist);
    page.out
}

fn kind_facts(page: &mut Page, rule: &Rule) {
    if let Some(terms) = &rule.new_terms {
        page.fact("New terms", &[&format!("{}, since {}", terms.fields.join(" + "), terms.history_window_start)]);
    }
    if let Some(eql) = &rule.eql {
        page.fact("Category field", eql.event_category.as_slice());
        page.fact("Order by", eql.timestamp.iter().chain(&eql.tiebreaker).cloned().collect::<Vec<_>>().as_slice());
    }
    if let Some(threshold) = &rule.threshold {
        let by = if threshold.fields.is_empty() { "all events".to_owned() } else { threshold.fields.join(" + ") };
        let mut lines = vec![format!("at least {} by {by}", threshold.value)];
        lines.extend(threshold.cardinality.iter().map(|c| format!("with at least {} values of {}", c.value, c.field)));
        page.fact("Threshold", &lines);
    }
    if let Some(suppression) = &rule.alert_suppression {
        let time = suppression.duration_seconds.map_or("one run".to_owned(), |s| format!("{s} seconds"));
        page.fact("Suppression", &[&format!("one alert per {} in {time}", suppression.group_by.join(" + "))]);
    }
    let lists: Vec<&str> = rule.exceptions_list.iter().map(|e| e.list_id.as_str()).collect();
    page.fact("Exceptions", &lists);
    page.fact("Not for", &rule.exceptions.iter().map(excepted).collect::<Vec<_>>());
}

fn excepted(exception: &RuleException) -> String {
    let end = exception.expires.map(|end| format!(" (until {})", end.to_rfc3339_opts(SecondsFormat::Secs, true)));
    format!("{}: {}{}", exception.name, exception.query, end.unwrap_or_default())
}

fn attack(rule: &Rule) -> Vec<String> {
    let mut lines = Vec::new();
    for threat in &rule.threat {
        lines.push(format!("{} {}  {}", threat.tactic.id, threat.tactic.name, threat.tactic.reference));
        for technique in &threat.techniques {
            lines.push(format!("  {} {}  {}", technique.id, technique.name, technique.reference));
            let subs = technique.subtechniques.iter();
            lines.extend(subs.map(|sub| format!("    {} {}  {}", sub.id, sub.name, sub.reference)));
        }
    }
    lines
}

fn origin(origin: &RuleOrigin) -> String {
    match origin {
        RuleOrigin::Bundled => "bundled with the program".to_owned(),
        RuleOrigin::File { path, line: Some(line) } => format!("{} line {line}", path.display()),
        RuleOrigin::File { path, line: None } => path.display().to_string(),
    }
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Joins the lines of each Markdown paragraph; bullets, headings and code keep theirs.
fn reflow(text: &str) -> String {
    let mut out = String::new();
    let mut code = false;
    let mut joins = false;
    for line in text.lines().map(str::trim) {
        let fence = line.starts_with("```");
        let own =
            code || fence || line.is_empty() || line.starts_with(['-', '*', '#', '|', '>', '+']) || numbered(line);
        if !out.is_empty() {
            out.push(if joins && !own { ' ' } else { '\n' });
        }
        out.push_str(line);
        code ^= fence;
        joins = !code && !fence && !line.is_empty() && !line.starts_with('#');
    }
    out
}

fn numbered(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < line.len() && rest.starts_with(['.', ')'])
}

#[derive(Default)]
struct Page {
    out: String,
}

impl Page {
    fn blank(&mut self) {
        self.out.push('\n');
    }

    fn text(&mut self, indent: usize, text: &str) {
        self.hanging(&" ".repeat(indent), indent, text);
    }

    /// A wrapped paragraph: `lead` before its first line, the others indented.
    fn hanging(&mut self, lead: &str, indent: usize, text: &str) {
        let lines = wrap(&visible(text), COLUMNS.saturating_sub(indent));
        for (i, line) in lines.iter().enumerate() {
            let lead = if i == 0 { lead.to_owned() } else { " ".repeat(indent) };
            self.out.push_str(format!("{lead}{line}").trim_end());
            self.out.push('\n');
        }
    }

    fn paragraphs(&mut self, indent: usize, text: &str) {
        for line in text.lines().filter(|l| !l.trim().is_empty()) {
            self.text(indent, line.trim());
        }
    }

    fn fact(&mut self, label: &str, values: &[impl AsRef<str>]) {
        for (i, value) in values.iter().enumerate() {
            let label = if i == 0 { label } else { "" };
            let lead = format!("{label:LABELS$}");
            self.hanging(&lead, LABELS, value.as_ref());
        }
    }

    fn checklist(&mut self, list: &Checklist) {
        let what = if list.plain { "Checklist: no guide, three plain steps" } else { "Checklist" };
        self.text(0, &format!("{what} ({} to tick)", list.len()));
        self.paragraphs(2, &list.intro);
        for section in &list.sections {
            self.section(section);
        }
    }

    fn section(&mut self, section: &Section) {
        self.blank();
        self.text(2, &section.title);
        self.paragraphs(4, &section.intro);
        let mut group = None;
        for step in &section.steps {
            if step.group.as_ref() != group {
                group = step.group.as_ref();
                self.text(4, step.group.as_deref().unwrap_or_default());
            }
            self.step(step);
        }
        self.paragraphs(4, &section.outro);
    }

    fn step(&mut self, step: &ChecklistStep) {
        self.paragraphs(4, &step.intro);
        let lead = if step.number == 0 { "       - ".to_owned() } else { format!("{:6}. ", step.number) };
        self.hanging(&lead, 8, &step.text);
        self.details(&step.details, 8);
    }

    fn details(&mut self, details: &[StepDetail], indent: usize) {
        // Deep nesting leaves some columns for the text.
        let indent = indent.min(COLUMNS / 2);
        for detail in details {
            self.hanging(&format!("{}- ", " ".repeat(indent)), indent + 2, &detail.text);
            self.details(&detail.details, indent + 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{RuleFormat, bundled, load_str};

    #[test]
    fn json_has_every_fact_under_elastics_names() {
        let json = to_json(&bundled()[0]);
        assert_eq!(json["rule_id"], "119c8877-8613-416d-a98a-96b6664ee73a");
        assert_eq!(json["type"], "query");
        assert_eq!(
            (&json["risk_score"], &json["max_signals"], &json["version"]),
            (&json!(21), &json!(100), &json!(207))
        );
        assert_eq!((&json["interval"], &json["from"]), (&json!("10m"), &json!("now-60m")));
        assert_eq!(json["author"], json!(["Elastic", "Austin Songer"]));
        assert_eq!(json["threat"][0]["tactic"]["id"], "TA0010");
        assert_eq!(json["investigation_fields"]["field_names"][0], "@timestamp");
        assert_eq!(json["checklist"]["steps"], 17);
        let step = &json["checklist"]["sections"][0]["steps"][0];
        assert_eq!(step["number"], 1);
        assert_eq!(step["id"].as_str().map(str::len), Some(12));
        assert_eq!(step["details"].as_array().map(Vec::len), Some(2));
        assert!(json.get("threshold").is_none());
    }

    #[test]
    fn what_json_says_loads_again_as_the_same_rule() {
        let load = load_str(
            "[rule]\nrule_id='t'\nname='T'\ntype='threshold'\nquery='a: b'\nseverity='high'\nrisk_score=50\nbuilding_block_type='default'\n\
             [rule.threshold]\nfield=['user.id']\nvalue=5\n[[rule.threshold.cardinality]]\nfield='source.ip'\nvalue=2\n\
             [rule.alert_suppression]\ngroup_by=['user.id']\nduration={value=3,unit='h'}\nmissing_fields_strategy='doNotSuppress'\n\
             [[rule.threat]]\n[rule.threat.tactic]\nid='TA1'\nname='A'\n[[rule.threat.technique]]\nid='T1'\nname='B'\n\
             [[rule.threat.technique.subtechnique]]\nid='T1.1'\nname='C'\n",
            RuleFormat::Toml,
            "f",
        );
        assert_eq!(load.errors().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
        let rule = &load.rules[0];
        assert_eq!(rule.alert_suppression.as_ref().and_then(|s| s.duration_seconds), Some(10_800));
        let again = load_str(&to_json(rule).to_string(), RuleFormat::Ndjson, "f");
        assert_eq!(Rule { origin: rule.origin.clone(), ..(*again.rules[0]).clone() }, **rule);
    }

    #[test]
    fn paragraphs_of_markdown_are_joined_and_the_rest_is_not() {
        let text = "# Set up\nOne\ntwo.\n\n- a\n  b\n- c\n1. d\n```\nx\ny\n```\nend";
        assert_eq!(reflow(text), "# Set up\nOne two.\n\n- a b\n- c\n1. d\n```\nx\ny\n```\nend");
    }

    #[test]
    fn the_page_fits_and_holds_no_control_character() {
        let load = load_str(
            "[rule]\nname=\"Bad \\u001b[31m name\"\ntype='query'\nquery='''a: b\n  and c: d'''\nseverity='low'\nrisk_score=1\n\
             description='''a b'''\nnote='''### Response\n- act\n  - now'''",
            RuleFormat::Toml,
            "f.toml",
        );
        let page = to_text(&load.rules[0]);
        assert!(page.starts_with("Bad \\x1b[31m name\n"), "{page}");
        assert!(
            page.contains("\n       1. act\n        - now\n") || page.contains("     1. act\n        - now\n"),
            "{page}"
        );
        let page = to_text(&bundled()[0]);
        assert!(page.lines().all(|l| crate::text::width(l) <= COLUMNS && !l.chars().any(char::is_control)));
        assert_eq!(page.lines().filter(|l| l.contains("17. ")).count(), 1);
    }
}
