mod meanwhile;

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::known::is_same;
use super::*;
use crate::trail::{FileId, RawRecord, read_once};

fn record(n: usize) -> String {
    format!(r#"{{"eventVersion":"1.08","eventID":"{n}","pad":"{}"}}"#, "x".repeat(n % 90))
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn delivery(from: usize, count: usize) -> String {
    format!("{{\"Records\":[{}]}}", (from..from + count).map(record).collect::<Vec<_>>().join(","))
}

fn id_of(path: &Path) -> FileId {
    FileStamp::of(&fs::metadata(path).unwrap()).id
}

/// A file being written, and a reader that looks at it now and then as the engine does.
struct Bench {
    _dir: tempfile::TempDir,
    path: PathBuf,
    tick: u64,
    buffers: Buffers,
    checkpoint: Option<Checkpoint>,
    /// What was given and counts, as the checkpoints say.
    given: Vec<String>,
    bad: u64,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        Self { _dir: dir, path, tick: 0, buffers: Buffers::new(), checkpoint: None, given: Vec::new(), bad: 0 }
    }

    /// Gives each change a time of its own, as changes between two looks have.
    fn touch(&mut self) {
        self.tick += 1;
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + self.tick);
        OpenOptions::new().write(true).open(&self.path).unwrap().set_modified(time).unwrap();
    }

    fn write(&mut self, content: impl AsRef<[u8]>) {
        fs::write(&self.path, content).unwrap();
        self.touch();
    }

    fn append(&mut self, content: impl AsRef<[u8]>) {
        let mut file = OpenOptions::new().append(true).create(true).open(&self.path).unwrap();
        file.write_all(content.as_ref()).unwrap();
        self.touch();
    }

    /// Writes over the file so that neither its size nor its time tells: only the system's own clock does.
    fn rewrite(&mut self, change: impl Fn(&mut [u8])) {
        let before = FileStamp::of(&fs::metadata(&self.path).unwrap());
        let mut content = fs::read(&self.path).unwrap();
        change(&mut content);
        let time = fs::metadata(&self.path).unwrap().modified().unwrap();
        loop {
            let mut file = OpenOptions::new().write(true).open(&self.path).unwrap();
            file.write_all(&content).unwrap();
            file.set_modified(time).unwrap();
            let after = FileStamp::of(&fs::metadata(&self.path).unwrap());
            assert_eq!((after.size, after.mtime_ns), (before.size, before.mtime_ns));
            // That clock ticks every few milliseconds.
            if after != before {
                return;
            }
        }
    }

    fn replace(&mut self, content: impl AsRef<[u8]>) {
        let new = self.path.with_extension("new");
        fs::write(&new, content).unwrap();
        fs::rename(&new, &self.path).unwrap();
        self.touch();
    }

    fn look(&mut self, settled: bool) -> LiveRead {
        let mut given = Vec::new();
        let read = read(
            (&self.path, id_of(&self.path)),
            self.checkpoint.as_ref(),
            settled,
            &mut self.buffers,
            &mut |record| {
                given.push(String::from_utf8_lossy(record.bytes).into_owned());
            },
        )
        .unwrap();
        match &read {
            LiveRead::Unchanged { .. } | LiveRead::Waiting(_) | LiveRead::Another(_) => {
                assert!(given.is_empty(), "{read:?}")
            }
            LiveRead::Read(progress) => {
                assert_eq!(progress.records, given.len() as u64);
                if progress.restarted {
                    self.given.clear();
                    self.bad = 0;
                }
                self.given.extend(given);
                self.bad += progress.bad_total;
                assert_eq!(
                    (progress.checkpoint.records(), progress.checkpoint.bad()),
                    (self.given.len() as u64, self.bad)
                );
                self.checkpoint = Some(progress.checkpoint.clone());
            }
        }
        read
    }

    fn progress(&mut self, settled: bool) -> Progress {
        match self.look(settled) {
            LiveRead::Read(progress) => *progress,
            other => panic!("not read: {other:?}"),
        }
    }

    fn waits(&mut self) -> String {
        match self.look(false) {
            LiveRead::Waiting(problem) => problem.to_string(),
            other => panic!("does not wait: {other:?}"),
        }
    }
}

