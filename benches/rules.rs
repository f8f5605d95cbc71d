//! What many rules cost beside one: the bundled demo's log, forty times over, is put in turn to one rule that looks into
//! every event and to a pack of rules, and the ratio of the times is printed. `cargo bench --bench rules -- PATH` names
//! the pack, a folder of Elastic's rules.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement that is run by hand")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use watchfloor::detect::{Exceptions, RuleSet};
use watchfloor::engine::{Collector, Input, Selection, Window, read_all};
use watchfloor::rule::{self, RuleFormat};

/// Copies of the log: enough that starting threads does not count.
const COPIES: usize = 40;
/// Rounds; the median counts.
const ROUNDS: usize = 9;

const ONE: &str = "[rule]\nname = \"one\"\nrule_id = \"one\"\ndescription = \"d\"\nseverity = \"low\"\nrisk_score = 1\n\
    type = \"query\"\nlanguage = \"kuery\"\nquery = \"user.name: alice* and not event.outcome: success\"\n";

fn main() {
    let Some(pack) = std::env::args().skip(1).find(|arg| !arg.starts_with('-')) else {
        println!("skipped: name a folder of rules, `cargo bench --bench rules -- PATH`");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let log = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.ndjson.gz")).unwrap();
    for copy in 0..COPIES {
        std::fs::write(folder.path().join(format!("{copy:02}.ndjson.gz")), &log).unwrap();
    }
    let input = Input::find(&[folder.path().to_owned()], &Window::default());
    let one = rule::load_str(ONE, RuleFormat::Toml, "one").rules;
    let many = rule::load_all(&[PathBuf::from(pack)]).rules;
    let (one, _) = RuleSet::new(one, Exceptions::default());
    let (many, _) = RuleSet::new(many, Exceptions::default());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut times: Vec<(Duration, Duration)> = Vec::new();
    let (mut events, mut alerts) = (0, 0);
    for _ in 0..ROUNDS {
        let (first, ..) = scan(&input, &one, threads);
        let second;
        (second, events, alerts) = scan(&input, &many, threads);
        times.push((first, second));
    }
    let median = |mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let seconds = |pick: fn(&(Duration, Duration)) -> Duration| times.iter().map(|t| pick(t).as_secs_f64()).collect();
    let ratio = median(times.iter().map(|(one, many)| many.as_secs_f64() / one.as_secs_f64()).collect());
    println!("{events} events, {threads} threads, median of {ROUNDS} rounds in turn");
    println!("one rule that looks into every event: {:.3} s", median(seconds(|t| t.0)));
    println!("{} rules, {alerts} alerts: {:.3} s", many.rules().len(), median(seconds(|t| t.1)));
    println!("ratio: {ratio:.2}");
}

/// How long a scan takes, with its events and alerts.
fn scan(input: &Input, rules: &RuleSet, threads: usize) -> (Duration, u64, usize) {
    let begun = Instant::now();
    let (mut collector, mut alerts) = (Collector::new(rules), 0);
    let figures = read_all::<()>(
        input,
        threads,
        rules.geoip(),
        Selection::for_rules(rules, true),
        |(), reading, event, record| reading.detect(event, rules, record),
        |file| {
            alerts += file.reading.evaluation.alerts.len();
            collector.take(file.reading.evaluation.hits).unwrap();
            ControlFlow::Continue(())
        },
    );
    let count = |()| {
        alerts += 1;
        std::io::Result::Ok(())
    };
    collector.finish(threads, |_, _| Ok(()), count).unwrap();
    (begun.elapsed(), figures.events, alerts)
}
