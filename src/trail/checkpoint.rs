//! How far a source has been read: enough to know, after a restart too, whether it has anything new, and to go on where
//! reading ended. Rooms above keep checkpoints, hand them back and show their figures; what they rest on (sizes, times,
//! offsets, a fingerprint of the content) is this room's alone.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::record::Content;
use super::stamp::{FileId, FileStamp};

/// Bytes of a file's beginning that tell growth from replacement.
const HEAD: u64 = 1024;

/// Bytes before the place where reading goes on that must not have changed either.
const TAIL: u64 = 256;

/// How far a source has been read, and what it counts for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkpoint(pub(super) CheckpointColumns);

/// The persisted form of a [`Checkpoint`], column by column, for the state alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckpointColumns {
    pub path: PathBuf,
    pub id: FileId,
    /// Size in bytes when it was read.
    pub size: u64,
    /// Modification time in nanoseconds since the Unix epoch when it was read.
    pub mtime_ns: i64,
    /// Change time likewise, which no writer can set; unknown where an earlier version read the file.
    pub ctime_ns: Option<i64>,
    /// Bytes of the file consumed: where reading goes on when a file of lines has grown; 0 when it is to be read anew.
    pub consumed: u64,
    /// Bytes of content before that, after decompression, where any of it was packed.
    pub unpacked: Option<u64>,
    /// Hash of the head of the file and of what stands before `consumed`, to tell growth from replacement in place.
    pub head: u64,
    /// `None` when it was not recognised as a log.
    pub content: Option<Content>,
    pub records: u64,
    pub bad: u64,
    /// Why it could not be read, or not to its end: a [`super::Problem`] as text.
    pub problem: Option<String>,
    /// Earliest event time in it, to open only files that can matter.
    pub first_event: Option<DateTime<Utc>>,
    pub last_event: Option<DateTime<Utc>>,
}

impl Checkpoint {
    #[must_use]
    pub fn from_columns(columns: CheckpointColumns) -> Self {
        Self(columns)
    }

    #[must_use]
    pub fn columns(&self) -> &CheckpointColumns {
        &self.0
    }

    #[must_use]
    pub fn into_columns(self) -> CheckpointColumns {
        self.0
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    #[must_use]
    pub fn id(&self) -> FileId {
        self.0.id
    }

    /// The file when it was read; without its change time where an earlier version read it.
    #[must_use]
    pub fn stamp(&self) -> FileStamp {
        let CheckpointColumns { id, size, mtime_ns, ctime_ns, .. } = self.0;
        FileStamp { id, size, mtime_ns, ctime_ns: ctime_ns.unwrap_or(0) }
    }

    /// What the file is; `None` when it is no log.
    #[must_use]
    pub fn content(&self) -> Option<Content> {
        self.0.content.filter(|_| !self.is_no_log())
    }

    /// Events read from it.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.0.records
    }

    /// Bad records in it.
    #[must_use]
    pub fn bad(&self) -> u64 {
        self.0.bad
    }

    /// Why it could not be read, or not to its end.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.0.problem.as_deref()
    }

    /// Times of the earliest and the latest event in it.
    #[must_use]
    pub fn span(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.0.first_event.zip(self.0.last_event)
    }

    #[must_use]
    pub fn last_event(&self) -> Option<DateTime<Utc>> {
        self.0.last_event
    }

    /// The same of a file that has another name now.
    #[must_use]
    pub fn renamed(self, path: &Path) -> Self {
        Self(CheckpointColumns { path: path.to_owned(), ..self.0 })
    }

    /// The same once the records read last were evaluated: of that many `records`, `events` count, and `bad` of all turned
    /// out to be no events. `span` are the times of the earliest and the latest.
    #[must_use]
    pub fn evaluated(
        mut self,
        records: u64,
        events: u64,
        bad: u64,
        span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    ) -> Self {
        let Self(read) = &mut self;
        read.records = read.records.saturating_sub(records) + events;
        read.bad += bad;
        if let Some((first, last)) = span {
            read.first_event = Some(read.first_event.map_or(first, |before| before.min(first)));
            read.last_event = Some(read.last_event.map_or(last, |before| before.max(last)));
        }
        self
    }

    /// Leaves no path behind: for maps that have it as their key. [`Self::renamed`] puts it back.
    pub fn take_path(&mut self) -> PathBuf {
        std::mem::take(&mut self.0.path)
    }

    /// The file was read when it looked like `stamp`.
    #[must_use]
    pub fn is_of(&self, stamp: FileStamp) -> bool {
        (self.0.id, self.0.size, self.0.mtime_ns) == (stamp.id, stamp.size, stamp.mtime_ns)
            && self.0.ctime_ns.is_none_or(|ctime_ns| ctime_ns == stamp.ctime_ns)
    }

    /// The last line of the file had not ended when it was read, and nothing was said of it yet: it is worth another look
    /// though it has not changed.
    #[must_use]
    pub fn has_open_end(&self) -> bool {
        self.0.content == Some(Content::Lines) && self.0.consumed < self.0.size && self.0.problem.is_none()
    }

    /// The file is something else than a log: [`super::Problem::is_not_a_log`] of the problem.
    #[must_use]
    pub fn is_no_log(&self) -> bool {
        let is = |problem: &str| ["not a log: ", "not supported: "].iter().any(|kind| problem.starts_with(kind));
        self.problem().is_some_and(is) || self.other().is_some()
    }

    /// A log that could not be read, or not to its end.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.0.problem.is_some() && !self.is_no_log()
    }

    /// What a file is that was set aside: [`super::Problem::Other`].
    #[must_use]
    pub fn other(&self) -> Option<&str> {
        self.problem()?.strip_prefix("set aside: ")
    }
}

