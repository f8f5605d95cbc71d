//! The whole engine on a cluster that a test plays: what is new in it, what fails, what a restart makes of it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tempfile::TempDir;

use super::super::feed::{Past, Source};
use super::super::opening::Opening;
use super::super::{WatchOptions, start};
use crate::cluster::{Cursor, Failure, FailureKind, Hit, Narrowing, Page, Progress, Traffic, Trouble};
use crate::detect::Exceptions;
use crate::engine::{Engine, Health, Outlet, Phase, Request, RuleBook, Update, Window};
use crate::rule::Pack;
use crate::triage::{Access, AlertRow, Store};

const PATIENCE: Duration = Duration::from_secs(60);

fn now() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// An index of one shard.
#[derive(Default)]
struct Server {
    played: Mutex<Played>,
    changed: Condvar,
}

#[derive(Default)]
struct Played {
    documents: Vec<String>,
    down: bool,
    hangs: bool,
    narrows: bool,
    trouble: Option<Trouble>,
    /// Documents in one page at most; 0: all.
    page: usize,
    /// Questions so far.
    asked: u64,
    asked_again: u64,
    /// As the last question had it.
    since: Option<DateTime<Utc>>,
}

impl Server {
    fn play(&self, change: impl FnOnce(&mut Played)) {
        change(&mut self.played.lock().unwrap());
        self.changed.notify_all();
    }

    fn index(&self, document: String) {
        self.play(|played| played.documents.push(document));
    }

    fn until(&self, what: &str, is: impl Fn(&Played) -> bool) {
        let played = self.played.lock().unwrap();
        let (_played, waited) = self.changed.wait_timeout_while(played, PATIENCE, |played| !is(played)).unwrap();
        assert!(!waited.timed_out(), "no {what}");
    }
}

fn hit(at: usize, source: &str) -> Hit {
    let id = format!("d{at}");
    Hit { index: "logs-1".into(), id: id.into(), source: source.into(), number: Some(at as i64) }
}

struct OneShard {
    server: Arc<Server>,
    cursor: Cursor,
}

impl Source for OneShard {
    fn name(&self) -> &'static str {
        "prod"
    }

    fn arrival(&self) -> &'static str {
        "event.ingested"
    }

    fn next(&mut self, narrowing: &Narrowing, stop: &(dyn Fn() -> bool + Sync)) -> Result<Page, Failure> {
        self.server.play(|played| {
            played.asked += 1;
            played.since = narrowing.span().0;
        });
        let mut played = self.server.played.lock().unwrap();
        while played.hangs && !stop() {
            played = self.server.changed.wait_timeout(played, Duration::from_millis(5)).unwrap().0;
        }
        if played.down {
            return Err(Failure {
                kind: FailureKind::Unreachable,
                status: None,
                retry_after: None,
                error_type: None,
                what: "nobody listens there".into(),
                place: "cluster prod at http://192.0.2.1:9200".into(),
                advice: Some("see whether the node runs".into()),
            });
        }
        let from = usize::try_from(self.cursor.number + 1).unwrap();
        let most = if played.page == 0 { usize::MAX } else { played.page };
        let hits: Vec<Hit> =
            played.documents.iter().enumerate().skip(from).take(most).map(|(at, source)| hit(at, source)).collect();
        let ahead = (played.documents.len() - from - hits.len()) as u64;
        self.cursor.number += hits.len() as i64;
        Ok(Page {
            cursors: if hits.is_empty() { Vec::new() } else { vec![self.cursor.clone()] },
            hits,
            progress: Progress { ahead, caught_up: ahead == 0, narrowed: played.narrows },
            troubles: played.trouble.clone().into_iter().collect(),
        })
    }

    fn past(&self) -> Past {
        let server = Arc::clone(&self.server);
        Box::new(move |_, _, each| {
            server.play(|played| played.asked_again += 1);
            let documents = server.played.lock().unwrap().documents.clone();
            for (at, document) in documents.iter().enumerate().rev() {
                if each(vec![hit(at, document)]) == ControlFlow::Break(()) {
                    break;
                }
            }
            Ok(())
        })
    }

    fn traffic(&self) -> Traffic {
        Traffic { requests: self.server.played.lock().unwrap().asked, ..Traffic::default() }
    }
}

