//! Reads one file to its end: opens it without ever blocking on a pipe or a device, unpacks it, and gives its records.
//!
//! Where the bytes of a whole delivery file prove that nothing in it matters ([`SkipFile`]), it is not even split into
//! records, if it shows no sign of damage: it begins and ends as CloudTrail writes them, and holds no byte that does not
//! belong into one. A bad record that passes for good by these signs (an impossible number, say) is not named then.

mod packed;
mod report;

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

pub use self::report::FileReport;
use super::foreign;
use super::inflate::{Inflater, Unpacker};
use super::object;
use super::origin::Origin;
use super::problem::{Problem, ReadError};
use super::record::{Content, ContentRecord, RawRecord, located};
use super::scan::MAX_RECORD;
use super::sniff::{self, Packing};
use super::split::{RecordSink, SoFar, Split, Splitter};

/// Most content held at once. Longer content goes through in pieces.
const WINDOW: usize = 32 << 20;

/// Bytes of content taken at once from content that is longer than the window.
const PIECE: usize = 1 << 20;

/// Least content asked for at once.
const LEAST: usize = 64 << 10;

/// Whether the whole content of a file, where that is at hand, can be skipped.
pub type SkipFile<'s> = &'s dyn Fn(&[u8]) -> bool;

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
    read_or_skip(path, buffers, None, sink)
}

/// [`read_once`], unless the file can be skipped.
///
/// # Errors
/// As there.
pub fn read_or_skip(
    path: &Path,
    buffers: &mut Buffers,
    skip: Option<SkipFile<'_>>,
    sink: &mut dyn FnMut(RawRecord<'_>),
) -> Result<FileReport, ReadError> {
    Reader::outermost(skip).read_path(path, buffers, sink)
}

/// [`read_or_skip`], with every JSON object as a record: what is none of CloudTrail's, no document and no envelope, too.
///
/// # Errors
/// As there.
pub fn read_objects(
    path: &Path,
    buffers: &mut Buffers,
    skip: Option<SkipFile<'_>>,
    sink: &mut dyn FnMut(RawRecord<'_>),
) -> Result<FileReport, ReadError> {
    Reader { any_object: true, ..Reader::outermost(skip) }.read_path(path, buffers, sink)
}

/// Reads the file again that holds the record at `origin`.
///
/// # Errors
/// As [`read_once`].
pub fn read_again(origin: &Origin, sink: &mut dyn FnMut(RawRecord<'_>)) -> Result<FileReport, ReadError> {
    read_once(origin.path(), &mut Buffers::new(), sink)
}

/// Reads `stream` to its end as [`read_once`] reads the file called `name`.
pub fn read_stream(
    name: &Path,
    stream: impl Read,
    buffers: &mut Buffers,
    sink: &mut dyn FnMut(RawRecord<'_>),
) -> FileReport {
    Reader::outermost(None).read_from(stream, None, buffers, &mut located(name, sink))
}

/// How content is read, and how many packings are around it.
#[derive(Clone, Copy)]
pub(super) struct Reader<'s> {
    pub(super) layer: usize,
    pub(super) skip: Option<SkipFile<'s>>,
    /// Whether an object that is nothing else is a record.
    pub(super) any_object: bool,
}

impl Reader<'_> {
    /// Reads the file at `path`, or standard input for `-`.
    fn read_path(
        self,
        path: &Path,
        buffers: &mut Buffers,
        sink: &mut dyn FnMut(RawRecord<'_>),
    ) -> Result<FileReport, ReadError> {
        let sink = &mut located(path, sink);
        if path.as_os_str() == "-" {
            return Ok(self.read_from(io::stdin().lock(), None, buffers, sink));
        }
        let (file, metadata) = open(path)?;
        // What is there now: a file that grows meanwhile is read again. Some that the system makes up tell no size.
        let size = if metadata.len() == 0 { u64::MAX } else { metadata.len() };
        let mut report = self.read_from((&file).take(size), Some(&file), buffers, sink);
        foreign::excuse(&mut report.problem, path);
        Ok(report)
    }

    /// Reads what lies in another packing.
    pub(super) fn read_with(
        self,
        buffers: &mut Buffers,
        content: &mut dyn Read,
        sink: &mut dyn FnMut(ContentRecord<'_>),
    ) -> FileReport {
        self.read_from(content, None, buffers, sink)
    }

    /// Reads `stream`, which is `file` from its beginning where there is one.
    pub(super) fn read_from(
        self,
        stream: impl Read,
        file: Option<&File>,
        buffers: &mut Buffers,
        sink: &mut dyn FnMut(ContentRecord<'_>),
    ) -> FileReport {
        let Buffers { content, inflater, kept, .. } = buffers;
        let mut unpacker = match Unpacker::begin(stream, inflater, None) {
            Ok(unpacker) => unpacker,
            Err(problem) => return FileReport::unread(problem),
        };
        if let Packing::Layer(layer) = unpacker.packing() {
            let report = packed::read(layer, &mut unpacker, file, self, sink);
            // An archive may have been read past the stream.
            let bytes = file.and_then(|file| file.metadata().ok()).map_or(unpacker.read(), |found| found.len());
            return FileReport { bytes, ..report };
        }
        let window = Window::fill(&mut unpacker, content);
        let whole = &content[..window.length];
        if unpacker.packing() == Packing::Gzip
            && let Some(layer) = within(whole)
        {
            let mut inner = whole.chain(Rest { window: &window, unpacker: &mut unpacker });
            let report = match layer {
                Packing::Layer(layer) => packed::read(layer, &mut inner, None, self, sink),
                _ => packed::read_again(&mut inner, self, sink),
            };
            return FileReport { bytes: unpacker.read(), ..report };
        }
        if let Some(skip) = self.skip
            && window.is_all()
            // In more there may be a record that is too long, which is to be named.
            && whole.len() <= MAX_RECORD
            && skip(whole)
            && object::is_sound_delivery(whole)
        {
            let split = Split { content: Some(Content::Delivery), complete: true, ..Split::default() };
            let report = FileReport::new(split, None, unpacker.read(), unpacker.written());
            return FileReport { skipped: true, ..report };
        }
        let splitter = Splitter::new(0, std::mem::take(kept)).any_object(self.any_object);
        let pumped = pump(window, &mut unpacker, content, splitter, true, sink);
        *kept = pumped.kept;
        FileReport::new(pumped.split, pumped.problem, unpacker.read(), unpacker.written())
    }
}

/// How what came out of gzip is packed again, if it is.
pub(super) fn within(content: &[u8]) -> Option<Packing> {
    match sniff::packing(&content[..content.len().min(sniff::HEAD)]) {
        Packing::Plain => None,
        packing => Some(packing),
    }
}

/// What follows a window.
struct Rest<'w, 'a, R> {
    window: &'w Window,
    unpacker: &'w mut Unpacker<'a, R>,
}

impl<R: Read> Read for Rest<'_, '_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match &self.window.problem {
            Some(problem) => Err(problem.clone().into()),
            None if self.window.more => self.unpacker.read(out),
            None => Ok(0),
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
mod tests;
