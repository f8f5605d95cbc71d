//! A console that looks at events since a time only: its alerts are those of the whole log that fall after it, live, on a
//! replay, and over a restart.

use watchfloor::engine::{self, ReplayOf, ReplayOptions, RuleBook, Window};
use watchfloor::triage::Store;

use super::correlate::{NEW_TERMS, PER_RUN, SUPPRESSED, Said, THRESHOLD, files, rules, said, scan, shown};
use super::{Place, Running, playing, watch_by};

fn book() -> RuleBook {
    rules(&[("terms", NEW_TERMS), ("threshold", THRESHOLD), ("suppressed", SUPPRESSED), ("per run", PER_RUN)])
}

/// A day's files under names that say when they were delivered, and a window that begins in the middle; the alerts that
/// fall into it.
fn expected() -> (Place, Window, Said, Vec<(String, String)>) {
    let place = Place::new();
    let named = |(n, (_, text)): (usize, (String, String))| {
        let (hour, minute) = (n / 3 + (n % 3 + 1) / 3, (n % 3 + 1) % 3 * 20);
        let day = 23 + hour / 24;
        (format!("111122223333_CloudTrail_us-east-1_202611{day}T{:02}{minute:02}Z_{n:016}.json", hour % 24), text)
    };
    let files: Vec<(String, String)> = files().into_iter().enumerate().map(named).collect();
    let all = Place::new();
    for (name, text) in &files {
        all.deliver(name, text.as_bytes());
    }
    let window = Window { since: Some(super::time("2026-11-23T13:00:00Z")), until: None };
    let whole = scan(&all.logs, &book().current());
    let within = |event: &str| event[1..4].parse::<usize>().is_ok_and(|file| file >= 39);
    let expected: Said =
        whole.iter().filter(|(_, (_, event, ..))| within(event)).map(|(k, v)| (k.clone(), v.clone())).collect();
    assert!(expected.len() > 10 && expected.len() < whole.len());
    (place, window, expected, files)
}

#[test]
fn a_live_console_has_the_alerts_of_its_window_and_knows_what_was_before() {
    let (place, window, expected, files) = expected();
    let (before, after) = files.split_at(50);
    for (name, text) in before {
        place.deliver(name, text.as_bytes());
    }
    let live = || Running::start(|o| watch_by(book(), &place.logs, window, 2, place.store(&Default::default()), o));
    let running = live();
    let health = running.settled();
    assert!(health.unopened > 0, "older files are not opened");
    for (name, text) in after.iter().rev() {
        place.deliver(name, text.as_bytes());
    }
    running.wait("the alerts of the window", |told| (shown(told) == expected).then_some(()));
    drop(running);
    assert_eq!(said(place.stored()), expected);
    let again = live();
    again.settled();
    assert_eq!(shown(&again.told.0.lock().unwrap()), expected);
}

#[test]
fn a_replay_has_the_alerts_of_its_window_and_knows_what_was_before() {
    let (place, window, expected, files) = expected();
    for (name, text) in &files {
        place.deliver(name, text.as_bytes());
    }
    let options = ReplayOptions { window, ..playing(f64::INFINITY, false) };
    let of = ReplayOf::Log { paths: vec![place.logs.clone()], clusters: Vec::new() };
    let running = Running::start(|o| engine::replay(of, book(), options, Store::in_memory().unwrap(), o).unwrap());
    running.wait("the alerts of the window", |told| (shown(told) == expected).then_some(()));
}
