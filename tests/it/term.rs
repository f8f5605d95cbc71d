//! The terminal is taken and given back, whatever happens in between: a small console of a few keys, run by this very
//! test binary inside a pseudo-terminal.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use crossbeam_channel::bounded;
use portable_pty::CommandBuilder;
use ratatui::Frame;
use rustix::process::Signal;
use watchfloor::app::{Cmd, KeyCode, KeyPress, Msg};
use watchfloor::term::{Console, Ended, EventLoop, Host, Session};

use crate::pty::Pty;

/// Counts keys; some of them are commands.
#[derive(Default)]
struct Counter {
    keys: usize,
    size: (u16, u16),
    line: String,
    dirty: bool,
}

impl Console for Counter {
    fn update(&mut self, msg: Msg) -> Vec<Cmd> {
        if matches!(msg, Msg::Now(_)) {
            return Vec::new();
        }
        self.dirty = true;
        match msg {
            Msg::Key(KeyPress { code, ctrl, .. }) => {
                self.keys += 1;
                match code {
                    KeyCode::Char('q') => return vec![Cmd::Quit],
                    KeyCode::Char('z') if ctrl => return vec![Cmd::Suspend],
                    KeyCode::Char('y') => return vec![Cmd::Copy("evil\u{1b}]52;c;eA==\u{7}".into())],
                    KeyCode::Char('p') => panic!("provoked by \u{1b}[31mred"),
                    KeyCode::Char('t') => {
                        drop(std::thread::Builder::new().name("worker".into()).spawn(|| panic!("elsewhere")))
                    }
                    KeyCode::Char('s') => {
                        std::io::stdout().write_all(b"it hangs").unwrap();
                        std::io::stdout().flush().unwrap();
                        std::thread::sleep(Duration::from_secs(3600));
                    }
                    code => self.line = format!("{code:?}"),
                }
            }
            Msg::Resize { columns, rows } => self.size = (columns, rows),
            Msg::Paste(text) | Msg::Notice(text) => self.line = text,
            _ => {}
        }
        Vec::new()
    }

    fn needs_draw(&self) -> bool {
        self.dirty
    }

    fn is_busy(&self) -> bool {
        false
    }

    fn awaits(&self) -> bool {
        false
    }

    fn turns(&self) -> Option<DateTime<Utc>> {
        None
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        self.dirty = false;
        let (columns, rows) = self.size;
        frame.render_widget(format!("keys {} size {columns}x{rows} {}", self.keys, self.line), frame.area());
    }
}

struct Nobody;

impl Host for Nobody {
    fn perform(&mut self, _: Cmd) {}
}

#[test]
#[ignore = "run by the tests below inside a pseudo-terminal"]
fn child() {
    let Some(notes) = std::env::var_os("WATCHFLOOR_TEST_CHILD").map(PathBuf::from) else { return };
    let (says, messages) = bounded(64);
    let mut session = Session::open(says).unwrap();
    let mut terminal = session.terminal().unwrap();
    let control = session.control();
    let ended =
        EventLoop { messages: &messages, control: &control, device: &mut session, host: &mut Nobody, clock: &Utc::now }
            .run(&mut terminal, &mut Counter::default())
            .unwrap();
    drop(session);
    if notes.is_dir() {
        std::fs::write(notes.join("ended"), format!("{ended:?}")).unwrap();
        return;
    }
    println!("ended: {ended:?}");
    assert_ne!(ended, Ended::Panicked);
}

fn this_binary() -> CommandBuilder {
    let mut program = CommandBuilder::new(std::env::current_exe().unwrap());
    program.args(["--exact", "term::child", "--ignored", "--nocapture"]);
    program.env("WATCHFLOOR_TEST_CHILD", "1");
    program.env("RUST_BACKTRACE", "0");
    program
}

/// A running console and the modes the terminal had before it.
fn started() -> (Pty, String) {
    let pty = Pty::spawn(CommandBuilder::new("true"), 80, 24);
    let before = pty.modes();
    let pty = Pty::spawn(this_binary(), 80, 24);
    pty.wait_for("keys 0 size 80x24");
    assert_ne!(pty.modes(), before, "raw mode");
    assert!(pty.seen().screen.screen().alternate_screen());
    assert!(pty.seen().screen.screen().hide_cursor());
    (pty, before)
}

