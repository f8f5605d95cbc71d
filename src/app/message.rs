//! Messages into the console, and commands out of it.

use chrono::{DateTime, Utc};

use crate::detect::AlertId;
use crate::engine::{Request, Update};

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyCode {
    /// A character, upper case where shift made it so.
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyPress {
    pub code: KeyCode,
    pub ctrl: bool,
    pub alt: bool,
}

/// A message to the console.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyPress),
    Paste(String),
    /// The terminal has this size now.
    Resize {
        columns: u16,
        rows: u16,
    },
    /// Nothing else is to be done: time for what the console [puts off](super::App::is_busy).
    GoOn,
    /// The time; sent before the other messages of a batch, never alone.
    Now(DateTime<Utc>),
    /// News from the engine.
    Engine(Update),
    /// The answer to a [`Cmd::Except`].
    Excepted {
        /// The alert it came from.
        alert: AlertId,
        /// A line that says so, or why it is not in the file.
        outcome: Result<String, String>,
    },
    /// Something worth one line on the screen, from outside (an export written, a copy refused).
    Notice(String),
}

/// A command to the world.
#[derive(Debug, Clone, PartialEq)]
pub enum Cmd {
    /// Ask the engine; answered by [`Msg::Engine`].
    Ask(Request),
    /// Add this exception, a table of TOML, to the file of exceptions; answered by [`Msg::Excepted`].
    Except {
        /// The alert it comes from.
        alert: AlertId,
        toml: String,
    },
    /// Put this text on the analyst's clipboard.
    Copy(String),
    /// Ring the bell: a new alert.
    Bell,
    /// Stop the program as job control does (Ctrl+Z).
    Suspend,
    /// Draw the whole screen anew.
    Redraw,
    Quit,
}
