//! Rules of every kind for the Rules view: one that raised the sample's alerts, one switched off, broken ones, one that
//! does not run here, and a file that is no rule.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use watchfloor::detect::{Cost, Kept, Remembered};
use watchfloor::diag::{Diagnostic, Span};
use watchfloor::engine::RuleEntry;
use watchfloor::rule::{PackEntry, Rule, RuleOrigin, RuleType, Severity, Standing};
use watchfloor::triage::Switch;

use crate::sample::{rule, today};

const FOLDER: &str = "/etc/watchfloor/rules";

fn named(id: &str, name: &str, severity: Severity) -> Rule {
    Rule { id: id.to_owned(), name: name.to_owned(), severity, ..rule() }
}

/// A rule that was loaded from a file of its own.
pub(crate) fn entry(rule: Rule, standing: Standing) -> RuleEntry {
    let path = PathBuf::from(format!("{FOLDER}/{}.toml", rule.id));
    let rule = Rule { origin: RuleOrigin::File { path: path.clone(), line: None }, ..rule };
    let entry = PackEntry {
        path: Some(path),
        line: None,
        name: Some(rule.name.clone()),
        rule: Some(Arc::new(rule)),
        standing,
        warnings: Vec::new(),
    };
    RuleEntry { entry, switch: None, doubts: Vec::new(), lacking: Vec::new() }
}

fn error(file: &str) -> Box<Diagnostic> {
    let source = "query = '''event.action: (DeleteTrail'''";
    let error = Diagnostic::new("the query is not valid KQL: expected `)`, but the query ends here");
    let error = error.at(source, Span::new(37, 37)).in_file(format!("{FOLDER}/{file}"));
    Box::new(error.help("close the parenthesis"))
}

pub(crate) fn off(rule: &str, analyst: &str) -> Switch {
    Switch { rule: rule.to_owned(), enabled: false, analyst: analyst.to_owned(), at: today("09:12:01") }
}

pub(crate) fn of_every_kind() -> Vec<RuleEntry> {
    let kept = Standing::Error { error: error("trail-deleted.toml"), kept: Some(today("08:00:02")) };
    let mut noisy = entry(named("noisy", "AWS EC2 Instance Discovery", Severity::Medium), Standing::Loaded);
    noisy.switch = Some(off("noisy", "alice"));
    let mut never = entry(named("new", "unused", Severity::Low), Standing::NoRule(String::new()));
    never.entry.path = Some(format!("{FOLDER}/brand-new.toml").into());
    (never.entry.name, never.entry.rule) = (None, None);
    never.entry.standing = Standing::Error { error: error("brand-new.toml"), kept: None };
    let terms = Rule {
        kind: RuleType::NewTerms,
        ..named("terms", "AWS STS Role Assumed for the First Time by a User", Severity::Critical)
    };
    let esql = Rule { kind: RuleType::Esql, ..named("esql", "AWS Exfiltration in Numbers", Severity::High) };
    let mut readme = never.clone();
    readme.entry.path = Some(format!("{FOLDER}/README.md").into());
    readme.entry.standing = Standing::NoRule("not a rule file".to_owned());
    vec![
        entry(rule(), Standing::Loaded),
        noisy,
        entry(named("trail-deleted", "AWS CloudTrail Log Deleted", Severity::High), kept),
        never,
        entry(terms, Standing::Loaded),
        entry(esql, Standing::Unsupported("esql rules do not run here".to_owned())),
        readme,
    ]
}

/// `count` rules more.
pub(crate) fn many(count: usize) -> Vec<RuleEntry> {
    let severities = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    let rule = |n: usize| named(&format!("many-{n:03}"), &format!("Many {n:03}"), severities[n % 4]);
    (0..count).map(|n| entry(rule(n), Standing::Loaded)).collect()
}

pub(crate) fn costs() -> Vec<(String, Cost)> {
    let cost = |id: &str, evaluated, matched, micros| {
        (id.to_owned(), Cost { evaluated, matched, spent: Duration::from_micros(micros), remembered: None })
    };
    let mut terms = cost("terms", 880_000, 31_000, 2_200_000);
    let kept = Kept::Terms { combinations: 1_190, stretches: 1_204 };
    terms.1.remembered = Some(Remembered { kept, most: 50_000, forgotten: 0 });
    vec![
        cost("rds-snapshot-export", 1_204, 4, 3_612),
        terms,
        cost("noisy", 1_000, 900, 500),
        cost("many-007", 12, 0, 60),
    ]
}
