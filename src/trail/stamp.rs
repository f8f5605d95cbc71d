//! What one look at a file tells for nothing: which file it is, how long it is, and when it was written.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Tells one file from another whatever its name: device and inode. The system gives an inode to the next file when one is
/// deleted, so that the same id is not always the same file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// From [`Self::columns`].
    #[must_use]
    pub const fn from_columns(device: u64, inode: u64) -> Self {
        Self { device, inode }
    }

    /// Device and inode, as the state keeps them.
    #[must_use]
    pub const fn columns(self) -> (u64, u64) {
        (self.device, self.inode)
    }
}

/// A file at one moment. Two equal stamps mean equal content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FileStamp {
    pub(super) id: FileId,
    pub(super) size: u64,
    /// Modification time in nanoseconds since the Unix epoch.
    pub(super) mtime_ns: i64,
    /// Change time, likewise: when content, name or rights last changed, by the system's own clock. A file that is
    /// rewritten in place can have its size and its modification time of before, but not this.
    pub(super) ctime_ns: i64,
}

impl FileStamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let nanos = |seconds: i64, nanos: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanos);
        Self {
            id: FileId { device: metadata.dev(), inode: metadata.ino() },
            size: metadata.size(),
            mtime_ns: nanos(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: nanos(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    #[must_use]
    pub fn id(&self) -> FileId {
        self.id
    }
}
