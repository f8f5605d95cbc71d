//! Runs the console on a terminal: connects the engine, the console's state and the terminal.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::bail;
use chrono::{DateTime, FixedOffset, Local, Offset as _, TimeZone as _, Utc};
use crossbeam_channel::{Sender, bounded};

use super::settings::{CLOCK, Settings};
use super::{Exit, exceptions, output};
use crate::app::{App, Cmd, Mode, Msg, Setup};
use crate::detect::AlertId;
use crate::engine::{Engine, Outlet, Rescued};
use crate::term::{AppConsole, Capabilities, Ended, EventLoop, Host, Session, end_by_signal};

/// The most messages that wait for the console; then the engine waits.
const INBOX: usize = 1024;

pub(super) struct Front {
    pub mode: Mode,
    /// The watched folders and clusters, as typed.
    pub folders: Vec<String>,
    pub state: String,
    /// The reason, where the state cannot be written.
    pub unwritable: Option<String>,
}

pub(super) fn require_terminal() -> anyhow::Result<()> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        bail!("the console needs a terminal on standard input and output; `watchfloor scan` works without one");
    }
    Ok(())
}

/// Runs a console on this terminal until the analyst leaves. `start` starts the engine, which answers through the
/// outlet.
pub(super) fn run(
    settings: &Settings,
    front: Front,
    warnings: Vec<String>,
    start: impl FnOnce(Outlet) -> anyhow::Result<Engine>,
) -> anyhow::Result<Exit> {
    let analyst = settings.analyst()?;
    let colors = settings.common.color.decides();
    let capabilities = Capabilities::detect(colors, settings.common.ascii, |name| std::env::var(name).ok());
    if !capabilities.cursor {
        bail!(
            "this terminal cannot move its cursor (TERM); `watchfloor scan` works without that, `watchfloor doctor` says \
             what the terminal can do"
        );
    }
    let (inbox, messages) = bounded(INBOX);
    let engine = start(outlet(inbox.clone()))?;
    let mut host =
        EngineHost { engine: &engine, exceptions: settings.exceptions(), says: inbox.clone(), writers: Vec::new() };
    for warning in warnings {
        let _ = inbox.try_send(Msg::Notice(warning));
    }
    let mut app = App::new(Setup {
        analyst,
        mode: front.mode,
        read_only: settings.common.read_only,
        unwritable: front.unwritable,
        folders: front.folders,
        state: front.state,
        exceptions: settings.exceptions().map(output::path),
        now: settings.now,
        offset: local_offset,
    });
    let ended = {
        let mut session = Session::open(inbox)?;
        let mut terminal = session.terminal()?;
        let control = session.control();
        EventLoop { messages: &messages, control: &control, device: &mut session, host: &mut host, clock: &CLOCK }
            .run(&mut terminal, &mut AppConsole { app: &mut app, look: capabilities.look() })
    };
    // The engine finishes its writes; nobody takes its updates any more.
    drop(messages);
    for writer in host.writers {
        let _ = writer.join();
    }
    let unsaved = app.shared().pending.unsaved();
    if !unsaved.is_empty() {
        report(&engine.rescue(unsaved));
    }
    drop(engine);
    match ended? {
        Ended::Panicked => bail!("the console broke off; what was shown as saved is saved"),
        Ended::Signal(signal) => {
            end_by_signal(signal);
            Ok(Exit::Done)
        }
        Ended::ByUser | Ended::TerminalGone => Ok(Exit::Done),
    }
}

/// Prints what became of decisions that were not saved when the console ended. If the terminal is gone, the next start
/// says it again.
fn report(rescued: &Rescued) {
    for given_up in &rescued.given_up {
        output::warning(&format!("not saved: {given_up}"));
    }
    let (Some((count, why)), Some(spool)) = (&rescued.left, &rescued.spool) else { return };
    let count = output::count(*count as u64, "decision");
    match spool {
        Ok(file) => output::warning(&format!(
            "{count} could not be saved: {why}; kept in {}, which the next console on this state takes up",
            output::path(file)
        )),
        Err(error) => output::error(&format!("{count} lost: {why}; no file could be written either: {error}")),
    }
}

fn local_offset(time: DateTime<Utc>) -> FixedOffset {
    Local.offset_from_utc_datetime(&time.naive_utc()).fix()
}

struct EngineHost<'e> {
    engine: &'e Engine,
    exceptions: Option<&'e Path>,
    says: Sender<Msg>,
    writers: Vec<JoinHandle<()>>,
}

impl EngineHost<'_> {
    /// Writes off the event loop: a disk may be slow.
    fn except(&mut self, alert: AlertId, toml: String) {
        let Some(path) = self.exceptions.map(Path::to_owned) else { return };
        let says = self.says.clone();
        self.writers.push(std::thread::spawn(move || {
            let outcome = exceptions::append(&path, &toml).map_err(|error| format!("{error:#}"));
            let _ = says.send(Msg::Excepted { alert, outcome });
        }));
    }
}

impl Host for EngineHost<'_> {
    fn perform(&mut self, cmd: Cmd) {
        match cmd {
            Cmd::Ask(request) => self.engine.ask(request),
            Cmd::Except { alert, toml } => self.except(alert, toml),
            // The event loop handles these itself.
            Cmd::Copy(_) | Cmd::Bell | Cmd::Suspend | Cmd::Redraw | Cmd::Quit => {}
        }
    }
}

fn outlet(inbox: Sender<Msg>) -> Outlet {
    Arc::new(move |update| inbox.send(Msg::Engine(update)).is_ok())
}