/// A state, a folder, and the cluster.
struct Place {
    root: TempDir,
    server: Arc<Server>,
}

impl Place {
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        std::fs::create_dir(root.path().join("logs")).unwrap();
        Self { root, server: Arc::default() }
    }

    fn logs(&self) -> PathBuf {
        self.root.path().join("logs")
    }

    fn watch(&self) -> Running {
        self.watch_with(&[], Vec::new(), Window::default())
    }

    fn watch_with(&self, rules: &[&str], folders: Vec<PathBuf>, window: Window) -> Running {
        let paths: Vec<PathBuf> = rules.iter().map(|rule| self.rule(rule)).collect();
        let book = RuleBook::new(Pack::load(&paths, now()), Exceptions::default());
        let options = WatchOptions {
            folders,
            clusters: Vec::new(),
            sweep: Duration::from_millis(20),
            look: Duration::from_millis(20),
            window,
            threads: 1,
            contacts: [].into(),
            decisions: None,
            clock: now,
        };
        let server = Arc::clone(&self.server);
        let open = |cursors: Vec<Cursor>| -> Box<dyn Source> {
            let first = Cursor {
                cluster: "prod".into(),
                uuid: "u1".into(),
                index: "logs-1".into(),
                number: -1,
                term: 1,
                ..Cursor::default()
            };
            Box::new(OneShard { server, cursor: cursors.into_iter().next().unwrap_or(first) })
        };
        let sources = vec![Opening { cluster: "prod".into(), open: Box::new(open) }];
        Running::start(|outlet| start(options, sources, book, self.store(), outlet).unwrap())
    }

    fn rule(&self, text: &str) -> PathBuf {
        let path = self.root.path().join(format!("rule{}.toml", text.len()));
        std::fs::write(&path, text).unwrap();
        path
    }

    fn store(&self) -> Store {
        Store::open(&self.root.path().join("state/state.db"), Access::ReadWrite).unwrap()
    }

    fn cursor(&self) -> Option<Cursor> {
        self.store().cursors("prod").unwrap().pop()
    }
}

struct Running {
    engine: Option<Engine>,
    told: Arc<(Mutex<Vec<Update>>, Condvar)>,
}

impl Running {
    fn start(start: impl FnOnce(Outlet) -> Engine) -> Self {
        let told: Arc<(Mutex<Vec<Update>>, Condvar)> = Arc::default();
        let teller = Arc::clone(&told);
        let engine = start(Arc::new(move |update| {
            teller.0.lock().unwrap().push(update);
            teller.1.notify_all();
            true
        }));
        Self { engine: Some(engine), told }
    }

    fn wait<T>(&self, what: &str, find: impl Fn(&[Update]) -> Option<T>) -> T {
        let begun = Instant::now();
        let mut told = self.told.0.lock().unwrap();
        loop {
            if let Some(found) = find(&told) {
                return found;
            }
            let left = PATIENCE.checked_sub(begun.elapsed()).unwrap_or_else(|| panic!("no {what}: {told:#?}"));
            told = self.told.1.wait_timeout(told, left).unwrap().0;
        }
    }

    fn health(&self, what: &str, is: impl Fn(&Health) -> bool) -> Health {
        let last = |told: &[Update]| {
            told.iter().rev().find_map(|u| if let Update::Health(h) = u { Some((**h).clone()) } else { None })
        };
        self.wait(what, |told| last(told).filter(|health| is(health)))
    }

    fn live(&self) -> Health {
        self.health("end of what was there", |h| h.phase == Phase::Live && h.pending == 0)
    }

    /// The alerts told so far, each as it was told last, once there are so many.
    fn alerts(&self, count: usize) -> Vec<AlertRow> {
        self.wait("alerts", |told| {
            let rows = told.iter().filter_map(|u| if let Update::Alerts(rows) = u { Some(rows) } else { None });
            let rows: BTreeMap<_, _> = rows.flatten().map(|row| (row.id.clone(), row.clone())).collect();
            (rows.len() >= count).then(|| rows.into_values().collect())
        })
    }

