//! What each room costs by itself, on the bundled demo's records: unpacking, splitting, looking up ECS fields, evaluating
//! KQL and EQL, passing bytes over, drawing. `cargo bench --bench rooms` runs all of it; a word behind `--` picks what has it in
//! its name. It needs nothing from outside. `benches/compare` measures the whole.

#![allow(clippy::unwrap_used, reason = "a measurement that is run by hand")]

use std::hint::black_box;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use watchfloor::query::{eql, kql};

use chrono::{DateTime, Offset as _, TimeDelta, Utc};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use flate2::read::GzDecoder;
use libdeflater::{CompressionLvl, Compressor};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use watchfloor::app::{App, KeyCode, KeyPress, Mode, Msg, Setup};
use watchfloor::detect::{AlertId, Exceptions, Prefilter, RuleSet, Summary};
use watchfloor::engine::{RuleBook, Update};
use watchfloor::event::{self, Event};
use watchfloor::query::kql::parse;
use watchfloor::rule::{Pack, Severity, bundled};
use watchfloor::trail::{Buffers, read_stream};
use watchfloor::triage::AlertRow;
use watchfloor::ui::{self, Theme};

/// A query that reads into every record.
const EVERY: &str = "user.name:alice* and not event.outcome:success";
/// The bundled rule's kind of query: two exact values that few records have.
const RARE: &str = "event.provider:rds.amazonaws.com and event.action:StartExportTask and event.outcome:success";
/// A query on a part of the record that has to be laid out first.
const DEEP: &str = "aws.cloudtrail.request_parameters:*orders*";

