use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeZone as _;
use crossbeam_channel::{Sender, unbounded};
use ratatui::backend::TestBackend;
use ratatui::style::Style;

use super::*;
use crate::app::{KeyCode, KeyPress};
use crate::engine::Request;

/// A console whose picture is the last it was told, before an edge; single letters are commands.
#[derive(Default)]
struct Log {
    told: Vec<String>,
    dirty: bool,
    frames: Arc<AtomicUsize>,
}

impl Console for Log {
    fn update(&mut self, msg: Msg) -> Vec<Cmd> {
        let (line, cmds) = match msg {
            Msg::Now(_) => ("now".to_owned(), Vec::new()),
            Msg::Key(KeyPress { code: KeyCode::Char(c), .. }) => (
                format!("key {c}"),
                match c {
                    'q' => vec![Cmd::Quit],
                    'z' => vec![Cmd::Suspend],
                    'l' => vec![Cmd::Redraw],
                    'b' => vec![Cmd::Bell, Cmd::Bell],
                    'y' => vec![Cmd::Copy("arn".into())],
                    'm' => vec![Cmd::Ask(Request::StopExploring)],
                    _ => Vec::new(),
                },
            ),
            Msg::Resize { columns, rows } => (format!("{columns}x{rows}"), Vec::new()),
            Msg::Notice(text) => (text, Vec::new()),
            Msg::GoOn => {
                (format!("goes on {}", self.told.iter().filter(|l| l.starts_with("goes")).count() + 1), Vec::new())
            }
            other => panic!("not sent here: {other:?}"),
        };
        self.dirty |= line != "now" || self.turns().is_some();
        self.told.push(line);
        cmds
    }

    fn needs_draw(&self) -> bool {
        self.dirty
    }

    fn is_busy(&self) -> bool {
        self.told.last().is_some_and(|line| line == "key w" || line == "goes on 1")
    }

    fn awaits(&self) -> bool {
        self.told.last().is_some_and(|line| line == "key d")
    }

    fn turns(&self) -> Option<DateTime<Utc>> {
        self.told.last().is_some_and(|line| line == "key t").then_some(DateTime::UNIX_EPOCH)
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        self.dirty = false;
        self.frames.fetch_add(1, Ordering::SeqCst);
        frame.render_widget(self.told.last().cloned().unwrap_or_default(), frame.area());
        frame.buffer_mut().set_string(39, 0, "|", Style::new());
    }
}

/// Writes down what it was asked.
struct Recorder {
    did: Vec<String>,
    suspended: SuspendOutcome,
}

impl Device for Recorder {
    fn suspend(&mut self, source: SuspendSource) -> io::Result<SuspendOutcome> {
        self.did.push(format!("suspend {source:?}"));
        Ok(self.suspended)
    }

    fn reclaim(&mut self) -> io::Result<()> {
        self.did.push("reclaim".into());
        Ok(())
    }

    fn bell(&mut self) -> io::Result<()> {
        self.did.push("bell".into());
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<String> {
        self.did.push(format!("copy {text}"));
        Ok(format!("copied {text}"))
    }
}

#[derive(Default)]
struct Asks(Vec<Cmd>);

impl Host for Asks {
    fn perform(&mut self, cmd: Cmd) {
        self.0.push(cmd);
    }
}

struct Ran {
    ended: Ended,
    told: Vec<String>,
    did: Vec<String>,
    asked: Vec<Cmd>,
    frames: usize,
    first_row: String,
}

fn typed(c: char) -> Msg {
    Msg::Key(KeyPress { code: KeyCode::Char(c), ctrl: false, alt: false })
}

/// Runs the loop while `script` speaks to it from another thread, which also sees how many frames were drawn. Somebody could
/// always say more.
fn run(suspended: SuspendOutcome, script: impl FnOnce(&Sender<Msg>, &Sender<Control>, &AtomicUsize) + Send) -> Ran {
    let (says, messages) = unbounded();
    let (asks, control) = unbounded();
    let frames = Arc::new(AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| script(&says, &asks, &frames));
        run_on(suspended, &messages, &control, Arc::clone(&frames))
    })
}

fn run_on(
    suspended: SuspendOutcome,
    messages: &Receiver<Msg>,
    control: &Receiver<Control>,
    frames: Arc<AtomicUsize>,
) -> Ran {
    let mut console = Log { frames, ..Log::default() };
    let mut device = Recorder { did: Vec::new(), suspended };
    let mut host = Asks::default();
    let mut terminal = Terminal::new(TestBackend::new(40, 3)).unwrap();
    let clock = || Utc.timestamp_opt(1_764_000_000, 0).unwrap();
    let mut lp = EventLoop { messages, control, device: &mut device, host: &mut host, clock: &clock };
    let ended = lp.run(&mut terminal, &mut console).unwrap();
    let frames = console.frames.load(Ordering::SeqCst);
    let first_row = (0..40).map(|x| terminal.backend().buffer()[(x, 0)].symbol()).collect();
    Ran { ended, told: console.told, did: device.did, asked: host.0, frames, first_row }
}

