//! The commands that open the console: what they say where they cannot, and that a terminal gets nothing raw.

use portable_pty::CommandBuilder;

use rustix::process::Signal;

use super::*;
use crate::pty::{Pty, strange};

fn spawn(desk: &Desk, args: &[&str]) -> Pty {
    // A signal that makes a core file must not leave one here.
    let mut command = CommandBuilder::new("sh");
    command.args(["-c", "ulimit -c 0; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_watchfloor")]);
    command.args(args);
    command.cwd(env!("CARGO_MANIFEST_DIR"));
    command.env("HOME", desk.home.path());
    for name in ["XDG_STATE_HOME", "XDG_CONFIG_HOME"] {
        command.env_remove(name);
    }
    Pty::spawn(command, 200, 50)
}

#[test]
fn without_a_terminal_watch_and_replay_say_what_works() {
    let desk = Desk::new();
    for args in [&["watch", "fixtures"][..], &["watch", "/no/such"], &["replay", "fixtures"]] {
        let told = desk.run(args).refused();
        assert!(told.contains("needs a terminal") && told.contains("`watchfloor scan` works without one"), "{told}");
    }
    assert!(!desk.path(".local").exists(), "and no state is made");
}

#[test]
fn on_a_terminal_what_is_not_there_is_refused_before_the_screen_is_taken() {
    let desk = Desk::new();
    for args in [&["watch", "/no/such"][..], &["replay", "/no/such"]] {
        let mut pty = spawn(&desk, args);
        assert_eq!(pty.wait_for_end().exit_code(), 2);
        let text = pty.text();
        assert!(text.contains("error: ") && text.contains("/no/such"), "{text}");
        assert!(!String::from_utf8_lossy(&pty.seen().bytes).contains("?1049h"), "{text}");
    }
}

#[test]
fn what_keeps_a_console_from_opening_leads_to_the_doctor() {
    let desk = Desk::new();
    let state = desk.file("state/s.db", "no database");
    std::fs::set_permissions(desk.path("state"), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    std::fs::set_permissions(&state, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut pty = spawn(&desk, &["watch", "fixtures/demo", "--state", &state]);
    assert_eq!(pty.wait_for_end().exit_code(), 2);
    let text = pty.text();
    assert!(
        text.contains("this is no watchfloor state") && text.contains("`watchfloor doctor` with the same"),
        "{text}"
    );
}

#[test]
fn raw_records_are_harmless_on_a_terminal() {
    let desk = Desk::new();
    let log = desk.file("evil.json", export("e\u{7f}\u{9b}31m\u{202e}x", 1));
    let mut pty = spawn(&desk, &["query", "", &log, "--format", "raw"]);
    assert_eq!(pty.wait_for_end().exit_code(), 0);
    let bytes = pty.seen().bytes.clone();
    let text = String::from_utf8_lossy(&bytes);
    let found: Vec<String> = text.lines().flat_map(|line| strange(line.as_bytes())).collect();
    assert_eq!(found, Vec::<String>::new());
    assert!(text.contains("\\u{202e}"), "{text}");
}

#[test]
fn progress_on_a_terminal_leaves_nothing_behind() {
    let desk = Desk::new();
    let mut pty = spawn(&desk, &["scan", "fixtures/demo", "--format", "csv"]);
    assert_eq!(pty.wait_for_end().exit_code(), 0);
    let text = pty.text();
    assert!(text.contains("alert_id") && !text.contains("files, "), "{text}");
}

#[test]
fn quit_and_abort_end_it_as_they_do_and_leave_the_terminal_as_it_was() {
    let desk = Desk::new();
    for (signal, named) in [(Signal::QUIT, "Quit"), (Signal::ABORT, "Abort")] {
        let before = Pty::spawn(CommandBuilder::new("true"), 200, 50).modes();
        let mut pty = spawn(&desk, &["replay", "fixtures/demo", "--speed", "max"]);
        pty.wait_for("snapshot");
        assert_ne!(pty.modes(), before, "raw mode");
        pty.signal(signal);
        let ended = pty.wait_for_end();
        assert!(ended.signal().is_some_and(|signal| signal.starts_with(named)), "{ended:?}");
        pty.assert_given_back(&before);
    }
}
