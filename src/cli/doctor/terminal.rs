//! The terminal: its size, what it can show, and whether what is copied reaches a clipboard.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::process::{Command, Stdio};

use super::check::Check;
use crate::app::layout::MINIMUM;
use crate::term::{Capabilities, Clipboard};

/// Shows everything.
const ROOMY: (u16, u16) = (80, 24);

/// What the names of terminals begin with that draw as the console expects.
const KNOWN: [&str; 22] = [
    "xterm",
    "screen",
    "tmux",
    "linux",
    "rxvt",
    "alacritty",
    "kitty",
    "foot",
    "wezterm",
    "ghostty",
    "st",
    "vt",
    "konsole",
    "gnome",
    "vte",
    "putty",
    "eterm",
    "iterm",
    "mlterm",
    "contour",
    "ms-terminal",
    "nsterm",
];

const ASKED: [&str; 7] = ["TERM", "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG", "TMUX", "STY"];

#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// Whether standard input and standard output are one.
    pub input: bool,
    pub output: bool,
    /// Columns and rows; zeros where the terminal does not know, nothing where there is none.
    pub size: Option<(u16, u16)>,
    pub environment: BTreeMap<&'static str, String>,
    /// `--color`, where it decides, and `--ascii`.
    pub colors: Option<bool>,
    pub ascii: bool,
    /// tmux's own `set-clipboard`, where it is the one around this program and answers.
    pub set_clipboard: Option<String>,
}

impl Facts {
    pub(super) fn gather(colors: Option<bool>, ascii: bool) -> Self {
        let (stdin, stdout) = (rustix::stdio::stdin(), rustix::stdio::stdout());
        let size = [stdout, stdin, rustix::stdio::stderr()]
            .into_iter()
            .find_map(|fd| rustix::termios::tcgetwinsize(fd).ok())
            .map(|size| (size.ws_col, size.ws_row));
        let environment: BTreeMap<_, _> =
            ASKED.into_iter().filter_map(|name| Some((name, std::env::var(name).ok()?))).collect();
        let set_clipboard = environment.contains_key("TMUX").then(set_clipboard).flatten();
        let (input, output) = (std::io::stdin().is_terminal(), std::io::stdout().is_terminal());
        Self { input, output, size, environment, colors, ascii, set_clipboard }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn capabilities(&self) -> Capabilities {
        Capabilities::detect(self.colors, self.ascii, |name| self.environment.get(name).cloned())
    }
}

/// Asks the tmux around this program.
fn set_clipboard() -> Option<String> {
    let asked = Command::new("tmux").args(["show-options", "-gsv", "set-clipboard"]).stderr(Stdio::null()).output();
    let answer = asked.ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}

pub(super) fn checks(facts: &Facts) -> Vec<Check> {
    vec![terminal(facts), size(facts), colour(facts), characters(facts), copying(facts), mouse()]
}

fn terminal(facts: &Facts) -> Check {
    const NAME: &str = "terminal";
    const SET: &str = "export TERM=xterm-256color, or what the terminal is; scan and query need none";
    if !facts.input && !facts.output {
        let todo = "run doctor in the terminal that is meant; watch and replay need one, scan and query do not";
        return Check::warn(NAME, "neither standard input nor output is one", todo);
    }
    match facts.value("TERM") {
        None => Check::fail(NAME, "TERM is not set, so the console does not open", SET),
        Some("dumb") => Check::fail(NAME, "TERM=dumb cannot move its cursor, so the console does not open", SET),
        Some(term) if KNOWN.iter().any(|known| term.to_ascii_lowercase().starts_with(known)) => {
            Check::ok(NAME, format!("TERM={term}"))
        }
        Some(term) => Check::warn(
            NAME,
            format!("TERM={term} is unknown; the console draws as for xterm"),
            "export TERM=xterm-256color if the screen is garbled",
        ),
    }
}

fn size(facts: &Facts) -> Check {
    const NAME: &str = "size";
    let (columns, rows) = match facts.size {
        None => return Check::warn(NAME, "unknown without a terminal", "run doctor in a terminal to learn it"),
        Some((0, _) | (_, 0)) => {
            return Check::warn(
                NAME,
                "the terminal does not know, 80x24 is taken",
                "stty rows 40 cols 120, or what it has",
            );
        }
        Some(size) => size,
    };
    let (says, (wide, high)) = (format!("{columns}x{rows}"), ROOMY);
    if columns < MINIMUM.0 || rows < MINIMUM.1 {
        let says = format!("{says}; the console needs {}x{} to show anything", MINIMUM.0, MINIMUM.1);
        Check::fail(NAME, says, "enlarge the window, or take a smaller font")
    } else if columns < wide || rows < high {
        Check::warn(NAME, says, format!("{wide}x{high} shows everything"))
    } else {
        Check::ok(NAME, says)
    }
}

fn colour(facts: &Facts) -> Check {
    const NAME: &str = "colour";
    match (facts.colors, facts.capabilities().colors) {
        (Some(true), _) => Check::ok(NAME, "on, as --color always says"),
        (Some(false), _) => Check::ok(NAME, "off, as --color never says"),
        (None, true) => Check::ok(NAME, "on: sixteen colours of the terminal's palette"),
        (None, false) if facts.value("NO_COLOR").is_some() => {
            Check::ok(NAME, "off, as NO_COLOR is set; bold and underline say the same")
        }
        (None, false) => {
            Check::warn(NAME, "off, as TERM says of none", "set TERM to what the terminal is, or --color always")
        }
    }
}

fn characters(facts: &Facts) -> Check {
    const NAME: &str = "characters";
    if facts.ascii {
        return Check::ok(NAME, "ASCII, as --ascii says");
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| Some((name, facts.value(name)?)));
    match locale {
        Some((name, value)) if facts.capabilities().unicode => Check::ok(NAME, format!("Unicode, as {name}={value}")),
        _ => {
            let why = locale.map_or_else(|| "no locale is set".to_owned(), |(name, value)| format!("{name}={value}"));
            Check::warn(NAME, format!("ASCII alone, as {why}"), "export LC_ALL=C.UTF-8 if the terminal shows UTF-8")
        }
    }
}

fn copying(facts: &Facts) -> Check {
    const NAME: &str = "copying";
    match Clipboard::detect(|name| facts.environment.get(name).cloned()) {
        Clipboard::Direct => Check::ok(NAME, "OSC 52; whether the terminal obeys is its own setting"),
        Clipboard::Tmux if facts.set_clipboard.as_deref() == Some("off") => Check::warn(
            NAME,
            "tmux passes nothing on, as its set-clipboard is off",
            "tmux set -s set-clipboard on, and the same in ~/.tmux.conf",
        ),
        Clipboard::Tmux => match &facts.set_clipboard {
            Some(set) => Check::ok(NAME, format!("through tmux, whose set-clipboard is {set}")),
            None => {
                Check::warn(NAME, "through tmux, which does not answer", "check that `tmux show-options -s` works here")
            }
        },
        Clipboard::RemoteTmux => Check::warn(
            NAME,
            "through tmux on the machine that you came from, which cannot be asked",
            "tmux set -s set-clipboard on there",
        ),
        Clipboard::Screen => Check::ok(NAME, "through GNU screen, in small pieces; text over 75 KB is refused"),
    }
}

fn mouse() -> Check {
    Check::ok("mouse", "not taken: the terminal's own selection works as ever")
}

#[cfg(test)]
mod tests {
    use super::super::check::Standing;
    use super::*;

