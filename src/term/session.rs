//! The time in which the console has the terminal. One value stands for it, so that no way out forgets to restore it.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, Write as _};
use std::panic::{self, PanicHookInfo};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use ratatui::Terminal;
use rustix::process::{Signal, getpgrp, getpid, getsid, kill_current_process_group, kill_process};

use super::clipboard::{Clip, Clipboard, ask_tmux};
use super::event_loop::{Device, SuspendSource};
use super::{Control, Ended, SuspendOutcome, TerminalBackend, keys, raw_mode, signals, watchdog};
use crate::app::Msg;
use crate::text::visible;

/// A stop takes effect within this time; a process that cannot be stopped (the first of a container) then goes on.
const STOP_WITHIN: Duration = Duration::from_millis(300);

#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error("the terminal cannot be taken over: {0}; run it in a terminal, or use `watchfloor scan` without one")]
    Take(#[source] io::Error),
    #[error("cannot listen to keys and signals: {0}")]
    Listen(#[source] io::Error),
}

/// Holds the terminal; dropping it restores the terminal as it was.
#[derive(Debug)]
pub struct Session {
    control: Receiver<Control>,
    clipboard: Clipboard,
}

impl Session {
    /// Takes the terminal and starts listening. Keys and pastes go to `inbox`; signals, panics and the loss of the terminal
    /// go to [`control`](Self::control).
    ///
    /// # Errors
    /// Without a terminal, or where no thread or signal handler can be set up. The terminal is then as it was.
    pub fn open(inbox: Sender<Msg>) -> Result<Session, SessionError> {
        let (asks, control) = unbounded();
        let clipboard = Clipboard::detect(|name| std::env::var(name).ok());
        let session = Session { control, clipboard };
        signals::watch(asks.clone()).map_err(SessionError::Listen)?;
        restore_on_panic(asks.clone());
        raw_mode::take().map_err(SessionError::Take)?;
        let keyboard = raw_mode::keyboard().map_err(SessionError::Listen)?;
        watchdog::watch(keyboard, asks).map_err(SessionError::Listen)?;
        keys::watch(inbox).map_err(SessionError::Listen)?;
        Ok(session)
    }

    /// For [`EventLoop::control`](super::EventLoop::control).
    #[must_use]
    pub fn control(&self) -> Receiver<Control> {
        self.control.clone()
    }

    /// # Errors
    /// Where the terminal's size cannot be found out.
    pub fn terminal(&self) -> Result<Terminal<TerminalBackend>, SessionError> {
        Terminal::new(TerminalBackend::default()).map_err(SessionError::Take)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        raw_mode::release();
    }
}

impl Device for Session {
    fn suspend(&mut self, source: SuspendSource) -> io::Result<SuspendOutcome> {
        // The session's leader is the shell that would continue this process; in the leader's own group there is none.
        if source == SuspendSource::Key && getsid(None)? == getpgrp() {
            return Ok(SuspendOutcome::Refused);
        }
        for earlier in self.control.try_iter() {
            if let Control::Quit(ended) = earlier {
                return Ok(SuspendOutcome::Quit(ended));
            }
        }
        raw_mode::release();
        match source {
            SuspendSource::Key => kill_current_process_group(Signal::STOP)?,
            SuspendSource::Signal => kill_process(getpid(), Signal::STOP)?,
        }
        while let Ok(control) = self.control.recv_timeout(STOP_WITHIN) {
            match control {
                Control::Quit(ended) => return Ok(SuspendOutcome::Quit(ended)),
                Control::Continued => break,
                Control::Suspend | Control::Resized => {}
            }
        }
        raw_mode::take()?;
        Ok(SuspendOutcome::Continued)
    }

    fn reclaim(&mut self) -> io::Result<()> {
        raw_mode::take()
    }

    fn bell(&mut self) -> io::Result<()> {
        raw_mode::write(b"\x07")
    }

    fn copy(&mut self, text: &str) -> io::Result<String> {
        let clip = self.clipboard.clip(text);
        if self.clipboard == Clipboard::Tmux && !clip.text.is_empty() {
            let Clip { text, sequence, .. } = clip;
            thread::Builder::new().name("clipboard".into()).spawn(move || {
                // The watchdog notices a terminal that is gone.
                let _ = ask_tmux(&text) || raw_mode::write(&sequence).is_ok();
            })?;
        } else {
            raw_mode::write(&clip.sequence)?;
        }
        Ok(clip.notice)
    }
}

/// Restores the terminal before the message of a panic, in whichever thread, is printed.
fn restore_on_panic(control: Sender<Control>) {
    panic::set_hook(Box::new(move |panicked| {
        raw_mode::release();
        let _ = io::stderr().lock().write_all(report(panicked).as_bytes());
        let _ = control.send(Control::Quit(Ended::Panicked));
    }));
}

/// Makes the message visible: it may quote a log.
fn report(panicked: &PanicHookInfo<'_>) -> String {
    let payload = panicked.payload();
    let message =
        payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let at = panicked.location().map(|l| format!(" at {}:{}", l.file(), l.line())).unwrap_or_default();
    let thread = thread::current().name().map(|n| format!(" in thread {}", visible(n))).unwrap_or_default();
    let backtrace = Backtrace::capture();
    let trace = match backtrace.status() {
        BacktraceStatus::Captured => format!("{backtrace}\n"),
        _ => String::new(),
    };
    format!(
        "watchfloor: internal error{thread}{at}: {}\n{trace}What the screen showed as saved is saved. \
         Please report this; RUST_BACKTRACE=1 adds where it came from.\n",
        visible(message.unwrap_or("no message"))
    )
}
