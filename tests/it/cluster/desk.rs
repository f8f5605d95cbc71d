//! Someone who works on clusters: a configuration that names them, the program, its state.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use portable_pty::CommandBuilder;
use serde_json::{Value, json};
use watchfloor::triage::{Access, AlertRow, Store};

use super::node::until;
use crate::cli;
use crate::pty::Pty;

/// What is asked for: what a test indexes may be older than what rules look back to.
pub(crate) const SINCE: [&str; 2] = ["--since", "2026-11-01"];

/// A document of the export that the bundled rule fires on, at this second after midnight of 2026-11-23.
pub(crate) fn document(id: &str, second: u32) -> Value {
    let time = format!("2026-11-23T{:02}:{:02}:{:02}.000Z", second / 3600 % 24, second / 60 % 60, second % 60);
    json!({
        "@timestamp": time,
        "ecs": { "version": "8.11.0" },
        "event": {
            "id": id, "action": "StartExportTask", "provider": "rds.amazonaws.com", "dataset": "aws.cloudtrail",
            "module": "aws", "kind": "event", "type": ["info"], "outcome": "success", "ingested": time,
        },
        "cloud": { "provider": "aws", "region": "us-east-1", "account": { "id": "111122223333" } },
        "user": { "name": "dana" },
        "source": { "ip": "192.0.2.40", "address": "192.0.2.40" },
        "user_agent": { "original": "aws-cli/2.17.0 Python/3.12" },
        "aws": { "cloudtrail": {
            "event_version": "1.11", "user_identity": { "type": "IAMUser" },
            "request_parameters": format!("{{sourceArn=arn:aws:rds:us-east-1:111122223333:snapshot:{id}}}"),
        } },
    })
}

/// One that no bundled rule fires on.
pub(crate) fn quiet(id: &str, second: u32) -> Value {
    let mut document = document(id, second);
    document["event"]["action"] = json!("DescribeDBSnapshots");
    document
}

/// As NDJSON.
pub(crate) fn lines(documents: impl IntoIterator<Item = Value>) -> String {
    documents.into_iter().fold(String::new(), |mut lines, document| {
        let _ = writeln!(lines, "{document}");
        lines
    })
}

pub(crate) struct Desk {
    pub(crate) home: cli::Desk,
    config: RefCell<String>,
}

impl Desk {
    /// With a cluster `c` at this address, whose indices have these names.
    pub(crate) fn new(url: &str, index: &[&str]) -> Self {
        Self::on(&[url.to_owned()], index)
    }

    /// With one of several nodes.
    pub(crate) fn on(urls: &[String], index: &[&str]) -> Self {
        let desk = Self { home: cli::Desk::new(), config: RefCell::default() };
        desk.configure(&format!("[cluster.c]\nurl = {urls:?}\nindex = {index:?}\n"));
        desk
    }

    /// More lines for the configuration.
    pub(crate) fn configure(&self, lines: &str) -> &Self {
        *self.config.borrow_mut() += lines;
        self.home.file(".config/watchfloor/config.toml", self.config.borrow().as_bytes());
        self
    }

    pub(crate) fn run(&self, args: &[&str]) -> cli::Ran {
        self.home.run(args)
    }

    /// The events that `scan` finds alerts for in these places, each as often as it is told, sorted.
    #[track_caller]
    pub(crate) fn scan(&self, places: &[&str]) -> Vec<String> {
        events(&read(self.home.run(&[&["scan", "--format", "ndjson"], &SINCE[..], places].concat())))
    }

    /// The events that `query` finds.
    #[track_caller]
    pub(crate) fn query(&self, query: &str, place: &str) -> Vec<String> {
        events(&read(self.home.run(&[&["query", "--format", "ndjson"], &SINCE[..], &[query, place]].concat())))
    }

    /// The documents of the bundled demo, each once.
    pub(crate) fn demo(&self) -> String {
        let (documents, mut known) = (self.run(&["ecs", "fixtures/demo"]).quiet(), BTreeSet::new());
        let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["event"]["id"].to_string();
        documents.lines().filter(|line| known.insert(id(line))).fold(String::new(), |all, line| all + line + "\n")
    }

    /// A file with these documents.
    pub(crate) fn file(&self, documents: &str) -> String {
        self.home.file("documents.ndjson", documents)
    }