    fn facts(environment: &[(&'static str, &str)]) -> Facts {
        let environment = environment.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Facts { input: true, output: true, size: Some((120, 40)), environment, ..Facts::default() }
    }

    #[track_caller]
    fn is(check: &Check, standing: Standing, words: &str) {
        let line = check.line("->");
        assert!(check.standing == standing && line.contains(words), "{line}");
    }

    const ORDINARY: [(&str, &str); 2] = [("TERM", "xterm-256color"), ("LANG", "en_GB.UTF-8")];

    #[test]
    fn an_ordinary_terminal_is_ok_throughout() {
        let checks = checks(&facts(&ORDINARY));
        assert!(checks.iter().all(|check| check.standing == Standing::Ok), "{checks:?}");
    }

    #[test]
    fn a_terminal_that_cannot_show_the_console_fails() {
        is(&terminal(&facts(&[])), Standing::Fail, "TERM is not set");
        is(&terminal(&facts(&[("TERM", "dumb")])), Standing::Fail, "-> export TERM=");
        is(&terminal(&facts(&[("TERM", "wyse60")])), Standing::Warn, "TERM=wyse60 is unknown");
        is(&terminal(&Facts::default()), Standing::Warn, "run doctor in the terminal");
        for (given, standing, words) in [
            ((20, 5), Standing::Fail, "20x5; the console needs 40x10"),
            ((60, 24), Standing::Warn, "60x24 -> 80x24 shows everything"),
            ((0, 0), Standing::Warn, "80x24 is taken"),
            ((80, 24), Standing::Ok, "80x24"),
        ] {
            is(&size(&Facts { size: Some(given), ..facts(&ORDINARY) }), standing, words);
        }
    }

    #[test]
    fn what_takes_colour_and_unicode_away_is_named() {
        is(&colour(&facts(&[("TERM", "xterm"), ("NO_COLOR", "1")])), Standing::Ok, "NO_COLOR is set");
        is(&colour(&facts(&[("TERM", "dumb")])), Standing::Warn, "as TERM says");
        is(&colour(&Facts { colors: Some(false), ..facts(&ORDINARY) }), Standing::Ok, "--color never");
        is(&characters(&facts(&[("LANG", "C")])), Standing::Warn, "ASCII alone, as LANG=C -> export LC_ALL=C.UTF-8");
        is(&characters(&facts(&[("LC_ALL", "POSIX"), ("LANG", "C.UTF-8")])), Standing::Warn, "LC_ALL=POSIX");
        is(&characters(&facts(&[])), Standing::Warn, "no locale is set");
        is(&characters(&Facts { ascii: true, ..facts(&[]) }), Standing::Ok, "--ascii");
    }

    #[test]
    fn what_lies_between_here_and_the_clipboard_is_named() {
        let tmux = facts(&[("TERM", "tmux-256color"), ("TMUX", "/tmp/tmux-0/default,1,0")]);
        is(&copying(&tmux), Standing::Warn, "does not answer");
        let set = |to: &str| Facts { set_clipboard: Some(to.to_owned()), ..tmux.clone() };
        is(&copying(&set("off")), Standing::Warn, "-> tmux set -s set-clipboard on");
        is(&copying(&set("external")), Standing::Ok, "set-clipboard is external");
        is(&copying(&facts(&[("TERM", "tmux-256color")])), Standing::Warn, "that you came from");
        is(&copying(&facts(&[("STY", "1.pts-0")])), Standing::Ok, "GNU screen");
    }
}
