//! The clipboard, by OSC 52 through the terminal, because that works over SSH. tmux lets no other program reach the
//! terminal's clipboard by default, so it is asked to copy, and gets the sequence only if it refuses.
//!
//! A copy may be pasted into a shell, so every control character that a log put there is written out, as on the screen.
//! Only the line breaks that the console itself set stay. No terminal says whether it obeyed; the notice says what was
//! sent.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::text::{fit_middle, visible};

/// Bytes that can be copied: in base64, with the eight of the sequence, they are the 100,000 that terminals commonly accept.
const MAX_COPY: usize = 74_994;

/// GNU screen drops longer pass-through strings.
const SCREEN_CHUNK: usize = 240;

/// What lies between this program and the terminal that has the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clipboard {
    Direct,
    /// On this machine.
    Tmux,
    /// On the machine that the connection comes from. It takes the sequence itself (`set-clipboard on`) or passes it on
    /// (`allow-passthrough on`); both are tried.
    RemoteTmux,
    Screen,
}

/// A text on its way to the clipboard; where it is refused, there is only the notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clip {
    pub(super) text: String,
    /// What the terminal is sent.
    pub(super) sequence: Vec<u8>,
    pub(super) notice: String,
}

impl Clipboard {
    /// `var` looks up an environment variable.
    #[must_use]
    pub fn detect(var: impl Fn(&str) -> Option<String>) -> Clipboard {
        let set = |name| var(name).is_some_and(|v| !v.is_empty());
        if set("TMUX") {
            Clipboard::Tmux
        } else if set("STY") {
            Clipboard::Screen
        } else if var("TERM").is_some_and(|term| term.starts_with("tmux")) {
            Clipboard::RemoteTmux
        } else {
            Clipboard::Direct
        }
    }

    /// Refuses what is too long.
    pub(super) fn clip(self, text: &str) -> Clip {
        let refused = |notice: String| Clip { text: String::new(), sequence: Vec::new(), notice };
        let shown = text.split('\n').map(visible).collect::<Vec<_>>().join("\n");
        if shown.is_empty() {
            return refused("Nothing to copy.".to_owned());
        }
        if shown.len() > MAX_COPY {
            let bytes = shown.len();
            return refused(format!(
                "Not copied: {bytes} bytes, and terminals take {MAX_COPY} at most. Select a smaller part."
            ));
        }
        let written_out = if shown == text { "" } else { "; control characters are written out" };
        let through = match self {
            Clipboard::Direct => "",
            Clipboard::Tmux | Clipboard::RemoteTmux => " through tmux",
            Clipboard::Screen => " through screen",
        };
        let notice = format!("Copied{through}: {}{written_out}", fit_middle(&visible(&shown), 48, "~"));
        Clip { sequence: self.sequence(&shown), text: shown, notice }
    }

    fn sequence(self, text: &str) -> Vec<u8> {
        let osc = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
        match self {
            Clipboard::Direct => osc.into_bytes(),
            Clipboard::Tmux | Clipboard::RemoteTmux => {
                format!("{osc}\x1bPtmux;{}\x1b\\", osc.replace('\x1b', "\x1b\x1b")).into_bytes()
            }
            Clipboard::Screen => osc
                .as_bytes()
                .chunks(SCREEN_CHUNK)
                .flat_map(|piece| [b"\x1bP".as_slice(), piece, b"\x1b\\".as_slice()].concat())
                .collect(),
        }
    }
}

/// Asks the tmux around this program to copy `text`; returns whether it did.
pub(super) fn ask_tmux(text: &str) -> bool {
    let asked = Command::new("tmux")
        .args(["load-buffer", "-w", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut tmux) = asked else { return false };
    let told = tmux.stdin.take().is_some_and(|mut stdin| stdin.write_all(text.as_bytes()).is_ok());
    tmux.wait().is_ok_and(|status| status.success()) && told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(vars: &[(&str, &str)]) -> Clipboard {
        Clipboard::detect(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn the_multiplexer_is_found() {
        assert_eq!(detected(&[]), Clipboard::Direct);
        assert_eq!(detected(&[("TERM", "screen-256color")]), Clipboard::Direct);
        assert_eq!(detected(&[("TMUX", "/tmp/tmux-0/default,1,0"), ("TERM", "screen")]), Clipboard::Tmux);
        assert_eq!(detected(&[("TERM", "tmux-256color")]), Clipboard::RemoteTmux);
        assert_eq!(detected(&[("STY", "1.pts-0.host"), ("TERM", "screen")]), Clipboard::Screen);
    }

    #[test]
    fn each_way_spells_the_same_text() {
        assert_eq!(Clipboard::Direct.clip("arn:aws").sequence, b"\x1b]52;c;YXJuOmF3cw==\x07");
        assert_eq!(
            Clipboard::Tmux.clip("arn:aws").sequence,
            b"\x1b]52;c;YXJuOmF3cw==\x07\x1bPtmux;\x1b\x1b]52;c;YXJuOmF3cw==\x07\x1b\\"
        );
        assert_eq!(Clipboard::Screen.clip("arn:aws").sequence, b"\x1bP\x1b]52;c;YXJuOmF3cw==\x07\x1b\\");
    }

    #[test]
    fn screen_gets_small_pieces_that_add_up() {
        let text = "x".repeat(1000);
        let spelled = String::from_utf8(Clipboard::Screen.clip(&text).sequence).unwrap();
        let pieces: Vec<&str> = spelled.split_terminator("\x1b\\").map(|p| p.strip_prefix("\x1bP").unwrap()).collect();
        assert!(pieces.iter().all(|p| p.len() <= SCREEN_CHUNK) && pieces.len() > 1);
        assert_eq!(pieces.concat().into_bytes(), Clipboard::Direct.clip(&text).sequence);
    }

    #[test]
    fn nothing_that_would_run_reaches_the_clipboard() {
        let clip = Clipboard::Direct.clip("two\nlines\r\u{1b}[201~");
        let spelled = String::from_utf8(clip.sequence).unwrap();
        let payload = spelled.strip_prefix("\x1b]52;c;").unwrap().strip_suffix('\x07').unwrap();
        assert_eq!(STANDARD.decode(payload).unwrap(), b"two\nlines\\r\\x1b[201~");
        assert_eq!(clip.text, "two\nlines\\r\\x1b[201~");
        assert!(clip.notice.contains("control characters are written out"), "{}", clip.notice);
        assert!(!clip.notice.chars().any(char::is_control));
    }

    #[test]
    fn too_much_is_refused_with_the_limit() {
        let longest = Clipboard::Direct.clip(&"x".repeat(MAX_COPY));
        assert_eq!(longest.sequence.len(), 100_000);
        let refused = Clipboard::Direct.clip(&"x".repeat(MAX_COPY + 1));
        assert!(refused.sequence.is_empty() && refused.text.is_empty());
        assert!(refused.notice.contains("74995 bytes") && refused.notice.contains("74994"), "{}", refused.notice);
        assert!(Clipboard::Direct.clip("").sequence.is_empty());
    }
}
