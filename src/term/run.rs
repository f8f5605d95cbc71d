//! The event loop: wait, drain, draw once.

use std::collections::VecDeque;
use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use crossbeam_channel::{Receiver, after, never, select_biased};
use ratatui::backend::Backend;
use ratatui::layout::Size;
use ratatui::{Frame, Terminal};

use self::pace::{FRAME, Pace, Step};
use super::{Control, Ended, Suspended, tty, wide};
use crate::app::{App, Cmd, Msg};
use crate::ui::{self, Theme};

mod pace;
#[cfg(test)]
mod tests;

/// The longest that the loop waits for a time of day.
const MINUTE: Duration = Duration::from_secs(60);

/// What is run: the console's state and its picture.
pub trait Console {
    /// Takes a message; returns what the world is asked for.
    fn update(&mut self, msg: Msg) -> Vec<Cmd>;
    /// Whether the picture changed since it was last drawn.
    fn needs_draw(&self) -> bool;
    /// Whether it goes on with something at [`Msg::GoOn`], to be sent when nothing else is to be done.
    fn is_busy(&self) -> bool;
    /// Whether an answer is on its way that changes much of the picture.
    fn awaits(&self) -> bool;
    /// When it must be told the time though nothing else happens.
    fn turns(&self) -> Option<DateTime<Utc>>;
    /// Draws it.
    fn draw(&mut self, frame: &mut Frame<'_>);
}

/// The console and how it looks.
pub struct View<'a> {
    /// Its state.
    pub app: &'a mut App,
    /// How it looks.
    pub look: Theme,
}

impl Console for View<'_> {
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

/// Whoever does what the console asks, the terminal's own part apart. It must not block: answers come as messages.
pub trait Host {
    /// Does, or starts doing, what is asked.
    fn perform(&mut self, cmd: Cmd);
}

/// Who asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The analyst, with a key.
    ByKey,
    /// Another program, with SIGTSTP.
    BySignal,
}

/// The terminal, apart from drawing on it.
pub trait Device {
    /// Gives the terminal back, stops the process as job control does, and takes the terminal again.
    ///
    /// # Errors
    /// When the terminal cannot be taken again.
    fn suspend(&mut self, asked: Asked) -> io::Result<Suspended>;
    /// Takes the terminal again after others may have used it.
    ///
    /// # Errors
    /// When it cannot be taken.
    fn reclaim(&mut self) -> io::Result<()>;
    /// Rings the bell.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    fn bell(&mut self) -> io::Result<()>;
    /// Puts `text` on the clipboard; returns a line that says what was copied, or why not.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    fn copy(&mut self, text: &str) -> io::Result<String>;
}

/// Why the event loop broke off.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Drawing failed.
    #[error("cannot draw on the terminal: {0}")]
    Draw(#[source] Box<dyn Error + Send + Sync>),
    /// The terminal refused something else.
    #[error("the terminal failed: {0}")]
    Device(#[from] io::Error),
}

impl RunError {
    /// Whether the terminal is gone, which is no failure.
    fn is_gone(&self) -> bool {
        match self {
            Self::Draw(error) => error.downcast_ref::<io::Error>().is_some_and(tty::is_gone),
            Self::Device(error) => tty::is_gone(error),
        }
    }
}

/// The event loop and all that it is connected to.
pub struct Loop<'a> {
    /// Keys, and what the engine and the store have to say.
    pub messages: &'a Receiver<Msg>,
    /// What cannot wait behind them.
    pub control: &'a Receiver<Control>,
    /// The terminal.
    pub device: &'a mut dyn Device,
    /// Does what the console asks of the store and the engine.
    pub host: &'a mut dyn Host,
    /// The time.
    pub clock: &'a dyn Fn() -> DateTime<Utc>,
}

/// What messages led to, apart from a changed console.
#[derive(Debug, Default)]
struct Effects {
    ended: Option<Ended>,
    /// The screen holds something else than what was last drawn.
    repaint: bool,
    bell: bool,
    /// The size that the console knows of.
    told: Option<Size>,
}

