use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Barrier;

use tempfile::TempDir;

use super::*;
use crate::detect::AlertId;
use crate::triage::Proposal;
use crate::triage::samples::{alert, at, found, mark, propose, tick};
use crate::triage::{Action, Case, Decision, NewAlert, Reason, Status};

mod archiving;
mod deciding;
mod faults;
mod places;
mod remembering;
mod switching;

/// A folder of our own with the path of a state in it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state").join("state.db");
    (folder, path)
}

fn with_alerts(path: &Path, count: i64) -> Store {
    let mut store = Store::open(path, Access::ReadWrite).unwrap();
    let alerts: Vec<NewAlert> = (0..count).map(found).collect();
    store.record(Batch { alerts: &alerts, ..Batch::default() }).unwrap();
    store
}

fn stored(decided: &[Decided]) -> Vec<Decision> {
    decided
        .iter()
        .map(|d| match d {
            Decided::Stored(decision) => decision.clone(),
            other => panic!("not stored: {other:?}"),
        })
        .collect()
}

fn impatient() -> OpenOptions {
    OpenOptions { patience: Duration::from_millis(50), ..OpenOptions::default() }
}

#[test]
fn everything_is_there_after_reopening() {
    let (_folder, path) = place();
    let mut store = with_alerts(&path, 12);
    let marks = [
        mark("/logs/a.json.gz"),
        mark("/logs/b").with(|c| (c.content, c.problem, c.first_event, c.last_event) = (None, None, None, None)),
        mark(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"/logs/\xff\xfe")),
    ];
    let seen = [FirstSeen { kind: FirstSeenKind::Actor, value: "etl".into(), first: at(3) }];
    store.record(Batch { marks: &marks, seen: &seen, ..Batch::default() }).unwrap();
    let decided = store
        .decide(&[
            tick(3, "mk", "0123456789ab", 0),
            propose(3, "mk", Action::Note { text: "zwei\nZeilen".into(), step: None }, 0),
            propose(4, "mk", Action::SetStatus { status: Status::Closed(Reason::Duplicate) }, 0),
        ])
        .unwrap();
    let (alerts, decisions) = (store.alerts().unwrap(), stored(&decided));
    drop(store);

    let store = Store::open(&path, Access::ReadWrite).unwrap();
    assert_eq!(store.alerts().unwrap(), alerts);
    assert_eq!(alerts.iter().map(|a| a.time).collect::<Vec<_>>(), (0..12).rev().map(at).collect::<Vec<_>>());
    assert_eq!(alerts[0], found(11).listed());
    assert_eq!(store.decisions_since(0).unwrap(), decisions);
    assert_eq!(store.decisions_since(2).unwrap(), decisions[2..]);
    assert_eq!(store.decisions_of(&alert(4).id).unwrap(), decisions[2..]);
    assert_eq!(store.marks().unwrap(), marks);
    assert_eq!(store.first_seen(FirstSeenKind::Actor, "etl").unwrap(), Some(at(3)));
    assert_eq!(store.first_seen(FirstSeenKind::Address, "etl").unwrap(), None);
    assert_eq!(store.alert(&alert(7).id).unwrap(), Some(alert(7)));
    assert_eq!(store.alert(&AlertId::of("x", "y")).unwrap(), None);
    assert_eq!(store.held_count().unwrap(), 1);
}

#[test]
fn an_alert_known_already_is_not_new_and_not_changed() {
    let mut store = Store::in_memory().unwrap();
    let first = store.record(Batch { alerts: &[found(1), found(2), found(1)], ..Batch::default() }).unwrap();
    assert_eq!(first.new, [found(1).listed(), found(2).listed()]);
    let again = NewAlert { held: true, found: at(999), ..found(2) };
    let second = store.record(Batch { alerts: &[again, found(3)], ..Batch::default() }).unwrap();
    assert_eq!(second.new, [found(3).listed()]);
    assert_eq!(store.alerts().unwrap()[1], found(2).listed());
}

#[test]
fn a_mark_replaces_the_one_before_and_can_be_forgotten() {
    let mut store = Store::in_memory().unwrap();
    store.record(Batch { marks: &[mark("/a"), mark("/b")], ..Batch::default() }).unwrap();
    let grown = mark("/a").with(|c| c.size = 8192);
    store.record(Batch { marks: std::slice::from_ref(&grown), ..Batch::default() }).unwrap();
    let gone = [(0, "/b".into()), (0, "/never".into())];
    store.record(Batch { gone: &gone, ..Batch::default() }).unwrap();
    assert_eq!(store.marks().unwrap(), std::slice::from_ref(&grown));
    // It has another name, and another file has its name.
    let gone = [(1, "/a".into()), (2, "/c".into())];
    let marks = [mark("/a").with(|c| c.size = 1), mark("/c").with(|c| c.size = 8192), mark("/a"), mark("/c")];
    store.record(Batch { marks: &marks, gone: &gone, ..Batch::default() }).unwrap();
    assert_eq!(store.marks().unwrap(), [mark("/a"), mark("/c")]);
    let gone = [(2, "/a".into())];
    store.record(Batch { marks: &marks[..2], gone: &gone, ..Batch::default() }).unwrap();
    assert_eq!(store.marks().unwrap(), marks[1..2]);
}

