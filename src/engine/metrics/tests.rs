use super::*;
use crate::trail::CheckpointColumns;

fn mark(path: &str, records: u64, problem: Option<&str>) -> Checkpoint {
    Checkpoint::from_columns(CheckpointColumns {
        path: path.into(),
        content: Some(Content::Delivery),
        records,
        bad: u64::from(problem.is_some()),
        problem: problem.map(str::to_owned),
        ..CheckpointColumns::default()
    })
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn figures(tally: &mut Metrics) -> (u64, u64, u64, u64, u64) {
    let h = tally.take().unwrap();
    (h.events, h.files, h.failed, h.skipped, h.bad_records)
}

fn named(tally: &Metrics) -> Vec<(&str, &str, Trouble)> {
    tally.health.problems.iter().map(|p| (p.path.to_str().unwrap(), p.reason.as_str(), p.trouble)).collect()
}

#[test]
fn a_file_read_anew_replaces_its_own_counts() {
    let mut tally = Metrics::new(now());
    let broken = mark("a", 7, Some("cut short: it ends"));
    tally.read(&broken, None, Some("a bad record".into()), 7, now());
    assert_eq!(figures(&mut tally), (7, 0, 1, 0, 1));
    assert_eq!(named(&tally), [("a", "cut short: it ends", Trouble::Failed)]);
    tally.read(&mark("a", 10, None), Some(&broken), None, 10, now());
    assert_eq!(figures(&mut tally), (10, 1, 0, 0, 0));
    assert!(named(&tally).is_empty());
    assert!(tally.take().is_none(), "nothing changed since");
    tally.read(&broken, Some(&mark("a", 10, None)), None, 7, now());
    assert_eq!(figures(&mut tally), (7, 0, 1, 0, 1));
}

#[test]
fn a_file_that_grew_adds_its_new_events_and_keeps_its_bad_records() {
    let mut tally = Metrics::new(now());
    let before = mark("a", 3, None).with(|c| c.bad = 2);
    tally.read(&before, None, Some("2 bad records".into()), 3, now());
    tally.read(&mark("a", 5, None).with(|c| c.bad = 2), Some(&before), None, 2, now());
    let health = tally.take().unwrap();
    assert_eq!((health.events, health.files, health.bad_records), (5, 1, 2));
    assert_eq!(health.rate.len(), RATE_SECONDS);
    assert_eq!(health.rate.last(), Some(&5));
    assert_eq!(named(&tally), [("a", "2 bad records", Trouble::InPart)]);
    tally.read(&mark("a", 4, None), Some(&mark("a", 5, None).with(|c| c.bad = 2)), None, 4, now());
    assert!(named(&tally).is_empty(), "replaced by a good one");
}

#[test]
fn a_restart_counts_as_the_run_before_did() {
    let marks = [
        mark("read", 5, None),
        mark("in part", 3, None).with(|c| c.bad = 1),
        mark("cut", 2, Some("cut short: it ends")),
        mark("notes", 0, Some("not a log: begins with \"x\"")).with(|c| (c.content, c.bad) = (None, 0)),
        mark("digest", 0, None).with(|c| c.content = Some(Content::Digest)),
    ];
    let (mut first, mut second) = (Metrics::new(now()), Metrics::new(now()));
    for mark in &marks {
        first.read(mark, None, (mark.bad() > 0).then(|| "bad".into()), mark.records(), now());
        second.recall(mark, now());
    }
    assert_eq!(figures(&mut first), (10, 2, 1, 2, 2));
    assert_eq!(figures(&mut second), (10, 2, 1, 2, 2));
    let troubles = |tally| named(tally).into_iter().map(|(path, _, t)| (path.to_owned(), t)).collect::<Vec<_>>();
    assert_eq!(troubles(&first), troubles(&second));
    assert_eq!(troubles(&first)[0], ("notes".to_owned(), Trouble::LeftOut));
}

#[test]
fn a_failed_file_counts_until_it_is_gone_and_moves_with_its_name() {
    let mut tally = Metrics::new(now());
    let cut = |path| mark(path, 7, Some("cut short: it ends"));
    for path in ["logs/a/1", "logs/a/2", "logs/ab", "logs/b"] {
        tally.read(&cut(path), None, None, 7, now());
    }
    tally.read(&mark("logs/good", 1, None), None, None, 1, now());
    tally.refused(Path::new("logs/a/closed"), "denied", now());
    let troubled = |tally: &Metrics, path| tally.troubled(Path::new(path)).len();
    assert_eq!((troubled(&tally, "logs/a"), troubled(&tally, "logs/b"), troubled(&tally, "logs")), (3, 1, 5));
    for path in tally.troubled(Path::new("logs/a")) {
        tally.gone(&path);
        tally.gone(&path);
    }
    assert_eq!(figures(&mut tally), (15, 1, 2, 0, 2));
    tally.gone(Path::new("logs/good"));
    assert!(tally.take().is_none(), "what was read to its end stays read");

    tally.renamed(&cut("logs/b"), &cut("logs/c"));
    assert_eq!(figures(&mut tally), (15, 1, 2, 0, 2));
    let names: Vec<&str> = named(&tally).into_iter().map(|(path, _, _)| path).collect();
    assert_eq!(names, ["logs/c", "logs/ab"]);
    tally.read(&mark("logs/d", 9, None), Some(&cut("logs/c")), None, 9, now());
    assert_eq!(figures(&mut tally), (17, 2, 1, 0, 1));
    assert_eq!((named(&tally).len(), troubled(&tally, "logs")), (1, 1));
}

#[test]
fn what_the_system_refuses_is_named_once_until_it_lets_go() {
    let mut tally = Metrics::new(now());
    tally.refused(Path::new("f"), "denied", now());
    tally.refused(Path::new("f"), "denied", now());
    let closed = [(PathBuf::from("d"), "closed".to_owned())];
    tally.swept(&closed, now());
    assert_eq!(figures(&mut tally).2, 2);
    tally.swept(&closed, now());
    assert!(tally.take().is_none(), "another sweep with the same result is no news");
    tally.swept(&[], now());
    tally.readable(Path::new("f"));
    assert_eq!(figures(&mut tally).2, 0);
    assert!(named(&tally).is_empty());
}

#[test]
fn the_newest_problems_are_named_and_all_are_counted() {
    let mut tally = Metrics::new(now());
    let many = NAMED as u64 + 10;
    for n in 0..many {
        tally.refused(Path::new(&n.to_string()), "denied", now());
    }
    let health = tally.take().unwrap();
    assert_eq!((health.failed, health.problems.len()), (many, NAMED));
    assert_eq!(health.problems[0].path, Path::new(&(many - 1).to_string()));
}
