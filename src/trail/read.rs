//! Reads one file to its end: opens it without ever blocking on a pipe or a device, unpacks it, and gives its records.
//!
//! Who can tell from bytes alone that nothing in them matters says so ([`Choice`]), and records that do not are not handed
//! over. A whole delivery file of that kind is not even split, if it shows no sign of damage: it begins and ends as
//! CloudTrail writes them, and holds no byte that does not belong into one. A bad record that passes for good by these
//! signs (an impossible number, say) is not named then; reading without a choice names it.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use super::inflate::{Inflater, Unpacker};
use super::object;
use super::problem::{Problem, ReadError};
use super::record::{BadRecord, Content, RawRecord};
use super::sniff::Packing;
use super::split::{MAX_RECORD, RecordSink, SoFar, Split, Splitter};

/// Most content held at once. Longer content goes through in pieces.
const WINDOW: usize = 32 << 20;

/// Bytes of content taken at once from content that is longer than the window.
const PIECE: usize = 1 << 20;

/// Least content asked for at once.
const LEAST: usize = 64 << 10;

/// Tells of bytes whether anything in them can matter.
#[derive(Clone, Copy)]
pub struct Choice<'c> {
    /// Asked of the whole content of a file, where that is at hand, before its records are handed over.
    pub whole: &'c dyn Fn(&[u8]) -> bool,
    /// Asked of each record.
    pub record: &'c dyn Fn(&[u8]) -> bool,
}

/// Memory of one reader, used for one file after another: at most the window, a record that spans two pieces, and
/// 0.3 MB for unpacking.
#[derive(Debug)]
pub struct Buffers {
    pub(super) content: Vec<u8>,
    pub(super) inflater: Inflater,
    pub(super) kept: Vec<u8>,
    pub(super) places: Vec<(u64, usize)>,
}

impl Buffers {
    /// Empty buffers.
    #[must_use]
    pub fn new() -> Self {
        Self { content: Vec::new(), inflater: Inflater::new(), kept: Vec::new(), places: Vec::new() }
    }
}

impl Default for Buffers {
    fn default() -> Self {
        Self::new()
    }
}

/// What reading a file once came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// What it is; `None` when it was not recognised as a log, and `problem` says why.
    pub content: Option<Content>,
    /// Records in it; unknown, and 0, where it was passed over as a whole.
    pub records: u64,
    /// Records that were not given, as they do not matter.
    pub passed_over: u64,
    /// Whether it was passed over as a whole, as nothing in it matters.
    pub passed_over_whole: bool,
    /// Insight events and digests in it, left out.
    pub left_out: u64,
    /// Stretches that are no records, the first [`super::BAD_KEPT`] of them. Something that is no log has none.
    pub bad: Vec<BadRecord>,
    /// All stretches that are no records.
    pub bad_total: u64,
    /// Bytes read from the file.
    pub bytes: u64,
    /// Bytes of content after decompression.
    pub content_bytes: u64,
    /// Whether it ended where a log may end.
    pub complete: bool,
    /// What is wrong with the file as a whole. Records may have been given before it showed.
    pub problem: Option<Problem>,
}