#[test]
fn a_range_of_events_never_shrinks_by_rounding() {
    let nanos = chrono::DateTime::from_timestamp(5, 1_001).unwrap();
    let mut store = Store::in_memory().unwrap();
    let precise = mark("/a").with(|c| (c.first_event, c.last_event) = (Some(nanos), Some(nanos)));
    store.record(Batch { marks: &[precise], ..Batch::default() }).unwrap();
    let kept = store.marks().unwrap().remove(0);
    assert!(kept.columns().first_event.unwrap() <= nanos && nanos <= kept.last_event().unwrap());
}

#[test]
fn the_earliest_sight_counts_in_any_order() {
    let mut store = Store::in_memory().unwrap();
    let sight = |seconds| FirstSeen { kind: FirstSeenKind::Address, value: "198.51.100.1".into(), first: at(seconds) };
    store.record(Batch { seen: &[sight(50), sight(20), sight(30)], ..Batch::default() }).unwrap();
    store.record(Batch { seen: &[sight(40)], ..Batch::default() }).unwrap();
    assert_eq!(store.first_seen(FirstSeenKind::Address, "198.51.100.1").unwrap(), Some(at(20)));
    store.record(Batch { seen: &[sight(10)], ..Batch::default() }).unwrap();
    assert_eq!(store.first_seen(FirstSeenKind::Address, "198.51.100.1").unwrap(), Some(at(10)));
}

#[test]
fn a_full_table_of_sights_keeps_the_known_and_says_so() {
    let mut store = Store::in_memory().unwrap();
    let sight =
        |value: &str, seconds| FirstSeen { kind: FirstSeenKind::Agent, value: value.into(), first: at(seconds) };
    store.record(Batch { seen: &[sight("known", 5)], ..Batch::default() }).unwrap();
    store.conn.execute("UPDATE seen_rows SET rows = ?1", [MAX_SEEN.cast_signed() - 1]).unwrap();
    assert!(!store.seen_full(FirstSeenKind::Agent).unwrap());
    let batch = [sight("last", 6), sight("flood", 7), sight("known", 1)];
    assert_eq!(store.record(Batch { seen: &batch, ..Batch::default() }).unwrap().unseen, 1);
    assert!(store.seen_full(FirstSeenKind::Agent).unwrap() && !store.seen_full(FirstSeenKind::Actor).unwrap());
    assert_eq!(store.first_seen(FirstSeenKind::Agent, "last").unwrap(), Some(at(6)));
    assert_eq!(store.first_seen(FirstSeenKind::Agent, "flood").unwrap(), None);
    assert_eq!(store.first_seen(FirstSeenKind::Agent, "known").unwrap(), Some(at(1)));
}

#[test]
fn runs_are_counted_on_the_clock_of_the_events() {
    let mut store = Store::in_memory().unwrap();
    let early = NewAlert {
        alert: crate::detect::Alert { time: chrono::DateTime::from_timestamp(-1, 0).unwrap(), ..alert(0) },
        ..found(0)
    };
    let alerts = [early, found(1), found(2), found(700)];
    store.record(Batch { alerts: &alerts, ..Batch::default() }).unwrap();
    let interval = chrono::Duration::minutes(10);
    let run = at(1).timestamp() / 600;
    assert_eq!(store.run_counts("rule", interval).unwrap(), [(-1, 1), (run, 2), (at(700).timestamp() / 600, 1)]);
    assert_eq!(store.run_counts("other", interval).unwrap(), []);
}

