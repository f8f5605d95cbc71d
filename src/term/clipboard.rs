//! The clipboard, through the terminal (OSC 52): it works over SSH. tmux by default lets no program but itself reach
//! the terminal's clipboard, so inside tmux it is asked to, and gets the sequence only if it will not.
//!
//! What may be pasted into a shell must not hold what a log put there to be run: every control character is written out
//! as on the screen. Line breaks alone are kept; the console sets them between lines of its own and writes out those of
//! a log. Whether a terminal obeys cannot be known; the notice says what was sent.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::text::{fit_middle, visible};

/// The longest text that is copied, in bytes: terminals commonly accept sequences of 100,000 bytes, which is what this
/// many become in base64 with the sequence's own eight.
pub const MAX_COPY: usize = 74_994;

/// GNU screen drops longer pass-through strings.
const SCREEN_CHUNK: usize = 240;

/// What stands between this program and the terminal that has the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clipboard {
    /// Nothing.
    Direct,
    /// tmux, on this machine.
    Tmux,
    /// tmux, on the machine that the connection comes from: it takes the sequence itself (`set-clipboard on`) or passes
    /// it on (`allow-passthrough on`); both are tried.
    FarTmux,
    /// GNU screen: it passes strings on in small pieces.
    Screen,
}

/// A text on its way to the clipboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clip {
    /// The text; empty when it is refused.
    pub text: String,
    /// What to write to the terminal; empty when the text is refused.
    pub sequence: Vec<u8>,
    /// The line that tells the analyst.
    pub notice: String,
}

impl Clipboard {
    /// Finds out from the environment; `var` looks a variable up.
    #[must_use]
    pub fn detect(var: impl Fn(&str) -> Option<String>) -> Clipboard {
        let set = |name| var(name).is_some_and(|v| !v.is_empty());
        if set("TMUX") {
            Clipboard::Tmux
        } else if set("STY") {
            Clipboard::Screen
        } else if var("TERM").is_some_and(|term| term.starts_with("tmux")) {
            Clipboard::FarTmux
        } else {
            Clipboard::Direct
        }
    }

    /// Prepares `text`, unless it is too long.
    #[must_use]
    pub fn clip(self, text: &str) -> Clip {
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
            Clipboard::Tmux | Clipboard::FarTmux => " through tmux",
            Clipboard::Screen => " through screen",
        };
        let notice = format!("Copied{through}: {}{written_out}", fit_middle(&visible(&shown), 48, "~"));
        Clip { sequence: self.sequence(&shown), text: shown, notice }
    }

    fn sequence(self, text: &str) -> Vec<u8> {
        let osc = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
        match self {
            Clipboard::Direct => osc.into_bytes(),
            Clipboard::Tmux | Clipboard::FarTmux => {
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

/// Asks the tmux around this program to put `text` on the clipboard; whether it did.
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
        assert_eq!(detected(&[("TERM", "tmux-256color")]), Clipboard::FarTmux);
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
