//! A stretch of time in which the console has the terminal.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, Write as _};
use std::panic::{self, PanicHookInfo};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use ratatui::Terminal;
use rustix::process::{Signal, getpgrp, getpid, getsid, kill_current_process_group, kill_process};

use super::clipboard::{Clip, ask_tmux};
use super::run::{Asked, Device};
use super::{Canvas, Clipboard, Control, Ended, Suspended, guard, keys, signals, watchdog};
use crate::app::Msg;
use crate::text::visible;

/// A stop takes effect within this; a process that cannot be stopped (the first one of a container) goes on after it.
const STOP_TAKES: Duration = Duration::from_millis(300);

/// The terminal could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// No terminal, or it refuses its modes.
    #[error("the terminal cannot be taken over: {0}; run it in a terminal, or use `watchfloor scan` without one")]
    Take(#[source] io::Error),
    /// No thread or signal handler could be set up.
    #[error("cannot listen to keys and signals: {0}")]
    Listen(#[source] io::Error),
}

/// The terminal while the console has it. Dropping it gives the terminal back exactly as it was.
#[derive(Debug)]
pub struct Session {
    control: Receiver<Control>,
    clipboard: Clipboard,
}

impl Session {
    /// Takes the terminal and starts listening: keys and pastes go to `inbox`; signals, a panic in any thread and the
    /// loss of the terminal go to [`control`](Self::control).
    ///
    /// # Errors
    /// When there is no terminal, or no thread or signal handler can be set up; the terminal is then as it was.
    pub fn open(inbox: Sender<Msg>) -> Result<Session, SessionError> {
        let (asks, control) = unbounded();
        let clipboard = Clipboard::detect(|name| std::env::var(name).ok());
        let session = Session { control, clipboard };
        signals::watch(asks.clone()).map_err(SessionError::Listen)?;
        give_back_on_panic(asks.clone());
        guard::take().map_err(SessionError::Take)?;
        let keyboard = guard::keyboard().map_err(SessionError::Listen)?;
        watchdog::watch(keyboard, asks).map_err(SessionError::Listen)?;
        keys::watch(inbox).map_err(SessionError::Listen)?;
        Ok(session)
    }

    /// What signals, panics and the watchdog ask for; for [`Loop::control`](super::Loop::control).
    #[must_use]
    pub fn control(&self) -> Receiver<Control> {
        self.control.clone()
    }

    /// A ratatui terminal that draws on it.
    ///
    /// # Errors
    /// When the size of the terminal cannot be found out.
    pub fn terminal(&self) -> Result<Terminal<Canvas>, SessionError> {
        Terminal::new(Canvas::default()).map_err(SessionError::Take)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        guard::release();
    }
}

impl Device for Session {
    fn suspend(&mut self, asked: Asked) -> io::Result<Suspended> {
        // The leader of the session is the shell that would notice; inside its own group nobody would.
        if asked == Asked::ByKey && getsid(None)? == getpgrp() {
            return Ok(Suspended::Refused);
        }
        for earlier in self.control.try_iter() {
            if let Control::Quit(ended) = earlier {
                return Ok(Suspended::Quit(ended));
            }
        }
        guard::release();
        match asked {
            Asked::ByKey => kill_current_process_group(Signal::STOP)?,
            Asked::BySignal => kill_process(getpid(), Signal::STOP)?,
        }
        while let Ok(asked) = self.control.recv_timeout(STOP_TAKES) {
            match asked {
                Control::Quit(ended) => return Ok(Suspended::Quit(ended)),
                Control::Continued => break,
                Control::Suspend | Control::Resized => {}
            }
        }
        guard::take()?;
        Ok(Suspended::Continued)
    }

    fn reclaim(&mut self) -> io::Result<()> {
        guard::take()
    }

    fn bell(&mut self) -> io::Result<()> {
        guard::write(b"\x07")
    }

    fn copy(&mut self, text: &str) -> io::Result<String> {
        let clip = self.clipboard.clip(text);
        if self.clipboard == Clipboard::Tmux && !clip.text.is_empty() {
            let Clip { text, sequence, .. } = clip;
            thread::Builder::new().name("clipboard".into()).spawn(move || {
                // A terminal that cannot be written to is the watchdog's to notice.
                let _ = ask_tmux(&text) || guard::write(&sequence).is_ok();
            })?;
        } else {
            guard::write(&clip.sequence)?;
        }
        Ok(clip.notice)
    }
}

/// From now on a panic in any thread first gives the terminal back, then says what happened, then asks to leave.
fn give_back_on_panic(control: Sender<Control>) {
    panic::set_hook(Box::new(move |panicked| {
        guard::release();
        let _ = io::stderr().lock().write_all(report(panicked).as_bytes());
        let _ = control.send(Control::Quit(Ended::Panicked));
    }));
}

/// The message may quote a log, so it is made visible.
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
