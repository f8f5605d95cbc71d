//! Content that is packed in a way that a library unpacks: zstd, UTF-16, and archives, whose files are read one after the
//! other. What comes out may be packed again, a tar archive in gzip or gzip files in a zip archive, at most
//! [`MAX_LAYERS`] deep.
//!
//! The files of an archive count as one: their content lies end to end, which gives each record its offset. Each has the
//! limits that any file has, so an archive costs time and no memory.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use zip::ZipArchive;
use zip::result::ZipError;

use super::{Buffers, FileReport, Reader, SkipFile};
use crate::trail::foreign;
use crate::trail::problem::{Problem, shown};
use crate::trail::record::{BadRecord, ContentRecord};
use crate::trail::sniff::Layer;
use crate::trail::split::BAD_KEPT;

/// Most packings around content.
pub(super) const MAX_LAYERS: usize = 4;

/// Reads `packed` on as what `layer` says. `file` is what it is read from, where nothing has been unpacked yet.
pub(super) fn read(
    layer: Layer,
    packed: &mut dyn Read,
    file: Option<&File>,
    reader: Reader<'_>,
    sink: &mut dyn FnMut(ContentRecord<'_>),
) -> FileReport {
    let Some(inside) = reader.inside() else { return too_deep() };
    match layer {
        Layer::Zstd => match zstd::Decoder::new(packed) {
            Ok(decoder) => inside.read(&mut Decoded(decoder), sink),
            Err(error) => FileReport::unread(Problem::Damaged(error.to_string())),
        },
        Layer::Utf16Le => inside.read(&mut utf16(packed, UTF_16LE), sink),
        Layer::Utf16Be => inside.read(&mut utf16(packed, UTF_16BE), sink),
        Layer::Tar => read_tar(packed, inside, sink),
        Layer::Zip => read_zip(packed, file, inside, sink),
    }
}

/// Reads content that is gzip again, or something that is named.
pub(super) fn read_again(
    content: &mut dyn Read,
    reader: Reader<'_>,
    sink: &mut dyn FnMut(ContentRecord<'_>),
) -> FileReport {
    match reader.inside() {
        Some(inside) => inside.read(content, sink),
        None => too_deep(),
    }
}

fn too_deep() -> FileReport {
    FileReport::unread(Problem::Limit(format!("packed more than {MAX_LAYERS} times")))
}

fn utf16<'a>(packed: &'a mut dyn Read, encoding: &'static Encoding) -> impl Read + use<'a> {
    DecodeReaderBytesBuilder::new().encoding(Some(encoding)).strip_bom(true).build(packed)
}

/// What a library unpacks, with its errors told from the system's.
struct Decoded<R>(R);

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out).map_err(|error| match (error.raw_os_error(), error.kind()) {
            (Some(_), _) | (None, io::ErrorKind::UnexpectedEof | io::ErrorKind::Interrupted) => error,
            (None, _) => io::Error::new(io::ErrorKind::InvalidData, error),
        })
    }
}

fn read_tar(packed: &mut dyn Read, inside: Reader<'_>, sink: &mut dyn FnMut(ContentRecord<'_>)) -> FileReport {
    let mut whole = Members::default();
    let mut archive = tar::Archive::new(packed);
    let outcome = archive.entries().and_then(|entries| {
        for entry in entries {
            let mut entry = entry?;
            if entry.header().entry_type().is_file() {
                let path = entry.path().map(|path| path.into_owned()).unwrap_or_default();
                whole.read(&path, &mut Decoded(&mut entry), inside, sink);
            }
        }
        Ok(())
    });
    whole.end(outcome.err().map(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Problem::CutShort("the tar archive does not end".to_owned()),
        _ => Problem::Damaged(format!("the tar archive cannot be read on: {error}")),
    }))
}

