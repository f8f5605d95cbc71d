//! Rules that look at more than one event: whatever the order in which files arrive, in a scan, a replay and a live
//! console, and over a restart, the same alerts come out.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use watchfloor::detect::{Alert, Exceptions, RuleSet};
use watchfloor::engine::{
    self, Collector, Input, Outcome, PlaybackRequest, ReplayOf, Request, RuleBook, Selection, Update, Window, read_all,
};
use watchfloor::rule::{self, Pack, RuleFormat};
use watchfloor::triage::{Action, AlertRow, OpenOptions, Status, Store};

use super::{Place, Running, delivery, playing, propose, watch_by};

pub(super) const NEW_TERMS: &str = r#"
type = "new_terms"
[rule.new_terms]
field = "new_terms_fields"
value = ["user.name", "source.ip"]
[[rule.new_terms.history_window_start]]
field = "history_window_start"
value = "now-2h"
"#;

pub(super) const THRESHOLD: &str = r#"
type = "threshold"
from = "now-30m"
[rule.threshold]
field = ["user.name"]
value = 4
[[rule.threshold.cardinality]]
field = "source.ip"
value = 2
"#;

pub(super) const SUPPRESSED: &str = r#"
type = "query"
[rule.alert_suppression]
group_by = ["user.name"]
duration = {value = 1, unit = "h"}
missing_fields_strategy = "suppress"
"#;

pub(super) const PER_RUN: &str = r#"
type = "query"
interval = "10m"
[rule.alert_suppression]
group_by = ["source.ip"]
missing_fields_strategy = "doNotSuppress"
"#;

pub(super) const SEQUENCE: &str = r#"
type = "eql"
query = '''
sequence by user.name with maxspan=2h
  [any where event.action == "Probe" and source.ip == "192.0.2.0"]
  [any where event.action == "Probe" and source.ip == "192.0.2.1"] with runs=2
until [any where event.action == "Probe" and source.ip == "192.0.2.2"]
'''
"#;

pub(super) const SUPPRESSED_SEQUENCE: &str = r#"
type = "eql"
from = "now-1h"
query = '''
sequence
  [any where event.action == "Probe" and source.ip == "192.0.2.0"] by user.name
  [any where event.action == "Probe" and source.ip == "192.0.2.1"] by user.name
'''
[rule.alert_suppression]
group_by = ["cloud.region"]
duration = {value = 5, unit = "h"}
"#;

pub(super) fn rules(kinds: &[(&str, &str)]) -> RuleBook {
    let load = |(name, more): &(&str, &str)| {
        let asked =
            if more.contains("query = ") { "" } else { "language = \"kuery\"\nquery = \"event.action: Probe\"\n" };
        let text = format!(
            "[rule]\nname = \"{name}\"\nrule_id = \"{name}\"\ndescription = \"d\"\nseverity = \"low\"\nrisk_score = 1\n\
             {asked}{more}"
        );
        let mut load = rule::load_str(&text, RuleFormat::Toml, name);
        assert_eq!(load.errors().next(), None);
        load.rules.remove(0)
    };
    let book = RuleBook::new(Pack::of(kinds.iter().map(load).collect()), Exceptions::default());
    assert_eq!(book.current().rules().len(), kinds.len());
    book
}

fn all() -> RuleBook {
    rules(&[
        ("terms", NEW_TERMS),
        ("threshold", THRESHOLD),
        ("suppressed", SUPPRESSED),
        ("per run", PER_RUN),
        ("sequence", SEQUENCE),
        ("suppressed sequence", SUPPRESSED_SEQUENCE),
    ])
}

/// Numbers that are the same on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn shuffle<T>(&mut self, things: &mut [T]) {
        for at in (1..things.len()).rev() {
            things.swap(at, usize::try_from(self.roll(at as u64 + 1)).unwrap());
        }
    }
}