#[test]
fn growing_lines_are_read_as_they_end() {
    let mut bench = Bench::new();
    bench.append(format!("{}\n{}\n{}", record(1), record(2), &record(3)[..30]));
    let progress = bench.progress(false);
    assert_eq!((progress.records, progress.restarted, progress.waiting), (2, false, true));
    assert_eq!(progress.problem, None);
    assert_eq!(bench.look(false), LiveRead::Unchanged { waiting: true });

    bench.append(format!("{}\nnot json\n", &record(3)[30..]));
    let progress = bench.progress(false);
    assert_eq!((progress.records, progress.bad_total, progress.restarted, progress.waiting), (1, 1, false, false));
    assert_eq!(bench.look(true), LiveRead::Unchanged { waiting: false });

    bench.append("more that is no json, without end");
    assert!(bench.progress(false).waiting);
    bench.append("\n");
    let progress = bench.progress(false);
    assert_eq!((progress.bad_total, progress.waiting), (1, false));
    assert_eq!(bench.given, [record(1), record(2), record(3)]);
}

#[test]
fn a_last_line_that_never_ends_is_told_once_and_still_read_when_it_does() {
    let mut bench = Bench::new();
    bench.append(format!("{}\n{}", record(1), &record(2)[..20]));
    assert!(bench.progress(false).waiting);
    let progress = bench.progress(true);
    assert_eq!((progress.records, progress.bad_total, progress.waiting), (0, 0, false));
    assert!(matches!(progress.problem, Some(Problem::CutShort(_))));
    assert_eq!(bench.look(true), LiveRead::Unchanged { waiting: false });
    bench.append(&record(2)[20..]);
    let progress = bench.progress(false);
    assert_eq!((progress.records, progress.checkpoint.problem()), (1, None));
}

#[test]
fn a_bad_last_line_is_not_over_before_its_line_break() {
    let mut bench = Bench::new();
    bench.append(format!("{}\n{{\"eventVersion\"{{", record(1)));
    let progress = bench.progress(true);
    assert_eq!((progress.records, progress.bad_total), (1, 0));
    assert_eq!(progress.problem.unwrap().to_string(), "cut short: the last line has not ended");
    assert_eq!(bench.look(true), LiveRead::Unchanged { waiting: false });
    bench.append(record(2) + "\n" + &record(3));
    let progress = bench.progress(false);
    assert_eq!((progress.bad_total, progress.checkpoint.problem()), (1, None));
    assert_eq!(bench.given, [record(1), record(3)]);
}

#[test]
fn what_is_not_lines_gives_nothing_until_it_is_whole() {
    let pretty = format!("{:#}", serde_json::from_str::<serde_json::Value>(&record(5)).unwrap());
    for (whole, records) in [
        (delivery(0, 3).into_bytes(), 3),
        (format!("[{},{}]", record(1), record(2)).into_bytes(), 2),
        (pretty.into_bytes(), 1),
        (gzip(delivery(0, 4).as_bytes()), 4),
        (gzip(format!("{}\n{}\n", record(1), record(2)).as_bytes()), 2),
    ] {
        let mut bench = Bench::new();
        for end in 1..whole.len() {
            bench.append(&whole[end - 1..end]);
            bench.waits();
        }
        bench.append(&whole[whole.len() - 1..]);
        let progress = bench.progress(false);
        assert_eq!((progress.records, progress.problem, progress.waiting), (records, None, false));
        assert_eq!(bench.look(false), LiveRead::Unchanged { waiting: false });
    }
}

