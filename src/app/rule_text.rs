//! The text of a rule, for the Rule tab and the Rules view.

use super::page::{Item, Page, Role, part};
use crate::query::Language;
use crate::rule::{Rule, RuleOrigin, Threat};

const LABELS: usize = 16;

/// All that a rule says, but for its name and its guide.
pub(super) fn fill(page: &mut Page, rule: &Rule) {
    passage(page, "description", &rule.description);
    page.blank();
    let language = if rule.language == "eql" { Language::Eql } else { Language::Kql };
    page.heading("Query", &rule.written_in());
    if !rule.query.is_empty() {
        page.begin(Item::Query(language, rule.query.trim().to_owned()));
        for line in rule.query.trim().lines() {
            // Wrapping drops the blanks that a line begins with.
            let text = line.trim_start();
            let indent = line.chars().take(line.len() - text.len()).map(|c| if c == '\t' { "    " } else { " " });
            page.wrapped(vec![part(Role::Text, indent.collect::<String>())], Role::Text, text);
        }
    }
    list(page, "Filters", &rule.filters);
    let excepted: Vec<String> = rule.exceptions.iter().map(|e| format!("{}: {}", e.name, e.query)).collect();
    list(page, "Exceptions", &excepted);
    page.blank();
    schedule(page, rule);
    for threat in &rule.threat {
        attack(page, threat);
    }
    list(page, "False positives", &rule.false_positives);
    list(page, "References", &rule.references);
    fact(page, "Tags", &rule.tags.join(" · "));
    fact(page, "Authors", &rule.authors.join(", "));
    fact(page, "Licence", rule.license.as_deref().unwrap_or_default());
    fact(page, "Version", &rule.version.map(|v| v.to_string()).unwrap_or_default());
    fact(page, "Rule id", &rule.id);
    fact(page, "Loaded from", &origin(&rule.origin));
    if let Some(setup) = rule.setup.as_deref().filter(|s| !s.trim().is_empty()) {
        page.blank();
        page.heading("Setup", "");
        passage(page, "setup", setup.trim());
    }
}

fn schedule(page: &mut Page, rule: &Rule) {
    let kind = serde_json::to_value(rule.kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    fact(page, "Type", &kind);
    fact(page, "Schedule", &format!("every {}, looking back from {}", rule.interval, rule.from));
    fact(page, "Alerts per run", &format!("{}; further ones are held", rule.max_signals));
    fact(page, "Indices", &rule.index.join(" · "));
    if let Some(terms) = &rule.new_terms {
        let text = format!("{}, not seen since {}", terms.fields.join(" + "), terms.history_window_start);
        fact(page, "New terms", &text);
    }
    if let Some(threshold) = &rule.threshold {
        let by = if threshold.fields.is_empty() { "all events".to_owned() } else { threshold.fields.join(" + ") };
        fact(page, "Threshold", &format!("{} or more, by {by}", threshold.value));
    }
    fact(page, "Shown first", &rule.investigation_fields.join(" · "));
    fact(page, "Time field", rule.timestamp_override.as_deref().unwrap_or_default());
    if rule.building_block {
        fact(page, "Building block", "yes: its alerts only feed other rules");
    }
}

fn attack(page: &mut Page, threat: &Threat) {
    let tactic = &threat.tactic;
    fact(page, "Tactic", &format!("{} {} · {} {}", tactic.id, tactic.name, threat.framework, tactic.reference));
    for technique in &threat.techniques {
        fact(page, "Technique", &format!("{} {} {}", technique.id, technique.name, technique.reference));
        for sub in &technique.subtechniques {
            fact(page, "Sub-technique", &format!("{} {} {}", sub.id, sub.name, sub.reference));
        }
    }
}

fn fact(page: &mut Page, label: &str, value: &str) {
    if value.trim().is_empty() {
        return;
    }
    page.begin(Item::value(label.trim().to_lowercase(), value));
    page.wrapped(vec![part(Role::Quiet, crate::text::pad(label, LABELS, "…"))], Role::Text, value.trim()).end();
}

fn list(page: &mut Page, label: &str, values: &[String]) {
    for (i, value) in values.iter().enumerate() {
        fact(page, if i == 0 { label } else { " " }, value);
    }
}

/// Long text, one item a paragraph, so that the cursor walks through it.
fn passage(page: &mut Page, what: &str, text: &str) {
    for paragraph in text.split('\n') {
        page.begin(Item::value(what, paragraph));
        page.wrapped(Vec::new(), Role::Text, paragraph).end();
    }
}

fn origin(origin: &RuleOrigin) -> String {
    match origin {
        RuleOrigin::Bundled => "bundled with watchfloor".to_owned(),
        RuleOrigin::File { path, line: None } => path.display().to_string(),
        RuleOrigin::File { path, line: Some(line) } => format!("{}, line {line}", path.display()),
    }
}