/// Files of a day, in the order of their time, some of an event twice.
pub(super) fn files() -> Vec<(String, String)> {
    let mut dice = Dice(7);
    let mut file = |n: usize| {
        let probe = |at: u64, dice: &mut Dice| {
            let (hour, minute) = ((n / 3) % 24, (n % 3) * 20 + usize::try_from(dice.roll(20)).unwrap());
            let user = if dice.roll(9) == 0 { String::new() } else { format!(r#""userName":"u{}""#, dice.roll(4)) };
            format!(
                r#"{{"eventVersion":"1.08","eventID":"e{n:03}-{at}","eventTime":"2026-11-23T{hour:02}:{minute:02}:00Z",
                "eventName":"Probe","eventSource":"s.amazonaws.com","sourceIPAddress":"192.0.2.{}","awsRegion":"r",
                "userIdentity":{{"type":"IAMUser"{}{user}}}}}"#,
                dice.roll(3),
                if user.is_empty() { "" } else { "," },
            )
        };
        let mut events: Vec<String> = (0..dice.roll(9)).map(|at| probe(at, &mut dice)).collect();
        events.extend(events.first().cloned());
        (format!("{n:03}.json"), delivery(&events))
    };
    (0..72).map(&mut file).collect()
}

/// What is compared: rule, shown event, count and reason, by id.
pub(super) type Said = BTreeMap<String, (String, String, u64, String)>;

pub(super) fn said(alerts: impl IntoIterator<Item = AlertRow>) -> Said {
    alerts.into_iter().filter(|l| !l.withdrawn).map(|l| (l.id.0, (l.rule_id, l.event_id, l.count, l.reason))).collect()
}

pub(super) fn scan(folder: &Path, rules: &RuleSet) -> Said {
    let input = Input::find(&[folder.to_owned()], &Window::default());
    let (mut collector, mut alerts) = (Collector::new(rules), Vec::<Alert>::new());
    read_all::<()>(
        &input,
        2,
        rules.geoip(),
        Selection::for_rules(rules, true),
        |(), reading, event, record| reading.detect(event, rules, record),
        |file| {
            alerts.extend(file.reading.evaluation.alerts);
            collector.take(file.reading.evaluation.hits).unwrap();
            ControlFlow::Continue(())
        },
    );
    let lost = collector
        .finish(
            2,
            |alert, _| std::io::Result::Ok(alert),
            |alert| {
                alerts.push(alert);
                Ok(())
            },
        )
        .unwrap();
    assert_eq!(lost, Vec::<String>::new());
    let row = |a: Alert| (a.id.0.clone(), (a.rule_id.clone(), a.event_id.clone(), a.count(), a.reason));
    alerts.into_iter().map(row).collect()
}

pub(super) fn live(place: &Place, rules: RuleBook) -> Running {
    let options = OpenOptions::default();
    Running::start(|outlet| watch_by(rules, &place.logs, Window::default(), 2, place.store(&options), outlet))
}

/// What the console shows by now: of each alert what was told of it last.
pub(super) fn shown(told: &[Update]) -> Said {
    let mut last = BTreeMap::new();
    for update in told {
        if let Update::Alerts(alerts) = update {
            last.extend(alerts.iter().map(|l| (l.id.0.clone(), l.clone())));
        }
    }
    said(last.into_values())
}

fn expected() -> (Said, Vec<(String, String)>) {
    let (place, files) = (Place::new(), files());
    for (name, text) in &files {
        place.deliver(name, text.as_bytes());
    }
    let expected = scan(&place.logs, &all().current());
    let rules: BTreeSet<&str> = expected.values().map(|(rule, ..)| rule.as_str()).collect();
    assert_eq!(rules.len(), 6, "every rule has alerts");
    assert!(expected.values().any(|(.., count, _)| *count > 4));
    (expected, files)
}

#[test]
fn in_any_order_of_delivery_the_same_alerts_are_there() {
    let (expected, files) = expected();
    for seed in 0..5 {
        let mut files = files.clone();
        Dice(seed).shuffle(&mut files);
        let place = Place::new();
        let running = live(&place, all());
        running.settled();
        for (name, text) in &files {
            place.deliver(name, text.as_bytes());
        }
        running.wait("the same alerts as in a scan", |told| (shown(told) == expected).then_some(()));
        drop(running);
        assert_eq!(said(place.stored()), expected, "order {seed}");
    }
}

