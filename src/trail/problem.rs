//! What can be wrong with a file: never opened, or opened and not (wholly) a log.

use std::path::PathBuf;

use crate::text::visible;

/// Why a file could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not there.
    #[error("{} does not exist", shown(.path))]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It is a folder, a pipe, a device or a socket.
    #[error("{} is {kind}, not a file", shown(.path))]
    NotAFile {
        /// The file.
        path: PathBuf,
        /// What it is, with its article.
        kind: &'static str,
    },
    /// The system refused.
    #[error("{} cannot be read: {}", shown(.path), .source)]
    Refused {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

pub(super) fn shown(path: &std::path::Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}

/// What is wrong with the content of a file that could be opened. Each reads as a sentence without a full stop, fit to
/// be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It holds no record, digest or insight; why it was not recognised.
    #[error("not a log: {0}")]
    NotALog(String),
    /// The log of another service, or what a system has left behind; which.
    #[error("set aside: {0}")]
    Other(&'static str),
    /// A format that is recognised and not read.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
    /// It ends in the middle; records before the cut are good.
    #[error("cut short: {0}")]
    CutShort(String),
    /// Its compressed data is damaged; what was read before it was given.
    #[error("damaged: {0}")]
    Damaged(String),
    /// It exceeds a limit that keeps memory flat; reading stopped there.
    #[error("refused: {0}")]
    Limit(String),
    /// The system failed while it was read.
    #[error("reading failed: {0}")]
    Io(String),
    /// Something is wrong with one file of an archive; others were read.
    #[error("in {name}: {problem}")]
    Member {
        /// Its name in the archive, made visible.
        name: String,
        /// What is wrong with it.
        problem: Box<Problem>,
    },
}

impl From<Problem> for std::io::Error {
    fn from(problem: Problem) -> Self {
        let kind = match &problem {
            Problem::CutShort(_) => std::io::ErrorKind::UnexpectedEof,
            Problem::Io(_) => std::io::ErrorKind::Other,
            _ => std::io::ErrorKind::InvalidData,
        };
        Self::new(kind, problem.to_string())
    }
}

impl Problem {
    /// Whether the file is set aside as something else than a log, as opposed to a log that failed.
    #[must_use]
    pub fn is_not_a_log(&self) -> bool {
        matches!(self, Self::NotALog(_) | Self::Other(_) | Self::Unsupported(_))
    }
}
