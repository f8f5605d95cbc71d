//! A pseudo-terminal with a screen that can be read: what a person at a terminal does and sees.

use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// Nothing here takes this long; a test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program in a pseudo-terminal.
pub(crate) struct Pty {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn std::io::Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    /// Set when nobody is to read any more, and who reads.
    deaf: Arc<AtomicBool>,
    reader: Option<thread::JoinHandle<()>>,
}

/// What has come out of it.
pub(crate) struct Seen {
    /// The screen as a terminal would show it.
    pub(crate) screen: vt100::Parser,
    /// All bytes.
    pub(crate) bytes: Vec<u8>,
    ended: bool,
}

impl Pty {
    /// Starts `program` in a terminal of this size.
    pub(crate) fn spawn(mut program: CommandBuilder, columns: u16, rows: u16) -> Pty {
        for name in ["TMUX", "STY", "NO_COLOR", "COLORTERM", "LC_ALL", "LC_CTYPE"] {
            program.env_remove(name);
        }
        program.env("TERM", "xterm-256color");
        program.env("LANG", "C.UTF-8");
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let child = pair.slave.spawn_command(program).unwrap();
        let seen =
            Seen { screen: vt100::Parser::new(positive(rows), positive(columns), 0), bytes: Vec::new(), ended: false };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let mut output = pair.master.try_clone_reader().unwrap();
        let shared = Arc::clone(&seen);
        let deaf = Arc::new(AtomicBool::new(false));
        let closed = Arc::clone(&deaf);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 1 << 16];
            loop {
                let n = output.read(&mut buffer).unwrap_or(0);
                let mut seen = shared.0.lock().unwrap();
                seen.screen.process(&buffer[..n]);
                seen.bytes.extend_from_slice(&buffer[..n]);
                seen.ended = n == 0;
                shared.1.notify_all();
                if n == 0 || closed.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        Pty { keyboard, master: pair.master, child, seen, deaf, reader: Some(reader) }
    }

    /// Closes the terminal under the program, as a window that is closed or a connection that drops.
    pub(crate) fn hang_up(&mut self) -> ExitStatus {
        self.deaf.store(true, Ordering::SeqCst);
        // The reader looks up when something is drawn.
        self.type_keys("\x0c");
        self.reader.take().unwrap().join().unwrap();
        let other = native_pty_system().openpty(size(80, 24)).unwrap();
        self.keyboard = other.master.take_writer().unwrap();
        self.master = other.master;
        self.wait_for_exit()
    }

    /// Waits until the program has ended.
    pub(crate) fn wait_for_exit(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end; the screen shows:\n{}", self.text());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends the program as nothing can prepare for.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Types `keys`.
    pub(crate) fn type_keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until `yes` of what was seen, and returns its answer; panics with the screen when it does not come.
    pub(crate) fn wait<T>(&self, what: &str, mut yes: impl FnMut(&Seen) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.seen();
        loop {
            if let Some(answer) = yes(&seen) {
                return answer;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited in vain for {what}; the screen shows:\n{}",
                seen.screen.screen().contents()
            );
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits until the screen holds `text`.
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait(text, |seen| seen.screen.screen().contents().contains(text).then_some(()));
    }

    /// The screen's text.
    pub(crate) fn text(&self) -> String {
        self.seen().screen.screen().contents()
    }

    /// What was seen so far.
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.0.lock().unwrap()
    }

    /// Changes the size of the terminal.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        self.seen().screen.screen_mut().set_size(positive(rows), positive(columns));
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// The terminal's modes, to be compared.
    pub(crate) fn modes(&self) -> String {
        format!("{:?}", self.master.get_termios().unwrap())
    }

    /// Sends the program a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.process_id().unwrap()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// The group of processes that has the terminal, as a shell sets it for its job.
    pub(crate) fn foreground_group(&self) -> Pid {
        Pid::from_raw(self.master.process_group_leader().unwrap()).unwrap()
    }

    /// Waits until the program has ended and all that it wrote was seen.
    pub(crate) fn wait_for_end(&mut self) -> ExitStatus {
        let status = self.wait_for_exit();
        self.wait("the end of its output", |seen| seen.ended.then_some(()));
        status
    }

    /// Asserts that the terminal is as a shell needs it: the first screen, the cursor shown, no paste brackets, and
    /// the modes it had.
    pub(crate) fn assert_given_back(&self, modes_before: &str) {
        let seen = self.seen();
        let screen = seen.screen.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "pastes are still bracketed");
        drop(seen);
        assert_eq!(self.modes(), modes_before);
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn positive(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

/// What in `bytes` is neither text nor one of the few sequences that drawing needs: each occurrence, written out.
pub(crate) fn strange(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let text = std::str::from_utf8(bytes).expect("a terminal in UTF-8 gets UTF-8");
    let mut rest = text;
    // Rows are moved down from where the cursor was placed, and nowhere else.
    let mut placed = false;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("\u{1b}M").filter(|_| placed) {
            rest = after;
            continue;
        }
        let sequence = if c == '\u{1b}' { csi(rest) } else { None };
        placed = sequence.is_some_and(|sequence| sequence.ends_with('H'));
        if let Some(sequence) = sequence {
            let plain = matches!(sequence.as_bytes().last(), Some(b'C' | b'G' | b'H' | b'J' | b'K' | b'm' | b'r'));
            let modes = ["?25", "?1049", "?2004", "?2026"];
            let mode = modes.iter().any(|m| sequence[2..].strip_prefix(m).is_some_and(|end| end == "h" || end == "l"));
            if !plain && !mode {
                found.push(sequence.escape_debug().to_string());
            }
            rest = &rest[sequence.len()..];
            continue;
        }
        let steers = (c.is_control() && c != '\r' && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if steers {
            found.push(c.escape_debug().to_string());
        }
        rest = &rest[c.len_utf8()..];
    }
    found
}

/// The CSI sequence that `text` begins with.
fn csi(text: &str) -> Option<&str> {
    let body = text.strip_prefix("\u{1b}[")?;
    let end = body.find(|c: char| !matches!(c, '\u{20}'..='\u{3f}'))?;
    text.get(..2 + end + 1)
}

#[test]
fn strange_bytes_are_found() {
    assert!(strange("\u{1b}[1;2H\u{1b}[0mtext ✓\u{1b}[?2026l".as_bytes()).is_empty());
    assert!(strange(b"\x1b[2;5r\x1b[2H\x1bM\x1bM\x1b[r").is_empty(), "rows that move");
    for bad in [
        "\u{1b}M",
        "\u{1b}[2Ha\u{1b}M",
        "\u{1b}]52;c;eA==\u{7}",
        "\u{7}",
        "\u{9b}2J",
        "\u{202e}",
        "\u{1b}[5n",
        "\u{1b}[?1000h",
        "\u{1b}c",
    ] {
        assert!(!strange(bad.as_bytes()).is_empty(), "{bad:?}");
    }
}