#[test]
fn a_backlog_says_nothing_that_it_takes_back_and_a_restart_goes_on() {
    let (expected, mut files) = expected();
    Dice(11).shuffle(&mut files);
    let place = Place::new();
    let (half, rest) = files.split_at(files.len() / 2);
    for (name, text) in half {
        place.deliver(name, text.as_bytes());
    }
    let before = scan(&place.logs, &all().current());
    let running = live(&place, all());
    running.wait("the alerts of the backlog", |told| (shown(told) == before).then_some(()));
    for update in &*running.told.0.lock().unwrap() {
        if let Update::Alerts(alerts) = update {
            assert!(alerts.iter().all(|l| !l.withdrawn));
        }
    }
    drop(running);
    for (name, text) in rest {
        place.deliver(name, text.as_bytes());
    }
    let again = live(&place, all());
    again.wait("the same alerts as in a scan", |told| (shown(told) == expected).then_some(()));
    drop(again);
    assert_eq!(said(place.stored()), expected);
}

#[test]
fn very_many_alerts_are_told_in_parts_and_none_is_missing_after_a_run_that_ended_in_between() {
    let place = Place::new();
    let probe = |n: usize| {
        format!(
            r#"{{"eventVersion":"1.08","eventID":"e{n}","eventTime":"2026-11-23T10:{:02}:{:02}Z","eventName":"Probe",
            "eventSource":"s","sourceIPAddress":"192.0.2.1","userIdentity":{{"type":"IAMUser","userName":"u{n}"}}}}"#,
            n / 60,
            n % 60
        )
    };
    place.deliver("a.json", delivery(&(0..3000).map(probe).collect::<Vec<_>>()).as_bytes());
    let book = || rules(&[("terms", NEW_TERMS)]);
    let expected = scan(&place.logs, &book().current());
    assert_eq!(expected.len(), 3000);
    let first = live(&place, book());
    let part = |update: &Update| match update {
        Update::Alerts(alerts) => Some(alerts.len()).filter(|some| *some > 0),
        _ => None,
    };
    let some = first.wait("some of them", |told| told.iter().find_map(part));
    assert!(some < 3000, "{some} at once");
    drop(first);
    let again = live(&place, book());
    again.wait("all of them", |told| (shown(told) == expected).then_some(()));
    drop(again);
    assert_eq!(said(place.stored()), expected);
}

#[test]
fn a_replay_shows_what_a_scan_prints() {
    let (expected, files) = expected();
    let place = Place::new();
    for (name, text) in &files {
        place.deliver(name, text.as_bytes());
    }
    let options = playing(f64::INFINITY, false);
    let of = ReplayOf::Log { paths: vec![PathBuf::from(&place.logs)], clusters: Vec::new() };
    let store = Store::in_memory().unwrap();
    let running = Running::start(|outlet| engine::replay(of, all(), options, store, outlet).unwrap());
    running.wait("the same alerts as in a scan", |told| (shown(told) == expected).then_some(()));
}

#[test]
fn a_rule_that_is_new_to_a_state_is_put_to_what_was_read_before() {
    let (expected, files) = expected();
    // Also where files have other names by then.
    for renamed in [false, true] {
        let place = Place::new();
        for (name, text) in &files {
            place.deliver(name, text.as_bytes());
        }
        drop({
            let first = live(&place, rules(&[("suppressed", SUPPRESSED)]));
            first.wait("the alerts of one rule", |told| (!shown(told).is_empty()).then_some(()));
            first.settled();
            first
        });
        for (name, _) in files.iter().filter(|_| renamed) {
            std::fs::rename(place.logs.join(name), place.logs.join(format!("old-{name}"))).unwrap();
        }
        let events = |running: &Running| running.settled().events;
        let again = live(&place, all());
        again.wait("the same alerts as in a scan", |told| (shown(told) == expected).then_some(()));
        let all_events = events(&again);
        drop(again);
        assert_eq!(said(place.stored()), expected);
        let once_more = live(&place, all());
        assert_eq!(events(&once_more), all_events, "what was read again is not counted again");
    }
}

