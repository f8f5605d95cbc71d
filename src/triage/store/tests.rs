use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Barrier;

use tempfile::TempDir;

use super::*;
use crate::trail::FileMark;
use crate::triage::Proposal;
use crate::triage::samples::{alert, at, found, mark, propose, tick};
use crate::triage::{Action, Case, Decision, Reason, Status};

mod places;

/// A folder of our own with the path of a state in it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state").join("state.db");
    (folder, path)
}

fn with_alerts(path: &Path, count: i64) -> Store {
    let mut store = Store::open(path, Access::ReadWrite).unwrap();
    let alerts: Vec<Found> = (0..count).map(found).collect();
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
        FileMark { content: None, problem: None, first_event: None, last_event: None, ..mark("/logs/b") },
        mark(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"/logs/\xff\xfe")),
    ];
    let seen = [Seen { kind: SeenKind::Actor, value: "etl".into(), first: at(3) }];
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
    assert_eq!(store.first_seen(SeenKind::Actor, "etl").unwrap(), Some(at(3)));
    assert_eq!(store.first_seen(SeenKind::Address, "etl").unwrap(), None);
    assert_eq!(store.alert(&alert(7).id).unwrap(), Some(alert(7)));
    assert_eq!(store.alert(&crate::detect::AlertId::of("x", "y")).unwrap(), None);
    assert_eq!(store.held_count().unwrap(), 1);
}

#[test]
fn an_alert_known_already_is_not_new_and_not_changed() {
    let mut store = Store::in_memory().unwrap();
    let first = store.record(Batch { alerts: &[found(1), found(2), found(1)], ..Batch::default() }).unwrap();
    assert_eq!(first.new, [found(1).listed(), found(2).listed()]);
    let again = Found { held: true, found: at(999), ..found(2) };
    let second = store.record(Batch { alerts: &[again, found(3)], ..Batch::default() }).unwrap();
    assert_eq!(second.new, [found(3).listed()]);
    assert_eq!(store.alerts().unwrap()[1], found(2).listed());
}

#[test]
fn a_mark_replaces_the_one_before_and_can_be_forgotten() {
    let mut store = Store::in_memory().unwrap();
    store.record(Batch { marks: &[mark("/a"), mark("/b")], ..Batch::default() }).unwrap();
    let grown = FileMark { size: 8192, ..mark("/a") };
    store.record(Batch { marks: std::slice::from_ref(&grown), ..Batch::default() }).unwrap();
    store.forget([Path::new("/b"), Path::new("/never")]).unwrap();
    assert_eq!(store.marks().unwrap(), [grown]);
}

#[test]
fn a_range_of_events_never_shrinks_by_rounding() {
    let nanos = chrono::DateTime::from_timestamp(5, 1_001).unwrap();
    let mut store = Store::in_memory().unwrap();
    let precise = FileMark { first_event: Some(nanos), last_event: Some(nanos), ..mark("/a") };
    store.record(Batch { marks: &[precise], ..Batch::default() }).unwrap();
    let kept = store.marks().unwrap().remove(0);
    assert!(kept.first_event.unwrap() <= nanos && nanos <= kept.last_event.unwrap());
}

#[test]
fn the_earliest_sight_counts_in_any_order() {
    let mut store = Store::in_memory().unwrap();
    let sight = |seconds| Seen { kind: SeenKind::Address, value: "198.51.100.1".into(), first: at(seconds) };
    store.record(Batch { seen: &[sight(50), sight(20), sight(30)], ..Batch::default() }).unwrap();
    store.record(Batch { seen: &[sight(40)], ..Batch::default() }).unwrap();
    assert_eq!(store.first_seen(SeenKind::Address, "198.51.100.1").unwrap(), Some(at(20)));
    store.record(Batch { seen: &[sight(10)], ..Batch::default() }).unwrap();
    assert_eq!(store.first_seen(SeenKind::Address, "198.51.100.1").unwrap(), Some(at(10)));
}

