//! What is known of a file from an earlier reading, under its name or another that it had.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::trail::checkpoint::{Checkpoint, CheckpointColumns, head};
use crate::trail::read::open;
use crate::trail::stamp::FileStamp;

/// What is known of the file at `path`: what `prior` says of this name, or one of the marks `elsewhere`, of files with its
/// number, where that was another name of it.
#[must_use]
pub fn known_as(path: &Path, prior: Option<Checkpoint>, elsewhere: Vec<Checkpoint>) -> Option<Checkpoint> {
    // The system may have given the number of the file that had the name to another, which has the name by now.
    if elsewhere.is_empty() || prior.as_ref().is_some_and(|prior| is_same(path, prior)) {
        return prior;
    }
    renamed(path, elsewhere).or(prior)
}

/// The mark that says what is known of a file by a name that it has no more. Where its size and time are as before, so is its
/// content, though renaming has changed its change time.
fn renamed(path: &Path, known: Vec<Checkpoint>) -> Option<Checkpoint> {
    let stamp = |path: &Path| std::fs::symlink_metadata(path).ok().map(|metadata| FileStamp::of(&metadata));
    let mut known = known.into_iter().find(|known| {
        // A second name beside the first is another file.
        known.path() != path && stamp(known.path()).is_none_or(|stamp| stamp.id != known.id()) && is_same(path, known)
    })?;
    let Checkpoint(before) = &mut known;
    if let Some(stamp) = stamp(path).filter(|stamp| stamp.size == before.size && stamp.mtime_ns == before.mtime_ns) {
        before.ctime_ns = Some(stamp.ctime_ns);
    }
    Some(known)
}

/// Whether the file at `path` is the one that was read as `known` says, under another name maybe, and may have grown since.
/// Its number alone does not tell: the system gives it to the next file when one is deleted.
pub(super) fn is_same(path: &Path, known: &Checkpoint) -> bool {
    let Ok((file, metadata)) = open(path) else { return false };
    let stamp = FileStamp::of(&metadata);
    known.id() == stamp.id && known.0.size <= stamp.size && holds(&file, &known.0).unwrap_or(false)
}

/// Whether what was read of the file is still there, as far as its beginning and end tell.
pub(super) fn holds(file: &File, known: &CheckpointColumns) -> io::Result<bool> {
    Ok(known.consumed <= known.size && head(file, known.size, known.consumed)? == Some(known.head))
}
