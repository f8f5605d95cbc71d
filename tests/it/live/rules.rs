//! Rules whose files change while a console watches, and rules that analysts switch off.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use chrono::Utc;
use watchfloor::detect::Exceptions;
use watchfloor::engine::{
    self, PlaybackRequest, Request, RuleBook, RuleEntry, RuleState, SwitchOutcome, Update, WatchOptions, Window,
};
use watchfloor::rule::Pack;
use watchfloor::triage::{OpenOptions, Switch};

use super::{Place, Running, alerts, delivery, record, watch_by};

const T: &str = "2026-11-23T10:41:52Z";

/// A place with a folder of rules.
struct Desk {
    place: Place,
    rules: PathBuf,
}

impl Desk {
    fn new() -> Self {
        let place = Place::new();
        let rules = place.logs.parent().unwrap().join("rules");
        std::fs::create_dir(&rules).unwrap();
        Self { place, rules }
    }

    /// Writes a rule that asks for one call.
    fn rule(&self, id: &str, action: &str) {
        let text = format!(
            "[rule]\nname = 'Rule {id}'\nrule_id = '{id}'\ntype = 'query'\nquery = 'event.action: {action}'\n\
             severity = 'low'\nrisk_score = 1\n"
        );
        std::fs::write(self.rules.join(format!("{id}.toml")), text).unwrap();
    }

    /// A file of calls, each with its id.
    fn calls(&self, name: &str, calls: &[(&str, &str)]) {
        let records: Vec<String> = calls.iter().map(|(id, action)| record(id, T, action)).collect();
        self.place.deliver(name, delivery(&records).as_bytes());
    }

    fn watch(&self) -> Running {
        let book = RuleBook::new(Pack::load(std::slice::from_ref(&self.rules), Utc::now()), Exceptions::default());
        let (logs, store) = (&self.place.logs, self.place.store(&OpenOptions::default()));
        Running::start(|outlet| watch_by(book, logs, Window::default(), 2, store, outlet))
    }
}

/// Which rule raised an alert on which event.
fn raised(told: &[Update]) -> BTreeSet<(String, String)> {
    alerts(told).into_iter().map(|listed| (listed.rule_id, listed.event_id)).collect()
}

fn has(running: &Running, rule: &str, event: &str) {
    let wanted = (rule.to_owned(), event.to_owned());
    running.until(&format!("an alert of {rule} on {event}"), |told| raised(told).contains(&wanted));
}

/// Whether an alert was told by now. Of a file that is read to its end, all are.
fn has_not(running: &Running, rule: &str, event: &str) {
    let raised = raised(&running.told.0.lock().unwrap());
    assert!(!raised.contains(&(rule.to_owned(), event.to_owned())), "{raised:?}");
}

fn state(rules: &[RuleEntry], name: &str) -> Option<RuleState> {
    rules.iter().find(|entry| entry.entry.name.as_deref() == Some(name)).map(RuleEntry::state)
}

fn switch(running: &Running, enabled: bool, analyst: &str, seen: Option<&Switch>) -> (Switch, SwitchOutcome) {
    let switch = Switch { rule: "a".into(), enabled, analyst: analyst.into(), at: Utc::now() };
    let before = switched(&running.told.0.lock().unwrap()).len();
    running.engine.ask(Request::Switch { switch, seen: seen.cloned() });
    running.wait("an answer", |told| switched(told).get(before).cloned())
}

fn switched(told: &[Update]) -> Vec<(Switch, SwitchOutcome)> {
    let switched = |update: &Update| match update {
        Update::Switched { switch, outcome } => Some((switch.clone(), outcome.clone())),
        _ => None,
    };
    told.iter().filter_map(switched).collect()
}

fn is_off(by: &'static str) -> impl Fn(&[RuleEntry]) -> bool {
    move |rules| {
        let switch = rules.iter().find_map(|entry| entry.switch.as_ref());
        switch.is_some_and(|switch| !switch.enabled && switch.analyst == by)
    }
}

#[test]
fn rules_follow_their_files_and_what_they_raised_stays() {
    let desk = Desk::new();
    desk.rule("a", "StartExportTask");
    let running = desk.watch();
    desk.calls("1.json", &[("one", "StartExportTask"), ("early", "CopyDBSnapshot")]);
    has(&running, "a", "one");
    has_not(&running, "b", "early");

    // New: it is put to what was read before, too.
    desk.rule("b", "CopyDBSnapshot");
    running.rules("the new rule", |rules| state(rules, "Rule b") == Some(RuleState::Runs));
    has(&running, "b", "early");
    desk.calls("2.json", &[("two", "CopyDBSnapshot")]);
    has(&running, "b", "two");

    // Edited.
    desk.rule("b", "ModifyDBSnapshot");
    running.until("word of it", |told| {
        told.iter().any(|u| matches!(u, Update::Notice(n) if n == "rules: changed Rule b"))
    });
    desk.calls("3.json", &[("three", "CopyDBSnapshot"), ("four", "ModifyDBSnapshot")]);
    has(&running, "b", "four");
    has_not(&running, "b", "three");

    // Broken: the version before goes on, and the error is told with its place.
    desk.rule("b", "(ModifyDBSnapshot");
    running.rules("the error", |rules| state(rules, "Rule b") == Some(RuleState::Error));
    running.until("word of it", |told| {
        told.iter().any(|u| matches!(u, Update::Notice(n) if n.contains("b.toml:5:") && n.contains("not valid KQL")))
    });
    desk.calls("4.json", &[("five", "ModifyDBSnapshot")]);
    has(&running, "b", "five");

    // Mended.
    desk.rule("b", "DeleteDBSnapshot");
    running.rules("the rule again", |rules| state(rules, "Rule b") == Some(RuleState::Runs));
    desk.calls("5.json", &[("six", "ModifyDBSnapshot"), ("seven", "DeleteDBSnapshot")]);
    has(&running, "b", "seven");
    has_not(&running, "b", "six");

    // Gone.
    std::fs::remove_file(desk.rules.join("b.toml")).unwrap();
    running.rules("its absence", |rules| state(rules, "Rule b").is_none());
    desk.calls("6.json", &[("eight", "DeleteDBSnapshot"), ("nine", "StartExportTask")]);
    has(&running, "a", "nine");
    has_not(&running, "b", "eight");
    let expected = raised(&running.told.0.lock().unwrap());
    drop(running);
    let stored: BTreeSet<_> = desk.place.stored().into_iter().map(|l| (l.rule_id, l.event_id)).collect();
    assert_eq!(stored, expected);
}

