//! The values this room hands up: a record and its place, what a file turned out to be, and how far it has been read.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::envelope::Envelope;

/// One record: the bytes of one JSON object, as the file holds them, and where they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawRecord<'a> {
    /// The object, from `{` to its matching `}`. Well-bracketed; not yet known to be valid JSON or UTF-8.
    pub bytes: &'a [u8],
    /// Offset of the first byte in the file's content, after decompression. Of a record that lay in an envelope as text,
    /// the offset of the envelope or a byte behind it: no two records of a file have the same.
    pub offset: u64,
    /// What it lay in, where it did not stand in the file by itself.
    pub envelope: Option<Envelope>,
}

/// What a file's content turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A CloudTrail delivery file, `{"Records":[…]}`.
    Delivery,
    /// A JSON array of records.
    Array,
    /// One record (or one ECS document) as the whole file.
    Single,
    /// One record or ECS document a line.
    Lines,
    /// A CloudTrail digest file: recognised, counted, not evaluated.
    Digest,
    /// A CloudTrail Insights file: recognised, counted, not evaluated.
    Insight,
    /// Nothing in it (yet).
    Empty,
}

/// A stretch of a file that could not be read as a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRecord {
    /// Offset of its first byte in the file's content, after decompression.
    pub offset: u64,
    /// Why, as a sentence without a full stop.
    pub reason: String,
}

/// How far one file has been read: enough to know after a restart whether it has anything new, and to go on where it
/// ended. Persisted; the format is frozen by a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMark {
    /// The file. Stored as text, or as bytes when it is not UTF-8.
    #[serde(with = "super::mark::stored_path")]
    pub path: PathBuf,
    /// Device and inode, to tell a replaced file from a grown one.
    pub id: (u64, u64),
    /// Size in bytes when it was read.
    pub size: u64,
    /// Modification time in nanoseconds since the Unix epoch when it was read.
    pub mtime_ns: i64,
    /// Change time in nanoseconds since the Unix epoch when it was read, which no writer can set; unknown in a mark of
    /// earlier versions.
    #[serde(default)]
    pub ctime_ns: Option<i64>,
    /// Bytes of the file consumed: where reading goes on when a file of lines has grown; 0 when it is to be read anew.
    pub consumed: u64,
    /// Bytes of content before that, after decompression, where any of it was packed.
    #[serde(default)]
    pub unpacked: Option<u64>,
    /// Hash of the head of the file and of what stands before `consumed`, to tell growth from replacement in place.
    pub head: u64,
    /// What it is; `None` when it was not recognised as a log.
    pub content: Option<Content>,
    /// Records read from it.
    pub records: u64,
    /// Bad records in it.
    pub bad: u64,
    /// Why it could not be read, or not to its end.
    pub problem: Option<String>,
    /// Earliest event time in it, to open only files that can matter. Filled in by whoever reads the records.
    pub first_event: Option<DateTime<Utc>>,
    /// Latest event time in it.
    pub last_event: Option<DateTime<Utc>>,
}