#[test]
fn alerts_come_in_chunks_and_one_by_one_newest_first() {
    let mut store = Store::in_memory().unwrap();
    let alerts: Vec<NewAlert> = (0..25).map(found).collect();
    store.record(Batch { alerts: &alerts, ..Batch::default() }).unwrap();
    let mut sizes = vec![];
    let mut all = vec![];
    store
        .each_listed(10, |part| {
            sizes.push(part.len());
            all.extend(part);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(sizes, [10, 10, 5]);
    assert_eq!(all, store.alerts().unwrap());
    assert_eq!(store.alerts_page(3, 20).unwrap(), all[20..23]);

    let numbers = |before, limit| store.documents(before, limit).unwrap().iter().map(|d| d.number).collect::<Vec<_>>();
    assert_eq!(numbers(None, 3), [25, 24, 23], "the last to arrive first");
    assert_eq!(numbers(Some(3), 9), [2, 1]);
    let one = &store.documents(None, 1).unwrap()[0];
    assert_eq!(store.document(&one.id).unwrap().as_ref(), Some(one));

    let mut ids = vec![];
    store
        .each_alert(|found| {
            ids.push(found.document()["event"]["id"].as_i64().unwrap());
            if ids.len() < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
        .unwrap();
    assert_eq!(ids, [24, 23, 22]);
}

#[test]
fn earlier_exports_are_those_of_the_actor_or_into_the_bucket() {
    let mut store = Store::in_memory().unwrap();
    let with = |n: i64, actor: &str, to: &str, action: &str| {
        let mut found = found(n);
        found.alert.summary.actor = Some(actor.into());
        found.alert.summary.destination = Some(to.into());
        found.alert.summary.action = Some(action.into());
        found
    };
    let alerts = [
        with(1, "alice", "s3://one/2026", "StartExportTask"),
        with(2, "bob", "s3://two", "StartExportTask"),
        with(3, "carol", "s3://two/a", "StartExportTask"),
        with(4, "carol", "s3://two-more/a", "StartExportTask"),
        with(5, "alice", "s3://two/a", "CreateDBSnapshot"),
        with(6, "alice", "s3://two/a", "StartExportTask"),
    ];
    store.record(Batch { alerts: &alerts, ..Batch::default() }).unwrap();
    let earlier = |actor, bucket, limit| -> Vec<String> {
        let found = store.earlier("StartExportTask", actor, bucket, at(6), limit).unwrap();
        found.into_iter().map(|l| l.event_id).collect()
    };
    assert_eq!(earlier(Some("alice"), Some("two"), 9), ["event-3", "event-2", "event-1"]);
    assert_eq!(earlier(Some("alice"), Some("two"), 1), ["event-3"]);
    assert_eq!(earlier(Some("alice"), None, 9), ["event-1"]);
    assert!(earlier(None, Some("tw%"), 9).is_empty());
}

#[test]
fn another_handle_sees_what_was_written_as_news() {
    let (_folder, path) = place();
    let mut writer = with_alerts(&path, 3);
    let reader = Store::open(&path, Access::ReadOnly).unwrap();
    let mut cursor = reader.cursor().unwrap();
    let version = reader.data_version().unwrap();
    assert_eq!(reader.news(&mut cursor).unwrap(), News::default());
    assert_eq!(reader.data_version().unwrap(), version);

    writer.record(Batch { alerts: &[found(8)], ..Batch::default() }).unwrap();
    let made = stored(&writer.decide(&[tick(8, "mk", "a", 0)]).unwrap());
    assert_ne!(reader.data_version().unwrap(), version);
    let news = reader.news(&mut cursor).unwrap();
    assert_eq!((news.alerts, news.decisions), (vec![found(8).listed()], made));
    assert_eq!(reader.news(&mut cursor).unwrap(), News::default());
}

#[test]
fn what_two_consoles_list_together_stays_within_the_cap() {
    let (_folder, path) = place();
    let (mut ours, mut theirs) = (with_alerts(&path, 0), Store::open(&path, Access::ReadWrite).unwrap());
    // One run has room for four.
    let limits = [RuleMaxSignals { rule: alert(1).rule_id, interval: chrono::Duration::days(10_000), most: 4 }];
    let record = |store: &mut Store, version: i64, alerts: &[i64]| -> Vec<(AlertId, bool)> {
        let alerts: Vec<NewAlert> = alerts.iter().map(|n| found(*n)).collect();
        let batch = Batch { alerts: &alerts, version: Some(version), limits: &limits, ..Batch::default() };
        store.record(batch).unwrap().new.into_iter().map(|listed| (listed.id, listed.held)).collect()
    };
    let expected = |held: &[(i64, bool)]| held.iter().map(|(n, held)| (alert(*n).id, *held)).collect::<Vec<_>>();
    let (ours_saw, theirs_saw) = (ours.data_version().unwrap(), theirs.data_version().unwrap());
    let first = record(&mut ours, ours_saw, &[1, 2, 3]);
    assert_eq!(first, expected(&[(1, false), (2, false), (3, false)]));
    // Found while the state was empty, as far as they know. One is the same, and one was held before.
    let second = record(&mut theirs, theirs_saw, &[3, 4, 9, 5]);
    assert_eq!(second, expected(&[(4, false), (9, true), (5, true)]));
    assert!(ours.listed(&alert(5).id).unwrap().unwrap().held);
    // Nobody else has written since: what was worked out stands.
    let theirs_saw = theirs.data_version().unwrap();
    assert_eq!(record(&mut theirs, theirs_saw, &[6]), expected(&[(6, false)]));
}

#[test]
fn a_state_of_the_first_version_is_brought_to_this_one() {
    let (_folder, path) = place();
    drop(Store::open(&path, Access::ReadWrite).unwrap());
    std::fs::remove_file(&path).unwrap();
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("schema/1.sql")).unwrap();
    old.execute_batch("PRAGMA application_id = 0x57464c52; PRAGMA user_version = 1;").unwrap();
    drop(old);
    assert!(matches!(Store::open(&path, Access::ReadOnly), Err(StoreError::Older { found: 1, .. })));
    let mut store = with_alerts(&path, 3);
    assert_eq!(store.alerts().unwrap().len(), 3);
    assert_eq!(store.decide(&[tick(1, "mk", "0123456789ab", 0)]).unwrap().len(), 1);
    assert_eq!(store.switches().unwrap(), []);
}

#[test]
fn the_schema_is_frozen() {
    let store = Store::in_memory().unwrap();
    let mut statement =
        store.conn.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name").unwrap();
    let dump: Vec<String> = statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
    insta::assert_snapshot!("schema_5", dump.join(";\n"));
}
