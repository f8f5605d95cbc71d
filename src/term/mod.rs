//! The real terminal: everything that a person's keyboard and screen need, and nothing about rules or alerts.
//!
//! ```text
//!   keyboard ──> keys ──Msg──┐                        ┌──> Host (store, engine)
//!   engine ─────────────Msg──┼──> Loop ── update ──> Cmd ─┴> Device (suspend, bell, clipboard)
//!   signals, watchdog ─Control┘      └── draw ──> Canvas ── one write a frame ──> screen
//! ```
//!
//! - [`Session`] takes the terminal and gives it back exactly as it was: on leaving, on a panic in any thread, on
//!   TERM, INT, HUP, QUIT and ABRT, while stopped, and when the terminal itself is gone.
//! - [`Loop`] waits, drains all that has come, then draws once; it writes nothing while nothing changes. It is generic
//!   over the backend, and its keyboard, signals and side effects are handed in, so tests drive it without a terminal.
//! - Signals travel on a channel of their own, so that leaving never queues behind a flood of events.

mod abilities;
mod canvas;
mod clipboard;
mod guard;
mod keys;
mod pen;
mod run;
mod session;
mod signals;
mod tty;
mod watchdog;
mod wide;

pub use abilities::{Abilities, Colors};
pub use canvas::Canvas;
pub use clipboard::{Clip, Clipboard, MAX_COPY};
pub use keys::key;
pub use run::{Asked, Console, Device, Host, Loop, RunError, View};
pub use session::{Session, SessionError};
pub use signals::end_as_told;

/// What the outside asks of the event loop, past the queue of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Leave.
    Quit(Ended),
    /// Stop, as SIGTSTP asks.
    Suspend,
    /// The process runs again after it was stopped: the terminal may have been used by others.
    Continued,
    /// The terminal's size changed, perhaps back to what it was: what it shows may be cut or wrapped.
    Resized,
}

/// Why the console ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The analyst left.
    ByUser,
    /// A signal with this number asked for it.
    Signal(i32),
    /// The terminal is gone: closed, or the connection dropped.
    TerminalGone,
    /// A thread panicked; its message has been printed.
    Panicked,
}

/// What became of a request to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspended {
    /// The process was stopped and continued; the screen must be drawn anew.
    Continued,
    /// No shell waits behind this program that could continue it: it was not stopped.
    Refused,
    /// Meanwhile it was asked to leave.
    Quit(Ended),
}
