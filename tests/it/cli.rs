//! The command line, run as its users run it: the binary, its output, its exit status.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

mod console;
mod doctor;
mod eql;
mod errors;
mod first_minute;
mod geoip;
mod help;
mod history;
mod hostile;
mod incidents;
mod query;
mod rules;
mod runs;
mod scan;
mod sequence;
mod state;
mod upkeep;
mod window;

/// A home of one's own, and the binary in it.
pub(crate) struct Desk {
    home: tempfile::TempDir,
}

/// What came of a command.
pub(crate) struct Ran {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: i32,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// A file of this name and content, in the home.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchfloor"));
        command.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).env("HOME", self.home.path());
        for name in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "NO_COLOR"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null());
        command
    }

    fn bytes(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        ran(self.bytes(args))
    }

    /// Runs with `input` on standard input.
    fn feed(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || pipe.write_all(&input));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        ran(output)
    }
}

fn ran(output: Output) -> Ran {
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    Ran { out: text(output.stdout), err: text(output.stderr), code: output.status.code().expect("no signal ended it") }
}

impl Ran {
    /// The output, of a command that did all it should and had nothing to say about it.
    #[track_caller]
    pub(crate) fn quiet(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// Standard error, of a command that did nothing and said why.
    #[track_caller]
    pub(crate) fn refused(self) -> String {
        assert_eq!((self.code, self.out.as_str()), (2, ""), "{}", self.err);
        self.err
    }

    /// The output as JSON, one value a line.
    pub(crate) fn json(&self) -> Vec<serde_json::Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// A fixture, as a path from the root of the project, where commands run.
fn fixture(name: &str) -> String {
    let path = Path::new("fixtures").join(name);
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path).exists(), "{name}");
    path.to_str().unwrap().to_owned()
}

/// A folder of third-party data beside the project; absent on most machines.
#[expect(clippy::print_stdout, reason = "says that a comparison was skipped")]
fn shared(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name);
    if !path.exists() {
        println!("skipped: no {}", path.display());
        return None;
    }
    Some(path.to_str().unwrap().to_owned())
}

/// A record of an export, at this second of a minute.
pub(crate) fn export(id: &str, second: u32) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","userName":"dana","accountId":"111122223333"}},"eventTime":"2026-11-23T12:00:{second:02}Z","eventSource":"rds.amazonaws.com","eventName":"StartExportTask","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.40","userAgent":"x","requestParameters":{{"sourceArn":"arn:aws:rds:us-east-1:111122223333:snapshot:{id}"}},"eventID":"{id}","eventType":"AwsApiCall","eventCategory":"Management"}}"#
    )
}
