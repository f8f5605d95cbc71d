//! The terminal's file descriptors.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

/// The terminal that keys are read from: standard input, or the controlling terminal when standard input carries data.
pub(super) fn keyboard() -> io::Result<OwnedFd> {
    let stdin = rustix::stdio::stdin();
    if rustix::termios::isatty(stdin) {
        return stdin.try_clone_to_owned();
    }
    Ok(OpenOptions::new().read(true).write(true).open("/dev/tty")?.into())
}

/// The size of the terminal on standard output in columns and rows. A terminal that does not know its size counts as
/// 80 × 24.
pub(super) fn size() -> io::Result<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout())?;
    Ok(or_default(size.ws_col, size.ws_row))
}

/// `columns` and `rows`, or 80 × 24 where one of them is zero.
pub(super) fn or_default(columns: u16, rows: u16) -> (u16, u16) {
    if columns == 0 || rows == 0 { (80, 24) } else { (columns, rows) }
}

/// Writes all of `bytes`, waiting when a terminal was left in non-blocking mode by another program.
pub(super) fn write_all(fd: BorrowedFd<'_>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(fd, bytes) {
            Ok(n) => bytes = &bytes[n..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let fd = fd.as_fd();
                match poll(&mut [PollFd::new(&fd, PollFlags::OUT)], None) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(e) => return Err(e.into()),
                }
            }
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

/// Whether `error` says that the terminal is gone.
pub(super) fn is_gone(error: &io::Error) -> bool {
    [Errno::IO, Errno::PIPE, Errno::NXIO].iter().any(|e| error.raw_os_error() == Some(e.raw_os_error()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_size_is_the_classic_one() {
        assert_eq!(or_default(0, 0), (80, 24));
        assert_eq!(or_default(132, 0), (80, 24));
        assert_eq!(or_default(1, 1), (1, 1));
    }

    #[test]
    fn a_full_non_blocking_pipe_is_waited_for() {
        let (reader, writer) = io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&writer, true).unwrap();
        let sent = vec![b'x'; 1 << 20];
        let drain = std::thread::spawn(move || io::read_to_string(reader).unwrap().len());
        write_all(writer.as_fd(), &sent).unwrap();
        drop(writer);
        assert_eq!(drain.join().unwrap(), sent.len());
    }

    #[test]
    fn a_closed_pipe_is_gone() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        assert!(is_gone(&write_all(writer.as_fd(), b"x").unwrap_err()));
    }
}
