//! Finds and reads rule files.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::diag::{Diagnostic, Span};

/// The largest rule file that is read: an export of several thousand rules.
const LARGEST: u64 = 64 << 20;

pub(super) enum Found {
    File(PathBuf),
    /// Something that is never read, and why.
    Other(PathBuf, String),
    Error(PathBuf, Diagnostic),
}

/// The files to read, in order: those named, and those below the folders named, sorted by path. A file that is met
/// again, named twice or below two of the folders, is read once.
pub(super) fn find(paths: &[PathBuf]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut met = HashSet::new();
    for path in paths {
        let walk = WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter();
        let walk = walk.filter_entry(|entry| entry.depth() == 0 || !is_left_out(entry.file_name()));
        for entry in walk {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) if entry.file_type().is_file() => {
                    let real = entry.path().canonicalize().unwrap_or_else(|_| entry.path().to_owned());
                    if met.insert(real) {
                        found.push(Found::File(entry.into_path()));
                    }
                }
                Ok(entry) => found.push(Found::Other(entry.into_path(), "not a regular file".to_owned())),
                Err(error) => {
                    let at = error.path().unwrap_or(path).to_owned();
                    let diagnostic = match error.io_error() {
                        Some(io) => unreadable(&at, io),
                        None => Diagnostic::new("a link here leads back to a folder above it")
                            .in_file(at.to_string_lossy())
                            .help("remove the link"),
                    };
                    found.push(Found::Error(at, diagnostic));
                }
            }
        }
    }
    found
}

fn is_left_out(name: &std::ffi::OsStr) -> bool {
    name == "_deprecated" || name.to_string_lossy().starts_with('.')
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let missing = error.kind() == std::io::ErrorKind::NotFound;
    let message = if missing { "no such file or folder".to_owned() } else { format!("cannot be read: {error}") };
    let help = if missing { "check the path" } else { "check its permissions" };
    Diagnostic::new(message).in_file(path.to_string_lossy()).help(help)
}

/// Reads a rule file as text.
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
