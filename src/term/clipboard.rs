//! The clipboard, through the terminal (OSC 52): it works over SSH and needs no other program.
//!
//! What may be pasted into a shell must not hold what a log put there to be run: every control character, line breaks
//! included, is written out as on the screen. Whether a terminal obeys cannot be known; the notice says what was sent.

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
    /// tmux: it takes the sequence itself (`set-clipboard on`) or passes it on (`allow-passthrough on`); both are tried.
    Tmux,
    /// GNU screen: it passes strings on in small pieces.
    Screen,
}

impl Clipboard {
    /// Finds out from the environment; `var` looks a variable up.
    #[must_use]
    pub fn detect(var: impl Fn(&str) -> Option<String>) -> Clipboard {
        let set = |name| var(name).is_some_and(|v| !v.is_empty());
        let term = var("TERM").unwrap_or_default();
        if set("TMUX") || term.starts_with("tmux") {
            Clipboard::Tmux
        } else if set("STY") {
            Clipboard::Screen
        } else {
            Clipboard::Direct
        }
    }

    /// The bytes that put `text` on the clipboard, and the line that tells the analyst; no bytes when `text` is refused.
    #[must_use]
    pub fn copy(self, text: &str) -> (Vec<u8>, String) {
        let shown = visible(text);
        if shown.is_empty() {
            return (Vec::new(), "Nothing to copy.".to_owned());
        }
        if shown.len() > MAX_COPY {
            let notice = format!(
                "Not copied: {} bytes, and terminals take {MAX_COPY} at most. Select a smaller part.",
                shown.len()
            );
            return (Vec::new(), notice);
        }
        let written_out = if shown == text { "" } else { "; control characters are written out" };
        let through = match self {
            Clipboard::Direct => "",
            Clipboard::Tmux => " through tmux (set-clipboard on)",
            Clipboard::Screen => " through screen",
        };
        let notice = format!("Copied{through}: {}{written_out}", fit_middle(&shown, 48, "~"));
        (self.sequence(&shown), notice)
    }

    fn sequence(self, text: &str) -> Vec<u8> {
        let osc = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
        match self {
            Clipboard::Direct => osc.into_bytes(),
            Clipboard::Tmux => format!("{osc}\x1bPtmux;{}\x1b\\", osc.replace('\x1b', "\x1b\x1b")).into_bytes(),
            Clipboard::Screen => osc
                .as_bytes()
                .chunks(SCREEN_CHUNK)
                .flat_map(|piece| [b"\x1bP".as_slice(), piece, b"\x1b\\".as_slice()].concat())
                .collect(),
        }
    }
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
        assert_eq!(detected(&[("TERM", "tmux-256color")]), Clipboard::Tmux);
        assert_eq!(detected(&[("STY", "1.pts-0.host"), ("TERM", "screen")]), Clipboard::Screen);
    }

    #[test]
    fn each_way_spells_the_same_text() {
        assert_eq!(Clipboard::Direct.copy("arn:aws").0, b"\x1b]52;c;YXJuOmF3cw==\x07");
        assert_eq!(
            Clipboard::Tmux.copy("arn:aws").0,
            b"\x1b]52;c;YXJuOmF3cw==\x07\x1bPtmux;\x1b\x1b]52;c;YXJuOmF3cw==\x07\x1b\\"
        );
        assert_eq!(Clipboard::Screen.copy("arn:aws").0, b"\x1bP\x1b]52;c;YXJuOmF3cw==\x07\x1b\\");
    }

    #[test]
    fn screen_gets_small_pieces_that_add_up() {
        let text = "x".repeat(1000);
        let (bytes, _) = Clipboard::Screen.copy(&text);
        let spelled = String::from_utf8(bytes).unwrap();
        let pieces: Vec<&str> = spelled.split_terminator("\x1b\\").map(|p| p.strip_prefix("\x1bP").unwrap()).collect();
        assert!(pieces.iter().all(|p| p.len() <= SCREEN_CHUNK) && pieces.len() > 1);
        assert_eq!(pieces.concat().into_bytes(), Clipboard::Direct.copy(&text).0);
    }

    #[test]
    fn nothing_that_would_run_reaches_the_clipboard() {
        let (bytes, notice) = Clipboard::Direct.copy("id\nrm -rf ~\n\u{1b}[200~");
        let spelled = String::from_utf8(bytes).unwrap();
        let payload = spelled.strip_prefix("\x1b]52;c;").unwrap().strip_suffix('\x07').unwrap();
        assert_eq!(STANDARD.decode(payload).unwrap(), b"id\\nrm -rf ~\\n\\x1b[200~");
        assert!(notice.contains("control characters are written out"), "{notice}");
        assert!(!notice.chars().any(char::is_control));
    }

    #[test]
    fn too_much_is_refused_with_the_limit() {
        let longest = Clipboard::Direct.copy(&"x".repeat(MAX_COPY));
        assert_eq!(longest.0.len(), 100_000);
        let (bytes, notice) = Clipboard::Direct.copy(&"x".repeat(MAX_COPY + 1));
        assert!(bytes.is_empty());
        assert!(notice.contains("74995 bytes") && notice.contains("74994"), "{notice}");
        assert!(Clipboard::Direct.copy("").0.is_empty());
    }
}