impl Loop<'_> {
    /// Runs `console` on `terminal` until it ends. The first frame is drawn at once; after that a key is drawn at once,
    /// everything else at most thirty times a second, and nothing when nothing changed.
    ///
    /// # Errors
    /// When the terminal fails in another way than by being gone, which is an end like any other.
    pub fn run<B>(&mut self, terminal: &mut Terminal<B>, console: &mut dyn Console) -> Result<Ended, RunError>
    where
        B: Backend,
        B::Error: Send + Sync + 'static,
    {
        // The terminal may go in the middle of anything; whoever watches it may be a moment late to say so.
        self.serve(terminal, console)
            .or_else(|error| if error.is_gone() { Ok(Ended::TerminalGone) } else { Err(error) })
    }

    fn serve<B>(&mut self, terminal: &mut Terminal<B>, console: &mut dyn Console) -> Result<Ended, RunError>
    where
        B: Backend,
        B::Error: Send + Sync + 'static,
    {
        let mut effects = Effects { repaint: true, ..Effects::default() };
        self.tell_time(console, &mut effects)?;
        let mut pace = Pace::new(Instant::now());
        loop {
            if let Some(ended) = effects.ended {
                return Ok(ended);
            }
            if std::mem::take(&mut effects.bell) {
                self.device.bell()?;
            }
            if std::mem::take(&mut effects.repaint) {
                self.repaint(terminal, console, &mut effects)?;
                pace.end(Instant::now());
            }
            let due = if console.needs_draw() { after(pace.wait(Instant::now())) } else { never() };
            let turns = console.turns().map_or(never(), |turns| after(self.until(turns)));
            let spare = if console.is_busy() { after(Duration::ZERO) } else { never() };
            let mut step = Step::Other;
            select_biased! {
                recv(self.control) -> control => match control {
                    Ok(control) => self.obey(control, &mut effects)?,
                    Err(_) => effects.ended = Some(Ended::TerminalGone),
                },
                recv(due) -> _ => step = Step::Waited,
                recv(self.messages) -> msg => match msg {
                    Ok(msg) => step = self.drain(msg, console, &mut effects)?,
                    Err(_) => effects.ended = Some(Ended::TerminalGone),
                },
                recv(turns) -> _ => self.tell_time(console, &mut effects)?,
                recv(spare) -> _ => {
                    self.hand_over(Msg::GoOn, console, &mut effects)?;
                    if !console.is_busy() {
                        step = Step::Finished;
                    }
                }
            }
            let is_time = pace.is_time(step, console.awaits(), Instant::now());
            let leave_alone = effects.ended.is_some() || effects.repaint || !console.needs_draw();
            if is_time && !leave_alone {
                pace.begin(console.awaits(), Instant::now());
                self.draw(terminal, console, &mut effects)?;
                pace.end(Instant::now());
            }
        }
    }

    /// Hands `first` and all that waits behind it to the console; a paste counts as a key.
    fn drain(&mut self, first: Msg, console: &mut dyn Console, effects: &mut Effects) -> Result<Step, RunError> {
        let started = Instant::now();
        let mut step = Step::Other;
        self.tell_time(console, effects)?;
        let mut next = Some(first);
        while let Some(msg) = next {
            if matches!(msg, Msg::Key(_) | Msg::Paste(_)) {
                step = Step::Key;
            }
            self.hand_over(msg, console, effects)?;
            let go_on = effects.ended.is_none() && started.elapsed() < FRAME;
            next = if go_on { self.messages.try_recv().ok() } else { None };
        }
        Ok(step)
    }

    /// How long to wait for `time`: not all at once, as a computer that sleeps meanwhile does not count that.
    fn until(&self, time: DateTime<Utc>) -> Duration {
        time.signed_duration_since((self.clock)()).to_std().unwrap_or_default().min(MINUTE)
    }

    fn tell_time(&mut self, console: &mut dyn Console, effects: &mut Effects) -> Result<(), RunError> {
        self.hand_over(Msg::Now((self.clock)()), console, effects)
    }

    fn hand_over(&mut self, msg: Msg, console: &mut dyn Console, effects: &mut Effects) -> Result<(), RunError> {
        let mut cmds = VecDeque::from(console.update(msg));
        while let Some(cmd) = cmds.pop_front() {
            match cmd {
                Cmd::Quit => effects.ended = Some(Ended::ByUser),
                Cmd::Redraw => effects.repaint = true,
                Cmd::Bell => effects.bell = true,
                Cmd::Copy(text) => cmds.extend(console.update(Msg::Notice(self.device.copy(&text)?))),
                Cmd::Suspend => match self.device.suspend(Asked::ByKey)? {
                    Suspended::Continued => effects.repaint = true,
                    Suspended::Quit(ended) => effects.ended = Some(ended),
                    Suspended::Refused => {
                        let why = "Not stopped: no shell is behind this program that could continue it.";
                        cmds.extend(console.update(Msg::Notice(why.to_owned())));
                    }
                },
                other => self.host.perform(other),
            }
        }
        Ok(())
    }

    fn obey(&mut self, control: Control, effects: &mut Effects) -> Result<(), RunError> {
        match control {
            Control::Quit(ended) => effects.ended = Some(ended),
            Control::Resized => effects.repaint = true,
            Control::Continued => {
                self.device.reclaim()?;
                effects.repaint = true;
            }
            Control::Suspend => match self.device.suspend(Asked::BySignal)? {
                Suspended::Continued => effects.repaint = true,
                Suspended::Quit(ended) => effects.ended = Some(ended),
                Suspended::Refused => {}
            },
        }
        Ok(())
    }

    /// Draws everything, whatever the screen holds.
    fn repaint<B>(
        &mut self,
        terminal: &mut Terminal<B>,
        console: &mut dyn Console,
        effects: &mut Effects,
    ) -> Result<(), RunError>
    where
        B: Backend,
        B::Error: Send + Sync + 'static,
    {
        terminal.clear().map_err(failed)?;
        self.draw(terminal, console, effects)
    }

    /// Draws what changed, after telling the console of a new size.
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
        let size = terminal.size().map_err(failed)?;
        if effects.told != Some(size) {
            effects.told = Some(size);
            self.hand_over(Msg::Resize { columns: size.width, rows: size.height }, console, effects)?;
        }
        let draw = |frame: &mut Frame<'_>| {
            console.draw(frame);
            wide::settle(frame.buffer_mut());
        };
        terminal.draw(draw).map_err(failed)?;
        Ok(())
    }
}

fn failed(error: impl Error + Send + Sync + 'static) -> RunError {
    RunError::Draw(Box::new(error))
}
