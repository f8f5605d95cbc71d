//! Anything that happens to files, in any order with what is seen, read and counted of them.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::super::*;
use super::bench::Bench;

/// What happens to files, and to what is seen of them.
#[derive(Debug, Clone)]
enum Op {
    Write(usize, u64),
    Append(usize, u64),
    Rename(usize, usize),
    RenameFolder,
    Link(usize, usize),
    Delete(usize),
    See(usize),
    /// Looks now, and tells later.
    Look(usize),
    Tell,
    HandOut,
    Read,
    TakeIn,
    Save,
    /// Ends without saving.
    Restart,
}

const NAMES: [&str; 6] = ["a", "b", "c", "one/a", "one/b", "two/a"];

fn op() -> impl Strategy<Value = Op> {
    let name = || 0..NAMES.len();
    prop_oneof![
        2 => (name(), 0..4_u64).prop_map(|(name, lines)| Op::Write(name, lines)),
        2 => (name(), 1..3_u64).prop_map(|(name, lines)| Op::Append(name, lines)),
        4 => (name(), name()).prop_map(|(from, to)| Op::Rename(from, to)),
        1 => Just(Op::RenameFolder),
        1 => (name(), name()).prop_map(|(from, to)| Op::Link(from, to)),
        1 => name().prop_map(Op::Delete),
        6 => name().prop_map(Op::See),
        2 => name().prop_map(Op::Look),
        2 => Just(Op::Tell),
        6 => Just(Op::HandOut),
        5 => Just(Op::Read),
        5 => Just(Op::TakeIn),
        1 => Just(Op::Save),
        1 => Just(Op::Restart),
    ]
}

/// What was in files that are there no more, or are others: they may have been read before, and may not.
#[derive(Debug, Default, Clone, Copy)]
struct Left {
    events: u64,
    files: u64,
}

impl Left {
    fn file(&mut self, path: &Path) {
        if let Ok(text) = fs::read_to_string(path) {
            self.events += text.lines().filter(|line| !line.is_empty()).count() as u64;
            self.files += 1;
        }
    }
}

/// Does it; `whole`: where nothing that was there gets lost by it.
fn act(bench: &mut Bench, op: Op, told_later: &mut Vec<SeenFile>, whole: bool, left: &mut Left) {
    let paths = NAMES.map(|name| bench.path(name));
    let is = |at: usize| paths[at].exists();
    match op {
        Op::Write(at, lines) if !(whole && is(at)) => {
            left.file(&paths[at]);
            bench.write(NAMES[at], lines);
        }
        Op::Append(at, lines) if is(at) => bench.append(NAMES[at], lines),
        Op::Rename(from, to) if from != to && is(from) && !(whole && is(to)) => {
            left.file(&paths[to]);
            fs::create_dir_all(paths[to].parent().unwrap()).unwrap();
            bench.rename(NAMES[from], NAMES[to]);
        }
        Op::RenameFolder if bench.path("one").exists() && !bench.path("two").exists() => bench.rename("one", "two"),
        Op::Link(from, to) if !whole && is(from) && !is(to) => {
            // Gone as one name and there as another: counted with each.
            left.file(&paths[from]);
            fs::create_dir_all(paths[to].parent().unwrap()).unwrap();
            fs::hard_link(&paths[from], &paths[to]).unwrap();
        }
        Op::Delete(at) if !whole && is(at) => {
            left.file(&paths[at]);
            fs::remove_file(&paths[at]).unwrap();
            bench.gone(NAMES[at]);
        }
        Op::See(at) if is(at) => bench.see(NAMES[at]),
        Op::See(at) => bench.gone(NAMES[at]),
        Op::Look(at) if is(at) => told_later.push(bench.look(NAMES[at])),
        Op::Tell if !told_later.is_empty() => {
            let told = told_later.remove(0);
            bench.dispatcher.sighted(Sighting::File(told));
        }
        Op::HandOut => bench.hand_out(),
        Op::Read if !bench.taken.is_empty() => bench.read(),
        Op::TakeIn if !bench.done.is_empty() => bench.take_in(),
        Op::Save => drop(bench.save()),
        Op::Restart => bench.restart(),
        _ => {}
    }
}

/// Where nothing is written over, linked or deleted, every event and every file counts once.
fn is_exact(mut bench: Bench, ops: Vec<Op>) {
    let mut later = Vec::new();
    for op in ops {
        act(&mut bench, op, &mut later, true, &mut Left::default());
    }
    let (events, _) = bench.held();
    let files = bench.files().len() as u64;
    assert_eq!(bench.counted(), (events, files));
}

/// Otherwise what is there counts, and beside it at most what was there.
fn is_whole(mut bench: Bench, ops: Vec<Op>) {
    let (mut later, mut left) = (Vec::new(), Left::default());
    for op in ops {
        act(&mut bench, op, &mut later, false, &mut left);
    }
    let (events, _) = bench.held();
    let files = bench.files().len() as u64;
    let (counted, of) = bench.counted();
    assert!((events..=events + left.events).contains(&counted), "{counted} of {events} and {left:?}");
    assert!((files..=files + left.files).contains(&of), "{of} of {files} and {left:?}");
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), 1..60)
}

proptest! {
    #[test]
    fn whatever_is_renamed_counts_once(ops in ops()) {
        is_exact(Bench::new(), ops);
    }

    #[test]
    fn whatever_happens_all_that_is_there_counts(ops in ops()) {
        is_whole(Bench::new(), ops);
    }
}

proptest! {
    // Each makes a state on disk.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_renamed_counts_once_over_restarts(ops in ops()) {
        is_exact(Bench::on_disk(), ops);
    }

    #[test]
    fn whatever_happens_all_that_is_there_counts_over_restarts(ops in ops()) {
        is_whole(Bench::on_disk(), ops);
    }
}
