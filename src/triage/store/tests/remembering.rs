use std::sync::Arc;

use chrono::DateTime;

use super::*;
use crate::detect::{Aggregate, Body, EventOrder, GroupKey, Hit, MemoryUpdate, Reason as Why, Remembering, Term};
use crate::trail::{Checkpoint, CheckpointColumns, Content, FileId, Origin};
use crate::triage::RememberedHit;

fn moment(time: i64, event: &str) -> EventOrder {
    EventOrder { time, event: event.into() }
}

fn kept(rule: &str, key: u8, time: i64) -> RememberedHit {
    let hit = Hit {
        rule: 0,
        key: GroupKey([key; 16]),
        further: true,
        folds: vec![GroupKey([9; 16]), GroupKey([8; 16])],
        at: moment(time, &format!("e{time}")),
        until: time + 1,
        distinct: vec![(0, u64::MAX - 1), (255, 7)],
        body: Body { raw: format!("{{\"n\":{time}}}"), origin: Origin::from_columns(Path::new("/logs/a"), 5, None) },
    };
    RememberedHit { rule: rule.to_owned(), hit }
}

fn rules(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn asked(names: &[&str]) -> Vec<Remembering> {
    let of = |name: &&str| Remembering { fingerprint: (*name).to_owned(), former: None, reach: 3_600_000_000 };
    names.iter().map(of).collect()
}

fn moments(store: &Store, rule: &str) -> Vec<(i64, i64)> {
    let mut all: Vec<_> = store.hits(&rules(&[rule])).unwrap().iter().map(|h| (h.at.time, h.until)).collect();
    all.sort_unstable();
    all
}

fn aggregate(count: u64) -> Option<Aggregate> {
    Some(Aggregate {
        reason: Why::Threshold,
        new_terms: Vec::new(),
        group: vec![Term { field: "user.name".into(), value: Some("etl".into()) }],
        count,
        first: at(0),
        last: at(9),
        different: Vec::new(),
        events: vec!["a".into()],
        marks: Vec::new(),
        sequence: Vec::new(),
        suppressed: 0,
    })
}

#[test]
fn what_rules_remember_is_there_after_reopening() {
    let (_folder, path) = place();
    let mut store = Store::open(&path, Access::ReadWrite).unwrap();
    assert_eq!(store.register_rules(&asked(&["a", "b"]), true).unwrap(), [true, true]);
    let hits = [kept("a", 1, 10), kept("a", 1, 20), kept("a", 2, 30), kept("b", 1, 10), kept("gone", 1, 10)];
    // What is remembered twice is remembered once; for a rule that does not run, not at all.
    store.record(Batch { kept: &[hits.as_slice(), &hits[..1]].concat(), ..Batch::default() }).unwrap();
    drop(store);

    let mut store = Store::open(&path, Access::ReadWrite).unwrap();
    let mut read = store.hits(&rules(&["gone", "a"])).unwrap();
    read.sort_by(|a, b| a.at.cmp(&b.at));
    let expected: Vec<Hit<()>> = hits[..3].iter().map(|k| Hit { rule: 1, ..k.hit.clone().map(|_| ()) }).collect();
    assert_eq!(read, expected);
    assert_eq!(store.body("a", "e20").unwrap(), Some(hits[1].hit.body.clone()));
    assert_eq!(store.body("a", "e99").unwrap(), None);

    let a: Arc<str> = "a".into();
    let entries = [
        MemoryUpdate::Until(Arc::clone(&a), GroupKey([1; 16]), moment(20, "e20"), 77),
        MemoryUpdate::Drop(Arc::clone(&a), GroupKey([2; 16]), moment(30, "e30")),
        MemoryUpdate::Forget(Arc::clone(&a), GroupKey([1; 16]), Some(moment(10, "e10"))),
    ];
    store.record(Batch { entries: &entries, ..Batch::default() }).unwrap();
    assert_eq!(moments(&store, "a"), [(20, 77)]);
    store.record(Batch { entries: &[MemoryUpdate::Forget(a, GroupKey([1; 16]), None)], ..Batch::default() }).unwrap();
    assert_eq!((moments(&store, "a"), moments(&store, "b").len()), (vec![], 1));
}

#[test]
fn a_rule_knows_whether_it_knows_everything() {
    let mut store = Store::in_memory().unwrap();
    assert_eq!(store.register_rules(&asked(&["a"]), true).unwrap(), [true]);
    store.record(Batch { kept: &[kept("a", 1, 10)], ..Batch::default() }).unwrap();
    assert_eq!(store.register_rules(&asked(&["b", "a"]), false).unwrap(), [false, true]);
    store.mark_caught_up(&rules(&["b"])).unwrap();
    // Another console that runs other rules: what this one remembers stays.
    assert_eq!(store.register_rules(&asked(&["b"]), false).unwrap(), [true]);
    assert_eq!(moments(&store, "a"), [(10, 11)]);
    assert_eq!(store.register_rules(&asked(&["a", "b"]), false).unwrap(), [true, true]);
}

#[test]
fn what_a_rule_did_not_see_while_another_console_read_is_put_to_it() {
    let (_folder, path) = place();
    let (mut ours, mut theirs) = (with_alerts(&path, 0), Store::open(&path, Access::ReadWrite).unwrap());
    ours.register_rules(&asked(&["a", "both"]), true).unwrap();
    theirs.register_rules(&asked(&["b", "both"]), true).unwrap();
    let whole = |store: &mut Store| store.register_rules(&asked(&["a", "b", "both"]), false).unwrap();
    theirs.record(Batch { marks: &[mark("/logs/a")], ..Batch::default() }).unwrap();
    assert_eq!(whole(&mut Store::open(&path, Access::ReadWrite).unwrap()), [false, true, true]);
    // What was read as far by the other console already takes nothing from its rules.
    ours.record(Batch { marks: &[mark("/logs/a")], ..Batch::default() }).unwrap();
    assert_eq!(whole(&mut Store::open(&path, Access::ReadWrite).unwrap()), [false, true, true]);
}

#[test]
fn what_no_console_has_asked_for_in_a_long_time_is_forgotten() {
    let mut store = Store::in_memory().unwrap();
    store.register_rules(&asked(&["a", "b"]), true).unwrap();
    store.record(Batch { kept: &[kept("a", 1, 10), kept("b", 1, 10)], ..Batch::default() }).unwrap();
    let ago = |days: i64| format!("UPDATE rules SET used = used - {days} * 86400 WHERE fingerprint = 'a'");
    store.conn().execute_batch(&ago(31)).unwrap();
    store.register_rules(&asked(&["b"]), false).unwrap();
    assert_eq!(moments(&store, "a").len(), 1, "an event of its last hour may still come");
    store.conn().execute_batch(&ago(1)).unwrap();
    store.register_rules(&asked(&["b"]), false).unwrap();
    assert_eq!((moments(&store, "a").len(), moments(&store, "b").len()), (0, 1));
}

#[test]
fn an_alert_grows_and_keeps_its_decisions() {
    let (_folder, path) = place();
    let mut store = Store::open(&path, Access::ReadWrite).unwrap();
    let mut found = found(3);
    found.alert.aggregate = aggregate(2);
    let recorded = store.record(Batch { alerts: std::slice::from_ref(&found), ..Batch::default() }).unwrap();
    assert_eq!((recorded.added, recorded.new[0].count), (1, 2));
    stored(&store.decide(&[tick(3, "mk", "0123456789ab", 0)]).unwrap());

    found.alert.aggregate = aggregate(3);
    found.alert.event_id = "another".into();
    found.alert.raw = "{}".into();
    let grown = [found.clone()];
    let recorded = store.record(Batch { alerts: &grown, ..Batch::default() }).unwrap();
    assert_eq!((recorded.added, recorded.new.len(), recorded.new[0].count), (0, 1, 3));
    let alert = store.alert(&found.alert.id).unwrap().unwrap();
    assert_eq!((alert.aggregate, alert.event_id.as_str(), alert.raw.as_str()), (aggregate(3), "another", "{}"));
    assert_eq!(store.decisions_of(&found.alert.id).unwrap().len(), 1);
    assert_eq!(store.record(Batch { alerts: &grown, ..Batch::default() }).unwrap().new, []);
}

#[test]
fn an_alert_that_is_taken_back_stays_only_with_decisions() {
    let (_folder, path) = place();
    let mut store = with_alerts(&path, 3);
    let ids: Vec<_> = (0..3).map(|n| alert(n).id).collect();
    stored(&store.decide(&[tick(1, "mk", "0123456789ab", 0)]).unwrap());
    let recorded = store.record(Batch { withdrawn: &ids[..2], ..Batch::default() }).unwrap();
    assert_eq!(recorded.new.iter().map(|l| l.withdrawn).collect::<Vec<_>>(), [true, true]);
    assert_eq!(store.record(Batch { withdrawn: &ids[..2], ..Batch::default() }).unwrap().new, []);
    let mut listed: Vec<_> = store.alerts().unwrap().into_iter().map(|l| (l.id, l.withdrawn)).collect();
    listed.sort();
    let mut expected = vec![(ids[1].clone(), true), (ids[2].clone(), false)];
    expected.sort();
    assert_eq!(listed, expected);
    // Told of again, it is listed again.
    let mut again = found(0);
    again.alert.aggregate = aggregate(2);
    assert_eq!(store.record(Batch { alerts: &[again], ..Batch::default() }).unwrap().new.len(), 1);
    assert_eq!(store.alerts().unwrap().len(), 3);
}

#[test]
fn a_state_of_the_first_version_goes_on() {
    let (_folder, path) = place();
    drop(Store::open(&path, Access::ReadWrite).unwrap());
    std::fs::remove_file(&path).unwrap();
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../schema/1.sql")).unwrap();
    old.execute_batch(
        "INSERT INTO alerts VALUES (1, 'id', 'rule', 'name', 'low', 21, 'e', 0, 0, 'reason', \
         NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0); \
         INSERT INTO bodies VALUES (1, '{}', '{}', x'2f61', 0); \
         INSERT INTO marks VALUES (x'2f61', 64, 7, 2048, 5, 2000, -1, 'lines', 3, 1, NULL, 0, 9); \
         PRAGMA application_id = 0x57464c52; PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(old);
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let refused = Store::open(&path, Access::ReadOnly).unwrap_err();
    assert!(matches!(refused, StoreError::Older { found: 1, known: 5, .. }), "{refused}");
    let mut store = Store::open(&path, Access::ReadWrite).unwrap();
    let listed = store.alerts().unwrap();
    assert_eq!((listed.len(), listed[0].count, listed[0].withdrawn), (1, 1, false));
    assert_eq!(store.alert(&listed[0].id).unwrap().unwrap().aggregate, None);
    assert_eq!(store.register_rules(&asked(&["a"]), false).unwrap(), [false]);
    let known = Checkpoint::from_columns(CheckpointColumns {
        path: "/a".into(),
        id: FileId::from_columns(64, 7),
        size: 2048,
        mtime_ns: 5,
        ctime_ns: None,
        consumed: 2000,
        unpacked: None,
        head: u64::MAX,
        content: Some(Content::Lines),
        records: 3,
        bad: 1,
        problem: None,
        first_event: DateTime::from_timestamp_micros(0),
        last_event: DateTime::from_timestamp_micros(9),
    });
    assert_eq!(store.marks().unwrap(), [known], "what was read then counts as read");
}