/// Reads the file at `path`, or standard input for `-`, and gives its records to `sink` in their order. A damaged file
/// gives what can be read, and the report says what is wrong.
///
/// # Errors
/// When it cannot be opened. Never blocks on a pipe or a device: those are refused.
pub fn read_once(
    path: &Path,
    buffers: &mut Buffers,
    sink: &mut dyn FnMut(RawRecord<'_>),
) -> Result<FileReport, ReadError> {
    read_chosen(path, buffers, None, sink)
}

/// [`read_once`], but for what does not matter, where there is a choice.
///
/// # Errors
/// As there.
pub fn read_chosen(
    path: &Path,
    buffers: &mut Buffers,
    choice: Option<Choice<'_>>,
    sink: &mut dyn FnMut(RawRecord<'_>),
) -> Result<FileReport, ReadError> {
    if path.as_os_str() == "-" {
        return Ok(read(io::stdin().lock(), buffers, choice, sink));
    }
    let (file, metadata) = open(path)?;
    // What is there now: a file that grows meanwhile is read again. Some that the system makes up tell no size.
    let size = if metadata.len() == 0 { u64::MAX } else { metadata.len() };
    Ok(read(file.take(size), buffers, choice, sink))
}

/// Reads `stream` to its end as [`read_once`] reads a file.
pub fn read_stream(stream: impl Read, buffers: &mut Buffers, sink: &mut dyn FnMut(RawRecord<'_>)) -> FileReport {
    read(stream, buffers, None, sink)
}

fn read(
    stream: impl Read,
    buffers: &mut Buffers,
    choice: Option<Choice<'_>>,
    sink: &mut dyn FnMut(RawRecord<'_>),
) -> FileReport {
    let Buffers { content, inflater, kept, .. } = buffers;
    let mut unpacker = match Unpacker::begin(stream, inflater, None) {
        Ok(unpacker) => unpacker,
        Err(problem) => return FileReport::unread(problem),
    };
    let window = Window::fill(&mut unpacker, content);
    let whole = &content[..window.length];
    if let Some(choice) = choice
        && window.is_all()
        // In more there may be a record that is too long, which is to be named.
        && whole.len() <= MAX_RECORD
        && !(choice.whole)(whole)
        && object::is_sound_delivery(whole)
    {
        let split = Split { content: Some(Content::Delivery), complete: true, ..Split::default() };
        let report = FileReport::new(split, None, unpacker.read(), unpacker.written());
        return FileReport { passed_over_whole: true, ..report };
    }
    let mut passed_over = 0;
    let mut chosen = |record: RawRecord<'_>| match choice {
        Some(choice) if !(choice.record)(record.bytes) && object::has_sound_bytes(record.bytes) => passed_over += 1,
        _ => sink(record),
    };
    let pumped = pump(window, &mut unpacker, content, Splitter::new(0, std::mem::take(kept)), true, &mut chosen);
    *kept = pumped.kept;
    let report = FileReport::new(pumped.split, pumped.problem, unpacker.read(), unpacker.written());
    FileReport { passed_over, ..report }
}

impl FileReport {
    fn unread(problem: Problem) -> Self {
        Self::new(Split::default(), Some(problem), 0, 0)
    }

    fn new(split: Split, unpacking: Option<Problem>, bytes: u64, content_bytes: u64) -> Self {
        let content = match split.content {
            Some(Content::Empty) if unpacking.is_some() => None,
            content => content,
        };
        Self {
            content,
            records: split.records,
            passed_over: 0,
            passed_over_whole: false,
            left_out: split.left_out,
            bad: split.bad,
            bad_total: split.bad_total,
            bytes,
            content_bytes,
            complete: split.complete && unpacking.is_none(),
            problem: unpacking.or(split.problem),
        }
    }
}

/// The beginning of a file's content, in the content buffer.
pub(super) struct Window {
    pub(super) length: usize,
    /// The content goes on behind the window.
    pub(super) more: bool,
    pub(super) problem: Option<Problem>,
}

impl Window {
    /// Whether the window holds all of the content, and that is as the file meant it.
    fn is_all(&self) -> bool {
        !self.more && self.problem.is_none()
    }

    /// Fills `content` from its beginning, growing it up to the window.
    pub(super) fn fill<R: Read>(unpacker: &mut Unpacker<'_, R>, content: &mut Vec<u8>) -> Self {
        let mut length = 0;
        // One byte more than is expected shows that nothing follows.
        let expected = unpacker.whole().map_or(0, |length| length + 1);
        if content.len() < expected {
            content.resize(expected.clamp(LEAST, WINDOW), 0);
        }
        loop {
            if length == content.len() {
                if length == WINDOW {
                    return Self { length, more: true, problem: None };
                }
                content.resize((length * 2).clamp(LEAST, WINDOW), 0);
            }
            let (filled, result) = unpacker.fill(&mut content[length..]);
            length += filled;
            if result.is_err() || length < content.len() {
                return Self { length, more: false, problem: result.err() };
            }
        }
    }
}

pub(super) struct Pumped {
    pub(super) split: Split,
    pub(super) problem: Option<Problem>,
    pub(super) kept: Vec<u8>,
    /// Where plain content first went on with packed data.
    pub(super) turned: Option<SoFar>,
}

/// Splits the window and what follows it, reusing the window's memory. Where plain text goes on with gzip data, that is
/// unpacked: whoever collects logs may compress what is appended.
pub(super) fn pump<R: Read>(
    window: Window,
    unpacker: &mut Unpacker<'_, R>,
    content: &mut Vec<u8>,
    mut splitter: Splitter,
    last: bool,
    sink: &mut RecordSink<'_>,
) -> Pumped {
    let Window { mut length, mut more, mut problem } = window;
    let mut turned = None;
    loop {
        splitter.may_be_packed(unpacker.packing() == Packing::Plain && problem.is_none());
        splitter.feed(&content[..length], sink);
        if let Some(packed) = splitter.take_packed() {
            turned = turned.or(Some(splitter.so_far()));
            unpacker.unpack_from(&packed);
            more = true;
        }
        if !more || splitter.stopped() {
            break;
        }
        if content.len() < PIECE {
            content.resize(PIECE, 0);
        }
        let piece = &mut content[..PIECE];
        let (filled, result) = unpacker.fill(piece);
        length = filled;
        problem = result.err();
        more = problem.is_none() && length == PIECE;
    }
    let (split, kept) = splitter.finish(last, sink);
    Pumped { split, problem, kept, turned }
}

/// Opens a regular file for reading, following links to one. Opening waits for nobody, so that a pipe can be refused.
pub(super) fn open(path: &Path) -> Result<(File, Metadata), ReadError> {
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = match OpenOptions::new().read(true).custom_flags(nonblocking).open(path) {
        Ok(file) => file,
        // A socket cannot even be opened.
        Err(error) => return Err(regular(path, std::fs::metadata(path)).err().unwrap_or_else(|| refusal(path, error))),
    };
    let metadata = regular(path, file.metadata())?;
    Ok((file, metadata))
}

/// The metadata of `path` if it is a regular file.
pub(super) fn regular(path: &Path, metadata: io::Result<Metadata>) -> Result<Metadata, ReadError> {
    let metadata = metadata.map_err(|e| refusal(path, e))?;
    match special(metadata.file_type()) {
        None => Ok(metadata),
        Some(kind) => Err(ReadError::NotAFile { path: path.to_owned(), kind }),
    }
}

/// What a file is when it is no regular file.
pub(super) fn special(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a folder")
    } else if kind.is_fifo() {
        Some("a named pipe")
    } else if kind.is_socket() {
        Some("a socket")
    } else {
        Some("a device")
    }
}

fn refusal(path: &Path, source: io::Error) -> ReadError {
    match source.kind() {
        io::ErrorKind::NotFound => ReadError::Missing { path: path.to_owned() },
        _ => ReadError::Refused { path: path.to_owned(), source },
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const A: &str = r#"{"eventVersion":"1.08","eventID":"a"}"#;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> (Vec<String>, FileReport) {
        read_with(bytes, &mut Buffers::new())
    }

    fn read_with(bytes: &[u8], buffers: &mut Buffers) -> (Vec<String>, FileReport) {
        let mut given = Vec::new();
        let report =
            read_stream(bytes, buffers, &mut |record| given.push(String::from_utf8(record.bytes.to_vec()).unwrap()));
        assert_eq!(report.records, given.len() as u64);
        (given, report)
    }

    fn delivery(count: usize) -> (String, Vec<String>) {
        let records: Vec<String> =
            (0..count).map(|n| format!(r#"{{"eventVersion":"1.08","eventID":"{n}"}}"#)).collect();
        (format!("{{\"Records\":[{}]}}", records.join(",")), records)
    }

    #[test]
    fn a_gzip_cut_at_any_byte_gives_good_records_and_an_error() {
        let (content, records) = delivery(200);
        let bytes = gzip(content.as_bytes());
        let mut buffers = Buffers::new();
        for cut in 1..bytes.len() {
            let (given, report) = read_with(&bytes[..cut], &mut buffers);
            assert_eq!(given, records[..given.len()], "cut at {cut}");
            assert!(!report.complete, "cut at {cut}");
            assert!(matches!(report.problem, Some(Problem::CutShort(_))), "cut at {cut}: {report:?}");
        }
        assert_eq!(read_with(&bytes, &mut buffers).0, records);
    }

    #[test]
    fn joined_gzip_members_are_one_file() {
        let (content, records) = delivery(3);
        let (given, report) = read(&[gzip(content.as_bytes()), gzip(content.as_bytes())].concat());
        assert_eq!(given, [records.clone(), records].concat());
        assert!(report.complete && report.problem.is_none(), "{report:?}");
        assert_eq!(report.content, Some(Content::Delivery));
    }

    #[test]
    fn lines_that_go_on_packed_and_packed_lines_that_go_on_plain_are_one_file() {
        let line = |n: usize| format!(r#"{{"eventVersion":"1.08","eventID":"{n}"}}"#);
        let plain = |n: usize| format!("{}\n", line(n)).into_bytes();
        let packed = |n: usize| gzip(&plain(n));
        let bare = |n: usize| line(n).into_bytes();
        let large = |n: usize| format!("{}{}\n", "\n".repeat(WINDOW), line(n)).into_bytes();
        for parts in [
            vec![plain(0), packed(1)],
            vec![plain(0), packed(1), packed(2), plain(3), packed(4), packed(5)],
            vec![packed(0), packed(1), plain(2)],
            vec![packed(0), plain(1), packed(2), plain(3)],
            vec![bare(0), packed(1)],
            vec![plain(0), b"no record ".to_vec(), packed(1), plain(2)],
            vec![plain(0), large(1), packed(2), large(3), packed(4)],
        ] {
            let records = parts.iter().filter(|part| !part.starts_with(b"no")).count();
            let (given, report) = read(&parts.concat());
            assert_eq!(given, (0..records).map(line).collect::<Vec<_>>());
            let bad = (parts.len() - records) as u64;
            assert_eq!((report.complete, report.problem, report.bad_total), (true, None, bad));
            assert_eq!(report.content, Some(Content::Lines));
        }
        let (given, report) = read(&[plain(0), packed(1)[..20].to_vec()].concat());
        assert_eq!(given, [line(0)]);
        assert!(matches!(report.problem, Some(Problem::CutShort(_))), "{report:?}");
        let (given, report) = read(&[plain(0), b"\x1f\x8b\x08 and nothing that makes sense".to_vec()].concat());
        assert_eq!(given, [line(0)]);
        assert!(matches!(report.problem, Some(Problem::Damaged(_))), "{report:?}");
    }

    #[test]
    fn a_record_that_is_too_long_is_named_though_nothing_in_the_file_matters() {
        let long = format!(r#"{{"Records":[{A},{{"eventVersion":"{}"}},{A}]}}"#, "y".repeat(MAX_RECORD));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("long.json.gz");
        std::fs::write(&path, gzip(long.as_bytes())).unwrap();
        let never = |_: &[u8]| false;
        let choice = Choice { whole: &never, record: &never };
        let report = read_chosen(&path, &mut Buffers::new(), Some(choice), &mut |_| {}).unwrap();
        assert_eq!((report.records, report.bad_total, report.problem), (2, 1, None));
    }

    #[test]
    fn content_longer_than_the_window_goes_through_in_pieces() {
        let count = 1_500_000;
        let (content, records) = delivery(count);
        assert!(content.len() > WINDOW + PIECE);
        let mut buffers = Buffers::new();
        let mut seen = 0;
        let report = read_stream(content.as_bytes(), &mut buffers, &mut |record| {
            assert_eq!(record.bytes, records[seen].as_bytes());
            seen += 1;
        });
        assert_eq!((seen, report.records), (count, count as u64));
        assert_eq!((report.complete, report.content_bytes), (true, content.len() as u64));
        assert_eq!(buffers.content.len(), WINDOW);
        assert!(buffers.kept.capacity() <= 4 * PIECE);
    }

    #[test]
    fn a_gzip_bomb_is_refused_with_the_limit_named_and_memory_stays_flat() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let zeros = vec![0u8; 1 << 20];
        for _ in 0..200 {
            encoder.write_all(&zeros).unwrap();
        }
        let bomb = encoder.finish().unwrap();
        assert!(bomb.len() < 210_000);
        let mut buffers = Buffers::new();
        let (_, report) = read_with(&bomb, &mut buffers);
        let said = report.problem.unwrap().to_string();
        assert!(
            said.starts_with(r#"refused: no end of line within 32 MiB from offset 0 (begins with "\x00\x00"#),
            "{said}"
        );
        assert!(report.content_bytes < 40 << 20, "it stopped early");
        assert!(buffers.content.capacity() <= WINDOW && buffers.kept.capacity() <= 4 * PIECE);
    }

    #[test]
    fn what_cannot_be_opened_is_named_and_nothing_blocks() {
        let dir = tempfile::tempdir().unwrap();
        let (missing, pipe, looped) = (dir.path().join("no"), dir.path().join("pipe"), dir.path().join("loop"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        std::os::unix::fs::symlink(&looped, &looped).unwrap();
        let error = |path: &Path| read_once(path, &mut Buffers::new(), &mut |_| {}).unwrap_err().to_string();
        assert!(error(&missing).ends_with("no does not exist"));
        assert!(error(&pipe).ends_with("pipe is a named pipe, not a file"));
        assert!(error(Path::new("/dev/zero")).ends_with("/dev/zero is a device, not a file"));
        assert!(error(dir.path()).ends_with("is a folder, not a file"));
        assert!(error(&looped).contains("cannot be read: "));
    }

    #[test]
    fn names_that_are_not_utf8_and_links_to_files_are_read() {
        use std::os::unix::ffi::OsStrExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(std::ffi::OsStr::from_bytes(b"a\xff\xfe.json"));
        std::fs::write(&path, A).unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        for path in [path, link] {
            let report = read_once(&path, &mut Buffers::new(), &mut |record| assert_eq!(record.bytes, A.as_bytes()));
            assert_eq!(report.unwrap().content, Some(Content::Single));
        }
    }

    #[test]
    fn what_is_not_supported_or_empty_is_said() {
        let (_, report) = read(b"PK\x03\x04rest of it");
        assert_eq!((report.content, report.problem), (None, Some(Problem::Unsupported("zip archive"))));
        let (_, report) = read(b"");
        assert_eq!((report.content, report.problem, report.complete), (Some(Content::Empty), None, true));
        let (_, report) = read(&gzip(b""));
        assert_eq!((report.content, report.problem), (Some(Content::Empty), None));
    }
}