#[test]
fn a_full_table_of_sights_keeps_the_known_and_says_so() {
    let mut store = Store::in_memory().unwrap();
    let sight = |value: &str, seconds| Seen { kind: SeenKind::Agent, value: value.into(), first: at(seconds) };
    store.record(Batch { seen: &[sight("known", 5)], ..Batch::default() }).unwrap();
    store.conn.execute("UPDATE seen_rows SET rows = ?1", [MAX_SEEN.cast_signed() - 1]).unwrap();
    assert!(!store.seen_full(SeenKind::Agent).unwrap());
    let batch = [sight("last", 6), sight("flood", 7), sight("known", 1)];
    assert_eq!(store.record(Batch { seen: &batch, ..Batch::default() }).unwrap().unseen, 1);
    assert!(store.seen_full(SeenKind::Agent).unwrap() && !store.seen_full(SeenKind::Actor).unwrap());
    assert_eq!(store.first_seen(SeenKind::Agent, "last").unwrap(), Some(at(6)));
    assert_eq!(store.first_seen(SeenKind::Agent, "flood").unwrap(), None);
    assert_eq!(store.first_seen(SeenKind::Agent, "known").unwrap(), Some(at(1)));
}

#[test]
fn runs_are_counted_on_the_clock_of_the_events() {
    let mut store = Store::in_memory().unwrap();
    let early = Found {
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
    let alerts: Vec<Found> = (0..25).map(found).collect();
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

    let mut ids = vec![];
    store
        .each_alert(|found| {
            ids.push(found.ecs["event"]["id"].as_i64().unwrap());
            if ids.len() < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
        .unwrap();
    assert_eq!(ids, [24, 23, 22]);
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
fn what_decide_returned_is_in_a_copy_of_the_files_taken_at_once() {
    let (_folder, path) = place();
    let mut store = with_alerts(&path, 2);
    for round in 1..=20 {
        let made = stored(&store.decide(&[tick(1, "mk", &format!("step-{round}"), round - 1)]).unwrap());
        // What a killed process leaves behind: the files as they are, nothing closed.
        let copy = tempfile::tempdir().unwrap();
        for end in ["", "-wal"] {
            let name = format!("state.db{end}");
            std::fs::copy(path.with_file_name(&name), copy.path().join(&name)).unwrap();
        }
        let after = Store::open(&copy.path().join("state.db"), Access::ReadWrite).unwrap();
        assert_eq!(after.decisions_since(round - 1).unwrap(), made);
        assert_eq!(after.alerts().unwrap().len(), 2);
    }
}

#[test]
fn a_change_made_behind_ones_back_is_a_conflict_and_nothing_is_written() {
    let (_folder, path) = place();
    let mut mk = with_alerts(&path, 3);
    let mut jo = Store::open(&path, Access::ReadWrite).unwrap();
    let first = stored(&mk.decide(&[tick(1, "mk", "a", 0)]).unwrap()).remove(0);

    let same = tick(1, "jo", "a", 0);
    let other_step = tick(1, "jo", "b", 0);
    let other_alert = tick(2, "jo", "a", 0);
    let note = propose(1, "jo", Action::Note { text: "n".into(), step: None }, 0);
    let status = propose(1, "jo", Action::SetStatus { status: Status::Acknowledged }, 0);
    let decided = jo.decide(&[same.clone(), other_step, other_alert, note, status]).unwrap();
    assert_eq!(decided[0], Decided::Conflict(first.clone()));
    assert_eq!(stored(&decided[1..]).iter().map(|d| d.seq).collect::<Vec<_>>(), [2, 3, 4, 5]);

    let close = Action::SetStatus { status: Status::Closed(Reason::Other) };
    let decided = mk.decide(&[propose(1, "mk", close.clone(), 1), propose(1, "mk", close, 5)]).unwrap();
    assert!(matches!(&decided[0], Decided::Conflict(d) if d.seq == 5 && d.analyst == "jo"), "{decided:?}");
    assert!(matches!(&decided[1], Decided::Stored(d) if d.seq == 6), "{decided:?}");

    let informed = Proposal { seen: first.seq, ..same };
    assert!(matches!(jo.decide(&[informed]).unwrap()[..], [Decided::Stored(_)]));
    assert_eq!(mk.decisions_since(0).unwrap().len(), 7);
}

#[test]
fn keys_pressed_faster_than_the_disk_answers_are_no_conflict() {
    let (_folder, path) = place();
    let mut store = with_alerts(&path, 1);
    let untick = Action::Step { step: crate::rule::StepId("a".into()), state: crate::triage::StepState::Todo };
    let batch = [tick(0, "mk", "a", 0), propose(0, "mk", untick, 0)];
    stored(&store.decide(&batch).unwrap());
    stored(&store.decide(&[tick(0, "mk", "a", 0)]).unwrap());
    let mut elsewhere = Store::open(&path, Access::ReadWrite).unwrap();
    let decided = elsewhere.decide(&[tick(0, "mk", "a", 0)]).unwrap();
    assert!(matches!(&decided[0], Decided::Conflict(d) if d.seq == 3), "another console of one's own: {decided:?}");
}

#[test]
fn a_change_that_was_taken_back_again_is_no_conflict() {
    let (_folder, path) = place();
    let mut mk = with_alerts(&path, 1);
    let mut jo = Store::open(&path, Access::ReadWrite).unwrap();
    stored(&mk.decide(&[tick(0, "mk", "a", 0), propose(0, "mk", Action::Undo { seq: 1 }, 1)]).unwrap());
    stored(&jo.decide(&[tick(0, "jo", "a", 0)]).unwrap());
}

#[test]
fn an_undo_conflicts_with_an_undo_and_with_what_came_after_unseen() {
    let (_folder, path) = place();
    let mut mk = with_alerts(&path, 1);
    let mut jo = Store::open(&path, Access::ReadWrite).unwrap();
    let undo = |analyst, seq, seen| propose(0, analyst, Action::Undo { seq }, seen);
    stored(&mk.decide(&[tick(0, "mk", "a", 0)]).unwrap());
    let taken = stored(&jo.decide(&[undo("jo", 1, 1)]).unwrap()).remove(0);
    assert_eq!(mk.decide(&[undo("mk", 1, 1)]).unwrap(), [Decided::Conflict(taken.clone())]);
    assert_eq!(mk.decide(&[undo("mk", 1, 2)]).unwrap(), [Decided::Conflict(taken)]);
    assert!(matches!(mk.decide(&[undo("mk", 2, 2)]).unwrap()[..], [Decided::Refused(_)]));
    assert!(matches!(mk.decide(&[undo("mk", 77, 2)]).unwrap()[..], [Decided::Refused(_)]));

    stored(&mk.decide(&[tick(0, "mk", "b", 2)]).unwrap());
    stored(&jo.decide(&[tick(0, "jo", "b", 3)]).unwrap());
    assert!(matches!(&mk.decide(&[undo("mk", 3, 3)]).unwrap()[..], [Decided::Conflict(d)] if d.seq == 4));
    let case = Case::fold(&mk.decisions_of(&alert(0).id).unwrap());
    assert_eq!(case.version, 4);
}

#[test]
fn what_cannot_be_decided_is_answered_and_the_rest_of_the_batch_stored() {
    let mut store = Store::in_memory().unwrap();
    store.record(Batch { alerts: &[found(1)], ..Batch::default() }).unwrap();
    let long = "x".repeat(MAX_TEXT);
    let decided = store
        .decide(&[
            tick(99, "mk", "a", 0),
            propose(1, "mk", Action::Note { text: long, step: None }, 0),
            tick(1, "mk", "a", 0),
        ])
        .unwrap();
    assert!(
        matches!(&decided[..], [Decided::Unknown, Decided::Refused(why), Decided::Stored(d)] if why.contains("65536") && d.seq == 1),
        "{decided:?}"
    );
    assert_eq!(store.decide(&[tick(99, "mk", "a", 0)]).unwrap(), [Decided::Unknown]);
}

#[test]
fn two_analysts_at_once_a_hundred_times_one_is_stored_and_the_other_told() {
    let (_folder, path) = place();
    drop(with_alerts(&path, 1));
    let barrier = Barrier::new(2);
    let decide_all = |analyst: &str| {
        let mut store = Store::open(&path, Access::ReadWrite).unwrap();
        let mut made = vec![];
        for round in 0..100 {
            barrier.wait();
            let seen = 0;
            made.push(store.decide(&[tick(0, analyst, &format!("step-{round}"), seen)]).unwrap().remove(0));
        }
        made
    };
    let (one, two) = std::thread::scope(|scope| {
        let other = scope.spawn(|| decide_all("jo"));
        (decide_all("mk"), other.join().unwrap())
    });
    for pair in one.into_iter().zip(two) {
        match pair {
            (Decided::Stored(kept), Decided::Conflict(told)) | (Decided::Conflict(told), Decided::Stored(kept)) => {
                assert_eq!(kept, told);
            }
            other => panic!("{other:?}"),
        }
    }
    let store = Store::open(&path, Access::ReadOnly).unwrap();
    assert_eq!(crate::triage::audit::verify(&store).unwrap().rows, 100);
}

#[test]
fn a_state_held_locked_is_reported_after_a_bounded_wait_and_usable_afterwards() {
    let (_folder, path) = place();
    drop(with_alerts(&path, 1));
    let holder = Connection::open(&path).unwrap();
    let mut store = Store::open_with(&path, &impatient()).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let error = store.decide(&[tick(0, "mk", "a", 0)]).unwrap_err();
    assert!(matches!(&error, StoreError::Locked { .. }), "{error:?}");
    assert!(error.to_string().contains("another program has held the state locked for 50ms"), "{error}");
    assert!(matches!(store.record(Batch::default()), Err(StoreError::Locked { .. })));
    assert_eq!(store.alerts().unwrap().len(), 1, "reading goes on");
    holder.execute_batch("ROLLBACK").unwrap();
    stored(&store.decide(&[tick(0, "mk", "a", 0)]).unwrap());
}

#[test]
fn a_full_disk_writes_nothing_and_the_store_works_once_there_is_space() {
    let (_folder, path) = place();
    let mut store = with_alerts(&path, 1);
    let pages: i64 = store.conn.pragma_query_value(None, "page_count", |r| r.get(0)).unwrap();
    let limit = |store: &Store, pages: i64| {
        store.conn.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    };
    limit(&store, pages + 1);
    let alerts: Vec<Found> = (1..200).map(found).collect();
    let error = store.record(Batch { alerts: &alerts, ..Batch::default() }).unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    let notes: Vec<_> =
        (0..8).map(|_| propose(0, "mk", Action::Note { text: "x".repeat(9_000), step: None }, 0)).collect();
    assert!(matches!(store.decide(&notes), Err(StoreError::Full { .. })));
    assert_eq!((store.alerts().unwrap().len(), store.decisions_since(0).unwrap().len()), (1, 0));
    limit(&store, 1_000_000);
    assert_eq!(stored(&store.decide(&notes).unwrap()).last().unwrap().seq, 8);
    assert_eq!(store.record(Batch { alerts: &alerts, ..Batch::default() }).unwrap().new.len(), 199);
    assert_eq!(crate::triage::audit::verify(&store).unwrap().rows, 8);
}

#[test]
fn a_state_open_for_reading_says_that_it_cannot_be_written() {
    let (_folder, path) = place();
    drop(with_alerts(&path, 2));
    let mut store = Store::open(&path, Access::ReadOnly).unwrap();
    let error = store.decide(&[tick(0, "mk", "a", 0)]).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    assert!(matches!(
        store.record(Batch { alerts: &[found(7)], ..Batch::default() }),
        Err(StoreError::ReadOnly { .. })
    ));
    assert_eq!(store.alerts().unwrap().len(), 2);
}

#[test]
fn damage_and_strangers_are_told_apart() {
    let (_folder, path) = place();
    drop(with_alerts(&path, 200));

    let open = |path: &Path| Store::open(path, Access::ReadWrite).err();
    let mut bytes = std::fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[4096..half].fill(0x5a);
    std::fs::write(&path, &bytes).unwrap();
    let damaged = Store::open(&path, Access::ReadWrite).and_then(|s| s.alerts()).unwrap_err();
    assert!(matches!(&damaged, StoreError::Corrupt { .. }), "{damaged:?}");
    assert!(damaged.to_string().contains(".recover"), "{damaged}");

    std::fs::write(&path, "not a database, and long enough to be looked at as one: ".repeat(50)).unwrap();
    assert!(matches!(open(&path), Some(StoreError::Foreign { .. })));

    std::fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let foreign = open(&path).unwrap();
    assert!(matches!(&foreign, StoreError::Foreign { .. }), "{foreign:?}");
    let tables: i64 =
        Connection::open(&path).unwrap().query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0)).unwrap();
    assert_eq!(tables, 1, "a stranger's file is left as it is");
}

#[test]
fn a_newer_schema_is_refused_and_named() {
    let (_folder, path) = place();
    drop(with_alerts(&path, 1));
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
    let error = Store::open(&path, Access::ReadWrite).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 7, known: 1, .. }), "{error:?}");
    assert!(error.to_string().contains("schema 7, written by a newer watchfloor"), "{error}");
}