/// The same in EQL, and what only EQL can ask.
const EQL: [(&str, &str); 5] = [
    ("of every record", r#"any where user.name like "alice*" and not event.outcome == "success""#),
    (
        "of few records",
        r#"any where event.provider == "rds.amazonaws.com" and event.action == "StartExportTask" and event.outcome == "success""#,
    ),
    ("of a part of the record", r#"any where stringContains(aws.cloudtrail.request_parameters, "orders")"#),
    ("of an expression", r#"any where user.name regex~ "alice[a-z]*|.*-(admin|root)" and event.outcome != "success""#),
    ("of a function", r#"any where length(user.name) > 5 and not event.outcome == "success""#),
];

/// The demo's records, one a line.
fn demo() -> String {
    let mut text = String::new();
    let packed: &[u8] = include_bytes!("../assets/demo.ndjson.gz");
    GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    text
}

/// One gzip member.
fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packer = Compressor::new(CompressionLvl::default());
    let mut packed = vec![0; packer.gzip_compress_bound(content.len())];
    let length = packer.gzip_compress(content, &mut packed).unwrap();
    packed.truncate(length);
    packed
}

/// A delivery file of the records.
fn delivery(lines: &str) -> Vec<u8> {
    format!("{{\"Records\":[{}]}}", lines.lines().collect::<Vec<_>>().join(",")).into_bytes()
}

fn trail(c: &mut Criterion) {
    let demo = demo();
    let records = demo.lines().count() as u64;
    let plain = delivery(&demo);
    let whole = gzip(&plain);
    // Two members are no ordinary delivery file, so they go through the stream.
    let half = plain.len() / 2;
    let stream = [gzip(&plain[..half]), gzip(&plain[half..])].concat();
    let mut group = c.benchmark_group("trail");
    group.throughput(Throughput::Bytes(plain.len() as u64));
    for (name, bytes) in
        [("split", &plain), ("unpack as a whole, split", &whole), ("unpack as a stream, split", &stream)]
    {
        let mut buffers = Buffers::new();
        group.bench_function(name, |b| {
            b.iter(|| {
                let mut given = 0_u64;
                read_stream(Path::new("-"), bytes.as_slice(), &mut buffers, &mut |record| {
                    black_box(record.bytes);
                    given += 1;
                });
                assert_eq!(given, records);
            });
        });
    }
    group.finish();
}

fn event(c: &mut Criterion) {
    let demo = demo();
    let lines: Vec<&str> = demo.lines().collect();
    let events = || lines.iter().map(|line| Event::parse(line.as_bytes()).unwrap()).collect::<Vec<_>>();
    let mut group = c.benchmark_group("event");
    group.throughput(Throughput::Elements(lines.len() as u64));
    group.bench_function("parse", |b| b.iter(|| black_box(events())));
    for field in ["event.action", "user.name", "source.ip", "aws.cloudtrail.request_parameters"] {
        group.bench_function(format!("look up {field}"), |b| {
            let look_up = |events: &mut Vec<Event<'_>>| events.iter().filter_map(|event| event.get(field)).count();
            b.iter_batched_ref(events, look_up, BatchSize::LargeInput);
        });
    }
    group.bench_function("whole document", |b| {
        let build = |events: &mut Vec<Event<'_>>| events.iter().filter(|event| event.ecs().is_object()).count();
        b.iter_batched_ref(events, build, BatchSize::LargeInput);
    });
    group.finish();
}

fn kql(c: &mut Criterion) {
    let demo = demo();
    let lines: Vec<&str> = demo.lines().collect();
    let events = || lines.iter().map(|line| Event::parse(line.as_bytes()).unwrap()).collect::<Vec<_>>();
    let mut group = c.benchmark_group("kql");
    for (name, text) in [("of every record", EVERY), ("of few records", RARE), ("of a part of the record", DEEP)] {
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("parse a query {name}"), |b| b.iter(|| parse(black_box(text)).unwrap()));
        let query = kql::compile(text, event::schema()).unwrap();
        group.throughput(Throughput::Elements(lines.len() as u64));
        group.bench_function(format!("evaluate a query {name}"), |b| {
            let evaluate = |events: &mut Vec<Event<'_>>| events.iter().filter(|event| query.matches(*event)).count();
            b.iter_batched_ref(events, evaluate, BatchSize::LargeInput);
        });
    }
    group.finish();
}

fn eql(c: &mut Criterion) {
    let demo = demo();
    let lines: Vec<&str> = demo.lines().collect();
    let events = || lines.iter().map(|line| Event::parse(line.as_bytes()).unwrap()).collect::<Vec<_>>();
    let mut group = c.benchmark_group("eql");
    for (name, text) in EQL {
        let statement = eql::parse(text).unwrap();
        let prepare = || eql::prepare(text, &statement, event::schema(), "event.category").unwrap().search;
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("prepare a query {name}"), |b| b.iter(prepare));
        let eql::Search::Event(query) = prepare() else { continue };
        group.throughput(Throughput::Elements(lines.len() as u64));
        group.bench_function(format!("evaluate a query {name}"), |b| {
            let evaluate = |events: &mut Vec<Event<'_>>| events.iter().filter(|event| query.matches(*event)).count();
            b.iter_batched_ref(events, evaluate, BatchSize::LargeInput);
        });
    }
    group.finish();
}

fn detect(c: &mut Criterion) {
    let demo = demo();
    let lines: Vec<&str> = demo.lines().collect();
    // Nothing in it can match, so it is searched to its end.
    let calm: Vec<&str> = lines.iter().copied().filter(|line| !line.contains("StartExportTask")).collect();
    let calm = delivery(&calm.join("\n"));
    let query = kql::compile(RARE, event::schema()).unwrap();
    let filter = Prefilter::for_query(&query);
    assert!(filter.skip(&calm).is_some(), "the demo has something else that the filter takes for a match");
    let mut group = c.benchmark_group("detect");
    group.throughput(Throughput::Bytes(calm.len() as u64));
    group.bench_function("prefilter, a file", |b| b.iter(|| filter.skip(black_box(&calm))));
    group.throughput(Throughput::Bytes(demo.len() as u64));
    group.bench_function("prefilter, records", |b| {
        b.iter(|| lines.iter().filter(|line| filter.skip(line.as_bytes()).is_none()).count());
    });
    group.throughput(Throughput::Elements(1));
    group.bench_function("prepare the bundled rule", |b| b.iter(|| RuleSet::new(bundled(), Exceptions::default())));
    group.finish();
}

/// Alerts in the console.
const ALERTS: usize = 10_000;

fn listed(n: usize, first: DateTime<Utc>) -> AlertRow {
    let rule = &bundled()[0];
    let event_id = format!("{n:08x}-0000-4000-8000-000000000000");
    let time = first + TimeDelta::seconds(i64::try_from(n * 7).unwrap());
    let actor = format!("role-{}/session-{}", n % 17, n % 401);
    AlertRow {
        id: AlertId::of(&rule.id, &event_id),
        rule_id: rule.id.clone(),
        rule_name: rule.name.clone(),
        severity: Severity::Low,
        risk_score: rule.risk_score,
        event_id,
        time,
        found: time,
        reason: format!("{actor} exported a snapshot"),
        summary: Summary {
            actor: Some(actor),
            source: Some(format!("198.51.100.{}", n % 256)),
            target: Some(format!("snapshot:orders-{n}")),
            destination: Some("s3://exports/".to_owned()),
            account: Some("111122223333".to_owned()),
            region: Some("us-east-1".to_owned()),
            action: Some("StartExportTask".to_owned()),
            suspicious: n.is_multiple_of(11),
        },
        assessment: watchfloor::investigate::Assessment::default(),
        incident: None,
        late: false,
        held: false,
        count: 1,
        withdrawn: false,
    }
}

fn console(columns: u16, rows: u16) -> App {
    let now: DateTime<Utc> = "2026-11-24T10:42:07Z".parse().unwrap();
    let mut app = App::new(Setup {
        analyst: "analyst".to_owned(),
        mode: Mode::Watch,
        read_only: false,
        unwritable: None,
        folders: Vec::new(),
        state: "in memory".to_owned(),
        exceptions: None,
        now,
        offset: |_| Utc.fix(),
    });
    app.update(Msg::Resize { columns, rows });
    app.update(Msg::Engine(Update::Rules(
        RuleBook::new(Pack::of(bundled()), Arc::new(Exceptions::default())).entries(),
    )));
    app.update(Msg::Engine(Update::Alerts((0..ALERTS).map(|n| listed(n, now - TimeDelta::days(1))).collect())));
    app.update(Msg::Engine(Update::Loaded));
    assert_eq!(app.shared().alerts.entries().len(), ALERTS);
    app
}

fn screen(c: &mut Criterion) {
    let mut group = c.benchmark_group("screen");
    let key = |code| Msg::Key(KeyPress { code, ctrl: false, alt: false });
    for (columns, rows) in [(80, 24), (160, 45)] {
        let name = format!("{columns}×{rows}, {ALERTS} alerts");
        let mut app = console(columns, rows);
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        group.bench_function(format!("draw {name}"), |b| {
            b.iter(|| terminal.draw(|frame| ui::draw(&app, frame, Theme::default())).unwrap().count);
        });
        group.bench_function(format!("one row down and up, drawn, {name}"), |b| {
            b.iter(|| {
                for press in ['j', 'k'] {
                    app.update(key(KeyCode::Char(press)));
                    terminal.draw(|frame| ui::draw(&app, frame, Theme::default())).unwrap();
                }
            });
        });
        group.bench_function(format!("to the end and back, drawn, {name}"), |b| {
            b.iter(|| {
                for press in ['G', 'g'] {
                    app.update(key(KeyCode::Char(press)));
                    terminal.draw(|frame| ui::draw(&app, frame, Theme::default())).unwrap();
                }
            });
        });
    }
    group.finish();
}

criterion_group!(rooms, trail, event, kql, eql, detect, screen);
criterion_main!(rooms);
