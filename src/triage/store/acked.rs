//! What was acknowledged, in a file of its own beside the state (`state.db-acked`): the end of the audit chain after each
//! decision that the screen was told is saved.
//!
//! What was decided last lies in the write-ahead log, and SQLite takes the log up to the first frame that is damaged as
//! the whole of it: decisions behind one flipped bit would be gone without a word. With this file the next start knows
//! how far the chain went. It is written after the transaction it speaks of, so it never tells of more than there was.
//!
//! The format, frozen by a test: a line `watchfloor-acked 1 SEQ HASH` of fixed length, written over in place, then a line
//! `lost MICROSECONDS ACKED FOUND` for each time that a start found less than was acknowledged. Whoever has seen those
//! may delete the file.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rustix::fs::{FlockOperation, OFlags, flock};

use super::anchor::beside;
use crate::triage::audit::{self, Hash};

/// More than anybody would let gather.
const MOST: u64 = 1 << 20;

/// Decisions that had been acknowledged and were not there when the state was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    pub at: DateTime<Utc>,
    /// The last entry of the audit chain that had been acknowledged.
    pub acked: i64,
    /// The last entry that was there; not less than `acked` where another chain was there.
    pub found: i64,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, acked, found } = self;
        let at = at.format("%Y-%m-%dT%H:%M:%SZ");
        if found < acked {
            let plural = if acked - found == 1 { "decision that was" } else { "decisions that were" };
            let missing = acked - found;
            write!(
                f,
                "{missing} {plural} saved may be missing (found {at}): the record of them went to {acked} and ends at {found}"
            )?;
        } else {
            write!(
                f,
                "decisions that were saved may be missing (found {at}): number {acked} is another one than was saved"
            )?;
        }
        f.write_str(": its write-ahead log was damaged, or an older copy of the state was put in its place")
    }
}

/// The end of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    pub(super) seq: i64,
    pub(super) hash: Hash,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// How far the chain went; nothing where the file does not tell.
    pub(super) end: Option<End>,
    pub(super) losses: Vec<Loss>,
}

#[derive(Debug)]
pub(super) struct Acked {
    file: File,
}

/// Where the file of a state lies.
pub(super) fn path(state: &Path) -> PathBuf {
    beside(state, "-acked")
}

impl Acked {
    /// Opens the file that belongs to `state`, making it where it is missing and `mode` is given.
    pub(super) fn open(state: &Path, mode: Option<u32>) -> io::Result<Self> {
        let no_link = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
        let mut options = File::options();
        options.read(true).custom_flags(no_link);
        if let Some(mode) = mode {
            options.write(true).create(true).truncate(false).mode(mode);
        }
        let file = options.open(path(state))?;
        if let Some(mode) = mode
            && file.metadata()?.len() == 0
        {
            file.set_permissions(std::fs::Permissions::from_mode(mode))?;
        }
        Ok(Self { file })
    }

    pub(super) fn read(&self) -> io::Result<Record> {
        flock(&self.file, FlockOperation::LockShared)?;
        let record = self.text().map(|text| Record::parse(&text));
        flock(&self.file, FlockOperation::Unlock)?;
        record
    }

    /// Writes down that the chain has come to `end`, unless another console has written of a later one.
    pub(super) fn raise(&self, end: End) -> io::Result<()> {
        self.locked(|acked| {
            let known = Record::parse(&acked.text()?).end;
            if known.is_some_and(|known| known.seq >= end.seq) { Ok(()) } else { acked.write_end(end) }
        })
    }

    /// Writes down a loss, and that the chain ends at `end` now.
    pub(super) fn lose(&self, loss: Loss, end: End) -> io::Result<()> {
        self.locked(|acked| {
            acked.write_end(end)?;
            let line = format!("lost {} {} {}\n", loss.at.timestamp_micros(), loss.acked, loss.found);
            acked.file.write_all_at(line.as_bytes(), acked.file.metadata()?.len())?;
            acked.file.sync_data()
        })
    }

    fn locked(&self, write: impl FnOnce(&Self) -> io::Result<()>) -> io::Result<()> {
        flock(&self.file, FlockOperation::LockExclusive)?;
        let written = write(self);
        flock(&self.file, FlockOperation::Unlock)?;
        written
    }

    fn write_end(&self, end: End) -> io::Result<()> {
        self.file.write_all_at(first_line(end).as_bytes(), 0)?;
        self.file.sync_data()
    }

    fn text(&self) -> io::Result<String> {
        let length = self.file.metadata()?.len().min(MOST);
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        self.file.read_exact_at(&mut bytes, 0)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn first_line(End { seq, hash }: End) -> String {
    format!("watchfloor-acked 1 {seq:020} {}\n", audit::hex(&hash))
}

impl Record {
    fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        let end = lines.next().and_then(|line| {
            let (seq, hash) = line.strip_prefix("watchfloor-acked 1 ")?.split_once(' ')?;
            Some(End { seq: seq.parse().ok()?, hash: audit::unhex(hash)? })
        });
        let loss = |line: &str| {
            let mut words = line.strip_prefix("lost ")?.split(' ');
            let mut number = || words.next()?.parse::<i64>().ok();
            Some(Loss { at: DateTime::from_timestamp_micros(number()?)?, acked: number()?, found: number()? })
        };
        Self { end, losses: lines.filter_map(loss).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(seq: i64) -> End {
        End { seq, hash: [u8::try_from(seq).unwrap(); 32] }
    }

    #[test]
    fn the_format_is_frozen() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("s.db");
        let acked = Acked::open(&state, Some(0o600)).unwrap();
        assert_eq!(acked.read().unwrap(), Record::default());
        acked.raise(end(7)).unwrap();
        let loss = Loss { at: DateTime::from_timestamp_micros(1_795_000_000_000_001).unwrap(), acked: 7, found: 3 };
        acked.lose(loss, end(3)).unwrap();
        let text = "watchfloor-acked 1 00000000000000000003 \
                    0303030303030303030303030303030303030303030303030303030303030303\nlost 1795000000000001 7 3\n";
        assert_eq!(std::fs::read_to_string(path(&state)).unwrap(), text);
        assert_eq!(acked.read().unwrap(), Record { end: Some(end(3)), losses: vec![loss] });
    }

    #[test]
    fn it_only_goes_on_and_damage_is_no_record() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("s.db");
        let (one, other) = (Acked::open(&state, Some(0o600)).unwrap(), Acked::open(&state, Some(0o600)).unwrap());
        one.raise(end(5)).unwrap();
        other.raise(end(4)).unwrap();
        assert_eq!(one.read().unwrap().end, Some(end(5)));
        std::fs::write(path(&state), "watchfloor-acked 1 00000000000000000003 0303\nlost x\n").unwrap();
        assert_eq!(one.read().unwrap(), Record::default());
    }
}
