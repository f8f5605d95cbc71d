//! Raw mode and the alternate screen, and the way back.
//!
//! The panic hook and the signal threads must be able to restore the terminal, so its earlier modes are kept in a static.
//! Frames are written under standard output's lock and only while the terminal is held: nothing is drawn over a shell's
//! screen after it was given back.

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

static HELD: Mutex<Option<SavedModes>> = Mutex::new(None);

struct SavedModes {
    keyboard: OwnedFd,
    before: Termios,
}

/// Takes the terminal: raw mode, alternate screen, bracketed paste, no cursor. While it is held, takes it again after
/// other programs used it, and still goes back to the modes it had at first.
pub(super) fn take() -> io::Result<()> {
    let _screen = io::stdout().lock();
    let mut held = lock();
    if held.is_none() {
        let keyboard = tty::keyboard()?;
        let before = tcgetattr(&keyboard)?;
        *held = Some(SavedModes { keyboard, before });
    }
    let taken = held.as_ref().map_or(Ok(()), enter);
    drop(held);
    if taken.is_err() {
        release();
    }
    taken
}

fn enter(held: &SavedModes) -> io::Result<()> {
    let mut raw = held.before.clone();
    raw.make_raw();
    tcsetattr(&held.keyboard, OptionalActions::Now, &raw)?;
    let mut bytes = Vec::new();
    queue!(bytes, EnterAlternateScreen, Clear(ClearType::All), MoveTo(0, 0), EnableBracketedPaste, Hide)?;
    tty::write_all(rustix::stdio::stdout(), &bytes)
}

/// Gives the terminal back as it was, if it is held. Errors are ignored: a terminal that cannot be written to needs no
/// restoring.
pub(super) fn release() {
    let _screen = io::stdout().lock();
    let Some(held) = lock().take() else { return };
    let mut bytes = Vec::new();
    let _ = queue!(bytes, EndSynchronizedUpdate, DisableBracketedPaste, ResetColor, LeaveAlternateScreen, Show);
    let _ = tty::write_all(rustix::stdio::stdout(), &bytes);
    let _ = tcsetattr(&held.keyboard, OptionalActions::Now, &held.before);
}

/// Restores the modes but not the screen: a process about to end may be stuck in a write to its terminal.
pub(super) fn release_modes() {
    if let Ok(held) = HELD.try_lock()
        && let Some(held) = held.as_ref()
    {
        let _ = tcsetattr(&held.keyboard, OptionalActions::Now, &held.before);
    }
}

/// Writes `bytes` if the terminal is held, else drops them. A terminal that is gone is no error: the watchdog ends the
/// program.
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

/// A descriptor of its own for whoever watches the keyboard.
pub(super) fn keyboard() -> io::Result<OwnedFd> {
    match lock().as_ref() {
        Some(held) => held.keyboard.try_clone(),
        None => tty::keyboard(),
    }
}

fn lock() -> MutexGuard<'static, Option<SavedModes>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}
