//! How much each rule remembers, as the console is told: in a live console, after a restart, in a replay.

use std::collections::BTreeMap;

use watchfloor::detect::{Kept, Remembered};
use watchfloor::engine::{self, ReplayOf, Update};
use watchfloor::triage::Store;

use super::correlate::{NEW_TERMS, SEQUENCE, SUPPRESSED_SEQUENCE, THRESHOLD, live, rules};
use super::{Place, Running, delivery, playing};

const KINDS: [(&str, &str); 5] = [
    ("terms", NEW_TERMS),
    ("threshold", THRESHOLD),
    ("sequence", SEQUENCE),
    ("suppressed sequence", SUPPRESSED_SEQUENCE),
    ("one event", "type = \"query\"\n"),
];

/// A file of probes at these hours, each from another address.
fn probes(hours: &[u32]) -> String {
    let probe = |hour: &u32| {
        format!(
            r#"{{"eventVersion":"1.08","eventID":"e{hour}","eventTime":"2026-11-23T{hour:02}:00:00Z","eventName":"Probe",
            "eventSource":"s","sourceIPAddress":"192.0.2.{}","awsRegion":"r",
            "userIdentity":{{"type":"IAMUser","userName":"u{}"}}}}"#,
            hour % 4,
            hour % 2
        )
    };
    delivery(&hours.iter().map(probe).collect::<Vec<_>>())
}

/// What each rule remembers, as it was told last.
type Told = BTreeMap<String, Remembered>;

fn told(updates: &[Update]) -> Told {
    let last = updates.iter().rev().find_map(|u| if let Update::Costs(costs) = u { Some(costs) } else { None });
    let remembered = last.into_iter().flatten().filter_map(|(rule, cost)| Some((rule.clone(), cost.remembered?)));
    remembered.collect()
}

fn wanted(most: usize, kept: [Kept; 4]) -> Told {
    let remembered =
        |((rule, _), kept): (&(&str, &str), Kept)| ((*rule).to_owned(), Remembered { kept, most, forgotten: 0 });
    KINDS.iter().zip(kept).map(remembered).collect()
}

fn wait(running: &Running, wanted: &Told) {
    running.until(&format!("{wanted:?}"), |updates| told(updates) == *wanted);
}

const fn terms(combinations: usize, stretches: usize) -> Kept {
    Kept::Terms { combinations, stretches }
}

const fn events(events: usize, groups: usize) -> Kept {
    Kept::Events { events, groups }
}

#[test]
fn it_is_counted_for_each_rule_and_is_the_same_after_a_restart() {
    let place = Place::new();
    let running = live(&place, rules(&KINDS));
    wait(&running, &wanted(50_000, [terms(0, 0), events(0, 0), events(0, 0), events(0, 0)]));
    place.deliver("a.json", probes(&[0, 1, 2, 3]).as_bytes());
    // The last one matters to no sequence.
    wait(&running, &wanted(50_000, [terms(4, 4), events(4, 2), events(3, 2), events(2, 2)]));
    // The same user from the same address, after longer than the rule looks back.
    place.deliver("b.json", probes(&[4]).as_bytes());
    let all = wanted(50_000, [terms(4, 5), events(5, 2), events(4, 2), events(3, 2)]);
    wait(&running, &all);
    drop(running);
    let again = live(&place, rules(&KINDS));
    wait(&again, &all);
    drop(again);

    let of = ReplayOf::Log { paths: vec![place.logs.clone()], clusters: Vec::new() };
    let store = Store::in_memory().unwrap();
    let replay =
        Running::start(|o| engine::replay(of, rules(&KINDS), playing(f64::INFINITY, false), store, o).unwrap());
    wait(&replay, &wanted(1_000_000, [terms(4, 5), events(5, 2), events(4, 2), events(3, 2)]));
}
