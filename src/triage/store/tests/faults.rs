//! What survives what.

use super::*;

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
    let alerts: Vec<NewAlert> = (1..200).map(found).collect();
    let error = store.record(Batch { alerts: &alerts, ..Batch::default() }).unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    let notes: Vec<_> =
        (0..8).map(|_| propose(0, "mk", Action::Note { text: "x".repeat(9_000), step: None }, 0)).collect();
    assert!(matches!(store.decide(&notes), Err(StoreError::Full { .. })));
    assert_eq!((store.alerts().unwrap().len(), store.decisions_since(0).unwrap().len()), (1, 0));
    limit(&store, 1_000_000);
    assert_eq!(stored(&store.decide(&notes).unwrap()).last().unwrap().seq, 8);
    assert_eq!(store.record(Batch { alerts: &alerts, ..Batch::default() }).unwrap().new.len(), 199);
    assert_eq!(store.verify(None).unwrap().rows, 8);
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
    assert!(matches!(error, StoreError::Newer { found: 7, known: 5, .. }), "{error:?}");
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
