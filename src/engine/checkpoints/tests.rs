use super::*;
use crate::trail::{CheckpointColumns, Content};
use crate::triage::{Access, Batch};

fn mark(path: &str, inode: u64) -> Checkpoint {
    Checkpoint::from_columns(CheckpointColumns {
        path: path.into(),
        id: id(inode),
        size: 100,
        mtime_ns: 3,
        ctime_ns: Some(4),
        consumed: 100,
        content: Some(Content::Lines),
        records: 1,
        ..CheckpointColumns::default()
    })
}

fn id(inode: u64) -> FileId {
    FileId::from_columns(1, inode)
}

fn stamp(inode: u64) -> FileStamp {
    mark("a", inode).stamp()
}

fn at(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}

/// A state with these marks, and the checkpoints of a console that starts on it.
fn on_disk(marks: &[Checkpoint]) -> (tempfile::TempDir, Store, Checkpoints, Known) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("state/state.db"), Access::ReadWrite).unwrap();
    store.record(Batch { marks, ..Batch::default() }).unwrap();
    let checkpoints = Checkpoints::of(&store).unwrap();
    let known = checkpoints.recall(|_| {}).unwrap();
    (folder, store, checkpoints, known)
}

#[test]
fn a_file_is_read_when_it_is_as_it_was_and_nothing_more_is_expected() {
    let (_folder, _store, on_disk, _) = on_disk(&[mark("a", 2)]);
    let held = Checkpoints::default();
    assert!(held.is_empty());
    held.put(mark("a", 2), true);
    for checkpoints in [held, on_disk] {
        let path = Path::new("a");
        assert!(checkpoints.is_read(path, stamp(2)) && !checkpoints.is_read(Path::new("b"), stamp(2)));
        assert!(!checkpoints.is_read(path, mark("a", 2).with(|c| c.size = 101).stamp()));
        assert_eq!((checkpoints.get(path), checkpoints.len(), checkpoints.is_empty()), (Some(mark("a", 2)), 1, false));
        // Its last line may be whole by now, and nothing else would tell.
        checkpoints.put(mark("a", 2).with(|c| c.consumed = 90), true);
        assert!(!checkpoints.is_read(path, stamp(2)));
        checkpoints.put(mark("a", 2).with(|c| (c.consumed, c.content) = (90, Some(Content::Delivery))), true);
        assert!(checkpoints.is_read(path, stamp(2)));
        assert!(checkpoints.forget(path) && !checkpoints.forget(path));
        assert_eq!((checkpoints.get(path), checkpoints.of_id(id(2))), (None, vec![]));
    }
}

#[test]
fn a_state_that_has_but_one_handle_is_held() {
    let mut store = Store::in_memory().unwrap();
    let marks = [mark("a", 1), mark("b", 2).with(|c| c.consumed = 90)];
    store.record(Batch { marks: &marks, ..Batch::default() }).unwrap();
    let checkpoints = Checkpoints::of(&store).unwrap();
    let mut told = Vec::new();
    checkpoints.recall(|file| told.push((file.path().to_owned(), file.records()))).unwrap();
    told.sort();
    assert_eq!(told, [("a".into(), 1), ("b".into(), 1)]);
    assert_eq!(checkpoints.get(Path::new("b")).as_ref(), Some(&marks[1]));
    checkpoints.written(&marks, []);
    assert_eq!(checkpoints.held().len(), 2);
}

#[test]
fn what_is_written_is_held_no_longer_and_still_known() {
    let (_folder, mut store, checkpoints, _) = on_disk(&[mark("a", 1), mark("gone", 9)]);
    let marks = [mark("b", 2), mark("a", 1).with(|c| (c.size, c.ctime_ns) = (200, Some(5)))];
    marks.iter().for_each(|mark| checkpoints.put(mark.clone(), true));
    checkpoints.put(mark("only here", 3), false);
    checkpoints.forget(Path::new("gone"));
    let gone = [(0, PathBuf::from("gone"))];
    store.record(Batch { marks: &marks, gone: &gone, ..Batch::default() }).unwrap();
    // It has grown meanwhile.
    let grown = mark("a", 1).with(|c| (c.size, c.ctime_ns) = (300, Some(6)));
    checkpoints.put(grown.clone(), true);
    // Looked at once more, when it had settled: it is as it was, and cut short.
    let settled = mark("c", 4).with(|c| c.problem = Some("cut short: the last line has not ended".into()));
    checkpoints.put(settled.clone(), true);
    let marks = [&marks[..], &[mark("c", 4)]].concat();
    checkpoints.written(&marks, gone.iter().map(|(_, path)| &**path));
    assert_eq!(checkpoints.held(), ["a", "c", "only here"].map(PathBuf::from));
    assert_eq!(checkpoints.get(Path::new("c")), Some(settled));
    assert_eq!(checkpoints.read().files.len(), 3);
    assert_eq!(checkpoints.on_disk(None, 9).unwrap(), ["a", "b"].map(PathBuf::from));
    assert_eq!(checkpoints.get(Path::new("b")).as_ref(), Some(&marks[0]));
    assert_eq!(checkpoints.get(Path::new("a")), Some(grown.clone()));
    assert_eq!(checkpoints.get(Path::new("gone")), None);
    // By their numbers, whatever their names.
    assert_eq!(checkpoints.of_id(id(2)), marks[..1]);
    assert_eq!(checkpoints.of_id(id(1)), [grown]);
    assert_eq!(checkpoints.of_id(id(3)), [mark("only here", 3)]);
    assert_eq!(checkpoints.of_id(id(9)), []);
    checkpoints.put(mark("also here", 3), false);
    assert_eq!(checkpoints.of_id(id(3)), ["also here", "only here"].map(|path| mark(path, 3)));
    assert!(!checkpoints.forget(Path::new("only here")), "it was never written");
}

#[test]
fn files_are_found_by_the_time_they_cover_wherever_that_is_known() {
    let span =
        |path, inode, first, last| mark(path, inode).with(|c| (c.first_event, c.last_event) = (at(first), at(last)));
    let (_folder, _store, checkpoints, _) =
        on_disk(&[span("b", 1, 50, 60), span("moved", 2, 50, 60), span("e", 3, 20, 30)]);
    let between = |from, to| checkpoints.between(at(from).unwrap(), at(to).unwrap());
    assert_eq!(checkpoints.begins(), at(20));
    let before = checkpoints.changes();
    checkpoints.cover(Path::new("a"), at(10), at(55));
    checkpoints.cover(Path::new("empty"), None, None);
    checkpoints.put(span("e", 3, 70, 80), true);
    checkpoints.forget(Path::new("moved"));
    assert_eq!(between(55, 69), [PathBuf::from("a"), PathBuf::from("b")]);
    assert_eq!(between(56, 57), [PathBuf::from("b")]);
    assert_eq!(between(61, 99), [PathBuf::from("e")]);
    assert!(between(81, 99).is_empty());
    assert_eq!((checkpoints.begins(), checkpoints.changes()), (at(10), before + 4));
}
