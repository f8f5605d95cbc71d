//! What goes into the console and what comes out of it.

use chrono::{DateTime, Utc};

use crate::detect::AlertId;
use crate::engine::{Request, Update};

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyCode {
    /// A character, upper case where shift made it so.
    Char(char),
    /// Enter.
    Enter,
    /// Esc.
    Esc,
    /// Tab.
    Tab,
    /// Shift+Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Left arrow.
    Left,
    /// Right arrow.
    Right,
    /// Up arrow.
    Up,
    /// Down arrow.
    Down,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// A key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyPress {
    /// Which key.
    pub code: KeyCode,
    /// With Ctrl.
    pub ctrl: bool,
    /// With Alt.
    pub alt: bool,
}

/// What happens to the console.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyPress),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this size now.
    Resize {
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
    },
    /// Nothing else is to be done: time for what the console [puts off](super::App::is_busy).
    GoOn,
    /// The time; sent before the other messages of a batch, never alone.
    Now(DateTime<Utc>),
    /// News from the engine.
    Engine(Update),
    /// What became of a [`Cmd::Except`].
    Excepted {
        /// The alert it came from.
        alert: AlertId,
        /// What to say about it, or why it is not in the file.
        outcome: Result<String, String>,
    },
    /// Something worth one line on the screen, from outside (an export written, a copy refused).
    Notice(String),
}

/// What the console asks of the world.
#[derive(Debug, Clone, PartialEq)]
pub enum Cmd {
    /// Ask the engine; answered by [`Msg::Engine`].
    Ask(Request),
    /// Add this exception, a table of TOML, to the file of exceptions; answered by [`Msg::Excepted`].
    Except {
        /// The alert it comes from.
        alert: AlertId,
        /// The table.
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
    /// Leave.
    Quit,
}
