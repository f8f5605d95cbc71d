//! Signals as messages: TERM, INT and HUP leave in good order, QUIT and ABRT do too and then end the process as they do by
//! themselves, TSTP stops, CONT and WINCH draw anew.
//!
//! A process that was told to leave and cannot, because a write to a stuck terminal or a stalled disk holds it, must
//! still end: a second signal ends it at once, and so does the first after [`PATIENCE`].

use std::io;
use std::thread;
use std::time::Duration;

use crossbeam_channel::Sender;
use signal_hook::consts::{SIGABRT, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::{Control, Ended, guard};

/// How long an orderly end may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Starts the thread that turns signals into [`Control`]. A hang-up comes with a signal of its own, so the first one
/// never ends the process at once, however far leaving has come.
pub(super) fn watch(control: Sender<Control>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGABRT, SIGTSTP, SIGCONT, SIGWINCH])?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        let mut told = false;
        for signal in signals.forever() {
            // A loop that has ended no longer listens; this thread still does, for the second signal.
            let _ = match signal {
                SIGCONT => control.send(Control::Continued),
                SIGWINCH => control.send(Control::Resized),
                SIGTSTP => control.send(Control::Suspend),
                _ if told => return end(signal),
                _ => {
                    told = true;
                    end_after_patience(signal);
                    control.send(Control::Quit(Ended::Signal(signal)))
                }
            };
        }
    })?;
    Ok(())
}

/// Ends the process by `signal` where that is one whose sender wants to see it end so, with a core file where the system
/// is told to write one; for when everything is saved and the terminal is given back. Returns otherwise.
pub fn end_as_told(signal: i32) {
    if matches!(signal, SIGQUIT | SIGABRT) {
        end(signal);
    }
}

fn end_after_patience(signal: i32) {
    let _ = thread::Builder::new().name("patience".into()).spawn(move || {
        thread::sleep(PATIENCE);
        end(signal);
    });
}

fn end(signal: i32) {
    guard::release_modes();
    let _ = emulate_default_handler(signal);
}