/// Runs the loop with `keys` waiting for it as one batch, and nobody to say more.
fn run_keys(suspended: SuspendOutcome, keys: &'static str) -> Ran {
    let (says, messages) = unbounded();
    let (_asks, control) = unbounded();
    for c in keys.chars() {
        says.send(typed(c)).unwrap();
    }
    drop(says);
    run_on(suspended, &messages, &control, Arc::default())
}

fn wait_for_frames(seen: &AtomicUsize, n: usize) {
    while seen.load(Ordering::SeqCst) < n {
        std::thread::yield_now();
    }
}

#[test]
fn the_first_frame_needs_no_message_and_knows_time_and_size() {
    let ran = run(SuspendOutcome::Continued, |says, _asks, seen| {
        wait_for_frames(seen, 1);
        says.send(typed('q')).unwrap();
    });
    assert_eq!(ran.ended, Ended::ByUser);
    assert_eq!(ran.told, ["now", "40x3", "now", "key q"]);
    assert_eq!(ran.frames, 1, "leaving draws nothing");
}

#[test]
fn what_waits_is_drained_into_one_frame_and_the_time_is_told_once() {
    let ran = run(SuspendOutcome::Continued, |says, asks, seen| {
        wait_for_frames(seen, 1);
        for n in 0..200 {
            says.send(Msg::Notice(format!("line {n}"))).unwrap();
        }
        wait_for_frames(seen, 2);
        asks.send(Control::Quit(Ended::Signal(15))).unwrap();
    });
    assert_eq!(ran.ended, Ended::Signal(15));
    assert_eq!(ran.told.iter().filter(|t| t.starts_with("line")).count(), 200);
    assert!(ran.frames < 20, "{} frames for 200 messages", ran.frames);
    let first_line = ran.told.iter().position(|t| t == "line 0").unwrap();
    assert_eq!(ran.told[first_line - 1], "now");
}

#[test]
fn what_is_drawn_over_half_a_character_is_drawn() {
    let ran = run(SuspendOutcome::Continued, |says, asks, seen| {
        wait_for_frames(seen, 1);
        says.send(Msg::Notice(format!("{:38}日", "wide"))).unwrap();
        wait_for_frames(seen, 2);
        asks.send(Control::Quit(Ended::TerminalGone)).unwrap();
    });
    assert_eq!(ran.first_row, format!("{:39}|", "wide"));
}

#[test]
fn an_unchanged_console_is_not_drawn() {
    let ran = run(SuspendOutcome::Continued, |says, asks, seen| {
        wait_for_frames(seen, 1);
        for _ in 0..50 {
            says.send(Msg::Now(DateTime::UNIX_EPOCH)).unwrap();
        }
        says.send(typed('x')).unwrap();
        wait_for_frames(seen, 2);
        asks.send(Control::Quit(Ended::TerminalGone)).unwrap();
    });
    assert_eq!((ran.ended, ran.frames), (Ended::TerminalGone, 2));
}

#[test]
fn the_time_is_told_when_it_turns_though_nothing_else_comes() {
    let ran = run(SuspendOutcome::Continued, |says, asks, seen| {
        wait_for_frames(seen, 1);
        says.send(typed('t')).unwrap();
        wait_for_frames(seen, 3);
        asks.send(Control::Quit(Ended::TerminalGone)).unwrap();
    });
    assert_eq!(ran.told, ["now", "40x3", "now", "key t", "now"]);
}

#[test]
fn leaving_does_not_wait_behind_messages() {
    let (says, messages) = unbounded();
    let (asks, control) = unbounded();
    for n in 0..1000 {
        says.send(Msg::Notice(format!("{n}"))).unwrap();
    }
    asks.send(Control::Quit(Ended::Panicked)).unwrap();
    let ran = run_on(SuspendOutcome::Continued, &messages, &control, Arc::default());
    assert_eq!((ran.ended, ran.told), (Ended::Panicked, vec!["now".to_owned(), "40x3".to_owned()]));
}

