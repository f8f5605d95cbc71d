//! Which file it is and how far it has been read: enough to know, after a restart too, whether there is anything new.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

use sha2::{Digest, Sha256};

use super::record::{Content, FileMark};

/// Bytes of a file's beginning that tell growth from replacement.
const HEAD: u64 = 1024;

/// Bytes before the place where reading goes on that must not have changed either.
const TAIL: u64 = 256;

/// Which file, how long, and when it was written: what one look at a file costs nothing to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Stamp {
    /// Device and inode.
    pub id: (u64, u64),
    /// Size in bytes.
    pub size: u64,
    /// Modification time in nanoseconds since the Unix epoch.
    pub mtime_ns: i64,
    /// Change time, likewise: when content, name or rights last changed, by the system's own clock. A file that is
    /// rewritten in place can have its size and its modification time of before, but not this.
    pub ctime_ns: i64,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let nanos = |seconds: i64, nanos: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanos);
        Self {
            id: (metadata.dev(), metadata.ino()),
            size: metadata.size(),
            mtime_ns: nanos(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: nanos(metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl FileMark {
    /// Whether the file was read when it looked like `stamp`.
    #[must_use]
    pub fn is_of(&self, stamp: Stamp) -> bool {
        (self.id, self.size, self.mtime_ns) == (stamp.id, stamp.size, stamp.mtime_ns)
            && self.ctime_ns.is_none_or(|ctime_ns| ctime_ns == stamp.ctime_ns)
    }

    /// Whether the last line of the file had not ended when it was read, and nothing was said of it yet: it is worth
    /// another look though it has not changed.
    #[must_use]
    pub fn has_open_end(&self) -> bool {
        self.content == Some(Content::Lines) && self.consumed < self.size && self.problem.is_none()
    }

    /// Whether the file was set aside as something else than a log: [`super::Problem::is_not_a_log`] of the problem that
    /// the mark has as text.
    #[must_use]
    pub fn is_no_log(&self) -> bool {
        self.problem.as_deref().is_some_and(is_no_log)
    }
}

impl FileMark {
    /// What the file is, where it was set aside: [`super::Problem::Other`] of the problem that the mark has as text.
    #[must_use]
    pub fn other(&self) -> Option<&str> {
        set_aside(self.problem.as_deref()?)
    }
}

/// Whether the problem of a file, as text, is that it is something else than a log.
#[must_use]
pub fn is_no_log(problem: &str) -> bool {
    ["not a log: ", "not supported: "].iter().any(|kind| problem.starts_with(kind)) || set_aside(problem).is_some()
}

/// What a file is that was set aside, by its problem as text.
#[must_use]
pub fn set_aside(problem: &str) -> Option<&str> {
    problem.strip_prefix("set aside: ")
}

/// The stored form of a path: text, or a list of bytes when it is not UTF-8.
pub(super) mod stored_path {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in crate::trail) fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
        match path.to_str() {
            Some(text) => to.serialize_str(text),
            None => path.as_os_str().as_bytes().serialize(to),
        }
    }

    pub(in crate::trail) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Stored {
            Text(String),
            Bytes(Vec<u8>),
        }
        Ok(match Stored::deserialize(from)? {
            Stored::Text(text) => text.into(),
            Stored::Bytes(bytes) => OsString::from_vec(bytes).into(),
        })
    }
}

/// Hash of what a file that has grown must still hold: the first 8 bytes, big-endian, of SHA-256 over the first 1,024 of
/// its `size` bytes, followed by the 256 bytes before `consumed`.
pub(super) fn head(file: &File, size: u64, consumed: u64) -> io::Result<u64> {
    let mut hash = Sha256::new();
    hash.update(bytes_between(file, 0, size.min(HEAD))?);
    hash.update(bytes_between(file, consumed.saturating_sub(TAIL), consumed)?);
    let [a, b, c, d, e, f, g, h, ..] = hash.finalize().0;
    Ok(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
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
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;
    use crate::trail::Content;

    fn mark() -> FileMark {
        FileMark {
            path: "AWSLogs/x.json".into(),
            id: (64, 7),
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
            first_event: chrono::DateTime::from_timestamp(1_700_000_000, 0),
            last_event: None,
        }
    }

    #[test]
    fn the_stored_form_is_frozen() {
        let stored = concat!(
            r#"{"path":"AWSLogs/x.json","id":[64,7],"size":2048,"mtime_ns":1700000000123456789,"#,
            r#""ctime_ns":1700000000123456790,"consumed":2000,"unpacked":9000,"#,
            r#""head":18446744073709551615,"content":"lines","records":3,"bad":1,"problem":"cut short","#,
            r#""first_event":"2023-11-14T22:13:20Z","last_event":null}"#
        );
        assert_eq!(serde_json::to_string(&mark()).unwrap(), stored);
        assert_eq!(serde_json::from_str::<FileMark>(stored).unwrap(), mark());
        // As an earlier version wrote it.
        let earlier = stored.replace(r#""ctime_ns":1700000000123456790,"#, "").replace(r#""unpacked":9000,"#, "");
        let known = FileMark { ctime_ns: None, unpacked: None, ..mark() };
        assert_eq!(serde_json::from_str::<FileMark>(&earlier).unwrap(), known);
    }

    #[test]
    fn a_mark_is_of_the_file_as_it_was_read() {
        let stamp =
            Stamp { id: (64, 7), size: 2048, mtime_ns: 1_700_000_000_123_456_789, ctime_ns: 1_700_000_000_123_456_790 };
        assert!(mark().is_of(stamp));
        assert!(!mark().is_of(Stamp { ctime_ns: 0, ..stamp }), "rewritten in place");
        let earlier = FileMark { ctime_ns: None, ..mark() };
        assert!(earlier.is_of(Stamp { ctime_ns: 0, ..stamp }) && !earlier.is_of(Stamp { mtime_ns: 0, ..stamp }));
    }

    #[test]
    fn the_text_of_a_problem_tells_what_is_no_log() {
        use crate::trail::Problem as P;
        let what = || "…".to_owned();
        for problem in [
            P::NotALog(what()),
            P::Unsupported("zip"),
            P::CutShort(what()),
            P::Damaged(what()),
            P::Limit(what()),
            P::Io(what()),
        ] {
            let marked = FileMark { problem: Some(problem.to_string()), ..mark() };
            assert_eq!(marked.is_no_log(), problem.is_not_a_log(), "{problem}");
        }
        assert!(!FileMark { problem: None, ..mark() }.is_no_log());
    }

    #[test]
    fn a_path_that_is_not_utf8_is_stored_as_bytes() {
        let path = std::ffi::OsStr::from_bytes(b"a\xff").into();
        let odd = FileMark { path, ..mark() };
        let stored = serde_json::to_string(&odd).unwrap();
        assert!(stored.starts_with(r#"{"path":[97,255],"#), "{stored}");
        assert_eq!(serde_json::from_str::<FileMark>(&stored).unwrap(), odd);
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
        assert_eq!(head_of(b"", 0, 0), 0xe3b0_c442_98fc_1c14, "SHA-256 of nothing");
    }
}