#[test]
fn a_rule_file_that_is_saved_is_read_though_the_next_look_is_far() {
    let desk = Desk::new();
    desk.rule("a", "StartExportTask");
    let book = RuleBook::new(Pack::load(std::slice::from_ref(&desk.rules), Utc::now()), Exceptions::default());
    let options = WatchOptions {
        clusters: Vec::new(),
        folders: vec![desk.place.logs.clone()],
        sweep: Duration::from_millis(250),
        look: Duration::from_secs(86_400),
        window: Window::default(),
        threads: 1,
        contacts: [].into(),
        decisions: None,
        clock: Utc::now,
    };
    let store = desk.place.store(&OpenOptions::default());
    let running = Running::start(|outlet| engine::watch(options, book, store, outlet).unwrap());
    desk.rule("b", "CopyDBSnapshot");
    running.rules("the new rule", |rules| state(rules, "Rule b") == Some(RuleState::Runs));
    // As an editor does: a file of another name takes its place.
    let text = std::fs::read_to_string(desk.rules.join("a.toml")).unwrap().replace("Rule a", "Rule c");
    std::fs::write(desk.rules.join("a.toml~"), text).unwrap();
    std::fs::rename(desk.rules.join("a.toml~"), desk.rules.join("a.toml")).unwrap();
    running.rules("the edited rule", |rules| state(rules, "Rule c") == Some(RuleState::Runs));
    std::fs::remove_file(desk.rules.join("b.toml")).unwrap();
    running.rules("its absence", |rules| state(rules, "Rule b").is_none());
}

#[test]
fn what_one_analyst_switches_off_is_off_for_all_and_after_a_restart() {
    let desk = Desk::new();
    desk.rule("a", "StartExportTask");
    desk.rule("b", "CopyDBSnapshot");
    let (ours, theirs) = (desk.watch(), desk.watch());
    desk.calls("1.json", &[("one", "StartExportTask")]);
    has(&ours, "a", "one");
    has(&theirs, "a", "one");
    ours.settled();
    theirs.settled();

    let (stored, outcome) = switch(&ours, false, "mk", None);
    assert_eq!(outcome, SwitchOutcome::Stored);
    ours.rules("it is off", is_off("mk"));
    theirs.rules("it is off for the other", is_off("mk"));
    // Who has not seen it does not overrule it.
    let (_, outcome) = switch(&theirs, false, "alice", None);
    assert_eq!(outcome, SwitchOutcome::Conflict(stored.clone()));

    desk.calls("2.json", &[("two", "StartExportTask"), ("three", "CopyDBSnapshot")]);
    for running in [&ours, &theirs] {
        has(running, "b", "three");
        has_not(running, "a", "two");
    }
    drop((ours, theirs));

    let again = desk.watch();
    let first = again.wait("the rules", |told| {
        told.iter().find_map(|u| if let Update::Rules(rules) = u { Some(rules.clone()) } else { None })
    });
    assert!(is_off("mk")(&first), "before anything is read: {first:?}");
    desk.calls("3.json", &[("four", "StartExportTask"), ("five", "CopyDBSnapshot")]);
    has(&again, "b", "five");
    has_not(&again, "a", "four");
    // On again, it is put to what it has missed.
    let (_, outcome) = switch(&again, true, "alice", Some(&stored));
    assert_eq!(outcome, SwitchOutcome::Stored);
    has(&again, "a", "two");
    has(&again, "a", "four");
}

#[test]
fn a_rule_that_is_switched_off_in_a_replay_raises_nothing_from_then_on() {
    let running = Running::replay(f64::INFINITY, true);
    let rule = running.wait("the rule", |told| {
        let rules = told.iter().find_map(|u| if let Update::Rules(rules) = u { Some(rules) } else { None })?;
        rules[0].running().map(|rule| rule.id.clone())
    });
    let at = |told: &[Update]| {
        told.iter().rev().find_map(|u| if let Update::Playback(playback) = u { Some(playback.now) } else { None })
    };
    let start = running.wait("the clock", at);
    let turn = |enabled, seen| {
        let before = switched(&running.told.0.lock().unwrap()).len();
        let switch = Switch { rule: rule.clone(), enabled, analyst: "mk".into(), at: Utc::now() };
        running.engine.ask(Request::Switch { switch, seen });
        running.wait("an answer", |told| switched(told).get(before).cloned()).0
    };
    let off = turn(false, None);
    running.engine.ask(Request::Playback(PlaybackRequest::NextAlert));
    let first = running.wait("the time of the first alert", |told| at(told).filter(|now| *now > start));
    turn(true, Some(off));
    running.engine.ask(Request::Playback(PlaybackRequest::NextAlert));
    let shown = running.alerts(1);
    assert!(shown.iter().all(|listed| listed.time > first), "{shown:?}");
}
