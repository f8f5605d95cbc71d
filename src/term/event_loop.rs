//! The event loop: wait, drain all that has come, draw once. A flood of events thus costs one frame, and an idle console
//! writes nothing.

use std::collections::VecDeque;
use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use crossbeam_channel::{Receiver, after, never, select_biased};
use ratatui::backend::Backend;
use ratatui::layout::Size;
use ratatui::{Frame, Terminal};

use self::pacing::{FRAME, Pacing, Wakeup};
use super::{Control, Ended, SuspendOutcome, tty, wide_chars};
use crate::app::{App, Cmd, Msg};
use crate::ui::{self, Theme};

mod pacing;
#[cfg(test)]
mod tests;

/// The longest that the loop waits for a time of day.
const MINUTE: Duration = Duration::from_secs(60);

/// What the loop runs: [`AppConsole`], and small ones in tests.
pub trait Console {
    fn update(&mut self, msg: Msg) -> Vec<Cmd>;
    fn needs_draw(&self) -> bool;
    /// It has put work off, to be gone on with at [`Msg::GoOn`] when nothing else is to be done.
    fn is_busy(&self) -> bool;
    /// An answer is on its way that changes much of the screen.
    fn awaits(&self) -> bool;
    /// When it must be told the time though nothing else happens.
    fn turns(&self) -> Option<DateTime<Utc>>;
    fn draw(&mut self, frame: &mut Frame<'_>);
}

/// The console itself.
pub struct AppConsole<'a> {
    pub app: &'a mut App,
    pub look: Theme,
}

impl Console for AppConsole<'_> {
    fn update(&mut self, msg: Msg) -> Vec<Cmd> {
        self.app.update(msg)
    }

    fn needs_draw(&self) -> bool {
        self.app.needs_draw()
    }

    fn is_busy(&self) -> bool {
        self.app.is_busy()
    }

    fn awaits(&self) -> bool {
        self.app.awaits()
    }

    fn turns(&self) -> Option<DateTime<Utc>> {
        self.app.turns()
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        ui::draw(self.app, frame, self.look);
        self.app.drawn();
    }
}

/// Carries out what the console asks of the engine and the store. It must not block: answers come as messages.
pub trait Host {
    fn perform(&mut self, cmd: Cmd);
}

/// Who asks to stop the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuspendSource {
    /// The analyst.
    Key,
    /// SIGTSTP from another program.
    Signal,
}

/// The terminal, apart from drawing on it.
pub trait Device {
    /// Gives the terminal back, stops the process as job control does, and takes the terminal again.
    ///
    /// # Errors
    /// Where it cannot be taken again.
    fn suspend(&mut self, source: SuspendSource) -> io::Result<SuspendOutcome>;
    /// Takes the terminal again after other programs may have used it.
    ///
    /// # Errors
    /// Where it cannot be taken.
    fn reclaim(&mut self) -> io::Result<()>;
    /// # Errors
    /// Where the terminal cannot be written to.
    fn bell(&mut self) -> io::Result<()>;
    /// Copies `text` to the clipboard; returns a notice of what was copied, or why not.
    ///
    /// # Errors
    /// Where the terminal cannot be written to.
    fn copy(&mut self, text: &str) -> io::Result<String>;
}

/// Why the event loop broke off.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("cannot draw on the terminal: {0}")]
    Draw(#[source] Box<dyn Error + Send + Sync>),
    #[error("the terminal failed: {0}")]
    Device(#[from] io::Error),
}

impl RunError {
    /// A terminal that is gone is no failure.
    fn is_gone(&self) -> bool {
        match self {
            Self::Draw(error) => error.downcast_ref::<io::Error>().is_some_and(tty::is_gone),
            Self::Device(error) => tty::is_gone(error),
        }
    }
}

/// The event loop, and what it connects.
pub struct EventLoop<'a> {
    /// From the keyboard, the engine and the store.
    pub messages: &'a Receiver<Msg>,
    /// What cannot wait behind the messages.
    pub control: &'a Receiver<Control>,
    pub device: &'a mut dyn Device,
    pub host: &'a mut dyn Host,
    pub clock: &'a dyn Fn() -> DateTime<Utc>,
}

/// What messages led to, besides a changed console.
#[derive(Debug, Default)]
struct Effects {
    ended: Option<Ended>,
    /// The screen no longer shows what was last drawn.
    repaint: bool,
    bell: bool,
    /// The size that the console was told.
    size: Option<Size>,
}