#[test]
fn many_processes_may_create_the_state_at_once() {
    let (_folder, path) = place();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let path = &path;
            scope.spawn(move || {
                let mut store = Store::open(path, Access::ReadWrite).unwrap();
                store.record(Batch { alerts: &[found(n)], ..Batch::default() }).unwrap();
            });
        }
    });
    assert_eq!(Store::open(&path, Access::ReadOnly).unwrap().alerts().unwrap().len(), 8);
}

#[test]
fn hostile_times_and_texts_are_kept_as_they_are() {
    let (_folder, path) = place();
    let mut store = Store::open(&path, Access::ReadWrite).unwrap();
    let mut strange = found(1);
    strange.alert.time = "+200000-01-01T00:00:00Z".parse().unwrap();
    strange.alert.summary.actor = Some("\u{0}\u{1b}[2J\u{202e}'; DROP TABLE alerts; --".into());
    strange.alert.raw = "\u{0}{}".into();
    store.record(Batch { alerts: std::slice::from_ref(&strange), ..Batch::default() }).unwrap();
    assert_eq!(store.alert(&strange.alert.id).unwrap().as_ref(), Some(&strange.alert));
    assert_eq!(store.alerts().unwrap(), [strange.listed()]);
}

#[test]
fn the_schema_is_frozen() {
    let store = Store::in_memory().unwrap();
    let mut statement =
        store.conn.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name").unwrap();
    let dump: Vec<String> = statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
    insta::assert_snapshot!("schema_1", dump.join(";\n"));
}

#[test]
fn the_written_form_of_actions_is_frozen() {
    let id = || crate::rule::StepId("0123456789ab".into());
    let actions = [
        (
            Action::Step { step: id(), state: crate::triage::StepState::NotApplicable },
            r#"{"do":"step","step":"0123456789ab","state":"not_applicable"}"#,
        ),
        (Action::SetStatus { status: Status::Open }, r#"{"do":"set_status","status":"open"}"#),
        (
            Action::SetStatus { status: Status::Closed(Reason::BenignPositive) },
            r#"{"do":"set_status","status":"closed","reason":"benign_positive"}"#,
        ),
        (Action::Note { text: "a".into(), step: None }, r#"{"do":"note","text":"a"}"#),
        (Action::Note { text: "a".into(), step: Some(id()) }, r#"{"do":"note","text":"a","step":"0123456789ab"}"#),
        (Action::Copied { what: "x".into() }, r#"{"do":"copied","what":"x"}"#),
        (Action::Undo { seq: 4 }, r#"{"do":"undo","seq":4}"#),
    ];
    for (action, text) in actions {
        assert_eq!(serde_json::to_string(&action).unwrap(), text);
        assert_eq!(serde_json::from_str::<Action>(text).unwrap(), action);
    }
}