    fn state(&self) -> std::path::PathBuf {
        self.home.path("state.db")
    }

    /// A console on the cluster, and on what else is named.
    pub(crate) fn watch(&self) -> Pty {
        self.watch_with(&["cluster:c"])
    }

    pub(crate) fn watch_with(&self, args: &[&str]) -> Pty {
        self.console(&self.state(), "mk", args)
    }

    /// A console with this state, of this analyst.
    pub(crate) fn console(&self, state: &std::path::Path, analyst: &str, args: &[&str]) -> Pty {
        self.console_of(state, analyst, &[&SINCE[..], args].concat())
    }

    /// [`Self::console`], with its own idea of what is asked for.
    pub(crate) fn console_of(&self, state: &std::path::Path, analyst: &str, args: &[&str]) -> Pty {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_watchfloor"));
        command.args(["watch", "--state", state.to_str().unwrap(), "--analyst", analyst]);
        command.args(args);
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        command.env("HOME", self.home.path(""));
        for name in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"] {
            command.env_remove(name);
        }
        Pty::spawn(command, 120, 30)
    }

    /// The alerts that the state holds.
    pub(crate) fn rows(&self) -> Vec<AlertRow> {
        // Before the console has made it, there is none.
        let store = if self.state().exists() { Store::open(&self.state(), Access::ReadOnly).ok() } else { None };
        store.map_or_else(Vec::new, |store| store.alerts().unwrap_or_default())
    }

    /// Their events, sorted.
    pub(crate) fn alerts(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.rows().into_iter().map(|row| row.event_id).collect();
        ids.sort();
        ids
    }

    /// How many documents of the cluster were read.
    pub(crate) fn read(&self) -> u64 {
        let store = Store::open(&self.state(), Access::ReadOnly).unwrap();
        store.cursors("c").unwrap().iter().map(|cursor| cursor.documents).sum()
    }

    /// Waits until the state holds alerts for exactly these events.
    #[track_caller]
    pub(crate) fn until_alerts(&self, pty: &Pty, wanted: &[String]) {
        let deadline = std::time::Instant::now() + super::node::PATIENCE;
        while self.alerts() != wanted {
            assert!(
                std::time::Instant::now() < deadline,
                "{:?}\ninstead of\n{wanted:?}; the screen shows:\n{}",
                self.alerts(),
                pty.text()
            );
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// **All once**: what `scan` finds in these documents as files, it finds in the cluster too, and a console does, each
    /// once, before and after a restart; `more` brings one more document, with an alert for the event `more`.
    #[track_caller]
    pub(crate) fn all_once(&self, documents: &str, more: impl Fn()) {
        let mut wanted = self.scan(&[&self.file(documents)]);
        assert!(!wanted.is_empty());
        assert_eq!(self.scan(&["cluster:c"]), wanted, "scan");
        let mut console = self.watch();
        self.until_alerts(&console, &wanted);
        quit(&mut console);
        let mut console = self.watch();
        more();
        wanted.push("more".to_owned());
        wanted.sort();
        self.until_alerts(&console, &wanted);
        quit(&mut console);
    }
}

/// Ends a console as its user does.
#[track_caller]
pub(crate) fn quit(console: &mut Pty) {
    // A pane that is open closes first.
    console.type_keys("qq");
    console.wait_for_exit();
}

/// Waits for words on the screen, however they are broken into lines.
#[track_caller]
pub(crate) fn wait_for_words(console: &Pty, words: &str) {
    until(words, || {
        let shown = console.text().split_whitespace().collect::<Vec<_>>().join(" ");
        shown.contains(words)
    });
}

/// What a command printed that read everything, whatever it warned of.
#[track_caller]
fn read(ran: cli::Ran) -> String {
    let failed = ran.err.lines().find(|line| !line.starts_with("watchfloor: warning: "));
    assert_eq!((ran.code, failed), (0, None), "{}", ran.err);
    ran.out
}

/// The event of each line, by its id or what stands for one.
fn events(ndjson: &str) -> Vec<String> {
    let event = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let id = value.pointer("/kibana.alert.ancestors/0/id").unwrap_or(&value["event"]["id"]);
        id.as_str().unwrap_or_default().to_owned()
    };
    let mut ids: Vec<String> = ndjson.lines().map(event).collect();
    ids.sort();
    ids
}