impl EventLoop<'_> {
    /// Runs `console` until it ends. The first frame and what keys change are drawn at once, all else at most thirty times a
    /// second.
    ///
    /// # Errors
    /// Where the terminal fails. One that is gone is an end like any other.
    pub fn run<B>(&mut self, terminal: &mut Terminal<B>, console: &mut dyn Console) -> Result<Ended, RunError>
    where
        B: Backend,
        B::Error: Send + Sync + 'static,
    {
        // The terminal may go in the middle of a write; the watchdog says so a moment later.
        self.serve(terminal, console)
            .or_else(|error| if error.is_gone() { Ok(Ended::TerminalGone) } else { Err(error) })
    }

    fn serve<B>(&mut self, terminal: &mut Terminal<B>, console: &mut dyn Console) -> Result<Ended, RunError>
    where
        B: Backend,
        B::Error: Send + Sync + 'static,
    {
        let mut effects = Effects { repaint: true, ..Effects::default() };
        self.deliver_time(console, &mut effects)?;
        let mut pacing = Pacing::new(Instant::now());
        loop {
            if let Some(ended) = effects.ended {
                return Ok(ended);
            }
            if std::mem::take(&mut effects.bell) {
                self.device.bell()?;
            }
            if effects.repaint {
                self.draw(terminal, console, &mut effects)?;
                pacing.end(Instant::now());
            }
            let due = if console.needs_draw() { after(pacing.wait(Instant::now())) } else { never() };
            let turns = console.turns().map_or(never(), |turns| after(self.until(turns)));
            let spare = if console.is_busy() { after(Duration::ZERO) } else { never() };
            let mut wakeup = Wakeup::Other;
            select_biased! {
                recv(self.control) -> control => match control {
                    Ok(control) => self.control(control, &mut effects)?,
                    Err(_) => effects.ended = Some(Ended::TerminalGone),
                },
                recv(due) -> _ => wakeup = Wakeup::Timer,
                recv(self.messages) -> msg => match msg {
                    Ok(msg) => wakeup = self.drain(msg, console, &mut effects)?,
                    Err(_) => effects.ended = Some(Ended::TerminalGone),
                },
                recv(turns) -> _ => self.deliver_time(console, &mut effects)?,
                recv(spare) -> _ => {
                    self.deliver(Msg::GoOn, console, &mut effects)?;
                    if !console.is_busy() {
                        wakeup = Wakeup::Finished;
                    }
                }
            }
            let is_time = pacing.is_time(wakeup, console.awaits(), Instant::now());
            let can_draw = effects.ended.is_none() && !effects.repaint && console.needs_draw();
            if is_time && can_draw {
                pacing.begin(console.awaits(), Instant::now());
                self.draw(terminal, console, &mut effects)?;
                pacing.end(Instant::now());
            }
        }
    }

    /// Delivers `first` and all that waits behind it; a paste counts as a key.
    fn drain(&mut self, first: Msg, console: &mut dyn Console, effects: &mut Effects) -> Result<Wakeup, RunError> {
        let started = Instant::now();
        let mut wakeup = Wakeup::Other;
        self.deliver_time(console, effects)?;
        let mut next = Some(first);
        while let Some(msg) = next {
            if matches!(msg, Msg::Key(_) | Msg::Paste(_)) {
                wakeup = Wakeup::Key;
            }
            self.deliver(msg, console, effects)?;
            let go_on = effects.ended.is_none() && started.elapsed() < FRAME;
            next = if go_on { self.messages.try_recv().ok() } else { None };
        }
        Ok(wakeup)
    }

    /// The time to wait, in parts of a minute: timers stand still while a computer sleeps.
    fn until(&self, time: DateTime<Utc>) -> Duration {
        time.signed_duration_since((self.clock)()).to_std().unwrap_or_default().min(MINUTE)
    }

    fn deliver_time(&mut self, console: &mut dyn Console, effects: &mut Effects) -> Result<(), RunError> {
        self.deliver(Msg::Now((self.clock)()), console, effects)
    }

    fn deliver(&mut self, msg: Msg, console: &mut dyn Console, effects: &mut Effects) -> Result<(), RunError> {
        let mut cmds = VecDeque::from(console.update(msg));
        while let Some(cmd) = cmds.pop_front() {
            match cmd {
                Cmd::Quit => effects.ended = Some(Ended::ByUser),
                Cmd::Redraw => effects.repaint = true,
                Cmd::Bell => effects.bell = true,
                Cmd::Copy(text) => cmds.extend(console.update(Msg::Notice(self.device.copy(&text)?))),
                Cmd::Suspend => {
                    if self.suspend(SuspendSource::Key, effects)? == SuspendOutcome::Refused {
                        let why = "Not stopped: no shell is behind this program that could continue it.";
                        cmds.extend(console.update(Msg::Notice(why.to_owned())));
                    }
                }
                other => self.host.perform(other),
            }
        }
        Ok(())
    }

    fn control(&mut self, control: Control, effects: &mut Effects) -> Result<(), RunError> {
        match control {
            Control::Quit(ended) => effects.ended = Some(ended),
            Control::Resized => effects.repaint = true,
            Control::Continued => {
                self.device.reclaim()?;
                effects.repaint = true;
            }
            Control::Suspend => {
                self.suspend(SuspendSource::Signal, effects)?;
            }
        }
        Ok(())
    }

    fn suspend(&mut self, source: SuspendSource, effects: &mut Effects) -> Result<SuspendOutcome, RunError> {
        let outcome = self.device.suspend(source)?;
        match outcome {
            SuspendOutcome::Continued => effects.repaint = true,
            SuspendOutcome::Quit(ended) => effects.ended = Some(ended),
            SuspendOutcome::Refused => {}
        }
        Ok(outcome)
    }

    /// Draws what changed, or everything where the screen shows something else, after telling the console the size.
    fn draw<B>(
        &mut self,
        terminal: &mut Terminal<B>,
        console: &mut dyn Console,
        effects: &mut Effects,
    ) -> Result<(), RunError>
    where
        B: Backend,
        B::Error: Send + Sync + 'static,
    {
        if std::mem::take(&mut effects.repaint) {
            terminal.clear().map_err(failed)?;
        }
        let size = terminal.size().map_err(failed)?;
        if effects.size != Some(size) {
            effects.size = Some(size);
            self.deliver(Msg::Resize { columns: size.width, rows: size.height }, console, effects)?;
        }
        let draw = |frame: &mut Frame<'_>| {
            console.draw(frame);
            wide_chars::mend(frame.buffer_mut());
        };
        terminal.draw(draw).map_err(failed)?;
        Ok(())
    }
}

fn failed(error: impl Error + Send + Sync + 'static) -> RunError {
    RunError::Draw(Box::new(error))
}