#[test]
fn a_cut_file_gives_what_is_good_once_it_has_settled_and_nothing_twice() {
    let bytes = gzip(delivery(0, 50).as_bytes());
    for cut in 1..bytes.len() {
        let mut bench = Bench::new();
        bench.write(&bytes[..cut]);
        bench.waits();
        let progress = bench.progress(true);
        assert!(matches!(progress.problem, Some(Problem::CutShort(_))), "cut at {cut}: {progress:?}");
        assert_eq!(bench.look(true), LiveRead::Unchanged { waiting: false });
        bench.write(&bytes);
        let progress = bench.progress(false);
        assert_eq!((progress.records, progress.restarted, progress.problem), (50, true, None), "cut at {cut}");
        assert_eq!(bench.given.len(), 50);
    }
}

#[test]
fn a_replaced_or_truncated_file_counts_anew() {
    let mut bench = Bench::new();
    bench.append(format!("{}\n{}\n", record(1), record(2)));
    bench.look(false);
    bench.replace(format!("{}\n{}\n{}\n", record(1), record(2), record(3)));
    assert!(bench.progress(false).restarted, "another file under the name");
    bench.write(format!("{}\n", record(4)));
    assert!(bench.progress(false).restarted, "shorter than before");
    bench.write(format!("{}\n{}\n", record(5), record(6)));
    assert!(bench.progress(false).restarted, "longer, and begins otherwise");
    let long: String = (0..60).map(|n| record(n) + "\n").collect();
    bench.write(&long);
    bench.look(false);
    bench.write(format!("{}{}\n{}", &long[..1100], "x".repeat(500), long));
    assert!(bench.progress(false).restarted, "longer, begins the same, and differs where reading would go on");
    assert!(bench.bad > 0);
}

#[test]
fn members_appended_to_lines_are_read_once() {
    let lines = |range: std::ops::Range<usize>| range.map(|n| record(n) + "\n").collect::<String>();
    let all = |count| (0..count).map(record).collect::<Vec<_>>();
    for packed in [false, true] {
        let mut bench = Bench::new();
        let begin = lines(0..50);
        bench.append(if packed { gzip(begin.as_bytes()) } else { begin.into_bytes() });
        assert_eq!(bench.progress(false).records, 50);
        // A member that is being written gives nothing, and stands in the way of nothing.
        let member = gzip(lines(50..60).as_bytes());
        bench.append(&member[..member.len() / 2]);
        bench.look(false);
        assert_eq!(bench.given, all(50));
        bench.append(&member[member.len() / 2..]);
        let progress = bench.progress(false);
        assert_eq!((progress.records, progress.restarted, progress.problem), (10, false, None), "packed {packed}");
        bench.append(gzip(lines(60..61).as_bytes()));
        assert_eq!((bench.progress(false).restarted, bench.given.len()), (false, 61));
        bench.append(lines(61..63));
        bench.append(&record(63)[..20]);
        let progress = bench.progress(false);
        assert_eq!((progress.records, progress.restarted, progress.waiting), (2, false, true));
        bench.append([&record(63).as_bytes()[20..], b"\n", &gzip(lines(64..66).as_bytes())].concat());
        assert_eq!((bench.progress(false).restarted, bench.given.clone()), (false, all(66)));
        assert_eq!(bench.look(true), LiveRead::Unchanged { waiting: false });
        // One that is never whole is told, gives what is good, and is read with all the rest when it is.
        let member = gzip(lines(66..400).as_bytes());
        bench.append(&member[..member.len() - 6]);
        bench.look(false);
        let progress = bench.progress(true);
        assert!(matches!(progress.problem, Some(Problem::CutShort(_))), "{progress:?}");
        assert_eq!(bench.look(true), LiveRead::Unchanged { waiting: false });
        bench.append(&member[member.len() - 6..]);
        assert_eq!((bench.progress(false).problem, bench.given.clone()), (None, all(400)));
    }
}

#[test]
fn offsets_of_what_is_appended_packed_are_those_of_the_whole_content() {
    let mut bench = Bench::new();
    for n in 0..4 {
        let line = record(n) + "\n";
        bench.append(if n % 2 == 0 { line.into_bytes() } else { gzip(line.as_bytes()) });
        let mut offsets = Vec::new();
        let prior = bench.checkpoint.clone();
        let mut look = |record: RawRecord<'_>| offsets.push(record.origin.columns().1);
        read((&bench.path, id_of(&bench.path)), prior.as_ref(), false, &mut bench.buffers, &mut look).unwrap();
        bench.look(false);
        assert_eq!(offsets, [(0..n).map(|n| record(n).len() as u64 + 1).sum::<u64>()]);
    }
}

