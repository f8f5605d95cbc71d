//! `saved ✓` is an acknowledgement: the real binary on a terminal, while its state is moved, locked, damaged, or on a disk
//! that is full.

mod damage;
mod kills;
mod places;
mod trouble;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use rusqlite::Connection;
use tempfile::TempDir;
use watchfloor::triage::{Access, Action, Decision, Store};

use crate::pty::Pty;

/// A folder of logs with one alert in it, and a state.
struct Desk {
    root: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { root: tempfile::tempdir().unwrap() };
        std::fs::create_dir(desk.path("logs")).unwrap();
        std::fs::create_dir(desk.path("tmp")).unwrap();
        desk.log("one", 1);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn state(&self) -> PathBuf {
        self.path("state/s.db")
    }

    /// One more file of logs, with an export at this second.
    fn log(&self, id: &str, second: u32) {
        let record = crate::cli::export(id, second);
        std::fs::write(self.path(&format!("logs/{id}.json")), format!(r#"{{"Records":[{record}]}}"#)).unwrap();
    }

    fn command(&self, program: &str, args: &[&str]) -> CommandBuilder {
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        command.env("HOME", self.root.path());
        command.env("TMPDIR", self.path("tmp"));
        for name in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"] {
            command.env_remove(name);
        }
        command
    }

    /// A console on the state, as soon as it shows the alert and everything is saved.
    fn console(&self) -> Pty {
        let pty = self.start();
        pty.wait_for("live · as of");
        pty.wait_for("dana");
        pty.wait_for("saved ✓");
        pty
    }

    fn start(&self) -> Pty {
        let (logs, state) = (self.path("logs"), self.state());
        let args = ["watch", logs.to_str().unwrap(), "--state", state.to_str().unwrap(), "--analyst", "mk"];
        Pty::spawn(self.command(env!("CARGO_BIN_EXE_watchfloor"), &args), 120, 30)
    }

    /// Runs a command that needs no terminal.
    fn run(&self, args: &[&str]) -> std::process::Output {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_watchfloor"));
        command.args(args).env("HOME", self.root.path()).env("TMPDIR", self.path("tmp")).env_remove("XDG_RUNTIME_DIR");
        command.output().unwrap()
    }

    fn decisions(&self) -> Vec<Decision> {
        decisions(&self.state())
    }

    /// The spools beside the state and in the folder for temporary files.
    fn spools(&self) -> Vec<PathBuf> {
        let folders = [self.path("state"), self.path("tmp")];
        let all = folders.iter().flat_map(|folder| walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok));
        all.map(walkdir::DirEntry::into_path).filter(|p| p.to_string_lossy().contains("spool-")).collect()
    }
}

/// What a state holds, its chain whole.
fn decisions(state: &Path) -> Vec<Decision> {
    let store = Store::open(state, Access::ReadOnly).unwrap();
    let decisions = store.decisions_since(0).unwrap();
    store.verify(None).unwrap();
    decisions
}

/// Waits until `yes`.
fn until(what: &str, mut yes: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !yes() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Holds the state so that nobody else can write to it.
fn lock(state: &Path) -> Connection {
    let held = Connection::open(state).unwrap();
    held.busy_timeout(Duration::from_secs(10)).unwrap();
    held.execute_batch("BEGIN EXCLUSIVE").unwrap();
    held
}

/// Waits for a message, however it is broken into lines.
fn wait_for_words(pty: &Pty, text: &str) {
    pty.wait(text, |seen| {
        let words = seen.screen.screen().contents().split_whitespace().collect::<Vec<_>>().join(" ");
        words.contains(text).then_some(())
    });
}