#[test]
fn the_terminals_own_commands_stay_here_and_the_rest_goes_to_the_host() {
    let ran = run_keys(SuspendOutcome::Continued, "byml");
    assert_eq!(ran.did, ["copy arn", "bell"].map(str::to_owned), "one bell a batch, after the batch");
    assert_eq!(ran.asked, [Cmd::Ask(Request::StopExploring)]);
    assert!(ran.told.contains(&"copied arn".to_owned()));
}

#[test]
fn after_a_stop_or_a_change_of_size_everything_is_drawn_anew() {
    let ran = run_keys(SuspendOutcome::Continued, "zq");
    assert_eq!(ran.did, ["suspend Key"]);
    let ran = run(SuspendOutcome::Continued, |says, asks, seen| {
        wait_for_frames(seen, 1);
        asks.send(Control::Suspend).unwrap();
        wait_for_frames(seen, 2);
        asks.send(Control::Continued).unwrap();
        wait_for_frames(seen, 3);
        asks.send(Control::Resized).unwrap();
        wait_for_frames(seen, 4);
        says.send(typed('q')).unwrap();
    });
    assert_eq!(ran.did, ["suspend Signal", "reclaim"]);
    assert_eq!(ran.told, ["now", "40x3", "now", "key q"]);
}

#[test]
fn a_stop_that_cannot_be_says_so_and_one_that_ends_ends() {
    let ran = run_keys(SuspendOutcome::Refused, "zq");
    assert!(ran.told.iter().any(|t| t.starts_with("Not stopped")));
    assert_eq!(run_keys(SuspendOutcome::Quit(Ended::Signal(1)), "z").ended, Ended::Signal(1));
}

#[test]
fn a_loop_that_nobody_can_speak_to_ends() {
    let ((_, messages), (_, control)) = (unbounded(), unbounded());
    assert_eq!(run_on(SuspendOutcome::Continued, &messages, &control, Arc::default()).ended, Ended::TerminalGone);
}

struct Gone;

impl Device for Gone {
    fn suspend(&mut self, _: SuspendSource) -> io::Result<SuspendOutcome> {
        Err(rustix::io::Errno::IO.into())
    }

    fn reclaim(&mut self) -> io::Result<()> {
        Err(rustix::io::Errno::IO.into())
    }

    fn bell(&mut self) -> io::Result<()> {
        Err(rustix::io::Errno::NOSPC.into())
    }

    fn copy(&mut self, _: &str) -> io::Result<String> {
        Err(rustix::io::Errno::IO.into())
    }
}

#[test]
fn a_terminal_that_is_gone_in_the_middle_of_something_is_an_end_and_another_failure_is_not() {
    let end = |order: Control, key: Option<char>| {
        let (says, messages) = unbounded();
        let (asks, control) = unbounded();
        match key {
            Some(key) => says.send(typed(key)).unwrap(),
            None => asks.send(order).unwrap(),
        }
        let mut terminal = Terminal::new(TestBackend::new(40, 3)).unwrap();
        let clock = || Utc.timestamp_opt(1_764_000_000, 0).unwrap();
        let (mut device, mut host, mut console) = (Gone, Asks::default(), Log::default());
        EventLoop { messages: &messages, control: &control, device: &mut device, host: &mut host, clock: &clock }
            .run(&mut terminal, &mut console)
    };
    assert_eq!(end(Control::Continued, None).unwrap(), Ended::TerminalGone);
    assert_eq!(end(Control::Suspend, None).unwrap(), Ended::TerminalGone);
    assert_eq!(end(Control::Resized, Some('y')).unwrap(), Ended::TerminalGone);
    assert!(matches!(end(Control::Resized, Some('b')), Err(RunError::Device(_))));
}

#[test]
fn what_is_put_off_is_gone_on_with_when_nothing_else_is_to_be_done() {
    let ran = run(SuspendOutcome::Continued, |says, _asks, seen| {
        wait_for_frames(seen, 1);
        says.send(typed('w')).unwrap();
        wait_for_frames(seen, 3);
        says.send(typed('q')).unwrap();
    });
    let at = ran.told.iter().position(|line| line == "key w").unwrap();
    assert_eq!(ran.told[at..at + 3], ["key w", "goes on 1", "goes on 2"]);
    assert_eq!(ran.frames, 3, "the key is drawn at once, and then what came of it");
}

#[test]
fn an_answer_that_does_not_come_holds_no_frame_up() {
    let ran = run(SuspendOutcome::Continued, |says, _asks, seen| {
        wait_for_frames(seen, 1);
        says.send(typed('d')).unwrap();
        wait_for_frames(seen, 2);
        says.send(typed('q')).unwrap();
    });
    assert_eq!(ran.frames, 2, "drawn although nobody answered");
}