fn read_zip(
    packed: &mut dyn Read,
    file: Option<&File>,
    inside: Reader<'_>,
    sink: &mut dyn FnMut(ContentRecord<'_>),
) -> FileReport {
    // Its table of contents stands at the end: what cannot be read from there is put where it can.
    let seekable = match file {
        Some(file) => file.try_clone(),
        None => tempfile::tempfile().and_then(|mut copy| {
            io::copy(packed, &mut copy)?;
            copy.seek(SeekFrom::Start(0))?;
            Ok(copy)
        }),
    };
    let mut archive = match seekable.map_err(ZipError::Io).and_then(|file| ZipArchive::new(BufReader::new(file))) {
        Ok(archive) => archive,
        Err(error) => return FileReport::unread(zip_problem(error)),
    };
    let mut whole = Members::default();
    for index in 0..archive.len() {
        let name = archive.name_for_index(index).and_then(Result::ok).unwrap_or_default().into_owned();
        match archive.by_index(index) {
            Ok(mut member) if member.is_file() => {
                whole.read(Path::new(&name), &mut Decoded(&mut member), inside, sink);
            }
            Ok(_) => {}
            Err(error) => whole.problem(Path::new(&name), zip_problem(error)),
        }
    }
    whole.end(None)
}

fn zip_problem(error: ZipError) -> Problem {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            Problem::Unsupported("encrypted zip archive; unpack it first")
        }
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            Problem::Unsupported("zip archive of a kind that is not read; unpack it first (unzip)")
        }
        // A zip archive that does not end yet has no table of contents.
        ZipError::InvalidArchive(what) => Problem::CutShort(format!("the zip archive has no end: {what}")),
        error => Problem::Damaged(format!("the zip archive cannot be read: {error}")),
    }
}

/// The files of an archive, as one.
#[derive(Default)]
struct Members {
    whole: Option<FileReport>,
    buffers: Buffers,
    /// Where the content of the next one begins.
    offset: u64,
}

impl Members {
    fn read(
        &mut self,
        path: &Path,
        content: &mut dyn Read,
        inside: Reader<'_>,
        sink: &mut dyn FnMut(ContentRecord<'_>),
    ) {
        let offset = self.offset;
        let mut report = inside.read_with(&mut self.buffers, content, &mut |record| {
            sink(ContentRecord { offset: record.offset + offset, ..record });
        });
        // Never two records at one offset, though a file be empty.
        self.offset += report.content_bytes + 1;
        foreign::excuse(&mut report.problem, path);
        let problem = report.problem.take();
        let name = shown(path);
        for bad in &mut report.bad {
            *bad =
                BadRecord { offset: bad.offset + offset, document: None, reason: format!("in {name}: {}", bad.reason) };
        }
        match &mut self.whole {
            None => self.whole = Some(report),
            Some(whole) => whole.add(report),
        }
        match problem {
            Some(Problem::Other(what)) => {
                let whole = self.whole.get_or_insert_with(FileReport::default);
                *whole.others.entry(what).or_default() += 1;
            }
            Some(problem) => self.problem(path, problem),
            None => {}
        }
    }

    /// Names what is wrong with one of the files, if it is the first.
    fn problem(&mut self, path: &Path, problem: Problem) {
        let whole = self.whole.get_or_insert_with(FileReport::default);
        whole.complete = false;
        let name = shown(path);
        whole.problem.get_or_insert_with(|| Problem::Member { name, problem: Box::new(problem) });
    }

    fn end(self, broken: Option<Problem>) -> FileReport {
        let mut whole = self.whole.unwrap_or_default();
        let nothing = whole.content.is_none() && whole.problem.is_none() && broken.is_none();
        if let Some((what, _)) = whole.others.first_key_value().filter(|_| nothing) {
            whole.problem = Some(Problem::Other(what));
            whole.others.clear();
        } else if nothing {
            whole.problem = Some(Problem::NotALog("an archive without files".to_owned()));
        }
        whole.complete &= broken.is_none();
        whole.problem = broken.or(whole.problem);
        whole
    }
}

impl FileReport {
    /// Adds what another file of the same archive came to.
    fn add(&mut self, other: Self) {
        self.content = self.content.or(other.content);
        self.records += other.records;
        self.skipped |= other.skipped;
        self.left_out += other.left_out;
        self.bad.extend(other.bad.into_iter().take(BAD_KEPT.saturating_sub(self.bad.len())));
        self.bad_total += other.bad_total;
        self.content_bytes += other.content_bytes;
        self.complete &= other.complete;
        for (envelope, records) in other.opened {
            *self.opened.entry(envelope).or_default() += records;
        }
        for (what, files) in other.others {
            *self.others.entry(what).or_default() += files;
        }
    }
}

/// How what is in a layer is read.
impl<'s> Reader<'s> {
    fn read(self, content: &mut dyn Read, sink: &mut dyn FnMut(ContentRecord<'_>)) -> FileReport {
        self.read_with(&mut Buffers::new(), content, sink)
    }

    fn inside(self) -> Option<Self> {
        (self.layer < MAX_LAYERS).then(|| Self { layer: self.layer + 1, ..self })
    }

    /// Who reads the file itself.
    pub(in crate::trail) fn outermost(skip: Option<SkipFile<'s>>) -> Self {
        Self { layer: 0, skip, any_object: false }
    }
}
