//! The live engine on real folders, without a terminal: what it tells, and what a restart makes of it.

mod arriving;
mod asked;
mod closing;
mod correlate;
mod detail;
mod explore;
mod explore_eql;
mod history;
mod identity;
mod incidents;
mod names;
mod old_states;
mod refining;
mod remembered;
mod replay;
mod restart;
mod rules;
mod state;
mod story;
mod two_consoles;

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use watchfloor::detect::{AlertId, Exceptions};
use watchfloor::engine::{
    self, Engine, Health, Outcome, Outlet, Phase, ReplayOf, ReplayOptions, Request, RuleBook, RuleEntry, Update,
    WatchOptions, Window,
};
use watchfloor::rule::Pack;
use watchfloor::triage::{Access, Action, AlertRow, Decision, OpenOptions, Proposal, Store};

/// How long a test waits for what must come before it calls it lost.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn fixtures() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"))
}

/// A replay of everything, at this speed.
fn playing(speed: f64, paused: bool) -> ReplayOptions {
    ReplayOptions {
        speed,
        paused,
        start_at: None,
        window: Window::default(),
        threads: 2,
        contacts: [].into(),
        clock: Utc::now,
    }
}

/// A folder to watch, and a state.
struct Place {
    _root: TempDir,
    logs: PathBuf,
    state: PathBuf,
}

impl Place {
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        let logs = root.path().join("logs");
        std::fs::create_dir(&logs).unwrap();
        let state = root.path().join("state/state.db");
        Self { _root: root, logs, state }
    }

    /// Writes a file under a name that no log file has, then renames it: as whoever delivers carefully does.
    fn deliver(&self, name: &str, content: &[u8]) -> PathBuf {
        let (part, path) = (self.logs.join(format!("{name}.part")), self.logs.join(name));
        std::fs::write(&part, content).unwrap();
        std::fs::rename(part, &path).unwrap();
        path
    }

    fn fixture(&self, name: &str) -> PathBuf {
        let bytes = std::fs::read(fixtures().join(name)).unwrap();
        self.deliver(name.rsplit('/').next().unwrap(), &bytes)
    }

    fn watch(&self) -> Running {
        self.watch_in(Window::default(), 2)
    }

    /// Two consoles on one state.
    fn watch_both(&self) -> (Running, Running) {
        let beside = || Running { beside: true, ..self.watch() };
        (beside(), beside())
    }

    fn watch_in(&self, window: Window, threads: usize) -> Running {
        let options = OpenOptions { patience: Duration::from_millis(200), ..OpenOptions::default() };
        Running::start(|outlet| watch(&self.logs, window, threads, self.store(&options), outlet))
    }

    fn store(&self, options: &OpenOptions) -> Store {
        Store::open_with(&self.state, options).unwrap()
    }

    fn stored(&self) -> Vec<AlertRow> {
        Store::open(&self.state, Access::ReadOnly).unwrap().alerts().unwrap()
    }
}

fn watch(folder: &Path, window: Window, threads: usize, store: Store, outlet: Outlet) -> Engine {
    watch_by(rules(), folder, window, threads, store, outlet)
}

fn watch_by(rules: RuleBook, folder: &Path, window: Window, threads: usize, store: Store, outlet: Outlet) -> Engine {
    let options = WatchOptions {
        folders: vec![folder.to_owned()],
        clusters: Vec::new(),
        sweep: Duration::from_millis(250),
        look: Duration::from_millis(20),
        window,
        threads,
        contacts: [("111122223333".to_owned(), "the data team".to_owned())].into(),
        decisions: None,
        clock: Utc::now,
    };
    engine::watch(options, rules, store, outlet).unwrap()
}

fn rules() -> RuleBook {
    RuleBook::new(Pack::load(&[], Utc::now()), Exceptions::default())
}

