//! The terminal's file descriptors: which they are, their size, and writing that survives what other programs left behind.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

/// Standard input, or the controlling terminal where standard input carries data.
pub(super) fn keyboard() -> io::Result<OwnedFd> {
    let stdin = rustix::stdio::stdin();
    if rustix::termios::isatty(stdin) {
        return stdin.try_clone_to_owned();
    }
    Ok(OpenOptions::new().read(true).write(true).open("/dev/tty")?.into())
}

/// Columns and rows; 80 × 24 where the terminal does not know them.
pub(super) fn size() -> io::Result<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout())?;
    Ok(or_default(size.ws_col, size.ws_row))
}

fn or_default(columns: u16, rows: u16) -> (u16, u16) {
    if columns == 0 || rows == 0 { (80, 24) } else { (columns, rows) }
}

/// Waits where another program left the terminal in non-blocking mode.
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

/// The terminal was closed, or the connection to it dropped.
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
