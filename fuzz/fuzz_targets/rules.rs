//! The rule loaders, each on the same text: every outcome is a rule that can be written out and run, or a message that
//! says where and what to do and holds nothing that a terminal would obey.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use watchfloor::diag::Diagnostic;
use watchfloor::event::{self, Event};
use watchfloor::query::kql;
use watchfloor::rule::{self, FileStatus, RuleFormat};

const RECORD: &str = r#"{"eventSource":"rds.amazonaws.com","eventName":"StartExportTask","eventID":"e-1"}"#;

static EVENT: LazyLock<Event<'static>> = LazyLock::new(|| Event::parse(RECORD.as_bytes()).expect("a record"));

fuzz_target!(|text: &str| {
    for format in [RuleFormat::Toml, RuleFormat::Page, RuleFormat::Ndjson] {
        let load = rule::load_str(text, format, "rule");
        assert_eq!(load, rule::load_str(text, format, "rule"));
        let mut rules = load.rules.iter();
        for outcome in &load.outcomes {
            outcome.warnings.iter().for_each(|warning| is_useful(warning, text));
            match &outcome.status {
                FileStatus::Error(error) => is_useful(error, text),
                FileStatus::Unsupported(why) | FileStatus::NoRule(why) => assert!(!why.is_empty()),
                FileStatus::Ok(name) => {
                    let rule = rules.next().expect("a rule for each `ok`");
                    assert!(rule.name == *name && !rule.id.is_empty() && !rule.checklist.is_empty());
                    assert!(rule.risk_score <= 100 && rule.max_signals > 0);
                    assert!(rule.interval() > chrono::Duration::zero() && rule.look_back() >= chrono::Duration::zero());
                    let query = kql::compile(&rule.query, event::schema()).expect("a loaded rule's query is KQL");
                    let _ = (query.matches(&*EVENT), rule::to_json(rule), rule::to_text(rule));
                }
            }
        }
        assert!(rules.next().is_none());
    }
});

fn is_useful(message: &Diagnostic, text: &str) {
    assert_eq!(message.file.as_deref(), Some("rule"));
    assert!(message.help.as_ref().is_some_and(|help| !help.is_empty()), "{message}");
    if let Some(place) = &message.place {
        assert!((1..=text.matches('\n').count() + 1).contains(&place.line), "{message}");
        assert!((1..=place.text.chars().count() + 2).contains(&place.column), "{message}");
    }
    assert!(!message.to_string().contains(|c: char| c.is_control() && c != '\n'));
}
