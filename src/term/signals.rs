//! Signals as messages, so that the console leaves in good order: saved, and with the terminal restored. TERM, INT and HUP
//! ask it to leave; QUIT and ABRT do too, and then end the process in their own way; TSTP stops it; CONT and WINCH repaint.
//!
//! A stuck terminal or a stalled disk may keep the process from leaving. A second signal then ends it at once, and so does
//! the first one after [`GRACE`].

use std::io;
use std::thread;
use std::time::Duration;

use crossbeam_channel::Sender;
use signal_hook::consts::{SIGABRT, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::{Control, Ended, raw_mode};

/// The longest that an orderly end may take.
const GRACE: Duration = Duration::from_secs(5);

/// Turns signals into [`Control`]. A hang-up comes with a signal of its own, so the first one never ends the process at
/// once, even if it is leaving already.
pub(super) fn watch(control: Sender<Control>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGABRT, SIGTSTP, SIGCONT, SIGWINCH])?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        let mut told = false;
        for signal in signals.forever() {
            // The event loop may have ended; this thread still listens for a second signal.
            let _ = match signal {
                SIGCONT => control.send(Control::Continued),
                SIGWINCH => control.send(Control::Resized),
                SIGTSTP => control.send(Control::Suspend),
                _ if told => return end(signal),
                _ => {
                    told = true;
                    end_after_grace(signal);
                    control.send(Control::Quit(Ended::Signal(signal)))
                }
            };
        }
    })?;
    Ok(())
}

/// Ends the process by QUIT or ABRT, as their sender expects, with a core file where the system writes one. Does nothing
/// for other signals. To be called when everything is saved and the terminal restored.
pub fn end_by_signal(signal: i32) {
    if matches!(signal, SIGQUIT | SIGABRT) {
        end(signal);
    }
}

fn end_after_grace(signal: i32) {
    let _ = thread::Builder::new().name("grace".into()).spawn(move || {
        thread::sleep(GRACE);
        end(signal);
    });
}

fn end(signal: i32) {
    raw_mode::release_modes();
    let _ = emulate_default_handler(signal);
}
