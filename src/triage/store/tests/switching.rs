//! Rules switched off and on.

use super::*;
use crate::triage::{Switch, Switched};

fn switch(rule: &str, enabled: bool, analyst: &str, n: i64) -> Switch {
    Switch { rule: rule.into(), enabled, analyst: analyst.into(), at: at(n) }
}

#[test]
fn the_newest_word_on_each_rule_is_there_after_reopening() {
    let (_folder, path) = place();
    let mut store = with_alerts(&path, 0);
    assert_eq!(store.switches().unwrap(), []);
    let (off, other) = (switch("b", false, "mk", 1), switch("a", false, "mk", 2));
    assert_eq!(store.switch(&off, None).unwrap(), Switched::Stored(off.clone()));
    store.switch(&other, None).unwrap();
    let on = switch("b", true, "alice", 3);
    assert_eq!(store.switch(&on, Some(&off)).unwrap(), Switched::Stored(on.clone()));
    drop(store);
    assert_eq!(Store::open(&path, Access::ReadOnly).unwrap().switches().unwrap(), [other, on]);
}

#[test]
fn nobody_overrules_a_switch_that_they_have_not_seen() {
    let (_folder, path) = place();
    let (mut ours, mut theirs) = (with_alerts(&path, 0), Store::open(&path, Access::ReadWrite).unwrap());
    let version = ours.data_version().unwrap();
    let off = switch("a", false, "alice", 1);
    theirs.switch(&off, None).unwrap();
    assert_ne!(ours.data_version().unwrap(), version);
    assert_eq!(ours.switch(&switch("a", false, "mk", 2), None).unwrap(), Switched::Conflict(off.clone()));
    assert_eq!(ours.switches().unwrap(), [off]);
}
