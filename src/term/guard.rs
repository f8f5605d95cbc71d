//! Holding the terminal: raw mode and the alternate screen, and the way back.
//!
//! There is one terminal, and a panic hook and signal threads must be able to give it back, so what to go back to is
//! kept in one static. Whoever writes to the screen holds standard output's lock, and frames are written only while
//! the terminal is held: nothing can be drawn over a shell's screen after it has been given back.

use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::queue;
use crossterm::style::ResetColor;
use crossterm::terminal::{Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use super::tty;

static HELD: Mutex<Option<Held>> = Mutex::new(None);

struct Held {
    keyboard: OwnedFd,
    before: Termios,
}

/// Takes the terminal: raw mode, alternate screen, bracketed paste, no cursor. Taking it again while it is held
/// repeats all of it but keeps what to go back to, for a terminal that others used while this process was stopped.
pub(super) fn take() -> io::Result<()> {
    let _screen = io::stdout().lock();
    let mut held = lock();
    if held.is_none() {
        let keyboard = tty::keyboard()?;
        let before = tcgetattr(&keyboard)?;
        *held = Some(Held { keyboard, before });
    }
    let taken = held.as_ref().map_or(Ok(()), enter);
    drop(held);
    if taken.is_err() {
        release();
    }
    taken
}

fn enter(held: &Held) -> io::Result<()> {
    let mut raw = held.before.clone();
    raw.make_raw();
    tcsetattr(&held.keyboard, OptionalActions::Now, &raw)?;
    let mut bytes = Vec::new();
    queue!(bytes, EnterAlternateScreen, Clear(ClearType::All), MoveTo(0, 0), EnableBracketedPaste, Hide)?;
    tty::write_all(rustix::stdio::stdout(), &bytes)
}

/// Gives the terminal back as it was. Does nothing when it is not held. Errors are ignored: a terminal that cannot be
/// written to needs no restoring.
pub(super) fn release() {
    let _screen = io::stdout().lock();
    let Some(held) = lock().take() else { return };
    let mut bytes = Vec::new();
    let _ = queue!(bytes, EndSynchronizedUpdate, DisableBracketedPaste, ResetColor, LeaveAlternateScreen, Show);
    let _ = tty::write_all(rustix::stdio::stdout(), &bytes);
    let _ = tcsetattr(&held.keyboard, OptionalActions::Now, &held.before);
}

/// Gives back what can be given back at once, for a process that is about to be ended while a write to its terminal
/// is stuck: the modes, not the screen.
pub(super) fn release_modes() {
    if let Ok(held) = HELD.try_lock()
        && let Some(held) = held.as_ref()
    {
        let _ = tcsetattr(&held.keyboard, OptionalActions::Now, &held.before);
    }
}

/// Writes `bytes` to the screen if the terminal is held, else drops them. A terminal that is gone is no error: the
/// watchdog ends the program.
pub(super) fn write(bytes: &[u8]) -> io::Result<()> {
    let mut screen = io::stdout().lock();
    if lock().is_none() {
        return Ok(());
    }
    screen.flush()?;
    match tty::write_all(rustix::stdio::stdout(), bytes) {
        Err(e) if tty::is_gone(&e) => Ok(()),
        written => written,
    }
}

/// A copy of the keyboard's descriptor while the terminal is held.
pub(super) fn keyboard() -> io::Result<OwnedFd> {
    match lock().as_ref() {
        Some(held) => held.keyboard.try_clone(),
        None => tty::keyboard(),
    }
}

fn lock() -> MutexGuard<'static, Option<Held>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}
