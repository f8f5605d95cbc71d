//! `watchfloor doctor` in broken states, made as they come about: it names each, says what to do, and changes nothing.
//! What cannot be made here (limits of the system, file systems of a network) is tested beside the checks, by facts.

use std::os::unix::fs::PermissionsExt as _;

use portable_pty::CommandBuilder;
use watchfloor::triage::{Access, Store};

use super::*;
use crate::pty::Pty;

/// Runs it as on an ordinary terminal, but for the terminal.
fn doctor(desk: &Desk, args: &[&str]) -> Ran {
    ran(command(desk, args).output().unwrap())
}

fn command(desk: &Desk, args: &[&str]) -> Command {
    let mut command = desk.command(&[&["doctor"], args].concat());
    command.env("TERM", "xterm-256color").env("LANG", "C.UTF-8");
    for name in ["LC_ALL", "LC_CTYPE", "TMUX", "STY"] {
        command.env_remove(name);
    }
    command
}

/// A folder with one delivery of a minute ago, as far as its file tells.
fn logs(desk: &Desk, time: &str) -> String {
    let record = export("a", 1).replace("2026-11-23T12:00:01Z", time);
    desk.file("logs/a.json", format!(r#"{{"Records":[{record}]}}"#));
    desk.path("logs").to_str().unwrap().to_owned()
}

impl Ran {
    /// The line of a check, which stands as `word` says.
    #[track_caller]
    fn line(&self, word: &str, check: &str, words: &str) {
        let begins = format!("{word:<5} {check:<13} ");
        let found = self.out.lines().any(|line| line.starts_with(&begins) && line.contains(words));
        assert!(found, "{word} {check} {words}:\n{}{}", self.out, self.err);
        let fails = self.out.lines().any(|line| line.starts_with("fail "));
        assert_eq!(self.code, i32::from(fails), "{}", self.out);
    }
}

#[test]
fn where_nothing_is_wrong_it_says_so_and_makes_nothing() {
    let desk = Desk::new();
    let ran = doctor(&desk, &[&logs(&desk, "2026-11-23T12:00:01Z")]);
    ran.line("ok", "configuration", ".config/watchfloor/config.toml");
    ran.line("ok", "rules", "1 of 1 run (bundled)");
    ran.line("ok", "exceptions", "none");
    ran.line("ok", "state", "none yet, watch makes it");
    ran.line("ok", "logs", "1 file, 436 B, would be read in ");
    ran.line("ok", "kinds", "1 CloudTrail delivery");
    ran.line("ok", "events", "1 event, 2026-11-23T12:00:01Z to 2026-11-23T12:00:01Z");
    ran.line("ok", "newest file", "a.json was written 0 minutes ago");
    ran.line("ok", "clock", "the newest event was ");
    ran.line("warn", "terminal", "neither standard input nor output is one → run doctor in the terminal");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(!desk.path(".local").exists() && !desk.path(".config").exists(), "nothing is made");
}

#[test]
fn programs_get_the_same_as_json() {
    let desk = Desk::new();
    let ran = doctor(&desk, &["--format", "json", "/no/such"]);
    assert_eq!(ran.code, 1);
    let checks: Vec<serde_json::Value> = serde_json::from_str(&ran.out).unwrap();
    let logs = checks.iter().find(|check| check["check"] == "logs").unwrap();
    let todo = "aws s3 sync s3://BUCKET/AWSLogs/ /no/such";
    let expected =
        serde_json::json!({"check": "logs", "standing": "fail", "says": "/no/such does not exist", "do": todo});
    assert_eq!(logs, &expected);
    assert!(checks.iter().all(|check| check["standing"] != "ok" || check.get("do").is_none()));
}

#[test]
fn a_terminal_that_cannot_show_the_console_is_named() {
    let desk = Desk::new();
    for (columns, rows, variable, line) in [
        (120, 40, ("TERM", "dumb"), "fail  terminal      TERM=dumb cannot move its cursor"),
        (120, 40, ("LANG", "C"), "warn  characters    ASCII alone, as LANG=C -> export LC_ALL=C.UTF-8"),
        (120, 40, ("NO_COLOR", "1"), "ok    colour        off, as NO_COLOR is set"),
        (120, 40, ("TERM", "wyse60"), "warn  terminal      TERM=wyse60 is unknown"),
        (20, 5, ("LANG", "C.UTF-8"), "fail  size          20x5; the console needs 40x10"),
        (60, 20, ("LANG", "C.UTF-8"), "warn  size          60x20 → 80x24 shows everything"),
        (120, 40, ("LANG", "C.UTF-8"), "ok    size          120x40"),
    ] {
        let mut program = CommandBuilder::new("sh");
        let set = format!("{}={}", variable.0, variable.1);
        // Of a terminal of 20 columns the lines are not to be read.
        let file = desk.path("out");
        let script = "export \"$1\"; shift; exec \"$@\" >\"$OUT\"";
        program.args(["-c", script, "sh", &set, env!("CARGO_BIN_EXE_watchfloor"), "doctor"]);
        program.env("HOME", desk.home.path());
        program.env("OUT", &file);
        let mut pty = Pty::spawn(program, columns, rows);
        let code = pty.wait_for_end().exit_code();
        let out = std::fs::read_to_string(&file).unwrap();
        assert!(out.lines().any(|said| said.starts_with(line)), "{line}:\n{out}");
        assert_eq!(code, u32::from(out.lines().any(|said| said.starts_with("fail "))), "{out}");
    }
}

#[test]
fn a_configuration_that_cannot_be_used_is_named_and_the_rest_looked_at() {
    let desk = Desk::new();
    desk.file(".config/watchfloor/config.toml", "analyst = 'mk'\nanalyts = 'x'\n");
    let ran = doctor(&desk, &[]);
    ran.line("fail", "configuration", "config.toml:2:1: unknown field `analyts`");
    ran.line("fail", "configuration", " → known keys: analyst, rules, state");
    ran.line("ok", "rules", "1 of 1 run");
    let config = desk.file("c.toml", "[geoip]\ncity = '/no/such.mmdb'\n");
    let ran = doctor(&desk, &["--config", &config, "cluster:prod"]);
    ran.line("fail", "geoip", "/no/such.mmdb, city under [geoip] in the configuration, cannot be read");
    ran.line("fail", "cluster", "has no cluster prod → describe it as [cluster.prod] with url and index in ");
    let config = desk.file("c.toml", "[cluster.prod]\nurl = 'http://127.0.0.1:1'\nindex = 'x'\n");
    doctor(&desk, &["--config", &config, "cluster:prod"]).line(
        "fail",
        "cluster",
        "cluster prod (http://127.0.0.1:1): ",
    );
}

#[test]
fn rules_and_exceptions_with_errors_are_named() {
    let desk = Desk::new();
    let good = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/rules")).unwrap().next().unwrap();
    std::fs::create_dir(desk.path("rules")).unwrap();
    std::fs::copy(good.unwrap().path(), desk.path("rules/good.toml")).unwrap();
    desk.file("rules/bad.toml", "[rule]\nname = 'x'\n");
    let rules = desk.path("rules").to_str().unwrap().to_owned();
    let ran = doctor(&desk, &["--rules", &rules]);
    ran.line("ok", "rules", "1 of 2 run (");
    ran.line("fail", "rules", "bad.toml");
    let ran = doctor(&desk, &["--rules", &desk.file("bad.toml", "[rule\n")]);
    ran.line("fail", "rules", "0 of 1 run (");
    let exceptions = desk.file("e.toml", "[[exception]]\nname = \n");
    doctor(&desk, &["--exceptions", &exceptions]).line("fail", "exceptions", "e.toml:2:");
    doctor(&desk, &["--exceptions", "/no/such"]).line("warn", "exceptions", "there is no file /no/such → the first");
}

fn state(desk: &Desk) -> String {
    let folder = desk.path("state");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    let path = folder.join("s.db");
    drop(Store::open(&path, Access::ReadWrite).unwrap());
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_state_that_others_may_read_or_write_is_named() {
    let desk = Desk::new();
    let path = state(&desk);
    let mode = |path: &str, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let ran = doctor(&desk, &["--state", &path]);
    ran.line("ok", "state", &path);
    ran.line("ok", "state rights", "yours alone");
    ran.line("ok", "state lock", "free; nobody has it open");
    ran.line("ok", "state disk", " free");
    mode(&path, 0o644);
    doctor(&desk, &["--state", &path]).line("warn", "state rights", "(mode 0644) → chmod 600 ");
    let found = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(found, 0o644, "it only says so");
    mode(&path, 0o666);
    doctor(&desk, &["--state", &path]).line("fail", "state", "can be written by others (mode 0666)");
    mode(&path, 0o600);
    std::fs::write(desk.path("state/other.db"), "no database at all").unwrap();
    let other = desk.path("state/other.db");
    mode(other.to_str().unwrap(), 0o600);
    let ran = doctor(&desk, &["--state", other.to_str().unwrap()]);
    ran.line("fail", "state", "this is no watchfloor state (it is not an SQLite file) → name another file");
}

#[test]
fn whoever_holds_the_state_is_named() {
    let desk = Desk::new();
    let path = state(&desk);
    let held = rusqlite::Connection::open(&path).unwrap();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    let me = std::process::id();
    let ran = doctor(&desk, &["--state", &path]);
    ran.line("fail", "state lock", &format!("(process {me}) holds it: nothing can be saved meanwhile → "));
    held.execute_batch("ROLLBACK").unwrap();
    doctor(&desk, &["--state", &path]).line("ok", "state lock", &format!("(process {me}) has it open"));
}

/// In a name space of its own, after `before`; nothing where that is not permitted.
#[expect(clippy::print_stdout, reason = "says that a test was skipped")]
fn confined(desk: &Desk, before: &str, args: &[&str]) -> Option<Ran> {
    let permitted = Command::new("unshare").args(["-rm", "true"]).output();
    if !permitted.is_ok_and(|output| output.status.success()) {
        println!("skipped: name spaces are not permitted here");
        return None;
    }
    let script = format!("{before} && exec \"$@\"");
    let mut unshared = Command::new("unshare");
    unshared.args(["-rm", "sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_watchfloor"), "doctor"]).args(args);
    unshared.env("HOME", desk.home.path()).env("LANG", "C.UTF-8").env_remove("LC_ALL");
    Some(ran(unshared.stdin(Stdio::null()).output().unwrap()))
}

#[test]
fn a_disk_that_is_read_only_full_or_forgetful_is_named() {
    let desk = Desk::new();
    let path = state(&desk);
    let folder = desk.path("state").to_str().unwrap().to_owned();
    let read_only = format!("mount --bind {folder} {folder} && mount -o remount,ro,bind {folder}");
    let Some(ran) = confined(&desk, &read_only, &["--state", &path]) else { return };
    ran.line("fail", "state", "cannot be written: a console on it is read-only → make it");
    let new = format!("{folder}/new.db");
    confined(&desk, &read_only, &["--state", &new]).unwrap().line("fail", "state", "cannot be made: ");
    let full = format!(
        "mount -t tmpfs -o size=512k,mode=700 none {folder} && {{ cat /dev/zero > {folder}/fill 2>/dev/null || true; }}"
    );
    let ran = confined(&desk, &full, &["--state", &new]).unwrap();
    ran.line("fail", "state disk", "0 B free: decisions cannot be saved → free some space at ");
    ran.line("warn", "state disk", "it lies in memory (tmpfs)");
}

#[test]
fn logs_that_are_none_or_cannot_be_are_named() {
    let desk = Desk::new();
    doctor(&desk, &["/no/such"]).line(
        "fail",
        "logs",
        "/no/such does not exist → aws s3 sync s3://BUCKET/AWSLogs/ /no/such",
    );
    let ran = doctor(&desk, &["s3://acme-trail"]);
    ran.line(
        "fail",
        "logs",
        "s3://acme-trail is a bucket → aws s3 sync s3://acme-trail/AWSLogs/ acme-trail fetches it; then name",
    );
    std::fs::create_dir(desk.path("empty")).unwrap();
    let empty = desk.path("empty").to_str().unwrap().to_owned();
    doctor(&desk, &[&empty]).line("warn", "logs", &format!("/empty → aws s3 sync s3://BUCKET/AWSLogs/ {empty}"));
    let ran = doctor(&desk, &["fixtures/beside"]);
    ran.line("fail", "kinds", "none is a log of CloudTrail: ");
    ran.line("fail", "kinds", "1 VPC flow");
    doctor(&desk, &["fixtures/broken"]).line("warn", "damage", "cannot be read wholly, the first fixtures/broken/");
    let ran = doctor(&desk, &["fixtures/envelopes", "--since", "2031-01-01", "--until", "2030-01-01"]);
    ran.line("fail", "logs", "no event can be in between");
}

#[test]
fn a_clock_that_is_behind_its_events_is_named() {
    let desk = Desk::new();
    let ran = doctor(&desk, &[&logs(&desk, "2126-11-23T12:00:01Z")]);
    ran.line("fail", "clock", "and 1 event in the future, the newest by ");
    ran.line("fail", "clock", " years → set this machine's clock: ");
    let path = desk.path("logs/a.json");
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    doctor(&desk, &[desk.path("logs").to_str().unwrap()]).line("warn", "newest file", " ago → check whether");
}
