//! Finds and reads rule files.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::diag::{Diagnostic, Span};

/// Larger rule files are refused. An export of several thousand rules fits.
const LARGEST: u64 = 64 << 20;

/// Identifies a version of a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rule) struct Stamp {
    /// Device, inode.
    id: (u64, u64),
    size: u64,
    /// Seconds, nanoseconds.
    modified: (i64, i64),
    /// The same of the last change to the file or its permissions.
    changed: (i64, i64),
}

impl Stamp {
    fn of(file: &Metadata) -> Self {
        Self {
            id: (file.dev(), file.ino()),
            size: file.size(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
        }
    }

    /// Seconds since the Unix epoch.
    pub(in crate::rule) fn changed_at(&self) -> i64 {
        self.changed.0
    }
}

/// Something found at or below a path.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::rule) enum Candidate {
    File(PathBuf, Stamp),
    /// Never read, and why.
    Other(PathBuf, String),
    /// Cannot be looked at.
    Error(PathBuf, Diagnostic),
}

impl Candidate {
    pub(in crate::rule) fn path(&self) -> &Path {
        match self {
            Self::File(path, _) | Self::Other(path, _) | Self::Error(path, _) => path,
        }
    }

    /// The reason why neither it nor anything below it can be looked at.
    pub(in crate::rule) fn error(&self) -> Option<(&Path, &Diagnostic)> {
        match self {
            Self::Error(path, error) => Some((path, error)),
            Self::File(..) | Self::Other(..) => None,
        }
    }
}

#[derive(Debug, Default)]
pub(in crate::rule) struct Candidates {
    /// In the order of the paths; below a folder sorted by path.
    pub found: Vec<Candidate>,
    /// Folders of deprecated rules, which are skipped.
    pub deprecated: Vec<PathBuf>,
}

/// Finds files, each once, even when named twice or below two of the folders.
pub(in crate::rule) fn find(paths: &[PathBuf]) -> Candidates {
    let mut candidates = Candidates::default();
    let mut met = HashSet::new();
    for path in paths {
        let mut walk = WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            match entry {
                Ok(entry) if entry.depth() > 0 && is_hidden(entry.file_name()) => {
                    if entry.file_type().is_dir() {
                        walk.skip_current_dir();
                    }
                }
                Ok(entry) if entry.file_type().is_dir() => {
                    if entry.depth() > 0 && entry.file_name() == "_deprecated" {
                        walk.skip_current_dir();
                        candidates.deprecated.push(entry.into_path());
                    }
                }
                Ok(entry) if entry.file_type().is_file() => {
                    // No metadata: it has just been deleted.
                    let stamp = entry.metadata().map(|file| Stamp::of(&file));
                    if let Ok(stamp) = stamp
                        && met.insert(stamp.id)
                    {
                        candidates.found.push(Candidate::File(entry.into_path(), stamp));
                    }
                }
                Ok(entry) => {
                    candidates.found.push(Candidate::Other(entry.into_path(), "not a regular file".to_owned()))
                }
                Err(error) => {
                    let at = error.path().unwrap_or(path).to_owned();
                    let diagnostic = match error.io_error() {
                        Some(io) => unreadable(&at, io),
                        None => Diagnostic::new("a link here leads back to a folder above it")
                            .in_file(at.to_string_lossy())
                            .help("remove the link"),
                    };
                    candidates.found.push(Candidate::Error(at, diagnostic));
                }
            }
        }
    }
    candidates
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b".")
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let missing = error.kind() == std::io::ErrorKind::NotFound;
    let message = if missing { "no such file or folder".to_owned() } else { format!("cannot be read: {error}") };
    let help = if missing { "check the path" } else { "check its permissions" };
    Diagnostic::new(message).in_file(path.to_string_lossy()).help(help)
}

pub(super) fn read(path: &Path) -> Result<String, Diagnostic> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Diagnostic::new(format!("is larger than {} MiB, and was not read", LARGEST >> 20))
            .in_file(path.to_string_lossy())
            .help("split it into several files"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let shown = String::from_utf8_lossy(error.as_bytes()).into_owned();
        Diagnostic::new("is not UTF-8 text")
            .at(&shown, Span::new(at, at + 1))
            .in_file(path.to_string_lossy())
            .help("save it as UTF-8")
    })
}