#[test]
fn a_file_rewritten_in_place_is_read_anew_though_size_and_time_are_as_before() {
    let mut bench = Bench::new();
    bench.write(delivery(10, 3));
    bench.look(false);
    let at = delivery(10, 2).len() - 120;
    bench.rewrite(|content| content[at..].iter_mut().filter(|b| **b == b'1').for_each(|b| *b = b'2'));
    let progress = bench.progress(false);
    assert!(progress.restarted);
    assert_eq!(bench.look(false), LiveRead::Unchanged { waiting: false });
    // What an earlier version has read has no change time: it counts as it stands.
    bench.checkpoint.as_mut().unwrap().0.ctime_ns = None;
    assert_eq!(bench.look(false), LiveRead::Unchanged { waiting: false });
}

#[test]
fn a_file_is_known_again_under_another_name() {
    let mut bench = Bench::new();
    let whole = gzip(delivery(0, 20).as_bytes());
    bench.write(&whole[..100]);
    bench.look(true);
    let mark = bench.checkpoint.clone().unwrap();
    let other = bench.path.with_extension("whole");
    fs::rename(&bench.path, &other).unwrap();
    assert!(is_same(&other, &mark), "not whole yet");
    fs::write(&other, &whole).unwrap();
    assert!(is_same(&other, &mark), "completed");
    assert!(!is_same(&bench.path, &mark), "gone");
    fs::write(&other, gzip(delivery(7, 20).as_bytes())).unwrap();
    assert!(!is_same(&other, &mark), "its number, but another file");
    fs::write(&other, &whole[..90]).unwrap();
    assert!(!is_same(&other, &mark), "shorter");
    fs::write(&other, &whole).unwrap();
    let another = Checkpoint(CheckpointColumns { id: FileId::default(), ..mark.into_columns() });
    assert!(!is_same(&other, &another), "another number");
}

#[test]
fn what_is_no_log_is_said_once_it_has_settled() {
    let mut bench = Bench::new();
    bench.write("<p>");
    assert_eq!(bench.waits(), "not a log: begins with \"<p>\", not with a JSON object");
    let progress = bench.progress(true);
    assert_eq!((progress.checkpoint.content(), progress.records), (None, 0));
    assert!(progress.problem.unwrap().is_not_a_log());
    assert_eq!(bench.look(true), LiveRead::Unchanged { waiting: false });
    bench.write("SQLite format 3\0");
    bench.waits();
    assert_eq!(bench.progress(true).problem, Some(Problem::Unsupported("SQLite database")));
    bench.write("");
    assert_eq!(bench.progress(false).checkpoint.content(), Some(Content::Empty));
    bench.append(record(1) + "\n");
    assert_eq!(bench.progress(false).records, 1);
}

