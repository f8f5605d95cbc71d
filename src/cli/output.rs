//! Standard output and standard error. Text from logs or files is made visible before it gets here; messages keep only
//! their line breaks and indentation.

use std::io::{self, Write};
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::text;

/// The most names in one message.
const NAMED: usize = 3;

/// `watchfloor: error: …`.
pub(super) fn error(message: &str) {
    say("error", message);
}

/// `watchfloor: warning: …`.
pub(super) fn warning(message: &str) {
    say("warning", message);
}

/// Prints a line to standard error. A closed standard error does not matter.
pub(super) fn note(message: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", lines(message));
}

fn say(kind: &str, message: &str) {
    let _ = writeln!(io::stderr().lock(), "watchfloor: {kind}: {}", lines(message));
}

/// The name of a path in messages: on one line, whatever it contains.
pub(super) fn path(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        text::visible(&path.to_string_lossy()).into_owned()
    }
}

/// `1 alert`, `2 alerts`.
pub(super) fn count(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The first few names, with `…` where there are more.
pub(super) fn first_few(names: &[String]) -> String {
    let more = if names.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(NAMED)].join(", "))
}

/// Makes each line of a message visible; tabs become spaces.
pub(super) fn lines(message: &str) -> String {
    message.lines().map(|line| text::visible(&line.replace('\t', "    ")).into_owned()).collect::<Vec<_>>().join("\n")
}

pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}

/// Fails when the reader of standard output has gone: nothing is left to do then.
pub(super) fn is_read() -> io::Result<()> {
    let out = io::stdout();
    let mut asked = [PollFd::new(&out, PollFlags::empty())];
    let gone = poll(&mut asked, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|n| n > 0);
    if gone && asked[0].revents().contains(PollFlags::ERR) { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
}

/// Standard output, buffered. Flush it at the end: an error there must not be lost.
pub(super) fn stdout() -> io::BufWriter<io::StdoutLock<'static>> {
    io::BufWriter::with_capacity(64 << 10, io::stdout().lock())
}