/// Hash of what a file that has grown must still hold: the first 8 bytes, big-endian, of SHA-256 over the first 1,024 of
/// its `size` bytes, followed by the 256 bytes before `consumed`. Nothing when it does not hold as many any more.
pub(super) fn head(file: &File, size: u64, consumed: u64) -> io::Result<Option<u64>> {
    let (beginning, end) = (beginning(file, size)?, bytes_between(file, consumed.saturating_sub(TAIL), consumed)?);
    if (beginning.len() as u64, end.len() as u64) != (size.min(HEAD), consumed.min(TAIL)) {
        return Ok(None);
    }
    let mut hash = Sha256::new();
    hash.update(beginning);
    hash.update(end);
    let [a, b, c, d, e, f, g, h, ..] = hash.finalize().0;
    Ok(Some(u64::from_be_bytes([a, b, c, d, e, f, g, h])))
}

/// The first 1,024 of the `size` bytes of a file.
pub(super) fn beginning(file: &File, size: u64) -> io::Result<Vec<u8>> {
    bytes_between(file, 0, size.min(HEAD))
}

pub(super) fn bytes_between(file: &File, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; (end - start) as usize];
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], start + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

#[cfg(test)]
impl Checkpoint {
    /// Of a file that was read to its end.
    pub(super) fn of_whole(path: &Path, FileStamp { id, size, mtime_ns, ctime_ns }: FileStamp) -> Self {
        let (path, ctime_ns) = (path.to_owned(), Some(ctime_ns));
        Self(CheckpointColumns { path, id, size, mtime_ns, ctime_ns, consumed: size, ..CheckpointColumns::default() })
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut CheckpointColumns)) -> Self {
        change(&mut self.0);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: FileId = FileId::from_columns(64, 7);

    fn columns() -> CheckpointColumns {
        CheckpointColumns {
            path: "AWSLogs/x.json".into(),
            id: ID,
            size: 2048,
            mtime_ns: 1_700_000_000_123_456_789,
            ctime_ns: Some(1_700_000_000_123_456_790),
            consumed: 2000,
            unpacked: Some(9000),
            head: u64::MAX,
            content: Some(Content::Lines),
            records: 3,
            bad: 1,
            problem: Some("cut short".to_owned()),
            first_event: DateTime::from_timestamp(1_700_000_000, 0),
            last_event: None,
        }
    }

    #[test]
    fn a_checkpoint_is_of_the_file_as_it_was_read() {
        let stamp =
            FileStamp { id: ID, size: 2048, mtime_ns: 1_700_000_000_123_456_789, ctime_ns: 1_700_000_000_123_456_790 };
        let checkpoint = Checkpoint(columns());
        assert!(checkpoint.is_of(stamp));
        assert!(!checkpoint.is_of(FileStamp { ctime_ns: 0, ..stamp }), "rewritten in place");
        let earlier = Checkpoint(CheckpointColumns { ctime_ns: None, ..columns() });
        assert!(
            earlier.is_of(FileStamp { ctime_ns: 0, ..stamp }) && !earlier.is_of(FileStamp { mtime_ns: 0, ..stamp })
        );
    }

    #[test]
    fn the_text_of_a_problem_tells_what_is_no_log() {
        use crate::trail::Problem as P;
        let what = || "…".to_owned();
        for problem in [
            P::NotALog(what()),
            P::Unsupported("zip"),
            P::Other("VPC flow"),
            P::CutShort(what()),
            P::Damaged(what()),
            P::Limit(what()),
            P::Io(what()),
        ] {
            let read = Checkpoint(CheckpointColumns { problem: Some(problem.to_string()), ..columns() });
            assert_eq!(read.is_no_log(), problem.is_not_a_log(), "{problem}");
        }
        assert!(!Checkpoint(CheckpointColumns { problem: None, ..columns() }).is_no_log());
    }

    #[test]
    fn the_head_survives_growth_and_not_replacement() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let head_of = |content: &[u8], size, consumed| {
            std::fs::write(&path, content).unwrap();
            head(&File::open(&path).unwrap(), size, consumed).unwrap()
        };
        let long: Vec<u8> = (0..5000u32).map(|n| n.to_le_bytes()[0]).collect();
        for size in [0, 10, 1024, 3000] {
            let before = head_of(&long[..size], size as u64, size as u64 / 2);
            assert_eq!(before, head_of(&long, size as u64, size as u64 / 2), "{size}");
        }
        let before = head_of(&long, 5000, 4000);
        let mut changed = long.clone();
        changed[3800] ^= 1;
        assert_ne!(before, head_of(&changed, 5000, 4000));
        assert_ne!(before, head_of(&long[..3900], 5000, 4000));
        assert_eq!(head_of(&long[..900], 1000, 900), None, "shorter than it was");
        assert_eq!(head_of(b"", 0, 0), Some(0xe3b0_c442_98fc_1c14), "SHA-256 of nothing");
    }
}