#[test]
fn an_alert_that_was_decided_on_stays_when_it_is_taken_back() {
    let place = Place::new();
    let running = live(&place, rules(&[("terms", NEW_TERMS)]));
    running.settled();
    let probe = |id: &str, time: &str| {
        format!(
            r#"{{"eventVersion":"1.08","eventID":"{id}","eventTime":"2026-11-23T{time}:00Z","eventName":"Probe",
            "eventSource":"s","sourceIPAddress":"192.0.2.1","userIdentity":{{"type":"IAMUser","userName":"u"}}}}"#
        )
    };
    place.deliver("b.json", delivery(&[probe("later", "10:30")]).as_bytes());
    let listed = running.alerts(1).remove(0);
    let decided = running.decide(1, vec![propose(&listed.id, Action::SetStatus { status: Status::Acknowledged }, 0)]);
    assert!(matches!(decided[..], [Outcome::Stored(_)]));
    place.deliver("a.json", delivery(&[probe("earlier", "10:00")]).as_bytes());
    running.until("the earlier event", |told| shown(told).values().any(|(_, event, ..)| event == "earlier"));
    running.until("word that the later one is no alert", |told| shown(told).len() == 1);
    drop(running);
    let mut stored: Vec<_> = place.stored().into_iter().map(|l| (l.event_id, l.withdrawn)).collect();
    stored.sort();
    assert_eq!(stored, [("earlier".to_owned(), false), ("later".to_owned(), true)]);
}

#[test]
fn a_replay_counts_what_has_happened_and_nothing_that_is_to_come() {
    let place = Place::new();
    let probe = |n: usize| {
        format!(
            r#"{{"eventVersion":"1.08","eventID":"e{n}","eventTime":"2026-11-23T10:0{n}:00Z","eventName":"Probe",
            "eventSource":"s","sourceIPAddress":"192.0.2.{}","userIdentity":{{"type":"IAMUser","userName":"u"}}}}"#,
            n % 2
        )
    };
    place.deliver("a.json", delivery(&(0..7).map(probe).collect::<Vec<_>>()).as_bytes());
    let options = playing(1.0, true);
    let of = ReplayOf::Log { paths: vec![place.logs.clone()], clusters: Vec::new() };
    let book = rules(&[("threshold", THRESHOLD)]);
    let running = Running::start(|o| engine::replay(of, book, options, Store::in_memory().unwrap(), o).unwrap());
    let count = |told: &[Update]| shown(told).values().map(|(_, _, count, reason)| (*count, reason.clone())).next();
    for (wanted, until) in [(4, "10:03:00Z"), (5, "10:04:00Z"), (6, "10:05:00Z"), (7, "10:06:00Z")] {
        let asks = if wanted == 4 { 4 } else { 1 };
        (0..asks).for_each(|_| running.engine.ask(Request::Playback(PlaybackRequest::Step)));
        let (counted, reason) = running.wait("the next count", |told| count(told).filter(|(n, _)| *n >= wanted));
        assert_eq!(counted, wanted);
        assert!(reason.contains(&format!("{wanted} events")) && reason.contains(until), "{reason}");
    }
}

#[test]
fn what_rules_remember_waits_for_a_state_that_cannot_be_written() {
    let place = Place::new();
    let options = OpenOptions { patience: Duration::from_millis(50), ..OpenOptions::default() };
    let book = rules(&[("terms", NEW_TERMS), ("suppressed", SUPPRESSED)]);
    let running = Running::start(|o| watch_by(book, &place.logs, Window::default(), 2, place.store(&options), o));
    running.settled();
    let other = rusqlite::Connection::open(&place.state).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (_, files) = expected();
    // The latest first, so that what is told of is taken back by what comes later, before any of it can be written.
    for (n, (name, text)) in (1..).zip(files.iter().rev()) {
        place.deliver(name, text.as_bytes());
        running.figures("the file read", |h| h.files == n);
    }
    running.until("word that nothing can be written", |told| {
        told.iter().any(|u| matches!(u, Update::Notice(text) if text.contains("lock") || text.contains("busy")))
    });
    other.execute_batch("ROLLBACK").unwrap();
    let expected = scan(&place.logs, &rules(&[("terms", NEW_TERMS), ("suppressed", SUPPRESSED)]).current());
    running.wait("the same alerts as in a scan", |told| (shown(told) == expected).then_some(()));
    drop(running);
    assert_eq!(said(place.stored()), expected);
}
