//! The terminal. Nothing else reads keys, handles signals or writes to the screen, and nothing here knows of rules or alerts.
//!
//! ```text
//!   keyboard ──> keys ──Msg──┐                          ┌──> Host (store, engine)
//!   engine ─────────────Msg──┼──> EventLoop ── update ──> Cmd ─┴> Device (suspend, bell, clipboard)
//!   signals, watchdog ─Control┘      └── draw ──> TerminalBackend ── one write a frame ──> screen
//! ```
//!
//! - [`Session`] takes the terminal and restores it on every way out: leaving, a panic in any thread, TERM, INT, HUP, QUIT
//!   and ABRT, being stopped, and the loss of the terminal itself.
//! - [`EventLoop`] waits, drains what has come, then draws once; while nothing changes it writes nothing. Its backend,
//!   keyboard, signals and side effects are handed in, so tests run it without a terminal.
//! - Signals have a channel of their own, so that leaving never waits behind a flood of events.

mod backend;
mod capabilities;
mod clipboard;
mod diff_writer;
mod event_loop;
mod keys;
mod raw_mode;
mod session;
mod signals;
mod tty;
mod watchdog;
mod wide_chars;

pub use backend::TerminalBackend;
pub use capabilities::Capabilities;
pub use clipboard::Clipboard;
pub use diff_writer::DiffWriter;
pub use event_loop::{AppConsole, Console, Device, EventLoop, Host, RunError, SuspendSource};
pub use session::{Session, SessionError};
pub use signals::end_by_signal;

/// What overtakes the queue of messages on its way to the event loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    Quit(Ended),
    /// SIGTSTP.
    Suspend,
    /// The process was stopped and runs again: other programs may have used the terminal.
    Continued,
    /// The terminal's size changed, perhaps back to what it was: the screen may be cut or wrapped.
    Resized,
}

/// Why the console ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    ByUser,
    Signal(i32),
    /// The window was closed, or the connection dropped.
    TerminalGone,
    /// A thread panicked; its message has been printed.
    Panicked,
}

/// Whether the process was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuspendOutcome {
    /// It was, and runs again; the screen must be drawn anew.
    Continued,
    /// No shell is behind this program that could continue it.
    Refused,
    /// A request to leave came first.
    Quit(Ended),
}