#[test]
fn more_than_a_window_of_lines_and_of_a_delivery_is_read() {
    let pad = "y".repeat(1000);
    let records: Vec<String> =
        (0..40_000).map(|n| format!(r#"{{"eventVersion":"1.08","eventID":"{n}","pad":"{pad}"}}"#)).collect();
    let mut bench = Bench::new();
    bench.write(records.join("\n") + "\n{\"eventVers");
    let progress = bench.progress(false);
    assert_eq!((progress.records, progress.waiting), (40_000, true));
    bench.append("ion\":\"1.08\"}\n");
    assert_eq!(bench.progress(false).records, 1);
    let whole = format!("{{\"Records\":[{}]}}", records.join(","));
    bench.replace(&whole[..whole.len() - 1]);
    bench.waits();
    bench.append("}");
    assert_eq!(bench.progress(false).records, 40_000);
    assert_eq!(bench.given, records);
}

#[derive(Debug, Clone)]
enum Op {
    Append(Vec<Line>),
    AppendGzip(usize),
    Rewrite,
    Cut(usize),
    Replace(Whole, bool),
    Empty,
    Delete,
    Look(bool),
}

#[derive(Debug, Clone)]
enum Line {
    Record(usize),
    Part(usize),
    Garbage,
}

#[derive(Debug, Clone)]
enum Whole {
    Delivery(usize),
    Gzip(usize),
    Lines(usize),
    Half(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let line = prop_oneof![
        4 => (0usize..1000).prop_map(Line::Record),
        1 => (1usize..40).prop_map(Line::Part),
        1 => Just(Line::Garbage),
    ];
    let whole = prop_oneof![
        (0usize..5).prop_map(Whole::Delivery),
        (0usize..5).prop_map(Whole::Gzip),
        (0usize..30).prop_map(Whole::Lines),
        (1usize..60).prop_map(Whole::Half),
    ];
    prop_oneof![
        5 => prop::collection::vec(line, 1..5).prop_map(Op::Append),
        2 => (0usize..4).prop_map(Op::AppendGzip),
        1 => Just(Op::Rewrite),
        1 => (0usize..400).prop_map(Op::Cut),
        2 => (whole, any::<bool>()).prop_map(|(whole, in_place)| Op::Replace(whole, in_place)),
        1 => Just(Op::Empty),
        1 => Just(Op::Delete),
        6 => prop::bool::weighted(0.2).prop_map(Op::Look),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever happened to the file between looks, what counts in the end is what is in the file.
    #[test]
    fn what_counts_is_what_the_file_holds(ops in prop::collection::vec(op(), 1..25)) {
        let mut bench = Bench::new();
        let mut fresh = 1000;
        bench.write("");
        for op in ops {
            fresh += 100;
            match op {
                Op::Append(lines) => {
                    let text: String = lines.iter().map(|line| match line {
                        Line::Record(n) => record(fresh + n) + "\n",
                        Line::Part(length) => record(fresh)[..*length].to_owned(),
                        Line::Garbage => "garbage\n".to_owned(),
                    }).collect();
                    bench.append(text);
                }
                Op::AppendGzip(count) => {
                    bench.append(gzip((fresh..fresh + count).map(|n| record(n) + "\n").collect::<String>().as_bytes()));
                }
                Op::Rewrite => {
                    bench.look(false);
                    bench.rewrite(|content| content.iter_mut().filter(|b| **b == b'x').for_each(|b| *b = b'y'));
                    bench.look(false);
                }
                Op::Cut(size) => {
                    let size = (size as u64).min(fs::metadata(&bench.path).unwrap().len());
                    OpenOptions::new().write(true).open(&bench.path).unwrap().set_len(size).unwrap();
                    bench.touch();
                }
                Op::Replace(whole, in_place) => {
                    let content = match whole {
                        Whole::Delivery(count) => delivery(fresh, count).into_bytes(),
                        Whole::Gzip(count) => gzip(delivery(fresh, count).as_bytes()),
                        Whole::Lines(count) => (fresh..fresh + count).map(|n| record(n) + "\n").collect::<String>().into_bytes(),
                        Whole::Half(length) => delivery(fresh, 2).into_bytes()[..length].to_vec(),
                    };
                    if in_place { bench.write(content) } else { bench.replace(content) }
                }
                Op::Empty => bench.write(""),
                Op::Delete => {
                    fs::remove_file(&bench.path).unwrap();
                    bench.write("");
                }
                Op::Look(settled) => { bench.look(settled); }
            }
        }
        bench.look(false);
        bench.look(true);
        let mut held = Vec::new();
        let report = read_once(&bench.path, &mut Buffers::new(), &mut |record| {
            held.push(String::from_utf8_lossy(record.bytes).into_owned());
        }).unwrap();
        prop_assert_eq!(&bench.given, &held, "{:?} {:?}", report, bench.checkpoint);
        let unchanged = matches!(bench.look(true), LiveRead::Unchanged { waiting: false });
        prop_assert!(unchanged);
    }
}