    fn events(&self, count: usize) -> Vec<String> {
        let mut ids: Vec<String> = self.alerts(count).into_iter().map(|row| row.event_id).collect();
        ids.sort();
        ids
    }
}

/// An export that the bundled rule fires on, as the integration writes it.
fn export(id: &str, time: &str) -> String {
    document(id, time, "StartExportTask")
}

fn document(id: &str, time: &str, action: &str) -> String {
    serde_json::json!({
        "@timestamp": time,
        "event": {
            "id": id, "action": action, "provider": "rds.amazonaws.com", "outcome": "success",
            "dataset": "aws.cloudtrail", "module": "aws", "ingested": "2026-11-23T11:59:58Z",
        },
        "cloud": {"account": {"id": "111122223333"}, "region": "us-east-1"},
        "user": {"name": "bob"},
        "source": {"address": "192.0.2.44", "ip": "192.0.2.44"},
    })
    .to_string()
}

#[test]
fn what_is_there_and_what_comes_is_an_alert_once_over_restarts() {
    let place = Place::new();
    place.server.play(|played| {
        played.documents = (0..7).map(|n| export(&format!("e{n}"), "2026-11-23T11:00:00Z")).collect();
        played.page = 2;
    });
    let running = place.watch();
    assert_eq!(running.events(7).len(), 7);
    let health = running.live();
    assert_eq!((health.events, health.files, health.sources[0].events), (7, 0, 7));
    assert_eq!((health.sources[0].caught_up, health.sources[0].ahead), (true, 0));
    assert!(running.alerts(7).iter().all(|alert| !alert.late), "that is what was there");
    drop(running);
    let cursor = place.cursor().unwrap();
    assert_eq!((cursor.number, cursor.documents), (6, 7));
    assert_eq!(cursor.since, None, "from the first document on");

    place.server.index(export("e7", "2026-11-23T11:30:00Z"));
    let again = place.watch();
    let health = again.health("the next", |h| h.phase == Phase::Live && h.events == 8);
    assert_eq!((health.since, health.newest_event), (None, Some("2026-11-23T11:30:00Z".parse().unwrap())));
    assert_eq!(again.events(8), (0..8).map(|n| format!("e{n}")).collect::<Vec<_>>());
    place.server.index(export("late", "2026-09-22T13:00:00Z"));
    let late = again.alerts(9).into_iter().find(|alert| alert.event_id == "late").unwrap();
    assert!(late.late);
    assert_eq!(late.found, now());
}

#[test]
fn a_run_that_asks_for_more_than_the_last_begins_anew() {
    let place = Place::new();
    place.server.index(export("old", "2026-11-20T11:00:00Z"));
    place.server.index(export("new", "2026-11-23T11:00:00Z"));
    let since = |since: &str| Window { since: Some(since.parse().unwrap()), until: None };
    let running = place.watch_with(&[], Vec::new(), since("2026-11-22T00:00:00Z"));
    running.live();
    assert_eq!(running.events(1), ["new"]);
    assert_eq!(place.server.played.lock().unwrap().since, since("2026-11-22T00:00:00Z").since);
    drop(running);
    let further = place.watch_with(&[], Vec::new(), since("2026-11-19T00:00:00Z"));
    assert_eq!(further.events(2), ["new", "old"]);
}

