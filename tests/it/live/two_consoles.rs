//! Two consoles with different rules on one state, one of them read-only, while files come and go: each finds what a scan
//! with its rules finds, and what it remembers outlives the other.

use std::collections::BTreeSet;

use watchfloor::rule::{self, RuleFormat};

use super::*;

const THRESHOLD: &str =
    "type = \"threshold\"\nfrom = \"now-30m\"\n[rule.threshold]\nfield = [\"user.name\"]\nvalue = 4\n";

fn rules(name: &str, more: &str) -> RuleBook {
    let text = format!(
        "[rule]\nname = \"{name}\"\nrule_id = \"{name}\"\ndescription = \"d\"\nseverity = \"low\"\nrisk_score = 1\n\
         language = \"kuery\"\nquery = \"event.action: Probe\"\n{more}"
    );
    let mut load = rule::load_str(&text, RuleFormat::Toml, name);
    assert_eq!(load.errors().next(), None);
    RuleBook::new(Pack::of(vec![load.rules.remove(0)]), Exceptions::default())
}

fn counting() -> RuleBook {
    rules("count", THRESHOLD)
}

fn plain() -> RuleBook {
    rules("plain", "type = \"query\"\n")
}

fn on(place: &Place, rules: RuleBook) -> Running {
    let store = place.store(&OpenOptions::default());
    Running::start(|outlet| watch_by(rules, &place.logs, Window::default(), 2, store, outlet))
}

fn probe(n: usize) -> String {
    delivery(&[record(&format!("p-{n:02}"), &format!("2026-11-23T10:{n:02}:00Z"), "Probe")])
}

fn of(place: &Place, rule: &str) -> BTreeSet<(String, u64)> {
    let stored = place.stored().into_iter().filter(|l| l.rule_id == rule && !l.withdrawn);
    stored.map(|l| (l.event_id, l.count)).collect()
}

#[test]
fn each_finds_what_is_its_own_over_restarts_while_files_come_and_go() {
    let place = Place::new();
    let mut paths = Vec::new();
    // Three probes are read by a console that counts them, and their files go.
    let running = on(&place, counting());
    running.settled();
    for n in 0..3 {
        paths.push(place.deliver(&format!("{n}.json"), probe(n).as_bytes()));
    }
    running.figures("three files", |h| h.files >= 3 && h.pending == 0);
    drop(running);
    paths.iter().for_each(|path| std::fs::remove_file(path).unwrap());
    assert_eq!(of(&place, "count").len(), 0);
    // Another console, with other rules, comes and reads a fourth.
    let running = on(&place, plain());
    running.settled();
    place.deliver("3.json", probe(3).as_bytes());
    running.alerts(1);
    drop(running);
    // The first knows the three, and is put to the fourth that it did not see.
    let running = on(&place, counting());
    running.alerts(2);
    drop(running);
    assert_eq!(of(&place, "count"), [("p-03".to_owned(), 4)].into());
    assert_eq!(of(&place, "plain"), [("p-03".to_owned(), 1)].into());
    // Both at once, and a file that goes as soon as both have it.
    let (counts, shows) = (on(&place, counting()), on(&place, plain()));
    counts.settled();
    shows.settled();
    for n in 4..8 {
        let path = place.deliver(&format!("{n}.json"), probe(n).as_bytes());
        let has = |id: String| {
            move |told: &[Update]| {
                told.iter().any(|u| matches!(u, Update::Alerts(all) if all.iter().any(|l| l.rule_id == "plain" && l.event_id == id)))
            }
        };
        shows.until("the alert of the file", has(format!("p-{n:02}")));
        let counted = |l: &AlertRow| l.rule_id == "count" && l.count == n as u64 + 1;
        counts.until("the file counted", |told| {
            told.iter().any(|u| matches!(u, Update::Alerts(all) if all.iter().any(counted)))
        });
        std::fs::rename(&path, path.with_extension("json.old")).unwrap();
        std::fs::remove_file(path.with_extension("json.old")).unwrap();
    }
    drop((counts, shows));
    assert_eq!(of(&place, "count"), [("p-03".to_owned(), 8)].into());
    assert_eq!(of(&place, "plain").len(), 5);
}
