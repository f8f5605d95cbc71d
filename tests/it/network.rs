//! Whom the program speaks to, as the kernel sees it: nobody, unless a command names a cluster, and then that cluster.
//! Needs `strace`, and says so where it is missing.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use portable_pty::CommandBuilder;

use crate::cli::Desk;
use crate::pty::Pty;

const PROGRAM: &str = env!("CARGO_BIN_EXE_watchfloor");

/// A home whose configuration describes a cluster, at an address that answers everything with 401.
struct Traced {
    desk: Desk,
    port: u16,
}

impl Traced {
    fn new() -> Option<Self> {
        let works = Command::new("strace").args(["-f", "-o", "/dev/null", "-e", "trace=network", "true"]).status();
        if !works.is_ok_and(|status| status.success()) {
            let _ = writeln!(std::io::stderr(), "skipped: what goes over the network; install strace to see it");
            return None;
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            }
        });
        let desk = Desk::new();
        let config = format!("[cluster.c]\nurl = 'http://127.0.0.1:{port}'\nindex = 'logs-*'\n");
        desk.file(".config/watchfloor/config.toml", config);
        Some(Self { desk, port })
    }

    fn arguments(&self, args: &[&str]) -> Vec<String> {
        let trace = self.desk.path("trace");
        let before = ["-f", "-qq", "-e", "trace=network", "-o", trace.to_str().unwrap(), PROGRAM];
        before.iter().chain(args).map(|arg| (*arg).to_owned()).collect()
    }

    fn run(&self, args: &[&str]) -> Vec<String> {
        let mut command = Command::new("strace");
        command.args(self.arguments(args)).env("HOME", self.desk.path("")).env_remove("XDG_CONFIG_HOME");
        // A proxy of the environment is none of ours.
        command.envs([("http_proxy", "http://192.0.2.1:3128"), ("ALL_PROXY", "http://192.0.2.1:3128")]);
        command.output().unwrap();
        self.internet()
    }

    /// The calls that have to do with the internet.
    fn internet(&self) -> Vec<String> {
        let trace = std::fs::read_to_string(self.desk.path("trace")).unwrap();
        trace.lines().filter(|line| line.contains("AF_INET")).map(str::to_owned).collect()
    }
}

#[test]
fn over_folders_no_connection_is_opened() {
    let Some(traced) = Traced::new() else { return };
    for args in [
        &["scan", "fixtures/demo"][..],
        &["query", "event.action: *", "fixtures/demo", "--format", "count"],
        &["rules", "check", "assets"],
    ] {
        let calls = traced.run(args);
        assert!(calls.is_empty(), "{args:?}: {calls:#?}");
    }
    let mut command = CommandBuilder::new("strace");
    let state = traced.desk.path("state.db");
    command.args(traced.arguments(&["watch", "fixtures/demo", "--state", state.to_str().unwrap(), "--analyst", "mk"]));
    command.cwd(env!("CARGO_MANIFEST_DIR"));
    command.env("HOME", traced.desk.path(""));
    for name in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"] {
        command.env_remove(name);
    }
    let mut console = Pty::spawn(command, 120, 30);
    console.wait_for("12 open");
    console.type_keys("q");
    console.wait_for_exit();
    let calls = traced.internet();
    assert!(calls.is_empty(), "{calls:#?}");
}

#[test]
fn a_cluster_that_is_named_is_all_that_is_spoken_to() {
    let Some(traced) = Traced::new() else { return };
    let calls = traced.run(&["scan", "cluster:c", "fixtures/demo"]);
    let connects: Vec<_> = calls.iter().filter(|call| call.contains("connect(")).collect();
    assert!(!connects.is_empty(), "{calls:#?}");
    let own = format!("sin_port=htons({}), sin_addr=inet_addr(\"127.0.0.1\")", traced.port);
    assert!(connects.iter().all(|call| call.contains(&own)), "{connects:#?}");
}