#[test]
fn a_page_and_its_alerts_are_written_together_or_not_at_all() {
    let place = Place::new();
    place.server.index(export("a", "2026-11-23T11:00:00Z"));
    let running = place.watch();
    running.live();
    drop(running);
    let conn = rusqlite::Connection::open(place.root.path().join("state/state.db")).unwrap();
    let kept: (i64, i64) = conn
        .query_row("SELECT (SELECT count(*) FROM alerts), (SELECT number FROM cursors)", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(kept, (1, 0));
    // Killed between the two writes, had there been two.
    conn.execute_batch("CREATE TRIGGER refuse BEFORE INSERT ON cursors BEGIN SELECT RAISE(ABORT, 'no'); END").unwrap();
    drop(conn);
    place.server.index(export("b", "2026-11-23T11:01:00Z"));
    let running = place.watch();
    assert_eq!(running.events(2), ["a", "b"], "shown, and not saved");
    running.wait("word of that", |told| {
        told.iter().any(|u| matches!(u, Update::State(news) if news.trouble.is_some())).then_some(())
    });
    drop(running);
    let conn = rusqlite::Connection::open(place.root.path().join("state/state.db")).unwrap();
    let alerts: i64 = conn.query_row("SELECT count(*) FROM alerts", [], |row| row.get(0)).unwrap();
    assert_eq!(alerts, 1);
    conn.execute_batch("DROP TRIGGER refuse").unwrap();
    drop(conn);
    let running = place.watch();
    assert_eq!(running.events(2), ["a", "b"]);
    running.live();
    drop(running);
    assert_eq!(place.cursor().unwrap().number, 1);
}

#[test]
fn the_same_event_in_a_folder_and_in_the_cluster_is_one_alert() {
    let place = Place::new();
    place.server.index(export("both", "2026-11-23T11:00:00Z"));
    place.server.index(export("cluster", "2026-11-23T11:00:00Z"));
    let lines = [export("both", "2026-11-23T11:00:00Z"), export("file", "2026-11-23T11:00:00Z")].join("\n");
    std::fs::write(place.logs().join("a.ndjson"), lines + "\n").unwrap();
    let running = place.watch_with(&[], vec![place.logs()], Window::default());
    running.live();
    assert_eq!(running.events(3), ["both", "cluster", "file"]);
}

#[test]
fn a_cluster_that_is_down_holds_up_no_folder_and_is_read_when_it_is_back() {
    let place = Place::new();
    place.server.play(|played| played.down = true);
    place.server.index(export("there", "2026-11-23T11:00:00Z"));
    std::fs::write(place.logs().join("a.ndjson"), export("file", "2026-11-23T11:00:00Z") + "\n").unwrap();
    let running = place.watch_with(&[], vec![place.logs()], Window::default());
    assert_eq!(running.events(1), ["file"]);
    let health = running.live();
    let [trouble] = &health.sources[0].troubles[..] else { panic!("{:?}", health.sources) };
    assert_eq!(trouble.about, "cluster prod at http://192.0.2.1:9200");
    assert_eq!(trouble.what, "nobody listens there; see whether the node runs");
    assert!(trouble.holds_up && !health.sources[0].caught_up);
    place.server.play(|played| played.down = false);
    assert_eq!(running.events(2), ["file", "there"]);
    let health = running.health("no trouble", |h| h.sources[0].troubles.is_empty());
    assert!(health.sources[0].caught_up);
}

#[test]
fn a_trouble_is_one_since_it_began_and_gone_when_it_is_over() {
    let place = Place::new();
    let (about, what) = ("logs-1".into(), "1 of 3 shards does not answer".into());
    let trouble = Trouble { about, what, holds_up: true, since: Instant::now() };
    place.server.play(|played| played.trouble = Some(trouble));
    let running = place.watch();
    let health = running.health("the trouble", |h| !h.sources.is_empty() && !h.sources[0].troubles.is_empty());
    let since = health.sources[0].troubles[0].since;
    assert!(since <= now() && now() - since < chrono::Duration::minutes(1), "{since}");
    place.server.play(|played| played.trouble = None);
    running.health("its end", |h| h.sources[0].troubles.is_empty());
}

#[test]
fn a_document_that_is_no_event_costs_itself_and_is_named() {
    let place = Place::new();
    place.server.index(r#"{"@timestamp":"2026-11-23T11:00:00Z","event":{"action":"\ud800"}"#.into());
    place.server.index(export("a", "2026-11-23T11:00:00Z"));
    let running = place.watch();
    assert_eq!(running.events(1), ["a"]);
    let health = running.live();
    let trouble = &health.sources[0].troubles[0];
    assert!(trouble.about == "logs-1" && trouble.what.starts_with("document d0: "), "{trouble:?}");
    assert_eq!((trouble.holds_up, health.bad_records), (false, 1));
}

const NEW_USER: &str = "[rule]\nname='new user'\nrule_id='new'\ntype='new_terms'\nseverity='low'\nrisk_score=21\n\
     query='event.action: Look'\n[rule.new_terms]\nfield='new_terms_fields'\nvalue=['user.name']\n\
     [[rule.new_terms.history_window_start]]\nfield='history_window_start'\nvalue='now-7d'\n";

#[test]
fn a_rule_that_remembers_and_is_new_is_put_to_what_was_there() {
    let place = Place::new();
    place.server.index(document("looked", "2026-11-23T10:00:00Z", "Look"));
    let running = place.watch();
    running.live();
    drop(running);
    assert_eq!(place.server.played.lock().unwrap().asked_again, 0);
    let running = place.watch_with(&[NEW_USER], Vec::new(), Window::default());
    place.server.index(document("again", "2026-11-23T11:00:00Z", "Look"));
    running.health("both", |h| h.phase == Phase::Live && h.pending == 0 && h.events == 2);
    assert_eq!(running.events(1), ["looked"], "the later one is not the first");
    assert_eq!(place.server.played.lock().unwrap().asked_again, 1);
    drop(running);
    let running = place.watch_with(&[NEW_USER], Vec::new(), Window::default());
    running.live();
    assert_eq!(place.server.played.lock().unwrap().asked_again, 1, "it knows that now");
}

#[test]
fn of_what_was_left_out_nothing_is_remembered_as_the_first() {
    let place = Place::new();
    place.server.play(|played| played.narrows = true);
    place.server.index(export("a", "2026-11-23T11:00:00Z"));
    let running = place.watch();
    running.live();
    running.events(1);
    drop(running);
    let conn = rusqlite::Connection::open(place.root.path().join("state/state.db")).unwrap();
    let seen = || conn.query_row("SELECT count(*) FROM seen", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(seen(), 0);
    assert_eq!(place.cursor().unwrap().narrowed, Some(now().timestamp_micros()));
    place.server.play(|played| played.narrows = false);
    place.server.index(export("b", "2026-11-23T11:00:00Z"));
    let running = place.watch();
    running.health("both", |h| h.events == 2);
    drop(running);
    assert!(seen() > 0);
}

#[test]
fn a_request_that_hangs_delays_neither_the_end_nor_a_folder() {
    let place = Place::new();
    place.server.play(|played| played.hangs = true);
    let mut running = place.watch_with(&[], vec![place.logs()], Window::default());
    place.server.until("question", |played| played.asked > 0);
    std::fs::write(place.logs().join("a.ndjson"), export("file", "2026-11-23T11:00:00Z") + "\n").unwrap();
    assert_eq!(running.events(1), ["file"]);
    drop(running.engine.take());
    assert!(place.server.played.lock().unwrap().hangs, "it ended first");
}

#[test]
fn who_asks_for_news_need_not_wait_for_the_next_look() {
    let place = Place::new();
    let book = RuleBook::new(Pack::load(&[], now()), Exceptions::default());
    let server = Arc::clone(&place.server);
    let open = |_| -> Box<dyn Source> {
        Box::new(OneShard { server, cursor: Cursor { uuid: "u".into(), number: -1, ..Cursor::default() } })
    };
    let options = WatchOptions {
        folders: vec![place.logs()],
        clusters: Vec::new(),
        // Nothing comes by itself in this test.
        sweep: Duration::from_secs(86_400),
        look: Duration::from_secs(86_400),
        window: Window::default(),
        threads: 1,
        contacts: [].into(),
        decisions: None,
        clock: now,
    };
    let sources = vec![Opening { cluster: "prod".into(), open: Box::new(open) }];
    let running = Running::start(|outlet| start(options, sources, book, Store::in_memory().unwrap(), outlet).unwrap());
    running.live();
    place.server.index(export("new", "2026-11-23T11:00:00Z"));
    running.engine.as_ref().unwrap().ask(Request::Refresh);
    assert_eq!(running.events(1), ["new"]);
}
