//! Notices that the terminal is gone. The key reader cannot: it reads again at the end of input, and would spin. A poll
//! that asks for nothing still reports a hang-up, so this thread sleeps until one happens.

use std::io;
use std::os::fd::OwnedFd;
use std::thread;

use crossbeam_channel::Sender;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::{Control, Ended};

/// Asks to leave when `keyboard` hangs up.
pub(super) fn watch(keyboard: OwnedFd, control: Sender<Control>) -> io::Result<()> {
    thread::Builder::new().name("watchdog".into()).spawn(move || {
        if wait_for_hangup(&keyboard) {
            let _ = control.send(Control::Quit(Ended::TerminalGone));
        }
    })?;
    Ok(())
}

/// False where the system cannot tell.
fn wait_for_hangup(keyboard: &OwnedFd) -> bool {
    loop {
        let mut watched = [PollFd::new(keyboard, PollFlags::empty())];
        match poll(&mut watched, None) {
            Ok(_) => {
                let seen = watched[0].revents();
                if seen.intersects(PollFlags::HUP | PollFlags::ERR) {
                    return true;
                }
                if seen.contains(PollFlags::NVAL) {
                    return false;
                }
            }
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_other_end_asks_to_leave_and_input_does_not() {
        let (reader, writer) = io::pipe().unwrap();
        let (control, asked) = crossbeam_channel::unbounded();
        rustix::io::write(&writer, b"keys nobody reads").unwrap();
        watch(reader.into(), control).unwrap();
        assert!(asked.try_recv().is_err());
        drop(writer);
        assert_eq!(asked.recv().unwrap(), Control::Quit(Ended::TerminalGone));
    }
}
