use super::*;
use crate::trail::Content;
use crate::triage::{Access, Batch};

fn mark(path: &str, inode: u64) -> FileMark {
    FileMark {
        path: path.into(),
        id: (1, inode),
        size: 100,
        mtime_ns: 3,
        ctime_ns: Some(4),
        consumed: 100,
        unpacked: None,
        head: 0,
        content: Some(Content::Lines),
        records: 1,
        bad: 0,
        problem: None,
        first_event: None,
        last_event: None,
    }
}

fn stamp(inode: u64) -> Stamp {
    Stamp { id: (1, inode), size: 100, mtime_ns: 3, ctime_ns: 4 }
}

fn at(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}

/// A state with these marks, and the ledger of a console that starts on it.
fn on_disk(marks: &[FileMark]) -> (tempfile::TempDir, Store, Checkpoints, Known) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("state/state.db"), Access::ReadWrite).unwrap();
    store.record(Batch { marks, ..Batch::default() }).unwrap();
    let ledger = Checkpoints::of(&store).unwrap();
    let known = ledger.recall(|_| {}).unwrap();
    (folder, store, ledger, known)
}

#[test]
fn a_file_is_read_when_it_is_as_it_was_and_nothing_more_is_expected() {
    let (_folder, _store, on_disk, _) = on_disk(&[mark("a", 2)]);
    let held = Checkpoints::default();
    assert!(held.is_empty());
    held.put(mark("a", 2), true);
    for ledger in [held, on_disk] {
        let path = Path::new("a");
        assert!(ledger.is_read(path, stamp(2)) && !ledger.is_read(Path::new("b"), stamp(2)));
        assert!(!ledger.is_read(path, Stamp { size: 101, ..stamp(2) }));
        assert_eq!((ledger.mark(path), ledger.len(), ledger.is_empty()), (Some(mark("a", 2)), 1, false));
        // Its last line may be whole by now, and nothing else would tell.
        ledger.put(FileMark { consumed: 90, ..mark("a", 2) }, true);
        assert!(!ledger.is_read(path, stamp(2)));
        ledger.put(FileMark { consumed: 90, content: Some(Content::Delivery), ..mark("a", 2) }, true);
        assert!(ledger.is_read(path, stamp(2)));
        assert!(ledger.forget(path) && !ledger.forget(path));
        assert_eq!((ledger.mark(path), ledger.marks_of((1, 2))), (None, vec![]));
    }
}

#[test]
fn a_state_that_has_but_one_handle_is_held() {
    let mut store = Store::in_memory().unwrap();
    let marks = [mark("a", 1), FileMark { consumed: 90, ..mark("b", 2) }];
    store.record(Batch { marks: &marks, ..Batch::default() }).unwrap();
    let ledger = Checkpoints::of(&store).unwrap();
    let mut told = Vec::new();
    ledger.recall(|file| told.push((file.path.to_owned(), file.records))).unwrap();
    told.sort();
    assert_eq!(told, [("a".into(), 1), ("b".into(), 1)]);
    assert_eq!(ledger.mark(Path::new("b")).as_ref(), Some(&marks[1]));
    ledger.written(&marks, []);
    assert_eq!(ledger.held().len(), 2);
}

#[test]
fn what_is_written_is_held_no_longer_and_still_known() {
    let (_folder, mut store, ledger, _) = on_disk(&[mark("a", 1), mark("gone", 9)]);
    let marks = [mark("b", 2), FileMark { size: 200, ctime_ns: Some(5), ..mark("a", 1) }];
    marks.iter().for_each(|mark| ledger.put(mark.clone(), true));
    ledger.put(mark("only here", 3), false);
    ledger.forget(Path::new("gone"));
    let gone = [(0, PathBuf::from("gone"))];
    store.record(Batch { marks: &marks, gone: &gone, ..Batch::default() }).unwrap();
    // It has grown meanwhile.
    let grown = FileMark { size: 300, ctime_ns: Some(6), ..mark("a", 1) };
    ledger.put(grown.clone(), true);
    ledger.written(&marks, gone.iter().map(|(_, path)| &**path));
    assert_eq!(ledger.held(), ["a", "only here"].map(PathBuf::from));
    assert_eq!(ledger.read().files.len(), 2);
    assert_eq!(ledger.on_disk(None, 9).unwrap(), ["a", "b"].map(PathBuf::from));
    assert_eq!(ledger.mark(Path::new("b")).as_ref(), Some(&marks[0]));
    assert_eq!(ledger.mark(Path::new("a")), Some(grown.clone()));
    assert_eq!(ledger.mark(Path::new("gone")), None);
    // By their numbers, whatever their names.
    assert_eq!(ledger.marks_of((1, 2)), marks[..1]);
    assert_eq!(ledger.marks_of((1, 1)), [grown]);
    assert_eq!(ledger.marks_of((1, 3)), [mark("only here", 3)]);
    assert_eq!(ledger.marks_of((1, 9)), []);
    assert!(!ledger.forget(Path::new("only here")), "it was never written");
}

#[test]
fn files_are_found_by_the_time_they_cover_wherever_that_is_known() {
    let span =
        |path, inode, first, last| FileMark { first_event: at(first), last_event: at(last), ..mark(path, inode) };
    let (_folder, _store, ledger, _) = on_disk(&[span("b", 1, 50, 60), span("moved", 2, 50, 60), span("e", 3, 20, 30)]);
    let between = |from, to| ledger.between(at(from).unwrap(), at(to).unwrap());
    assert_eq!(ledger.begins(), at(20));
    let before = ledger.changes();
    ledger.cover(Path::new("a"), at(10), at(55));
    ledger.cover(Path::new("empty"), None, None);
    ledger.put(span("e", 3, 70, 80), true);
    ledger.forget(Path::new("moved"));
    assert_eq!(between(55, 69), [PathBuf::from("a"), PathBuf::from("b")]);
    assert_eq!(between(56, 57), [PathBuf::from("b")]);
    assert_eq!(between(61, 99), [PathBuf::from("e")]);
    assert!(between(81, 99).is_empty());
    assert_eq!((ledger.begins(), ledger.changes()), (at(10), before + 4));
}
