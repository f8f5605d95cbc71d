use std::fs;

use tempfile::TempDir;

use super::*;
use crate::detect::{Evaluation, Exceptions};
use crate::engine::RuleState;
use crate::event::Event;
use crate::trail::Origin;

fn toml(id: &str, kind: &str, query: &str) -> String {
    format!(
        "[rule]\nname = 'Rule {id}'\nrule_id = '{id}'\ntype = '{kind}'\nquery = '''{query}'''\nseverity = 'low'\nrisk_score = 1\n"
    )
}

fn write(folder: &TempDir, name: &str, text: &str) {
    fs::write(folder.path().join(name), text).unwrap();
}

fn book(folder: &TempDir) -> RuleBook {
    RuleBook::new(Pack::load(&[folder.path().to_owned()], DateTime::UNIX_EPOCH), Exceptions::default())
}

fn ids(book: &RuleBook) -> Vec<String> {
    book.current().rules().iter().map(|rule| rule.id.clone()).collect()
}

fn put(rules: &RuleSet, record: &str) {
    let event = Event::parse(record.as_bytes()).unwrap();
    rules.evaluate(&event, &Origin::from_columns(Path::new("f"), 0, None), &mut Evaluation::default());
}

fn switch(rule: &str, enabled: bool) -> Switch {
    Switch { rule: rule.to_owned(), enabled, analyst: "mk".to_owned(), at: DateTime::UNIX_EPOCH }
}

#[test]
fn what_is_switched_off_does_not_run_and_is_still_known() {
    let folder = TempDir::new().unwrap();
    write(&folder, "a.toml", &toml("a", "query", "event.action: x"));
    write(&folder, "b.toml", &toml("b", "query", "event.action: x"));
    write(&folder, "c.toml", &toml("c", "esql", "from x"));
    write(&folder, "d.toml", &toml("d", "query", "source.ip: here"));
    fs::create_dir(folder.path().join("_deprecated")).unwrap();
    let book = book(&folder);
    let entries = book.entries();
    assert_eq!(entries.iter().map(|entry| entry.doubts.len()).collect::<Vec<_>>(), [0, 0, 0, 1, 0]);
    assert_eq!(entries[4].state(), RuleState::NoRule, "the deprecated are named");
    write(&folder, "e.toml", &toml("e", "query", "process.name: x"));
    write(&folder, "f.toml", &toml("f", "query", "event.action: x and not source.as.number: 1"));
    let lacking = self::book(&folder).entries();
    let said = |at: usize| (lacking[at].lacking.len(), lacking[at].never().is_some());
    assert_eq!((said(0), said(4), said(5)), ((0, false), (1, true), (1, false)));
    fs::remove_file(folder.path().join("e.toml")).unwrap();
    fs::remove_file(folder.path().join("f.toml")).unwrap();
    fs::remove_file(folder.path().join("d.toml")).unwrap();
    let book = RuleBook::new(Pack::load(&[folder.path().to_owned()], DateTime::UNIX_EPOCH), Exceptions::default());
    assert_eq!((ids(&book), book.changed()), (vec!["a".to_owned(), "b".to_owned()], 0));
    assert!(book.switch(vec![switch("a", false), switch("elsewhere", false)]));
    assert!(!book.switch(vec![switch("a", false), switch("elsewhere", false)]), "no change");
    assert_eq!((ids(&book), book.changed()), (vec!["b".to_owned()], 1));
    assert!(book.is_off("a") && book.rule("a").is_some());
    let states: Vec<RuleState> = book.entries().iter().map(RuleEntry::state).collect();
    assert_eq!(states, [RuleState::Off, RuleState::Runs, RuleState::Unsupported, RuleState::NoRule]);
    assert!(book.switch(vec![switch("a", true)]));
    assert_eq!(ids(&book).len(), 2);
}

#[test]
fn a_refresh_keeps_switches_figures_and_the_memory_of_what_is_gone() {
    let folder = TempDir::new().unwrap();
    write(&folder, "a.toml", &toml("a", "query", "event.action: x"));
    write(&folder, "b.toml", &toml("b", "query", "event.action: x"));
    write(&folder, "c.toml", &toml("c", "query", "event.action: x"));
    let book = book(&folder);
    book.switch(vec![switch("a", false), switch("b", false)]);
    let before = book.current();
    put(&book.current(), r#"{"eventID":"1","eventTime":"2026-11-23T10:00:00Z","eventName":"x","eventSource":"s"}"#);
    let later = DateTime::UNIX_EPOCH;
    assert_eq!((book.refresh(later), book.changed()), (None, 1));
    assert!(Arc::ptr_eq(&before, &book.current()));

    write(&folder, "a.toml", &toml("a", "query", "event.action: other"));
    write(&folder, "c.toml", "x = ");
    write(&folder, "n.toml", &toml("n", "query", "event.action: x"));
    fs::remove_file(folder.path().join("b.toml")).unwrap();
    let changes = book.refresh(later).unwrap();
    let words = in_words(&changes);
    assert!(words[0].starts_with("rule error: ") && words[0].contains("c.toml:1:5: "), "{words:?}");
    assert_eq!(words[1], "rules: new Rule n · changed Rule a · gone Rule b");
    assert_eq!((ids(&book), book.changed()), (vec!["c".to_owned(), "n".to_owned()], 2));
    assert_eq!(book.rule("a").unwrap().query, "event.action: other");
    assert!(book.rule("b").is_some() && book.is_off("b"));
    let matched: Vec<_> = book.costs().into_iter().map(|(id, cost)| (id, cost.matched)).collect();
    assert_eq!(matched, [("a".to_owned(), 0), ("c".to_owned(), 1), ("n".to_owned(), 0)], "of c, which is the same");
    let states: Vec<RuleState> = book.entries().iter().map(RuleEntry::state).collect();
    assert_eq!(states, [RuleState::Off, RuleState::Error, RuleState::Runs]);
    assert_eq!(book.entries()[1].running().map(|rule| rule.id.as_str()), Some("c"), "in the version before");
}

#[test]
fn many_errors_at_once_are_told_in_a_few_lines() {
    let error = |n: usize| Diagnostic::new(format!("wrong {n}")).in_file(format!("{n}.toml"));
    let changes = Changes { errors: (0..90).map(error).collect(), ..Changes::default() };
    let words = in_words(&changes);
    assert_eq!((words.len(), words[0].as_str()), (4, "rule error: 0.toml: wrong 0 · R shows it"));
    assert_eq!(words[3], "rule errors: 87 more · R shows them");
    assert_eq!(in_words(&Changes { mended: 2, ..Changes::default() }), ["rules: 2 files are whole again"]);
    assert_eq!(in_words(&Changes::default()), Vec::<String>::new());
}
