//! Whether the files that a connection writes to are still the ones at the state's path. SQLite goes on writing to a file
//! that was moved, deleted or replaced, and says that all is well; nobody would ever find what it wrote.
//!
//! Device and inode are looked up by path and never by opening the files again: closing a second handle on them would
//! drop SQLite's locks.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Device and inode.
type Id = (u64, u64);

/// The files of an open state, as they were found when it was opened.
#[derive(Debug)]
pub(super) struct Anchor {
    files: Vec<(PathBuf, Id)>,
}

impl Anchor {
    /// Takes down which files are at `file` and beside it. The write-ahead log and its index belong to it: what is saved
    /// lies there first.
    pub(super) fn of(file: &Path) -> io::Result<Self> {
        let mut files = vec![(file.to_owned(), id(file)?)];
        for end in ["-wal", "-shm"] {
            let path = beside(file, end);
            match id(&path) {
                Ok(id) => files.push((path, id)),
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
        Ok(Self { files })
    }

    /// Which file the state itself is.
    pub(super) fn is(&self, id: Id) -> bool {
        self.files.first().is_some_and(|(_, known)| *known == id)
    }

    /// What has become of the files; nothing while all are where they were.
    pub(super) fn slipped(&self) -> Option<String> {
        self.files.iter().find_map(|(path, known)| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            match id(path) {
                Ok(found) if found == *known => None,
                Ok(_) => Some(format!("another file is in the place of {name}")),
                Err(e) if e.kind() == ErrorKind::NotFound => Some(format!("{name} was moved or deleted")),
                Err(e) => Some(format!("{name} is out of reach: {e}")),
            }
        })
    }
}

/// Device and inode of what is at `path`.
pub(super) fn id(path: &Path) -> io::Result<Id> {
    let found = std::fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}

/// The path of a file that belongs to `file`: its name with something added.
pub(super) fn beside(file: &Path, end: &str) -> PathBuf {
    let mut path = OsString::from(file);
    path.push(end);
    path.into()
}