/// What a terminal emulator or an SSH server is to a console: it has the other end, and it can die.
#[test]
#[ignore = "run by the test below"]
fn emulator() {
    let Some(notes) = std::env::var_os("WATCHFLOOR_TEST_EMULATOR") else { return };
    let mut program = CommandBuilder::new("sh");
    program.args(["-c", &std::env::var("WATCHFLOOR_TEST_COMMAND").unwrap(), "sh"]);
    let console = this_binary();
    program.args(console.get_argv());
    program.env("WATCHFLOOR_TEST_CHILD", &notes);
    let mut pty = Pty::spawn(program, 80, 24);
    pty.wait_for("keys 0");
    // Half an escape sequence: the key reader is in the middle of reading.
    pty.type_keys("j\u{1b}[");
    pty.wait_for("keys 1");
    std::fs::write(PathBuf::from(&notes).join("ready"), "").unwrap();
    pty.wait_for("that never comes");
}

#[test]
fn a_terminal_that_is_gone_ends_it() {
    // In a session of its own it gets no SIGHUP: there the watchdog alone can tell.
    for (command, ends) in [("exec \"$@\"", ["Signal(1)", "TerminalGone"]), ("setsid -w \"$@\"", ["TerminalGone"; 2])] {
        let notes = tempfile::tempdir().unwrap();
        let mut emulator = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "term::emulator", "--ignored"])
            .env("WATCHFLOOR_TEST_EMULATOR", notes.path())
            .env("WATCHFLOOR_TEST_COMMAND", command)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let appears = |name: &str| {
            let deadline = Instant::now() + Duration::from_secs(30);
            while !notes.path().join(name).exists() {
                assert!(Instant::now() < deadline, "{command}: no {name}");
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        appears("ready");
        emulator.kill().unwrap();
        emulator.wait().unwrap();
        appears("ended");
        let mut ended = String::new();
        while ended.is_empty() {
            ended = std::fs::read_to_string(notes.path().join("ended")).unwrap();
        }
        assert!(ends.contains(&ended.as_str()), "{command}: {ended}");
    }
}

#[test]
fn leaving_gives_the_terminal_back() {
    let (mut pty, before) = started();
    pty.type_keys("jjq");
    assert!(pty.wait_for_end().success());
    pty.assert_given_back(&before);
    assert!(pty.text().contains("ended: ByUser"), "{}", pty.text());
}

#[test]
fn a_signal_gives_the_terminal_back() {
    for (signal, number) in
        [(Signal::TERM, 15), (Signal::INT, 2), (Signal::HUP, 1), (Signal::QUIT, 3), (Signal::ABORT, 6)]
    {
        let (mut pty, before) = started();
        pty.signal(signal);
        assert!(pty.wait_for_end().success());
        pty.assert_given_back(&before);
        assert!(pty.text().contains(&format!("ended: Signal({number})")), "{}", pty.text());
    }
}

#[test]
fn a_second_signal_ends_a_console_that_hangs() {
    let (mut pty, before) = started();
    pty.type_keys("s");
    pty.wait_for("it hangs");
    pty.signal(Signal::TERM);
    pty.signal(Signal::INT);
    assert!(pty.wait_for_end().signal().is_some());
    assert_eq!(pty.modes(), before);
}

#[test]
fn a_panic_gives_the_terminal_back_then_speaks_and_fails() {
    for (key, said) in [("p", "provoked by \\x1b[31mred"), ("t", "in thread worker")] {
        let (mut pty, before) = started();
        pty.type_keys(key);
        assert!(!pty.wait_for_end().success());
        pty.assert_given_back(&before);
        let text = pty.text().replace('\n', "");
        assert!(text.contains("watchfloor: internal error") && text.contains(said), "{text}");
        let bytes = &pty.seen().bytes;
        let left = bytes.windows(8).position(|w| w == b"\x1b[?1049l").expect("left the alternate screen");
        let spoke = bytes.windows(14).position(|w| w == b"internal error").unwrap();
        assert!(left < spoke, "the message would be lost with the alternate screen");
    }
}

