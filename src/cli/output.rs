//! Standard output and standard error. What comes from logs or files is made visible before it gets here; messages
//! keep their own line breaks and indentation, and nothing else.

use std::io::{self, Write};

use crate::text;

/// Prints an error: `watchfloor: error: …`.
pub(super) fn error(message: &str) {
    say("error", message);
}

/// Prints a warning: `watchfloor: warning: …`.
pub(super) fn warning(message: &str) {
    say("warning", message);
}

/// Prints a line to standard error. A closed standard error is nobody's loss.
pub(super) fn note(message: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", lines(message));
}

fn say(kind: &str, message: &str) {
    let _ = writeln!(io::stderr().lock(), "watchfloor: {kind}: {}", lines(message));
}

fn lines(message: &str) -> String {
    message.lines().map(text::visible).collect::<Vec<_>>().join("\n")
}

/// Whether the error is that the reader of a pipe has gone.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}

/// Standard output, buffered. Flush it at the end: an error there must not be lost.
pub(super) fn stdout() -> io::BufWriter<io::StdoutLock<'static>> {
    io::BufWriter::with_capacity(64 << 10, io::stdout().lock())
}