/// A running engine and all it has told.
struct Running {
    engine: Engine,
    told: Arc<(Mutex<Vec<Update>>, Condvar)>,
    /// There is another on the same state.
    beside: bool,
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
        Self { engine, told, beside: false }
    }

    fn replay(speed: f64, paused: bool) -> Self {
        Self::start(|outlet| {
            let of = ReplayOf::Log { paths: vec![fixtures().join("demo")], clusters: Vec::new() };
            engine::replay(of, rules(), playing(speed, paused), Store::in_memory().unwrap(), outlet).unwrap()
        })
    }

    /// Waits until `find` finds something in what was told.
    fn wait<T>(&self, what: &str, mut find: impl FnMut(&[Update]) -> Option<T>) -> T {
        let begun = Instant::now();
        let mut told = self.told.0.lock().unwrap();
        loop {
            if let Some(found) = find(&told) {
                return found;
            }
            let left = PATIENCE.checked_sub(begun.elapsed()).unwrap_or_else(|| {
                let tail: Vec<String> = told.iter().rev().take(8).map(|u| format!("{u:.300?}")).collect();
                panic!("no {what}; told last: {tail:#?}")
            });
            told = self.told.1.wait_timeout(told, left).unwrap().0;
        }
    }

    fn until(&self, what: &str, mut is: impl FnMut(&[Update]) -> bool) {
        self.wait(what, |told| is(told).then_some(()));
    }

    /// Waits for figures that are as wanted.
    fn figures(&self, what: &str, is: impl Fn(&Health) -> bool) -> Health {
        self.wait(what, |told| health(told).filter(|h| is(h)).cloned())
    }

    /// Waits until all that is there has been read, and told.
    fn settled(&self) -> Health {
        self.until("word that the state was read", |told| told.iter().any(|u| matches!(u, Update::Loaded)));
        self.figures("quiet", |h| h.phase == Phase::Live && h.pending == 0)
    }

    /// Waits until `count` alerts were told.
    fn alerts(&self, count: usize) -> Vec<AlertRow> {
        self.wait(&format!("{count} alerts"), |told| Some(self.rows(told)).filter(|alerts| alerts.len() >= count))
    }

    /// All alerts told. What two consoles find out about one at the same time, each tells as the state has it by then: it
    /// may have told that already.
    fn rows(&self, told: &[Update]) -> Vec<AlertRow> {
        if self.beside { latest(told, |_| {}) } else { alerts(told) }
    }

    /// Waits until the rules stand as wanted.
    fn rules(&self, what: &str, is: impl Fn(&[RuleEntry]) -> bool) {
        self.until(what, |told| {
            let last = told.iter().rev().find_map(|u| if let Update::Rules(rules) = u { Some(rules) } else { None });
            last.is_some_and(|rules| is(rules))
        });
    }

    fn decide(&self, ticket: u64, proposals: Vec<Proposal>) -> Vec<Outcome> {
        self.engine.ask(Request::Persist { ticket, proposals });
        self.wait("an answer to the decisions", |told| persisted(told, ticket))
    }
}

fn health(told: &[Update]) -> Option<&Health> {
    told.iter().rev().find_map(|u| if let Update::Health(h) = u { Some(&**h) } else { None })
}

/// All alerts told, in the order they came, each as it was told last. One is told again only where it has changed.
fn alerts(told: &[Update]) -> Vec<AlertRow> {
    latest(told, |listed| panic!("told twice: {listed:?}"))
}

fn latest(told: &[Update], told_twice: impl Fn(&AlertRow)) -> Vec<AlertRow> {
    let mut known: Vec<AlertRow> = Vec::new();
    let mut places: HashMap<AlertId, usize> = HashMap::new();
    for listed in told.iter().filter_map(|u| if let Update::Alerts(alerts) = u { Some(alerts) } else { None }).flatten()
    {
        match places.get(&listed.id) {
            Some(at) if known[*at] == *listed => told_twice(listed),
            Some(at) => known[*at] = listed.clone(),
            None => {
                places.insert(listed.id.clone(), known.len());
                known.push(listed.clone());
            }
        }
    }
    known
}

fn decisions(told: &[Update]) -> Vec<Decision> {
    let told = told.iter().filter_map(|u| if let Update::Decisions(decisions) = u { Some(decisions) } else { None });
    told.flatten().cloned().collect()
}

fn persisted(told: &[Update], ticket: u64) -> Option<Vec<Outcome>> {
    told.iter().find_map(|u| match u {
        Update::Persisted { ticket: of, outcomes } if *of == ticket => Some(outcomes.clone()),
        _ => None,
    })
}

fn ids(alerts: &[AlertRow]) -> Vec<AlertId> {
    let mut ids: Vec<AlertId> = alerts.iter().map(|listed| listed.id.clone()).collect();
    ids.sort();
    ids
}

fn propose(alert: &AlertId, action: Action, seen: i64) -> Proposal {
    Proposal { alert: alert.clone(), at: Utc::now(), analyst: "mk".into(), action, seen }
}

/// The record of an export that the bundled rule fires on.
fn export(id: &str, time: &str) -> String {
    record(id, time, "StartExportTask")
}

fn record(id: &str, time: &str, action: &str) -> String {
    serde_json::json!({
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "IAMUser", "accountId": "111122223333", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "bob",
            "arn": "arn:aws:iam::111122223333:user/bob", "principalId": "AIDACKCEVSQ6C2EXAMPLE",
        },
        "eventTime": time,
        "eventSource": "rds.amazonaws.com",
        "eventName": action,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.44",
        "userAgent": "aws-cli/2.17.0",
        "requestParameters": {
            "exportTaskIdentifier": id,
            "sourceArn": "arn:aws:rds:us-east-1:111122223333:snapshot:orders",
            "s3BucketName": "finance-exports",
        },
        "responseElements": {"status": "STARTING"},
        "requestID": "8f6ba1d2-0000-4000-8000-000000000001",
        "eventID": id,
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
    })
    .to_string()
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn delivery(records: &[String]) -> String {
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}