#[test]
fn a_stop_gives_the_terminal_to_the_shell_and_continuing_draws_anew() {
    for how in ["key", "signal"] {
        let mut shell = CommandBuilder::new("sh");
        shell.args(["-i"]);
        shell.env("PS1", "shell> ");
        shell.env("ENV", "");
        for (name, value) in this_binary().iter_full_env_as_str() {
            shell.env(name, value);
        }
        let mut pty = Pty::spawn(shell, 80, 24);
        pty.wait_for("shell> ");
        let at_prompt = |pty: &mut Pty| {
            pty.type_keys("stty -a; printf 'do%s\\n' ne\n");
            pty.wait_for("done");
            let text = pty.text();
            pty.type_keys("clear\n");
            pty.wait("a clear screen", |seen| (!seen.screen.screen().contents().contains("done")).then_some(()));
            text[text.find("speed").unwrap()..text.find("done").unwrap()].to_owned()
        };
        let before = at_prompt(&mut pty);
        let program = this_binary();
        let words: Vec<&str> = program.get_argv().iter().map(|w| w.to_str().unwrap()).collect();
        pty.type_keys(&format!("{}\n", words.join(" ")));
        pty.wait_for("keys 0 size 80x24");
        pty.type_keys("j");
        pty.wait_for("keys 1");
        if how == "key" {
            pty.type_keys("\u{1a}");
        } else {
            let group = pty.foreground_group();
            rustix::process::kill_process(group, Signal::TSTP).unwrap();
        }
        pty.wait("the shell's screen", |seen| {
            let screen = seen.screen.screen();
            (!screen.alternate_screen() && screen.contents().trim_end().ends_with("shell>")).then_some(())
        });
        assert!(!pty.seen().screen.screen().hide_cursor());
        pty.type_keys("clear\n");
        assert_eq!(at_prompt(&mut pty), before, "stopped by {how}");
        pty.resize(100, 30);
        pty.type_keys("fg\n");
        pty.wait_for(if how == "key" { "keys 2 size 100x30" } else { "keys 1 size 100x30" });
        assert!(pty.seen().screen.screen().alternate_screen());
        pty.type_keys("q");
        pty.wait_for("ended: ByUser");
        assert!(!pty.seen().screen.screen().alternate_screen());
    }
}

#[test]
fn with_no_shell_behind_it_a_stop_is_refused() {
    let (mut pty, _) = started();
    pty.type_keys("\u{1a}");
    pty.wait_for("Not stopped");
    pty.type_keys("j");
    pty.wait_for("keys 2");
}

#[test]
fn sizes_follow_while_it_runs() {
    let (mut pty, _) = started();
    for (columns, rows) in [(1, 1), (300, 100), (2, 50), (80, 1), (132, 43)] {
        pty.resize(columns, rows);
        if columns >= 80 {
            pty.wait_for(&format!("size {columns}x{rows}"));
        }
    }
    pty.type_keys("j");
    pty.wait_for("keys 1 size 132x43");
}

#[test]
fn pastes_arrive_whole_and_copies_leave_written_out() {
    let (mut pty, _) = started();
    pty.type_keys("\u{1b}[200~two\nlines q\u{1b}[201~");
    pty.wait_for("lines q");
    pty.type_keys("y");
    pty.wait_for("Copied: evil\\x1b]52;c;eA==\\x07; control");
    let bytes = pty.seen().bytes.clone();
    let sent = String::from_utf8(bytes).unwrap();
    assert_eq!(sent.matches("\u{1b}]52;c;").count(), 1);
    assert!(sent.contains("\u{1b}]52;c;ZXZpbFx4MWJdNTI7YztlQT09XHgwNw==\u{7}"), "the escaped text, in base64");
}

#[test]
fn inside_tmux_as_it_comes_copies_reach_the_clipboard() {
    if std::process::Command::new("tmux").arg("-V").output().is_err() {
        println!("skipped: there is no tmux");
        return;
    }
    let socket = tempfile::tempdir().unwrap();
    let mut tmux = CommandBuilder::new("tmux");
    tmux.args(["-S", socket.path().join("tmux").to_str().unwrap(), "-f", "/dev/null", "new-session", "--"]);
    let console = this_binary();
    tmux.args(console.get_argv());
    for (name, value) in console.iter_full_env_as_str() {
        tmux.env(name, value);
    }
    let mut pty = Pty::spawn(tmux, 80, 24);
    pty.wait_for("keys 0 size 80x23");
    pty.type_keys("y");
    pty.wait_for("Copied through tmux");
    pty.wait("the clipboard's text", |seen| {
        let bytes = String::from_utf8_lossy(&seen.bytes);
        bytes.contains("]52;;ZXZpbFx4MWJdNTI7YztlQT09XHgwNw==").then_some(())
    });
    pty.type_keys("q");
    pty.wait_for_end();
}

#[test]
fn every_frame_is_one_synchronized_update_and_idle_is_silent() {
    let (mut pty, _) = started();
    pty.type_keys("j");
    pty.wait_for("keys 1");
    let before = pty.seen().bytes.len();
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(pty.seen().bytes.len(), before, "an idle console writes nothing");
    let bytes = String::from_utf8(pty.seen().bytes.clone()).unwrap();
    assert_eq!(bytes.matches("\u{1b}[?2026h").count(), 2);
    assert_eq!(bytes.matches("\u{1b}[?2026l").count(), 2);
}
