//! What can go wrong with a state file, each with what, where and what to do.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::ErrorCode;

use crate::text::visible;

/// Why a state could not be opened, read or written. A call that fails has written nothing, and the store stays usable.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no state file to read.
    #[error("{}: there is no state yet: `watchfloor watch` makes one, or name another with --state", shown(.path))]
    Missing { path: PathBuf },
    /// Another process holds the state.
    #[error("{}: another program has held the state locked for {waited:?}: try again, or end that program", shown(.path))]
    Locked {
        path: PathBuf,
        /// How long the call waited.
        waited: Duration,
    },
    /// No space left.
    #[error("{}: the disk is full: free some space and try again, nothing was written", shown(.path))]
    Full { path: PathBuf },
    /// The files that were opened are no longer those at the path: what is written to them would not be found again.
    #[error(
        "{}: {}, while it was open: nothing is saved until it is put back; a console that is left meanwhile keeps what \
         it could not save for the next start",
        shown(.path),
        visible(.why)
    )]
    Moved {
        path: PathBuf,
        /// What has become of it.
        why: String,
    },
    /// The state cannot be written.
    #[error("{}: the state is read-only: start without --read-only, or make the file and its folder writable", shown(.path))]
    ReadOnly { path: PathBuf },
    #[error(
        "{}: the state is damaged ({}): move it aside and restore a copy, or save what is left with \
         `sqlite3 FILE .recover`",
        shown(.path),
        visible(.why)
    )]
    Corrupt { path: PathBuf, why: String },
    /// The file or its folder is not safe to use, or out of reach.
    #[error("{}: {why}: {}", shown(.path), visible(.fix))]
    Permission {
        /// The file or folder that is meant.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        fix: String,
    },
    /// The file belongs to something else.
    #[error("{}: this is no watchfloor state ({why}): name another file with --state", shown(.path))]
    Foreign { path: PathBuf, why: &'static str },
    /// A newer watchfloor wrote the file.
    #[error(
        "{}: the state has schema {found}, written by a newer watchfloor; this one knows up to {known}: \
         use the newer one, or name another file with --state",
        shown(.path)
    )]
    Newer {
        path: PathBuf,
        found: i64,
        /// The newest schema this version knows.
        known: i64,
    },
    /// An older watchfloor wrote the file, and it may not be brought up to date as it is open for reading only.
    #[error(
        "{}: the state has schema {found} of an older watchfloor: open it once without --read-only to bring it to {known}",
        shown(.path)
    )]
    Older {
        path: PathBuf,
        found: i64,
        /// The schema this version needs.
        known: i64,
    },
    #[error("{}: cannot use the state: {source}", shown(.path))]
    Io { path: PathBuf, source: std::io::Error },
    /// Anything else that SQLite reports.
    #[error("{}: cannot use the state: {}", shown(.path), visible(&.source.to_string()))]
    Sql { path: PathBuf, source: rusqlite::Error },
}

fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Whether a commit was refused as the files have moved.
pub(super) fn is_vetoed(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_COMMITHOOK)
}

/// Whether a row holds something that no version of this program has written.
pub(super) fn is_unreadable(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..)
    )
}

impl StoreError {
    /// Whether the state may still be read although it cannot be written.
    #[must_use]
    pub fn leaves_it_readable(&self) -> bool {
        matches!(
            self,
            Self::ReadOnly { .. } | Self::Full { .. } | Self::Permission { .. } | Self::Io { .. } | Self::Sql { .. }
        )
    }

    /// SQLite's `error` about the state at `path`, by what the reader can do about it.
    pub(super) fn explain(path: &Path, patience: Duration, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        if is_unreadable(&error) {
            return Self::Corrupt { path, why: error.to_string() };
        }
        if matches!(error, rusqlite::Error::QueryReturnedNoRows) {
            return Self::Corrupt { path, why: "a row that every state has is missing".into() };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path, waited: patience },
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt { path, why: error.to_string() },
            Some(ErrorCode::NotADatabase) => Self::Foreign { path, why: "it is not an SQLite file" },
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Self::Permission {
                path,
                why: "it cannot be opened".into(),
                fix: "make the file, its folder and the -wal and -shm files beside it readable and writable for you"
                    .into(),
            },
            _ => Self::Sql { path, source: error },
        }
    }
}
